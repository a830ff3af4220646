package ticketing

import (
	"context"
	"slices"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

const (
	linesAtOnce   = 500       // in one question to the database
	ticketsAtOnce = 1000      // in one answer
	maxOutages    = 1_000_000 // more than any fault has lines
)

// related is what a verdict may concern: tickets and outages that are its own,
// or those of the verdicts it merged into or split from; the open ones of its
// lines; and the open tickets of its roots.
func (d *Desk) related(ctx context.Context, v verdict.Verdict) ([]ticket.Ticket, []sla.Outage, error) {
	open := true
	kin := named(v.ID, v.MergedInto, v.SplitFrom)
	tickets, outages := []store.Filter{{Verdicts: kin}}, []store.OutageFilter{{Verdicts: kin}}
	for lines := range slices.Chunk(v.Lines.All(), linesAtOnce) {
		tickets = append(tickets, store.Filter{Lines: lines, Open: &open})
		outages = append(outages, store.OutageFilter{Lines: lines, Open: &open})
	}
	if len(v.Roots) > 0 {
		roots := make([]string, len(v.Roots))
		for i, r := range v.Roots {
			roots[i] = string(r.Subject)
		}
		tickets = append(tickets, store.Filter{Roots: roots, Open: &open})
	}
	foundTickets, err := d.ticketsOf(ctx, tickets)
	if err != nil {
		return nil, nil, err
	}
	foundOutages, err := d.outagesOf(ctx, outages)
	return foundTickets, foundOutages, err
}

// ticketsOf are the tickets that any of the filters finds.
func (d *Desk) ticketsOf(ctx context.Context, filters []store.Filter) ([]ticket.Ticket, error) {
	seen := map[string]bool{}
	var all []ticket.Ticket
	for _, f := range filters {
		for offset := 0; ; offset += ticketsAtOnce {
			page, total, err := d.store.List(ctx, f, store.Page{Offset: offset, Limit: ticketsAtOnce, Sort: "id"})
			if err != nil {
				return nil, err
			}
			for _, t := range page {
				if !seen[t.ID] {
					seen[t.ID] = true
					all = append(all, t)
				}
			}
			if offset+len(page) >= total || len(page) == 0 {
				break
			}
		}
	}
	return all, nil
}

// outagesOf are the outages that any of the filters finds.
func (d *Desk) outagesOf(ctx context.Context, filters []store.OutageFilter) ([]sla.Outage, error) {
	seen := map[string]bool{}
	var all []sla.Outage
	for _, f := range filters {
		page, err := d.store.OutagesWhere(ctx, f, maxOutages)
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			if !seen[o.ID] {
				seen[o.ID] = true
				all = append(all, o)
			}
		}
	}
	return all, nil
}

func named(ids ...string) []string {
	return slices.DeleteFunc(ids, func(s string) bool { return s == "" })
}
