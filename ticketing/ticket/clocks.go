package ticket

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
)

// moments say as of when a move stops clocks and lets them go on, where that
// is not the time of the move.
type moments struct {
	restored time.Time // the restore clock stops then
	proven   bool      // the watches say so: nothing was owed after it, so every clock stops then
	relapsed time.Time // the restore clock goes on then; zero: its stop did not hold
}

// setClocks stops the clocks that do not run in a state and starts those that do.
func (r *run) setClocks(def StateDef, m moments) {
	for _, c := range slices.Clone(r.ledger.Clocks) {
		if c.Running() && !slices.Contains(def.Clocks, c.Name) {
			at := r.now
			if (m.proven || c.Name == sla.Restore) && !m.restored.IsZero() {
				at = m.restored
			}
			r.book(sla.Entry{Clock: c.Name, Kind: sla.Stop, At: at, Reason: string(def.Name)})
		}
	}
	for _, name := range def.Clocks {
		r.startClock(name, m.relapsed)
	}
}

// startClock starts a clock or its next round. The restore clock has only one
// round: it goes on, as of the relapse.
func (r *run) startClock(name sla.Name, relapsed time.Time) {
	if !r.applies(name) {
		return
	}
	c, known := r.ledger.Clock(name)
	if known && c.Running() {
		return
	}
	if known && name == sla.Restore {
		r.book(sla.Entry{Clock: name, Kind: sla.Resume, At: later(relapsed, c.Stopped), Reason: "not_restored"})
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
	r.book(sla.Entry{Clock: name, Kind: sla.Start, At: at, Budget: budget, Calendar: r.p.SLA.Def(name).Calendar})
}

// applies reports whether the ticket has use for a clock at all.
func (r *run) applies(name sla.Name) bool {
	t := r.t
	if t.monitoring() && name != sla.Quality {
		return false // no customer waits for it
	}
	switch name {
	case sla.Localise:
		return t.Source == FromVerdict && !t.located()
	case sla.Update:
		return !t.Accepted.IsZero() // from the first acceptance on, whoever owns it
	case sla.Report:
		return t.Report == "" && r.reportDue()
	}
	return true
}

// nextRound begins a clock's next round, if it runs.
func (r *run) nextRound(name sla.Name) {
	if r.stopClock(name, "replied") {
		r.startClock(name, time.Time{})
	}
}

// stopClock stops a clock now; false if it does not run.
func (r *run) stopClock(name sla.Name, reason string) bool {
	c, known := r.ledger.Clock(name)
	if !known || !c.Running() {
		return false
	}
	r.book(sla.Entry{Clock: name, Kind: sla.Stop, Reason: reason})
	return true
}

// resumeClocks ends every pause that is still in force.
func (r *run) resumeClocks() {
	for _, c := range slices.Clone(r.ledger.Clocks) {
		if _, paused := c.Paused(); paused {
			r.book(sla.Entry{Clock: c.Name, Kind: sla.Resume})
		}
	}
}

// refuseUnapproved refuses the pauses that still wait for approval: nobody
// looks at a closed ticket again, and what nobody approved never counted.
func (r *run) refuseUnapproved() {
	for _, c := range slices.Clone(r.ledger.Clocks) {
		for _, p := range c.Pauses {
			if p.Provisional {
				r.book(sla.Entry{Clock: c.Name, Kind: sla.Refuse, ApproveBy: p.ApproveBy, Reason: "closed_unapproved"})
			}
		}
	}
}

// rebase moves the start of the fault, only ever earlier.
func (r *run) rebase(started time.Time) {
	t := &r.t
	started = started.UTC().Truncate(time.Microsecond)
	if started.IsZero() || !started.Before(t.Began) {
		return
	}
	t.Began = started
	r.dirty = true
	if c, ok := r.ledger.Clock(sla.Restore); ok {
		r.book(sla.Entry{Clock: c.Name, Kind: sla.Rebase, At: started, Reason: "earlier_evidence"})
	}
}

// rebudget takes over the budget of a stricter line. A looser one changes
// nothing: what was promised stays promised.
func (r *run) rebudget() {
	for _, name := range []sla.Name{sla.Restore, sla.Respond, sla.Update} {
		c, ok := r.ledger.Clock(name)
		if !ok || !c.Running() {
			continue
		}
		if b, ok := r.strictest(c); ok && b < c.Budget {
			r.book(sla.Entry{Clock: name, Kind: sla.Rebase, Budget: b, Reason: "stricter_line"})
		}
	}
}

// strictest is the smallest budget of the lines that are hit. The time of a
// line that failed later counts from then: nobody owed it anything before.
func (r *run) strictest(c sla.Clock) (best time.Duration, ok bool) {
	for _, l := range r.t.hit() {
		b, promised := r.p.SLA.Budget(c.Name, r.t.caseOf(l), c.Round)
		if !promised {
			continue
		}
		if !l.Joined.IsZero() {
			b += c.Elapsed(r.p.SLA, l.Joined)
		}
		if !ok || b < best {
			best, ok = b, true
		}
	}
	return best, ok
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
	return sla.Case{Kind: string(t.Kind), CustomerGrade: l.CustomerGrade, LineGrade: l.Grade, LineState: string(state),
		Area: l.Area}
}
