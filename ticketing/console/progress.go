package console

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/ticketing/ticket"
)

func clockViews(t ticket.Ticket, p ticket.Policy, now time.Time) []clockView {
	out := make([]clockView, 0, len(t.Clocks))
	for _, c := range t.Clocks {
		v := clockView{Name: string(c.Name), Budget: c.Budget, Started: c.Started, Due: c.Due, Stopped: c.Stopped,
			Elapsed: c.Elapsed(
				p.SLA, now,
			), State: "running", Breached: c.Breached, Paused: c.PausedFor(p.SLA, now), Provisional: c.Provisional}
		if c.Budget > 0 {
			v.Percent = min(int(100*v.Elapsed/c.Budget), 100)
		}
		if pause, ok := c.Paused(); ok {
			v.State, v.Reason = "paused", pause.Reason
		}
		if !c.Stopped.IsZero() {
			v.State = "stopped"
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(x, y clockView) int {
		order := []string{"running", "paused", "stopped"}
		return slices.Index(order, x.State) - slices.Index(order, y.State)
	})
	return out
}

// steps lays out the states that every ticket of the workflow goes through;
// side roads show only while the ticket is on one.
func steps(t ticket.Ticket, wf ticket.Workflow) []step {
	been := map[ticket.State]bool{}
	for _, e := range t.Timeline {
		been[e.To] = true
	}
	var out []step
	passed := true
	for _, def := range wf.States {
		now := def.Name == t.State
		main := slices.Contains(mainRoad, def.Name)
		if !main && !now {
			continue
		}
		if now {
			passed = false
		}
		out = append(out, step{Title: def.Title, Now: now, Done: passed && been[def.Name]})
	}
	return out
}

var mainRoad = []ticket.State{
	ticket.Dispatched, ticket.Accepted, ticket.Working, ticket.Retesting, ticket.Observing, ticket.Confirming,
	ticket.Checking, ticket.Archiving, ticket.Archived,
}
