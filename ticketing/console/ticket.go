package console

import (
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
	Refused  string // the action that was refused, so that its form stays open
	Typed    url.Values
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
	if ok, _ := t.Sees(by); !ok || !t.Visible {
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
	view.Timeline = entries(t, view.Policy, wf)
	if t.Fault.Verdict != "" {
		v, err := c.Desk.Fault(r.Context(), t.Fault.Verdict)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return view, err
		}
		if err == nil {
			view.Verdict = &v
			c.drawFor(&view, v)
		}
	}
	for _, child := range t.Children {
		ct, err := c.Desk.Ticket(r.Context(), child)
		if err != nil {
			return view, err
		}
		row, err := c.row(r, ct)
		if err != nil {
			return view, err
		}
		view.Children = append(view.Children, row)
	}
	return view, nil
}

func (c *Console) drawFor(view *ticketView, v verdict.Verdict) {
	if len(view.Ticket.Lines) == 0 {
		return
	}
	view.Drawn = view.Ticket.Lines[0].ID
	if line, ok := c.Desk.Inventory().Line(view.Drawn); ok {
		view.Path = c.drawPath(line, []verdict.Verdict{v})
	}
}

func clockViews(t ticket.Ticket, p ticket.Policy, now time.Time) []clockView {
	cals := sla.Calendars(p.Calendars)
	out := make([]clockView, 0, len(t.Clocks))
	for _, c := range t.Clocks {
		v := clockView{Name: string(c.Name), Budget: c.Budget, Started: c.Started, Due: c.Due, Stopped: c.Stopped,
			Elapsed: c.Elapsed(cals, now), State: "running", Breached: c.Breached, Paused: c.PausedFor(cals, now)}
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
			case "time":
				if f.Required && f.Value == "" {
					field.Value = c.Now().Add(2 * time.Hour).In(beijing).Format("2006-01-02T15:04")
				}
			}
			v.Inputs = append(v.Inputs, field)
		}
		out = append(out, v)
	}
	return out
}

func entries(t ticket.Ticket, p ticket.Policy, wf ticket.Workflow) []entryView {
	out := make([]entryView, 0, len(t.Timeline))
	for _, e := range t.Timeline {
		v := entryView{Entry: e, To: groupTitle(p, e.ToGroup)}
		if e.FromGroup != "" && e.FromGroup != e.ToGroup {
			v.From = groupTitle(p, e.FromGroup)
		}
		def, _ := wf.State(e.To)
		v.StateTitle = def.Title
		if a, ok := wf.Actions[e.Action]; ok {
			v.ActionTitle = a.Title
		}
		out = append(out, v)
	}
	slices.Reverse(out)
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
