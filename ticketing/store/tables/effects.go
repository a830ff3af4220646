package tables

import (
	"context"
	"fmt"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// An effect is pending until it is done or dead. Only the first pending one of
// a ticket and channel may be claimed; seq is their order.
const effectColumns = `body, attempts, claimed_by, claimed_until, problem, done, dead`

// insertEffect leaves an id that is taken as it is.
func insertEffect(e ticket.Effect) (Stmt, error) {
	e = truncated(e)
	if e.ID == "" {
		return Stmt{}, fmt.Errorf("an effect of ticket %s has no id", e.Ticket)
	}
	body, err := encode(e)
	return Stmt{`
		INSERT INTO effects (id, ticket, channel, kind, due, body) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO NOTHING`,
		[]any{e.ID, e.Ticket, e.Channel, string(e.Kind), e.NotBefore, body}}, err
}

// ClaimEffects takes due effects. Attempts counts the claims, this one
// included, so that an effect that kills its daemon is seen to.
func (s *Store) ClaimEffects(ctx context.Context, c store.Claim) (claimed []store.PendingEffect, err error) {
	err = s.db.update(ctx, func(tx conn) error {
		claimed = nil
		seqs, err := s.claimable(ctx, tx, c)
		if err != nil {
			return err
		}
		for _, seq := range seqs {
			e, err := scanEffect(tx.row(ctx, `
				UPDATE effects SET attempts = attempts + 1, claimed_by = $2, claimed_until = $3
				WHERE seq = $1 RETURNING `+effectColumns, seq, c.By, c.Until))
			if err != nil {
				return err
			}
			claimed = append(claimed, e)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim effects: %w", err)
	}
	return claimed, nil
}

func (s *Store) claimable(ctx context.Context, tx conn, c store.Claim) (seqs []int64, err error) {
	err = tx.each(ctx, `
		SELECT e.seq FROM effects e
		WHERE e.done IS NULL AND e.dead IS NULL AND e.due <= $1
			AND (e.claimed_until IS NULL OR e.claimed_until <= $2)
			AND NOT EXISTS (SELECT 1 FROM effects p
				WHERE p.ticket = e.ticket AND p.channel = e.channel AND p.seq < e.seq
					AND p.done IS NULL AND p.dead IS NULL)
		ORDER BY e.due, e.seq LIMIT $3`+s.d.SkipLocked, []any{c.Now, c.Abandoned, c.Limit},
		func(r scanner) error {
			var seq int64
			err := r.Scan(&seq)
			seqs = append(seqs, seq)
			return err
		})
	return seqs, err
}

// KeepEffects renews some claims and gives up the others.
func (s *Store) KeepEffects(ctx context.Context, until time.Time, by string, ids []string) error {
	ids = append([]string{}, ids...) // a nil list is NULL, which NOT leaves as it is
	theirs := ` WHERE claimed_by = $1 AND done IS NULL AND dead IS NULL AND `
	among := s.d.AnyOf("id", "$2")
	err := s.db.update(ctx, func(c conn) error {
		return c.send(ctx, []Stmt{
			{`UPDATE effects SET claimed_until = $3` + theirs + among, []any{by, ids, until}},
			{`UPDATE effects SET claimed_by = '', claimed_until = NULL` + theirs + `NOT (` + among + `)`, []any{by, ids}},
		})
	})
	if err != nil {
		return fmt.Errorf("keep the effects of %s: %w", by, err)
	}
	return nil
}

func scanEffect(r scanner) (e store.PendingEffect, err error) {
	var body []byte
	err = r.Scan(&body, &e.Attempts, &e.ClaimedBy, into(&e.ClaimedUntil), &e.Problem, into(&e.Done), into(&e.Dead))
	if err == nil {
		err = decode(body, &e.Effect)
	}
	return e, err
}

// FinishEffect records success, also of one that was set aside meanwhile.
func (s *Store) FinishEffect(ctx context.Context, now time.Time, id string) error {
	return s.changeEffect(ctx, id, "finish", `
		UPDATE effects SET done = coalesce(done, $2), dead = NULL,
			claimed_by = '', claimed_until = NULL, problem = ''
		WHERE id = $1`, id, now)
}

// RetryEffect records a failure; what is done meanwhile stays done.
func (s *Store) RetryEffect(ctx context.Context, at time.Time, by, id, problem string) error {
	return s.changeEffect(ctx, id, "retry", `
		UPDATE effects SET due = $2, problem = $3, claimed_by = '', claimed_until = NULL
		WHERE id = $1 AND claimed_by = $4 AND done IS NULL`, id, at, problem, by)
}

// BuryEffect sets it aside, unless it is done meanwhile.
func (s *Store) BuryEffect(ctx context.Context, now time.Time, by, id, problem string) error {
	return s.changeEffect(ctx, id, "bury", `
		UPDATE effects SET dead = coalesce(dead, $2), problem = $3, claimed_by = '', claimed_until = NULL
		WHERE id = $1 AND claimed_by = $4 AND done IS NULL`, id, now, problem, by)
}

// ReviveEffect makes a dead letter due again, with its attempts counted anew.
func (s *Store) ReviveEffect(ctx context.Context, now time.Time, id string) error {
	return s.changeEffect(ctx, id, "revive", `
		UPDATE effects SET dead = NULL, due = $2, attempts = 0
		WHERE id = $1 AND dead IS NOT NULL`, id, now)
}

func (s *Store) changeEffect(ctx context.Context, id, what, query string, args ...any) error {
	n, err := s.db.exec(ctx, query, args...)
	if err == nil && n == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("%s effect %s: %w", what, id, err)
	}
	return nil
}

// EffectsOf lists a ticket's effects in their order; with an empty id the dead
// letters of all, newest first.
func (s *Store) EffectsOf(ctx context.Context, ticketID string, limit int) ([]store.PendingEffect, error) {
	query, args := `SELECT `+effectColumns+` FROM effects WHERE ticket = $1 ORDER BY seq LIMIT $2`, []any{ticketID, limit}
	if ticketID == "" {
		query = `SELECT ` + effectColumns + ` FROM effects WHERE dead IS NOT NULL ORDER BY dead DESC, seq DESC LIMIT $1`
		args = []any{limit}
	}
	var out []store.PendingEffect
	err := s.db.each(ctx, query, args, func(r scanner) error {
		e, err := scanEffect(r)
		out = append(out, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("effects of %q: %w", ticketID, err)
	}
	return out, nil
}

// NextEffect is when the next one can be claimed: what waits behind another
// is not asked for.
func (s *Store) NextEffect(ctx context.Context) (at time.Time, ok bool, err error) {
	err = s.db.row(ctx, `
		SELECT min(`+s.d.Later+`(e.due, coalesce(e.claimed_until, e.due))) FROM effects e
		WHERE e.done IS NULL AND e.dead IS NULL
			AND NOT EXISTS (SELECT 1 FROM effects p
				WHERE p.ticket = e.ticket AND p.channel = e.channel AND p.seq < e.seq
					AND p.done IS NULL AND p.dead IS NULL)`).Scan(into(&at))
	if err != nil {
		return time.Time{}, false, fmt.Errorf("next effect: %w", err)
	}
	return at, !at.IsZero(), nil
}
