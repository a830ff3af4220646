package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
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
		view.Ledger = append(view.Ledger, ledgerView{Entry: e, Why: say.reason(wf, e.Reason), Who: say.who(names, e.By)})
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
		list, _, err := c.Desk.List(r.Context(), store.Filter{IDs: t.Children}.SeenBy(by), store.Page{Limit: 1000, Sort: "id"})
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

func clockViews(t ticket.Ticket, p ticket.Policy, now time.Time) []clockView {
	out := make([]clockView, 0, len(t.Clocks))
	for _, c := range t.Clocks {
		v := clockView{Name: string(c.Name), Budget: c.Budget, Started: c.Started, Due: c.Due, Stopped: c.Stopped,
			Elapsed: c.Elapsed(p.SLA, now), State: "running", Breached: c.Breached, Paused: c.PausedFor(p.SLA, now), Provisional: c.Provisional}
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

var mainRoad = []ticket.State{ticket.Dispatched, ticket.Accepted, ticket.Working, ticket.Retesting, ticket.Observing, ticket.Confirming, ticket.Checking, ticket.Archiving, ticket.Archived}

// actions are the forms of what the person may do now.
func (c *Console) actions(t ticket.Ticket, p ticket.Policy, by people.Person) []actionView {
	var out []actionView
	for _, choice := range t.Choices(p, by) {
		v := actionView{Choice: choice}
		for _, f := range choice.Fields {
			field := fieldView{FormField: f, Options: f.Def.Options}
			switch f.Def.Type {
			case "group":
				for _, g := range p.Groups {
					if g.ID != t.Group {
						field.Options = append(field.Options, ticket.Option{Value: g.ID, Title: g.Title})
					}
				}
			case "person":
				if choice.Def.Do == ticket.DoAssign {
					field.Value = cmp.Or(field.Value, t.Assignee)
				}
			case "time":
				if f.Required && f.Value == "" {
					field.Value = c.Now().Add(2 * time.Hour).In(p.Zone).Format("2006-01-02T15:04")
				}
			}
			v.Inputs = append(v.Inputs, field)
		}
		out = append(out, v)
	}
	return out
}

// act takes an action on a ticket from a form.
func (c *Console) act(w http.ResponseWriter, r *http.Request, by people.Person) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<18)
	if err := r.ParseForm(); err != nil {
		c.failed(w, r, err)
		return
	}
	id := r.PathValue("id")
	fields := map[string]string{}
	for name, values := range r.PostForm {
		if key, ok := strings.CutPrefix(name, "f."); ok && len(values) > 0 {
			fields[key] = values[0]
		}
	}
	action := r.PostForm.Get("action")
	// A form is filled in against the state that it was drawn from. Where that
	// has moved on, the workflow decides whether the action still fits.
	_, err := c.Desk.Act(r.Context(), by, id, 0, action, r.PostForm.Get("text"), fields)
	if err == nil {
		http.Redirect(w, r, "/tickets/"+url.PathEscape(id)+"?done="+queryEscape(action), http.StatusSeeOther)
		return
	}
	var refusal *ticket.Refusal
	if !errors.As(err, &refusal) && !errors.Is(err, store.ErrConflict) {
		c.failed(w, r, err)
		return
	}
	view, viewErr := c.ticketView(r, by)
	if viewErr != nil {
		c.failed(w, r, viewErr)
		return
	}
	lang := c.lang(r)
	view.Refused, view.Typed = action, r.PostForm
	view.URL = "/tickets/" + url.PathEscape(id)
	if refusal == nil {
		view.Error = c.pages.word(lang, "error.conflict")
	} else {
		view.Error = c.pages.word(lang, "refused."+refusal.Reason)
		if refusal.Field != "" {
			title := c.pages.word(lang, "field."+refusal.Field)
			if wf, ok := view.Policy.Workflow(view.Ticket.Workflow); ok && wf.Fields[refusal.Field].Title != (people.Title{}) {
				title = wf.Fields[refusal.Field].Title.In(lang)
			}
			view.Error += " " + strconv.Quote(title)
		}
	}
	c.render(w, r, http.StatusUnprocessableEntity, "ticket", view)
}
