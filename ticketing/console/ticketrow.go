package console

import (
	"cmp"
	"net/http"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// ticketRow is what a list shows of a ticket.
type ticketRow struct {
	ticket.Ticket
	StateTitle people.Title
	GroupTitle people.Title
	Handler    string // the assignee's name
	Clock      string // whose due time is the soonest
	ClockFrom  time.Time
	Paused     bool // a customer's clock stands still
}

// rows say of tickets what a list shows of them.
func (c *Console) rows(r *http.Request, list []ticket.Ticket) ([]ticketRow, error) {
	if len(list) == 0 {
		return nil, nil
	}
	names, err := c.names(r)
	if err != nil {
		return nil, err
	}
	rows := make([]ticketRow, len(list))
	for i, t := range list {
		p, err := c.Desk.PolicyOf(r.Context(), t)
		if err != nil {
			return nil, err
		}
		row := ticketRow{Ticket: t, GroupTitle: groupTitle(p, t.Group), Handler: names.of(t.Assignee)}
		if wf, ok := p.Workflow(t.Workflow); ok {
			def, _ := wf.State(t.State)
			row.StateTitle = def.Title
		}
		for _, clock := range t.Clocks {
			if _, paused := clock.Paused(); paused {
				row.Paused = true
			} else if clock.Running() && clock.Due.Equal(t.Due) {
				row.Clock, row.ClockFrom = string(clock.Name), clock.Started
			}
		}
		rows[i] = row
	}
	return rows, nil
}

func (c *Console) row(r *http.Request, t ticket.Ticket) (ticketRow, error) {
	rows, err := c.rows(r, []ticket.Ticket{t})
	if err != nil {
		return ticketRow{}, err
	}
	return rows[0], nil
}

// names are what people are called, by id.
type names map[string]string

func (c *Console) names(r *http.Request) (names, error) {
	all, err := c.Desk.People(r.Context())
	if err != nil {
		return nil, err
	}
	n := names{}
	for _, p := range all {
		n[p.ID] = p.Name
	}
	return n, nil
}

func (n names) of(id string) string { return cmp.Or(n[id], id) }

func groupTitle(p ticket.Policy, id string) people.Title {
	if g, ok := p.Group(id); ok {
		return g.Title
	}
	return people.Title{ZH: id, EN: id}
}
