package tables

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// Save commits the batch or nothing of it. Rows are locked in one order for
// all: fence, verdicts, tickets, outages, tallies.
func (s *Store) Save(ctx context.Context, now time.Time, b store.Batch) error {
	now = Micros(now)
	b.Applied = sorted(b.Applied, func(a store.Applied) string { return a.Verdict })
	b.Tickets = sorted(b.Tickets, func(t store.SaveTicket) string { return t.Ticket.ID })
	b.Outages = sorted(b.Outages, func(o store.SaveOutage) string { return o.Outage.ID })
	b.Docs = sorted(b.Docs, func(d store.Doc) string { return d.Kind + "/" + d.ID })

	rows := make([]row, len(b.Tickets))
	for i, t := range b.Tickets {
		r, err := rowOf(t.Ticket)
		if err != nil {
			return fmt.Errorf("save: %w", err)
		}
		rows[i] = r
	}
	err := s.db.update(ctx, func(c conn) error {
		changes := tally{}
		if err := s.checkFence(ctx, c, b.Fence); err != nil {
			return err
		}
		for _, a := range b.Applied {
			if err := saveApplied(ctx, c, a); err != nil {
				return err
			}
		}
		for i, t := range b.Tickets {
			if err := s.saveTicket(ctx, c, rows[i], t.Expect, changes); err != nil {
				return fmt.Errorf("ticket %s: %w", t.Ticket.ID, err)
			}
		}
		for _, o := range b.Outages {
			if err := s.saveOutage(ctx, c, o); err != nil {
				return fmt.Errorf("outage %s: %w", o.Outage.ID, err)
			}
		}
		if err := saveRest(ctx, c, now, b); err != nil {
			return err
		}
		return changes.write(ctx, c)
	})
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	return nil
}

func sorted[T any](list []T, key func(T) string) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return list
}

// saveRest writes what needs no answer, in one go.
func saveRest(ctx context.Context, c conn, now time.Time, b store.Batch) error {
	var stmts []Stmt
	for _, e := range b.Effects {
		stmt, err := insertEffect(e)
		if err != nil {
			return err
		}
		stmts = append(stmts, stmt)
	}
	for _, d := range b.Docs {
		stmt, err := putDoc(now, d)
		if err != nil {
			return err
		}
		stmts = append(stmts, stmt)
	}
	for _, a := range b.Audit {
		stmt, err := insertAudit(a)
		if err != nil {
			return err
		}
		stmts = append(stmts, stmt)
	}
	return c.send(ctx, stmts)
}

// checkFence holds the lease's row until the commit, so that a new leader
// takes over before this batch or after it.
func (s *Store) checkFence(ctx context.Context, c conn, f *store.Fence) error {
	if f == nil {
		return nil
	}
	var epoch int64
	err := one(c.row(ctx, `SELECT epoch FROM leases WHERE name = $1`+s.d.ForShare, f.Lease),
		store.ErrStaleEpoch, &epoch)
	if err == nil && uint64(epoch) != f.Epoch {
		err = store.ErrStaleEpoch
	}
	if err != nil {
		return fmt.Errorf("lease %s in epoch %d: %w", f.Lease, f.Epoch, err)
	}
	return nil
}

// saveApplied moves a verdict forward, never back.
func saveApplied(ctx context.Context, c conn, a store.Applied) error {
	if a.Epoch > math.MaxInt64 || a.Version > math.MaxInt64 {
		return fmt.Errorf("verdict %s: epoch %d, version %d: too large", a.Verdict, a.Epoch, a.Version)
	}
	n, err := c.exec(ctx, `
		INSERT INTO applied (verdict, epoch, version, cleared, at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (verdict) DO UPDATE SET
			epoch = excluded.epoch, version = excluded.version,
			cleared = excluded.cleared, at = excluded.at
		WHERE excluded.epoch > applied.epoch
			OR excluded.epoch = applied.epoch AND excluded.version > applied.version`,
		a.Verdict, int64(a.Epoch), int64(a.Version), a.Cleared, a.At)
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("verdict %s version %d: %w", a.Verdict, a.Version, err)
	}
	return nil
}

// saveTicket inserts or updates one, with its links, text and record.
func (s *Store) saveTicket(ctx context.Context, c conn, r row, expect int64, changes tally) error {
	if r.ticket.ID == "" || r.ticket.Version <= expect || expect < 0 {
		return fmt.Errorf("version %d, stepped from %d: want an id and a later version", r.ticket.Version, expect)
	}
	if expect == 0 {
		return s.insertTicket(ctx, c, r, changes)
	}
	var n, version int64
	var lines, entries int
	var body []byte
	err := one(c.row(ctx, `
		SELECT t.n, t.version, b.body,
			(SELECT coalesce(max(l.seq), 0) FROM ticket_timeline l WHERE l.ticket = t.n),
			(SELECT coalesce(max(l.seq), 0) FROM ticket_ledger l WHERE l.ticket = t.n)
		FROM tickets t JOIN ticket_bodies b ON b.n = t.n
		WHERE t.id = $1`+s.d.ForUpdate, r.ticket.ID), store.ErrNotFound, &n, &version, &body, &lines, &entries)
	if err != nil {
		return err
	}
	if version != expect {
		return fmt.Errorf("version %d is stored, not %d: %w", version, expect, store.ErrConflict)
	}
	stored, err := bodyOf(body)
	if err != nil {
		return err
	}
	old, err := rowOf(stored)
	if err != nil {
		return err
	}
	changes.move(&old.dims, r.dims)

	args := append(r.columns(), n)
	stmts := []Stmt{
		{`UPDATE tickets SET id = $1, version = $2, key = $3, kind = $4, state = $5, status = $6,
			open = $7, visible = $8, severity = $9, severity_rank = $10, domain = $11, region = $12,
			grp = $13, assignee = $14, opener = $15, parent = $16, external_id = $17, verdict = $18,
			urged = $19, supervised = $20, warned = $21, breached = $22,
			opened = $23, updated = $24, since = $25, due = $26, closed = $27, wake = $28
			WHERE n = $29`, args},
		{`UPDATE ticket_bodies SET body = $1 WHERE n = $2`, []any{r.body, n}},
	}
	if r.search != old.search {
		stmts = append(stmts, Stmt{`UPDATE ticket_texts SET search = $1 WHERE n = $2`, []any{r.search, n}})
		stmts = append(stmts, s.d.SaveGrams(n, grams(r.search), false)...)
	}
	for _, l := range without(old.links, r.links) {
		stmts = append(stmts, Stmt{
			`DELETE FROM ticket_links WHERE rel = $1 AND value = $2 AND ticket = $3`,
			[]any{l.rel, l.value, n}})
	}
	stmts = append(stmts, insertLinks(n, without(r.links, old.links))...)
	more, err := growRecord(n, r.ticket, lines, entries)
	if err != nil {
		return err
	}
	return c.send(ctx, append(stmts, more...))
}

func (s *Store) insertTicket(ctx context.Context, c conn, r row, changes tally) error {
	var n int64
	err := c.row(ctx, `
		INSERT INTO tickets (id, version, key, kind, state, status,
			open, visible, severity, severity_rank, domain, region,
			grp, assignee, opener, parent, external_id, verdict,
			urged, supervised, warned, breached,
			opened, updated, since, due, closed, wake)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
			$17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
		RETURNING n`, r.columns()...).Scan(&n)
	if err != nil {
		return err
	}
	changes.move(nil, r.dims)
	stmts := []Stmt{
		{`INSERT INTO ticket_bodies (n, body) VALUES ($1, $2)`, []any{n, r.body}},
		{`INSERT INTO ticket_texts (n, search) VALUES ($1, $2)`, []any{n, r.search}},
	}
	stmts = append(stmts, s.d.SaveGrams(n, grams(r.search), true)...)
	stmts = append(stmts, insertLinks(n, r.links)...)
	record, err := growRecord(n, r.ticket, 0, 0)
	if err != nil {
		return err
	}
	return c.send(ctx, append(stmts, record...))
}

func insertLinks(n int64, links []link) []Stmt {
	var stmts []Stmt
	for _, l := range links {
		stmts = append(stmts, Stmt{`
			INSERT INTO ticket_links (rel, value, ticket) VALUES ($1, $2, $3)
			ON CONFLICT (rel, value, ticket) DO NOTHING`, []any{l.rel, l.value, n}})
	}
	return stmts
}

// columns are the values of the narrow table, in the order of its statements.
func (r row) columns() []any {
	t := r.ticket
	var key any
	if t.Key != "" {
		key = t.Key
	}
	return []any{t.ID, t.Version, key, r.dims.kind, r.dims.state, r.dims.status,
		t.Open, t.Visible, r.dims.severity, r.rank, r.domain, t.Region,
		t.Group, t.Assignee, t.Opener.ID, t.Parent, t.ExternalID, r.verdict,
		t.Urged > 0, t.Supervision != nil, t.Warned, t.Breached,
		t.Opened, t.Updated, t.Since, Never{t.Due}, orNull(t.Closed), orNull(t.Wake)}
}

// growRecord appends what the timeline and the ledger have beyond the lines and
// entries that are stored. A ticket that has less was not loaded whole; to save
// it would lose what it was stepped to.
func growRecord(n int64, t ticket.Ticket, lines, entries int) ([]Stmt, error) {
	if len(t.Timeline) < lines || len(t.Ledger) < entries {
		return nil, fmt.Errorf(
			"it has %d lines of timeline and %d of ledger, stored are %d and %d: load it whole before a step",
			len(t.Timeline), len(t.Ledger), lines, entries)
	}
	var stmts []Stmt
	for i, e := range t.Timeline[lines:] {
		body, err := encode(e)
		if err != nil {
			return nil, err
		}
		stmts = append(stmts, Stmt{`INSERT INTO ticket_timeline (ticket, seq, at, body) VALUES ($1, $2, $3, $4)`,
			[]any{n, lines + i + 1, e.At, body}})
	}
	for i, e := range t.Ledger[entries:] {
		body, err := encode(e)
		if err != nil {
			return nil, err
		}
		stmts = append(stmts, Stmt{`INSERT INTO ticket_ledger (ticket, seq, clock, at, body) VALUES ($1, $2, $3, $4, $5)`,
			[]any{n, entries + i + 1, string(e.Clock), e.At, body}})
	}
	return stmts, nil
}
