package ticket

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// run is one step in the making.
type run struct {
	p       Policy
	wf      Workflow
	now     time.Time
	t       Ticket
	ledger  sla.Ledger
	by      people.Ref
	out     []Effect
	dirty   bool          // the ticket has changed
	refused []sla.Refused // by the ledger, and not yet said
}

// Step applies ev at now and brings the ticket up to date. The caller saves
// the result before it acts on the effects. If nothing changed, the ticket
// comes back with its version as it was.
//
// An Act that cannot be taken is a *Refusal, and nothing has changed; that
// includes one for which the ledger of a clock refuses an entry. Where the
// ledger refuses what time or any other event brings about, the rest of it
// happens, and the timeline says what was refused under LedgerRefused.
func (t Ticket) Step(p Policy, now time.Time, ev Event) (Ticket, []Effect, error) {
	r, err := t.begin(p, now)
	if err != nil {
		return t, nil, err
	}
	r.upTo(ev)
	r.noteRefused()
	if err := r.take(ev); err != nil {
		return t, nil, err
	}
	r.noteRefused()
	r.advance()
	next, effects := r.finish()
	return next, effects, nil
}

// upTo does what time had brought about before the event.
func (r *run) upTo(ev Event) {
	switch ev := ev.(type) {
	case Withdrawn:
		r.withdrawn(ev) // it need not outlive its hold first
	case Found:
		// What healed within the hold has healed, however late we hear of it.
		if r.t.State == r.wf.Starts.Held {
			return
		}
		if recovered(r.t.Kind, ev.Fault, ev.Lines) {
			r.advanceTo(later(r.recoveredAt(ev.Fault), r.t.Updated))
			return
		}
	}
	r.advance()
}

func (r *run) take(ev Event) error {
	switch ev := ev.(type) {
	case Tick, Withdrawn:
	case Act:
		return r.act(ev)
	case Found:
		r.found(ev)
	case Retested:
		r.retested(ev, moments{})
	case Joined:
		r.joined(ev)
	case Adopted:
		r.adopted(ev)
	case Parted:
		r.parted(ev)
	case OutageRefused:
		for _, refused := range ev.Entries {
			r.noteLedger(ev.Outage, refused)
		}
	default:
		return fmt.Errorf("ticket %s: no such event: %T", r.t.ID, ev)
	}
	return nil
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
	r := &run{p: p, wf: wf, now: later(now.UTC().Truncate(time.Microsecond), t.Updated), t: t, by: people.System()}
	r.ledger = sla.Ledger{Clocks: t.Clocks, Entries: t.Ledger}.Clone()
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

// finish writes what follows from the rest, numbers the effects and gives the
// ticket its next version.
func (r *run) finish() (Ticket, []Effect) {
	r.noteRefused()
	t := &r.t
	before := t.Wake
	t.Clocks, t.Ledger = r.ledger.Clocks, r.ledger.Entries
	t.Wake, _, _ = r.wake()
	if !r.dirty && t.Wake.Equal(before) {
		return *t, nil
	}
	def, _ := r.wf.State(t.State)
	t.Status, t.Open = def.Status, !def.Final
	t.Visible = !t.Dispatched.IsZero() || t.Source != FromVerdict && t.State != r.wf.Starts.Draft
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
	for i := range r.out {
		e := &r.out[i]
		e.Ticket = t.ID
		e.ID = t.ID + "/" + strconv.FormatInt(t.Version, 10) + "/" + strconv.Itoa(i+1)
	}
	return *t, r.out
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
