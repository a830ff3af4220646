package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

type ticketView struct {
	frame
	Ticket   ticketRow
	Policy   ticket.Policy
	Clocks   []clockView
	Steps    []step
	Actions  []actionView
	Verdict  *verdict.Verdict
	Path     []hop
	Drawn    string
	Children []ticketRow
	Timeline []entryView
	Ledger   []ledgerView
	Refused  string // the action that was refused, so that its form stays open
	Typed    url.Values
	People   []people.Person // who can be named in a form
	Said     []pair          // what the ticket waits for, in words
	Causes   []pair          // cause and responsibility, in words
	Names    names
}

type clockView struct {
	Name     string
	Budget   time.Duration
	Started  time.Time
	Due      time.Time
	Stopped  time.Time
	Elapsed  time.Duration
	State    string // running, paused, stopped
	Percent  int    // of the budget, at most 100
	Breached bool
	Paused   time.Duration
	Reason   string

	Provisional bool // its calendar did not know the whole time
}

// step is one of the workflow's stations, for the strip at the top.
type step struct {
	Title people.Title
	Done  bool
	Now   bool
}

type actionView struct {
	ticket.Choice
	Inputs []fieldView
}

type fieldView struct {
	ticket.FormField
	Options []ticket.Option
}

type entryView struct {
	ticket.Entry
	StateTitle  people.Title
	ActionTitle people.Title
	From, To    people.Title // groups
	Who, Why    string
	Values      []pair
}

type ledgerView struct {
	sla.Entry
	Why, Who string
}

func (c *Console) ticket(w http.ResponseWriter, r *http.Request, by people.Person) {
	view, err := c.ticketView(r, by)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.render(w, r, http.StatusOK, "ticket", view)
}

func (c *Console) ticketView(r *http.Request, by people.Person) (ticketView, error) {
	id := r.PathValue("id")
	t, err := c.Desk.Ticket(r.Context(), id)
	if err != nil {
		return ticketView{}, err
	}
	if !t.ShownTo(by) {
		return ticketView{}, store.ErrNotFound
	}
	view := ticketView{frame: c.frame(r, "tickets", "ticket:"+id)}
	if view.Ticket, err = c.row(r, t); err != nil {
		return view, err
	}
	if view.Policy, err = c.Desk.PolicyOf(r.Context(), t); err != nil {
		return view, err
	}
	wf, _ := view.Policy.Workflow(t.Workflow)
	view.Clocks = clockViews(t, view.Policy, c.Now())
	view.Steps = steps(t, wf)
	view.Actions = c.actions(t, view.Policy, by)
	names, err := c.names(r)
	if err != nil {
		return view, err
	}
	say := speaker{c.pages, c.lang(r)}
	view.Timeline = say.entries(t, view.Policy, wf, names)
	for _, e := range t.Ledger {
		view.Ledger = append(
			view.Ledger, ledgerView{Entry: e, Why: say.reason(wf, e.Reason), Who: say.who(names, e.By)},
		)
	}
	view.Said, view.Names = say.waits(t, wf, names), names
	view.Causes = say.values(view.Policy, wf, map[string]string{"cause": t.Cause, "responsibility": t.Responsibility})
	if view.People, err = c.colleagues(r, t); err != nil {
		return view, err
	}
	if t.Fault.Verdict != "" {
		v, err := c.Desk.Fault(r.Context(), t.Fault.Verdict)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return view, err
		}
		if err == nil {
			v, _ = c.scope(by).Fault(v)
			view.Verdict = &v
			c.drawFor(&view, by, v)
		}
	}
	if len(t.Children) > 0 {
		list, _, err := c.Desk.List(
			r.Context(), store.Filter{IDs: t.Children}.SeenBy(by), store.Page{Limit: 1000, Sort: "id"},
		)
		if err != nil {
			return view, err
		}
		if view.Children, err = c.rows(r, list); err != nil {
			return view, err
		}
	}
	view.Ticket.Ticket = view.Ticket.Ticket.Within(c.scope(by))
	return view, nil
}

// colleagues are those whom a form may name: the owner's people first.
func (c *Console) colleagues(r *http.Request, t ticket.Ticket) ([]people.Person, error) {
	all, err := c.Desk.People(r.Context())
	all = slices.DeleteFunc(all, func(p people.Person) bool { return p.Disabled })
	slices.SortStableFunc(all, func(x, y people.Person) int {
		switch inX, inY := x.In(t.Group), y.In(t.Group); {
		case inX == inY:
			return 0
		case inX:
			return -1
		}
		return 1
	})
	return all, err
}

// drawFor draws the way of the first line that the person may see.
func (c *Console) drawFor(view *ticketView, by people.Person, v verdict.Verdict) {
	see, inv := c.scope(by), c.Desk.Inventory()
	for _, l := range view.Ticket.Lines {
		if line, ok := inv.Line(l.ID); ok && see.Line(l.ID) {
			view.Drawn, view.Path = l.ID, c.drawPath(line, []verdict.Verdict{v})
			return
		}
	}
}
