package ticketing

import (
	"context"
	"errors"
	"slices"

	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// taken are names that a plan wanted to give and that others have already:
// tickets and outages that follow another verdict by now keep the names under
// which they began.
type taken struct {
	keys    []string
	outages []sla.Outage
}

// look finds out which names of the plan are taken.
func (n *taken) look(ctx context.Context, s store.Store, plan ticket.Plan) error {
	for _, o := range plan.Open {
		switch _, err := s.TicketByKey(ctx, o.Key); {
		case err == nil:
			n.keys = append(n.keys, o.Key)
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	for _, c := range plan.Outages {
		if c.Expect != 0 {
			continue
		}
		switch o, err := s.Outage(ctx, c.Outage.ID); {
		case err == nil:
			n.outages = append(n.outages, o)
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	return nil
}

// amongst are the outages with those that are taken.
func (n *taken) amongst(outages []sla.Outage) []sla.Outage {
	for _, o := range n.outages {
		if !slices.ContainsFunc(outages, func(known sla.Outage) bool { return known.ID == o.ID }) {
			outages = append(outages, o)
		}
	}
	return outages
}
