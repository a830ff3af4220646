package tables

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

// Lease takes or renews. The epoch grows with every change of holder; who
// renews keeps his, also late, as long as nobody else came between.
func (s *Store) Lease(
	ctx context.Context, now time.Time, name, holder string, ttl time.Duration,
) (uint64, bool, error) {
	if holder == "" || ttl <= 0 {
		return 0, false, fmt.Errorf("lease %s: want a holder and a time to live", name)
	}
	var epoch int64
	err := s.db.update(ctx, func(c conn) error {
		return one(c.row(ctx, `
			INSERT INTO leases (name, holder, epoch, expires) VALUES ($1, $2, 1, $4)
			ON CONFLICT (name) DO UPDATE SET
				epoch = leases.epoch + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END,
				holder = excluded.holder, expires = excluded.expires
			WHERE leases.holder = excluded.holder OR leases.expires <= $3
			RETURNING epoch`, name, holder, now, now.Add(ttl)), store.ErrNotFound, &epoch)
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("lease %s: %w", name, err)
	}
	return uint64(epoch), true, nil
}

// Release ends it now, if holder has it. The holder stays on record: if he is
// the next to ask he keeps his epoch, as after a late renewal.
func (s *Store) Release(ctx context.Context, now time.Time, name, holder string) error {
	_, err := s.db.exec(ctx, `UPDATE leases SET expires = $3 WHERE name = $1 AND holder = $2`, name, holder, now)
	if err != nil {
		return fmt.Errorf("release lease %s: %w", name, err)
	}
	return nil
}
