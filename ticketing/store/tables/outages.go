package tables

import (
	"context"
	"fmt"
	"strings"

	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
)

// saveOutage inserts or updates one and appends to its ledger.
func (s *Store) saveOutage(ctx context.Context, c conn, save store.SaveOutage) error {
	o := truncated(save.Outage)
	if o.ID == "" || o.Version <= save.Expect || save.Expect < 0 {
		return fmt.Errorf("version %d, changed from %d: want an id and a later version", o.Version, save.Expect)
	}
	bare := o
	bare.Ledger = nil
	body, err := encode(bare)
	if err != nil {
		return err
	}
	args := []any{o.ID, o.Version, o.Line, o.Customer, o.Verdict, o.Ticket, o.Service,
		o.Started, Never{o.Ended}, orNull(o.Wake), body}
	if save.Expect == 0 {
		_, err = c.exec(ctx, `
			INSERT INTO outages (id, version, line, customer, verdict, ticket, service, started, ended, wake, body)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, args...)
	} else {
		err = s.updateOutage(ctx, c, o.ID, save.Expect, args)
	}
	if err != nil {
		return err
	}
	return appendLedger(ctx, c, o)
}

func (s *Store) updateOutage(ctx context.Context, c conn, id string, expect int64, args []any) error {
	n, err := c.exec(ctx, `
		UPDATE outages SET version = $2, line = $3, customer = $4, verdict = $5, ticket = $6, service = $7,
			started = $8, ended = $9, wake = $10, body = $11
		WHERE id = $1 AND version = $12`, append(args, expect)...)
	if err != nil || n == 1 {
		return err
	}
	var version int64
	err = one(c.row(ctx, `SELECT version FROM outages WHERE id = $1`, id), store.ErrNotFound, &version)
	if err != nil {
		return err
	}
	return fmt.Errorf("version %d is stored, not %d: %w", version, expect, store.ErrConflict)
}

func appendLedger(ctx context.Context, c conn, o sla.Outage) error {
	var have int
	err := c.row(ctx, `SELECT coalesce(max(seq), 0) FROM outage_ledger WHERE outage = $1`, o.ID).Scan(&have)
	if err != nil {
		return err
	}
	if len(o.Ledger) < have {
		return fmt.Errorf("it has %d lines of ledger, stored are %d: load it whole before a change", len(o.Ledger), have)
	}
	var stmts []Stmt
	for i, e := range o.Ledger[have:] {
		body, err := encode(e)
		if err != nil {
			return err
		}
		stmts = append(stmts, Stmt{`INSERT INTO outage_ledger (outage, seq, clock, at, body) VALUES ($1, $2, $3, $4, $5)`,
			[]any{o.ID, have + i + 1, string(e.Clock), e.At, body}})
	}
	return c.send(ctx, stmts)
}

// Outage loads one with its ledger.
func (s *Store) Outage(ctx context.Context, id string) (sla.Outage, error) {
	found, err := s.outages(ctx, `SELECT o.body FROM outages o WHERE o.id = $1`, []any{id})
	if err == nil && len(found) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return sla.Outage{}, fmt.Errorf("outage %s: %w", id, err)
	}
	return found[0], nil
}

// OutagesWhere lists with ledgers, oldest start first.
func (s *Store) OutagesWhere(ctx context.Context, f store.OutageFilter, limit int) ([]sla.Outage, error) {
	w := &where{d: s.d}
	w.oneOf("o.line", f.Lines)
	w.oneOf("o.customer", f.Customers)
	w.oneOf("o.verdict", f.Verdicts)
	switch len(f.Tickets) {
	case 0:
	case 1:
		id := w.arg(f.Tickets[0])
		w.conds = append(w.conds, "(o.ticket = "+id+" OR o.service = "+id+")")
	default:
		ids := w.arg(f.Tickets)
		w.conds = append(w.conds, "("+s.d.AnyOf("o.ticket", ids)+" OR "+s.d.AnyOf("o.service", ids)+")")
	}
	if f.Open != nil {
		w.conds = append(w.conds, map[bool]string{true: "o.ended = ", false: "o.ended < "}[*f.Open]+w.arg(Never{}))
	}
	w.time("o.ended >", f.From)
	w.time("o.started <", f.To)
	query := strings.Join([]string{`SELECT o.body FROM outages o`, w.String(),
		`ORDER BY o.started, o.id LIMIT`, w.arg(limit)}, " ")
	found, err := s.outages(ctx, query, w.args)
	if err != nil {
		return nil, fmt.Errorf("list outages: %w", err)
	}
	return found, nil
}

// outages reads bodies, then the ledgers of all of them at once.
func (s *Store) outages(ctx context.Context, query string, args []any) (found []sla.Outage, err error) {
	err = s.db.view(ctx, func(c conn) error {
		found = nil
		var ids []string
		at := map[string]int{}
		err := c.each(ctx, query, args, func(r scanner) error {
			var body []byte
			if err := r.Scan(&body); err != nil {
				return err
			}
			var o sla.Outage
			err := decode(body, &o)
			at[o.ID] = len(found)
			ids, found = append(ids, o.ID), append(found, o)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		return c.each(ctx, `
			SELECT outage, body FROM outage_ledger WHERE `+s.d.AnyOf("outage", "$1")+`
			ORDER BY outage, seq`, []any{ids}, func(r scanner) error {
			var id string
			var body []byte
			if err := r.Scan(&id, &body); err != nil {
				return err
			}
			var e sla.Entry
			err := decode(body, &e)
			o := &found[at[id]]
			o.Ledger = append(o.Ledger, e)
			return err
		})
	})
	return found, err
}
