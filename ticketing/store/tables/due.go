package tables

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

// Due returns what must be woken at now, oldest first.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) (tickets, outages []string, err error) {
	tickets, err = s.ids(ctx, `SELECT id FROM tickets WHERE wake <= $1 ORDER BY wake, n LIMIT $2`, now, limit)
	if err != nil {
		return nil, nil, fmt.Errorf("due tickets: %w", err)
	}
	outages, err = s.ids(ctx, `SELECT id FROM outages WHERE wake <= $1 ORDER BY wake, id LIMIT $2`, now, limit)
	if err != nil {
		return nil, nil, fmt.Errorf("due outages: %w", err)
	}
	return tickets, outages, nil
}

func (s *Store) ids(ctx context.Context, query string, now time.Time, limit int) ([]string, error) {
	var out []string
	err := s.db.each(ctx, query, []any{now, limit}, func(r scanner) error {
		var id string
		err := r.Scan(&id)
		out = append(out, id)
		return err
	})
	return out, err
}

// NextWake is the earliest Wake of all.
func (s *Store) NextWake(ctx context.Context) (at time.Time, ok bool, err error) {
	err = s.db.row(ctx, `
		SELECT min(wake) FROM (
			SELECT min(wake) AS wake FROM tickets WHERE wake IS NOT NULL
			UNION ALL
			SELECT min(wake) FROM outages WHERE wake IS NOT NULL) w`).Scan(into(&at))
	if err != nil {
		return time.Time{}, false, fmt.Errorf("next wake: %w", err)
	}
	return at, !at.IsZero(), nil
}

// NextNumber takes the next number of a series.
func (s *Store) NextNumber(ctx context.Context, series string) (n int64, err error) {
	err = s.db.update(ctx, func(c conn) error {
		return c.row(ctx, `
			INSERT INTO series (name, last) VALUES ($1, 1)
			ON CONFLICT (name) DO UPDATE SET last = series.last + 1
			RETURNING last`, series).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("next number of %s: %w", series, err)
	}
	return n, nil
}

// Applied returns the last applied version of a verdict.
func (s *Store) Applied(ctx context.Context, verdict string) (a store.Applied, ok bool, err error) {
	var epoch, version int64
	err = one(s.db.row(ctx, `
		SELECT verdict, epoch, version, cleared, at FROM applied WHERE verdict = $1`, verdict),
		store.ErrNotFound, &a.Verdict, &epoch, &version, &a.Cleared, into(&a.At))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Applied{}, false, nil
	case err != nil:
		return store.Applied{}, false, fmt.Errorf("verdict %s: %w", verdict, err)
	}
	a.Epoch, a.Version = uint64(epoch), uint64(version)
	return a, true, nil
}
