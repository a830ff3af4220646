package ticket

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// monitoring reports whether our own watching failed rather than the network.
func (t Ticket) monitoring() bool { return t.Fault.Outcome == verdict.MonitoringFault }

// located reports whether it is known where the fault lies.
func (t Ticket) located() bool { return located(t.Fault) }

func located(f Fault) bool {
	return f.Outcome != "" && f.Outcome != verdict.Undetermined
}

// down reports whether a verdict says that a line of the ticket is out.
func (t Ticket) down() bool {
	return t.Fault.Verdict != "" && !recovered(t.Kind, t.Fault, t.Lines)
}

// recovered reports whether the verdict no longer holds for the ticket: a
// network ticket's when it has cleared, a line's own also when it left it.
func recovered(k Kind, f Fault, lines []Line) bool {
	if f.State == verdict.Cleared {
		return true
	}
	return k != Network && len(lines) > 0 && !slices.ContainsFunc(lines, func(l Line) bool {
		return l.State == LineDown || l.State == LineDegraded || l.State == ""
	})
}

// found takes in what the verdict now says. The ticket keeps its clocks.
func (r *run) found(ev Found) {
	t := &r.t
	old, wasUp := t.Fault, t.Fault.Verdict != "" && !t.down()
	t.Fault = ev.Fault
	joined := r.mergeLines(ev.Lines)
	if ev.Severity != "" && !slices.Contains(t.Edited, "severity") {
		t.Severity = ev.Severity
	}
	if ev.Title != "" && t.Source == FromVerdict && !slices.Contains(t.Edited, "title") {
		t.Title = ev.Title
	}
	if ev.Region != "" {
		t.Region = ev.Region
	}
	if ev.Propose.Cause != "" {
		t.ProposedCause = ev.Propose.Cause
	}
	if ev.Propose.Responsibility != "" {
		t.ProposedResponsibility = ev.Propose.Responsibility
	}
	r.parties()
	r.dirty = true
	r.changed(old, joined)
	if t.sinceTheFault(old) {
		r.rebase(ev.Fault.Started)
	}
	r.rebudget()
	if t.located() {
		r.stopClock(sla.Localise, "located")
	}
	up := recovered(t.Kind, t.Fault, t.Lines)
	_, proving := r.wf.Events[OnRelapsed][t.State]
	late := slices.ContainsFunc(joined, hurt)
	switch {
	case up && late && proving:
		// Lines that nobody has tested yet: prove it for them too.
		r.move(r.wf.Events[OnCleared][Working], Entry{Action: "restored", Reason: "lines_joined"}, moments{})
	case up:
		r.cleared()
	case wasUp || late:
		r.relapsed()
		r.rebudget() // of the clock that goes on
	}
	if !up {
		r.reroute(ev.Group, ev.Reason, old)
		if t.State == r.wf.Starts.Held {
			r.hold()
		}
	}
}

// mergeLines takes the affected lines over. Those that are no longer affected
// stay, as up: they were hit, and are to be tested.
func (r *run) mergeLines(now []Line) (joined []Line) {
	t := &r.t
	at, was := map[string]int{}, map[string]LineState{}
	for i, l := range t.Lines {
		at[l.ID], was[l.ID] = i, l.State
		if t.Kind == Network && l.State != LineUp {
			t.Lines[i].State = LineUp
		}
	}
	for _, l := range now {
		i, known := at[l.ID]
		switch {
		case known:
			if l.Service == "" {
				l.Service = t.Lines[i].Service
			}
			l.Joined = t.Lines[i].Joined
			if l.State == LineAtRisk && was[l.ID] != LineAtRisk {
				l.State = LineUp // it was out, and carries traffic again before its protection is back
			}
			t.Lines[i] = l
		case t.Kind == Network:
			if at := t.Fault.Decided; at.Sub(t.Began) > grace {
				l.Joined = at
			}
			t.Lines = append(t.Lines, l)
			joined = append(joined, l)
		}
	}
	slices.SortFunc(t.Lines, func(a, b Line) int { return strings.Compare(a.ID, b.ID) })
	return joined
}

// changed writes into the timeline what is new for a reader.
func (r *run) changed(old Fault, joined []Line) {
	now := r.t.Fault
	f := map[string]string{}
	if old.Verdict != now.Verdict {
		f["verdict"] = now.Verdict
	}
	if old.Outcome != now.Outcome {
		f["outcome_before"], f["outcome"] = string(old.Outcome), string(now.Outcome)
	}
	if old.Domain != now.Domain {
		f["domain_before"], f["domain"] = string(old.Domain), string(now.Domain)
	}
	if a, b := old.subjects(), now.subjects(); a != b {
		f["roots_before"], f["roots"] = a, b
	}
	if len(joined) > 0 && r.t.Kind == Network {
		f["lines_joined"] = fmt.Sprint(len(joined))
		f["lines"] = fmt.Sprint(len(r.t.Lines))
	}
	if len(f) > 0 {
		f["version"] = fmt.Sprint(now.Version)
		r.stay(Entry{Action: "verdict", Reason: "verdict_changed", Fields: f})
	}
}

// subjects are the roots as a reader knows them.
func (f Fault) subjects() string {
	var s []string
	for _, root := range f.Roots {
		s = append(s, string(root.Subject))
	}
	return strings.Join(s, " ")
}

// sinceTheFault reports whether the ticket's restore clock began with the fault
// of which there is news, so that earlier evidence of the one is of the other
// too. That of a line that failed later, or of a ticket that became a part of
// another fault, began by itself and stays.
func (t Ticket) sinceTheFault(before Fault) bool {
	switch {
	case before.Verdict == "":
		return true
	case before.Verdict != t.Fault.Verdict || before.Version == 0:
		return false
	}
	return !t.Began.After(before.Started)
}

// recoveredAt is when a verdict that no longer holds stopped to hold.
func (r *run) recoveredAt(f Fault) time.Time {
	at := f.Cleared
	if at.IsZero() {
		at = f.Decided
	}
	if at.IsZero() || at.After(r.now) {
		at = r.now
	}
	return later(at, r.t.Began)
}

// cleared is recovery seen by the watches.
func (r *run) cleared() {
	t := &r.t
	to, ok := r.wf.Events[OnCleared][t.State]
	if !ok {
		return
	}
	at := r.recoveredAt(t.Fault)
	if t.State == r.wf.Starts.Held && t.HoldUntil.Before(at) {
		// It outlived its hold; only the news of it was late.
		r.move(r.wf.Starts.Direct, Entry{Action: "dispatch", Reason: "hold_over"}, moments{})
		if to, ok = r.wf.Events[OnCleared][t.State]; !ok {
			return
		}
	}
	t.Suspension = nil
	t.Restored = at
	if t.Retest != nil {
		t.Retest.Fails, t.Retest.Tries, t.Retest.Again = 0, 0, time.Time{}
	}
	reason := "verdict_cleared"
	if t.Fault.State != verdict.Cleared {
		reason = "line_up"
	}
	r.move(to, Entry{Action: "restored", Reason: reason}, moments{restored: at, proven: true})
}

// relapsed says that what had recovered is down again. The clock goes on.
func (r *run) relapsed() {
	to, ok := r.wf.Events[OnRelapsed][r.t.State]
	if !ok {
		return
	}
	var m moments
	if at := r.t.Fault.Decided; !at.After(r.now) {
		m.relapsed = at
	}
	r.workAnew()
	r.move(r.workState(to), Entry{Action: "relapsed", Reason: "down_again"}, m)
}

// reroute follows routing where it says something else than before. Losing
// sight of the root moves no work.
func (r *run) reroute(group, reason string, old Fault) {
	t := &r.t
	if group == "" || group == t.Routed || !located(t.Fault) && located(old) {
		return
	}
	t.Routed = group
	if group == t.Group {
		return
	}
	to, ok := r.wf.Events[OnRerouted][t.State]
	if !ok {
		if t.State == r.wf.Starts.Held {
			t.Group = group
		}
		return
	}
	from := t.Group
	t.From, t.Group, t.Assignee = t.Group, group, ""
	r.resumeClocks()
	t.Suspension = nil
	r.move(to, Entry{Action: "reroute", Reason: reason, FromGroup: from}, moments{})
}

// hold shortens a hold that the fault has outgrown. One whose lines are all back
// has not: it is healing, which is what the hold is for.
func (r *run) hold() {
	if len(r.t.Lines) > 0 && !slices.ContainsFunc(r.t.Lines, func(l Line) bool { return l.State != LineUp }) {
		return
	}
	until := r.t.Began.Add(r.p.Intake.HoldFor(r.t.Lines))
	if until.Before(r.t.HoldUntil) {
		r.t.HoldUntil = later(until, r.now)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
