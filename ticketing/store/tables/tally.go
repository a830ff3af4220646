package tables

import (
	"cmp"
	"context"
	"slices"

	"github.com/linewarden/linewarden/ticketing/ticket"
)

// dims are what tickets are tallied by. Counting a million tickets takes longer
// than a page may; summing the tallies of the few thousand combinations that
// occur does not.
type dims struct {
	grp, region, kind, state, status, severity, domain string
	open, visible, breached                            bool
}

func dimsOf(t ticket.Ticket) dims {
	return dims{
		grp: t.Group, region: t.Region, kind: string(t.Kind), state: string(t.State), status: string(t.Status),
		severity: string(t.Severity), domain: string(t.Fault.Domain),
		open: t.Open, visible: t.Visible, breached: t.Breached,
	}
}

func compareDims(a, b dims) int {
	return cmp.Or(
		cmp.Compare(a.grp, b.grp), cmp.Compare(a.region, b.region), cmp.Compare(a.kind, b.kind),
		cmp.Compare(a.state, b.state), cmp.Compare(a.status, b.status),
		cmp.Compare(a.severity, b.severity), cmp.Compare(a.domain, b.domain),
		compareBools(a.open, b.open), compareBools(a.visible, b.visible), compareBools(a.breached, b.breached))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// tally collects the changes of one transaction. They are written at its end,
// in one order for all, so that two daemons neither wait long for each other
// nor for ever.
type tally map[dims]int

func (t tally) move(from *dims, to dims) {
	if from != nil {
		t[*from]--
	}
	t[to]++
}

func (t tally) write(ctx context.Context, c conn) error {
	var changed []dims
	for d, by := range t {
		if by != 0 {
			changed = append(changed, d)
		}
	}
	slices.SortFunc(changed, compareDims)
	var stmts []Stmt
	for _, d := range changed {
		stmts = append(stmts, Stmt{`
			INSERT INTO tallies (grp, region, kind, state, status, severity, domain,
				open, visible, breached, tickets)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (grp, region, kind, state, status, severity, domain, open, visible, breached)
			DO UPDATE SET tickets = tallies.tickets + excluded.tickets`,
			[]any{d.grp, d.region, d.kind, d.state, d.status, d.severity, d.domain,
				d.open, d.visible, d.breached, t[d]}})
	}
	return c.send(ctx, stmts)
}
