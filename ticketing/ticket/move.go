package ticket

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
)

// move takes the ticket to a state and writes the timeline. It follows states
// that are skipped or left at once, each with its own line.
func (r *run) move(to State, e Entry) {
	for range len(r.wf.States) + 1 {
		def, ok := r.wf.State(to)
		if !ok {
			return
		}
		if next, skip := r.skip(def); skip {
			to = next
			continue
		}
		r.write(to, e)
		r.enter(def)
		if def.Then == "" || r.t.State != to {
			return
		}
		to, e = def.Then, Entry{Action: "go_on"}
	}
}

func (r *run) skip(def StateDef) (State, bool) {
	for _, s := range def.Skip {
		switch s.When {
		case WhenNoCustomer:
			if !r.t.customersHit() {
				return s.To, true
			}
		case WhenMerged:
			if r.t.Kind == Network && r.t.Parent != "" {
				return s.To, true
			}
		}
	}
	return "", false
}

// customersHit reports whether any customer's line was out of service.
func (t Ticket) customersHit() bool {
	return slices.ContainsFunc(t.Lines, func(l Line) bool { return l.Customer != "" && l.State != LineAtRisk })
}

// write appends a line to the timeline and sets the state.
func (r *run) write(to State, e Entry) {
	t := &r.t
	e.Seq = len(t.Timeline) + 1
	e.At = r.now
	if e.By.ID == "" {
		e.By = r.by
	}
	e.From, e.To = t.State, to
	if n := len(t.Timeline); n > 0 && e.FromGroup == "" {
		e.FromGroup = t.Timeline[n-1].ToGroup
	}
	e.ToGroup, e.Assignee = t.Group, t.Assignee
	if t.State != to {
		if t.State != "" {
			e.Stood = r.now.Sub(t.Since)
		}
		t.State, t.Since = to, r.now
	}
	t.Timeline = append(t.Timeline, e)
	r.dirty = true
	r.tell(e.Action, e, nil)
}

// stay writes a line without leaving the state.
func (r *run) stay(e Entry) { r.write(r.t.State, e) }

// enter does what a state asks for: dates, clocks and verbs.
func (r *run) enter(def StateDef) {
	t := &r.t
	if def.Name == r.wf.Starts.Direct && t.Dispatched.IsZero() {
		t.Dispatched = r.now
	}
	t.Closed = time.Time{}
	if def.Final {
		t.Closed = r.now
	}
	r.setClocks(def)
	if def.Final {
		r.lapse()
	}
	for _, v := range def.Enter {
		if v == DoRetest {
			r.orderRetest()
		}
	}
	if def.Name != "" && !def.Hidden {
		r.tell("enter:"+string(def.Name), Entry{Action: "enter"}, nil)
	}
}

// setClocks stops the clocks that do not run in a state and starts those that do.
func (r *run) setClocks(def StateDef) {
	for _, c := range slices.Clone(r.tally.Clocks) {
		if c.Running() && !slices.Contains(def.Clocks, c.Name) {
			at := r.now
			if (r.watched || c.Name == sla.Restore) && !r.stopAt.IsZero() {
				at = r.stopAt
			}
			r.ledger(sla.Entry{Clock: c.Name, Kind: sla.Stop, At: at, Reason: string(def.Name)})
		}
	}
	for _, name := range def.Clocks {
		r.startClock(name)
	}
}

// lapse refuses the pauses that still wait for approval: nobody looks at a
// closed ticket again, and what nobody approved never counted.
func (r *run) lapse() {
	for _, c := range slices.Clone(r.tally.Clocks) {
		for _, p := range c.Pauses {
			if p.Provisional {
				r.ledger(sla.Entry{Clock: c.Name, Kind: sla.Refuse, ApproveBy: p.ApproveBy, Reason: "closed_unapproved"})
			}
		}
	}
}

// startClock starts a clock or its next round. The restore clock has only one
// round: it goes on.
func (r *run) startClock(name sla.Name) {
	if !r.applies(name) {
		return
	}
	c, known := r.tally.Clock(name)
	if known && c.Running() {
		return
	}
	if known && name == sla.Restore {
		at := r.resumeAt
		if at.IsZero() || at.Before(c.Stopped) {
			at = c.Stopped
		}
		r.ledger(sla.Entry{Clock: name, Kind: sla.Resume, At: at, Reason: "not_restored"})
		return
	}
	budget, ok := r.p.SLA.Strictest(name, r.t.cases(), c.Round+1)
	if !ok {
		return
	}
	at := r.now
	if name == sla.Restore {
		at = r.t.Began
	}
	r.ledger(sla.Entry{Clock: name, Kind: sla.Start, At: at, Budget: budget, Calendar: r.p.SLA.Def(name).Calendar})
}

// applies reports whether the ticket has use for a clock at all.
func (r *run) applies(name sla.Name) bool {
	t := r.t
	if t.monitoring() && name != sla.Quality {
		return false // no customer waits for it
	}
	switch name {
	case sla.Localise:
		return t.Source == "verdict" && !t.located()
	case sla.Update:
		return !t.Accepted.IsZero() // from the first acceptance on, whoever owns it
	case sla.Report:
		return t.Report == "" && r.reportDue()
	}
	return true
}

// ledger writes an entry. The engine only writes what its clocks allow, so a
// refused entry changes nothing that counts.
func (r *run) ledger(e sla.Entry) {
	if r.by.ID != "" {
		e.By = r.by.ID
	}
	if r.tally.Write(r.p.SLA, r.now, e) == nil {
		r.dirty = true
	}
}

// cases are the budgets' cases of the affected lines, or of the ticket alone.
func (t Ticket) cases() []sla.Case {
	var cases []sla.Case
	for _, l := range t.hit() {
		cases = append(cases, t.caseOf(l))
	}
	if len(cases) == 0 {
		cases = []sla.Case{{Kind: string(t.Kind)}}
	}
	return cases
}

// hit are the lines that are affected now; if none is any more, all that were.
func (t Ticket) hit() []Line {
	hit := slices.DeleteFunc(slices.Clone(t.Lines), func(l Line) bool { return l.State == LineUp })
	if len(hit) == 0 {
		return t.Lines
	}
	return hit
}

func (t Ticket) caseOf(l Line) sla.Case {
	state := l.State
	if state == "" || state == LineUp {
		state = LineDown
	}
	return sla.Case{Kind: string(t.Kind), CustomerGrade: l.CustomerGrade, LineGrade: l.Grade, LineState: string(state), Area: l.Area}
}
