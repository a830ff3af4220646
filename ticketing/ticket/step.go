package ticket

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Refusal is why an action is not taken. Reason is a message key.
type Refusal struct {
	Action string
	Reason string
	Field  string // the field at fault, if one is
}

// Error says it in English.
func (r *Refusal) Error() string {
	if r.Field != "" {
		return fmt.Sprintf("%s refused: %s: %s", r.Action, r.Reason, r.Field)
	}
	return fmt.Sprintf("%s refused: %s", r.Action, r.Reason)
}

// Reasons of refusal beside those of people.
const (
	ReasonNotHere   = "not_in_this_state"
	ReasonRequired  = "field_required"
	ReasonInvalid   = "field_invalid"
	ReasonNothing   = "nothing_to_decide"
	ReasonStatutory = "beyond_statutory_limit"
	ReasonGuard     = "guard_" // followed by the guard's name
)

// run is one step in the making.
type run struct {
	p     Policy
	wf    Workflow
	now   time.Time
	t     Ticket
	tally sla.Tally
	by    people.Ref
	out   []Effect
	dirty bool

	stopAt   time.Time // when the restore clock stops, if this step stops it
	watched  bool      // the watches say so, and nothing was owed after it
	resumeAt time.Time // when it goes on, if it does; zero: it never stopped
	created  bool
}

// Step applies ev at now and brings the ticket up to date. The caller saves
// the result before it acts on the effects. If nothing changed, the ticket
// comes back with its version as it was.
func (t Ticket) Step(p Policy, now time.Time, ev Event) (Ticket, []Effect, error) {
	r, err := t.begin(p, now)
	if err != nil {
		return t, nil, err
	}
	// What healed within the hold has healed, however late we hear of it.
	if f, ok := ev.(Found); ok && r.t.State == r.wf.Starts.Held {
		r.found(f)
		r.advance()
		t, effects := r.finish()
		return t, effects, nil
	}
	if w, ok := ev.(Withdrawn); ok {
		r.withdrawn(w)
	}
	if f, ok := ev.(Found); ok && recovered(r.t.Kind, f.Fault, f.Lines) {
		r.advanceTo(later(r.recoveredAt(f.Fault), t.Updated))
	} else {
		r.advance()
	}
	switch ev := ev.(type) {
	case Tick, Withdrawn:
	case Act:
		err = r.act(ev)
	case Found:
		r.found(ev)
	case Retested:
		r.retested(ev)
	case Joined:
		r.joined(ev)
	case Adopted:
		r.adopted(ev)
	case Parted:
		r.parted(ev)
	default:
		err = fmt.Errorf("ticket %s: no such event: %T", t.ID, ev)
	}
	if err != nil {
		return t, nil, err
	}
	r.advance()
	next, effects := r.finish()
	return next, effects, nil
}

// Deadline is when the caller should next send a Tick, if it should.
func (t Ticket) Deadline(p Policy) (time.Time, bool) {
	r, err := t.begin(p, t.Updated)
	if err != nil {
		return time.Time{}, false
	}
	at, _, ok := r.wake()
	return at, ok
}

// begin makes a copy to work on. Time never runs backwards.
func (t Ticket) begin(p Policy, now time.Time) (*run, error) {
	wf, ok := p.Workflow(t.Workflow)
	if !ok {
		return nil, fmt.Errorf("ticket %s: no workflow %q in policy %s", t.ID, t.Workflow, p.Rev)
	}
	now = now.UTC().Truncate(time.Microsecond)
	if now.Before(t.Updated) {
		now = t.Updated
	}
	r := &run{p: p, wf: wf, now: now, t: t, by: people.System()}
	r.tally = sla.Tally{Clocks: t.Clocks, Ledger: t.Ledger}.Clone()
	c := &r.t
	c.Timeline = t.Timeline[:len(t.Timeline):len(t.Timeline)]
	c.Lines = slices.Clone(t.Lines)
	c.Actors, c.Watchers, c.Children = slices.Clone(t.Actors), slices.Clone(t.Watchers), slices.Clone(t.Children)
	c.Suspension, c.Extension, c.Retest = copied(t.Suspension), copied(t.Extension), copied(t.Retest)
	c.Confirmation, c.Quality, c.Supervision = copied(t.Confirmation), copied(t.Quality), copied(t.Supervision)
	return r, nil
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Open begins a ticket's life. The policy's revision is stamped on it.
func Open(p Policy, now time.Time, o Opening) (Ticket, []Effect, error) {
	wf, ok := p.WorkflowFor(o.Kind)
	if !ok {
		return Ticket{}, nil, fmt.Errorf("open %s: no workflow for %s tickets", o.ID, o.Kind)
	}
	if o.ID == "" {
		return Ticket{}, nil, fmt.Errorf("open a %s ticket: no id", o.Kind)
	}
	now = now.UTC().Truncate(time.Microsecond)
	began := o.Started
	if began.IsZero() || began.After(now) {
		began = now
	}
	r := &run{p: p, wf: wf, now: now, by: people.System(), dirty: true, created: true}
	if o.By.ID != "" {
		r.by = o.By.Ref()
	}
	r.t = Ticket{
		ID: o.ID, Kind: o.Kind, Key: o.Key, Policy: p.Rev, Workflow: wf.Name,
		Title: o.Title, Description: o.Description, Severity: o.Severity, Source: o.Source, Opener: r.by,
		ExternalID: o.ExternalID, Contact: o.Contact, Fault: o.Fault, Lines: slices.Clone(o.Lines),
		Region: o.Region, Group: o.Group, From: p.Routing.Monitor, Parent: o.Parent, SplitFrom: o.SplitFrom,
		Opened: now, Began: began.UTC().Truncate(time.Microsecond), Updated: now,
		ProposedCause: o.Propose.Cause, ProposedResponsibility: o.Propose.Responsibility,
	}
	if r.t.Group == "" {
		r.t.Group, _ = p.Route(o.Fault, o.Kind, o.Region)
	}
	r.t.Routed = r.t.Group
	if r.t.Severity == "" {
		r.t.Severity = "major"
	}
	r.parties()
	if o.By.ID != "" {
		r.t.Actors = []string{o.By.ID}
	}
	to := wf.Starts.Direct
	switch {
	case o.Draft && wf.Starts.Draft != "":
		to = wf.Starts.Draft
	case o.HoldUntil.After(now) && wf.Starts.Held != "":
		to = wf.Starts.Held
		r.t.HoldUntil = o.HoldUntil.UTC().Truncate(time.Microsecond)
	}
	r.move(to, Entry{Action: "open", Text: o.Description})
	r.advance()
	t, effects := r.finish()
	return t, effects, nil
}

// finish writes what follows from the rest, numbers the effects and gives the
// ticket its next version.
func (r *run) finish() (Ticket, []Effect) {
	t := &r.t
	before := t.Wake
	t.Clocks, t.Ledger = r.tally.Clocks, r.tally.Ledger
	t.Wake = time.Time{}
	if at, _, ok := r.wake(); ok {
		t.Wake = at
	}
	if !r.dirty && t.Wake.Equal(before) {
		return *t, nil
	}
	def, _ := r.wf.State(t.State)
	t.Status, t.Open = def.Status, !def.Final
	t.Visible = !t.Dispatched.IsZero() || t.Source != "verdict" && t.State != r.wf.Starts.Draft
	t.Due, t.Warned, t.Breached = time.Time{}, false, false
	for _, c := range t.Clocks {
		t.Breached = t.Breached || c.Breached
		if c.Running() {
			t.Warned = t.Warned || c.Step > 0
			if !c.Due.IsZero() && (t.Due.IsZero() || c.Due.Before(t.Due)) {
				t.Due = c.Due
			}
		}
	}
	t.Updated = r.now
	t.Version++
	if t.Visible {
		r.publish()
	}
	for i := range r.out {
		e := &r.out[i]
		e.Ticket = t.ID
		e.ID = t.ID + "/" + strconv.FormatInt(t.Version, 10) + "/" + strconv.Itoa(i+1)
	}
	return *t, r.out
}

// publish tells programs what changed, in TMF621's words.
func (r *run) publish() {
	event := "TroubleTicketAttributeValueChangeEvent"
	fresh := r.created || len(r.t.Timeline) > 0 && r.t.Dispatched.Equal(r.now)
	switch last := r.t.Timeline[len(r.t.Timeline)-1]; {
	case fresh:
		event = "TroubleTicketCreateEvent"
	case last.At.Equal(r.now) && last.From != last.To:
		event = "TroubleTicketStatusChangeEvent"
	}
	r.out = append(r.out, Effect{Kind: Publish, Channel: "publish", NotBefore: r.now,
		Publish: &Publication{Event: event, State: r.t.State, Status: r.t.Status}})
}

// parties gathers customers, managers and region from the lines.
func (r *run) parties() {
	t := &r.t
	var customers, managers []string
	for _, l := range t.Lines {
		if l.Customer != "" {
			customers = append(customers, l.Customer)
		}
		if l.Manager != "" {
			managers = append(managers, l.Manager)
		}
		if t.Region == "" {
			t.Region = l.Region
		}
	}
	slices.Sort(customers)
	slices.Sort(managers)
	t.Customers, t.Managers = slices.Compact(customers), slices.Compact(managers)
}
