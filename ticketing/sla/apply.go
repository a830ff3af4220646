package sla

import (
	"slices"
	"time"
)

// apply carries one ledger entry over to the clock, or says why the clock does
// not allow it. It is the only thing that ever changes a clock.
func (c Clock) apply(p Policy, e Entry) (next Clock, why string) {
	if e.Kind != Start && c.Started.IsZero() {
		return c, "not_started"
	}
	c.Pauses = slices.Clone(c.Pauses)
	switch e.Kind {
	case Start:
		why = c.start(e)
	case Pause:
		why = c.pause(e)
	case Resume:
		why = c.resume(e)
	case Approve, Refuse:
		why = c.judge(e)
	case Rebase:
		why = c.rebase(e)
	case Extend:
		why = c.extend(e)
	case Warn, Breach:
		why = c.pass(e)
	case Stop:
		why = c.stop(p, e)
	default:
		why = "no_such_entry"
	}
	if why != "" {
		return c, why
	}
	due, known := c.Reach(p, c.Budget)
	if !known {
		due = time.Time{}
	}
	c.Due = due
	c.Provisional = known && !p.Hours(c.Calendar).Covers(c.Started, due)
	if len(c.Pauses) == 0 {
		c.Pauses = nil
	}
	return c, ""
}

func (c *Clock) start(e Entry) (why string) {
	if c.Running() {
		return "runs_already"
	}
	if e.Budget <= 0 {
		return "no_budget"
	}
	*c = Clock{Name: e.Clock, Round: e.Round, Budget: e.Budget, Calendar: e.Calendar, Started: e.At}
	return ""
}

func (c *Clock) pause(e Entry) (why string) {
	if _, paused := c.Paused(); paused || !c.Running() {
		return "not_running"
	}
	c.Pauses = append(c.Pauses, Interval{From: later(e.At, c.Started), Until: e.Until,
		ApproveBy: e.ApproveBy, Reason: e.Reason, Provisional: e.Provisional})
	return ""
}

// resume ends a pause, or a stop that did not hold. Between the stop and the
// time of the entry the clock stood.
func (c *Clock) resume(e Entry) (why string) {
	if _, paused := c.Paused(); paused {
		c.endPause(e.At)
		return ""
	}
	if c.Stopped.IsZero() {
		return "not_standing"
	}
	if e.At.After(c.Stopped) {
		c.Pauses = append(c.Pauses, Interval{From: c.Stopped, To: e.At, Reason: "stopped"})
	}
	c.Stopped = time.Time{}
	return ""
}

func (c *Clock) endPause(at time.Time) {
	open := &c.Pauses[len(c.Pauses)-1]
	open.To = later(at, open.From)
}

// judge approves or refuses the newest pause that waits for it, or the one that
// the entry names by the time at which it lapses.
func (c *Clock) judge(e Entry) (why string) {
	for i := range slices.Backward(c.Pauses) {
		pause := &c.Pauses[i]
		if !pause.Provisional || !e.ApproveBy.IsZero() && !pause.ApproveBy.Equal(e.ApproveBy) {
			continue
		}
		pause.Provisional = false
		if e.Kind == Refuse {
			pause.Refused = true
			if pause.To.IsZero() {
				pause.To = e.At
			}
		}
		return ""
	}
	return "nothing_waits"
}

func (c *Clock) rebase(e Entry) (why string) {
	if e.At.After(c.Started) {
		return "only_earlier"
	}
	c.Started = e.At
	if e.Budget > 0 {
		c.Budget = e.Budget
	}
	return ""
}

func (c *Clock) extend(e Entry) (why string) {
	if e.Budget <= 0 {
		return "no_time"
	}
	c.Budget += e.Budget
	return ""
}

// pass notes a step of the ladder.
func (c *Clock) pass(e Entry) (why string) {
	if e.Step <= c.Step {
		return "step_passed"
	}
	c.Step = e.Step
	if e.Kind == Breach && !c.Breached {
		c.Breached, c.BreachedAt = true, e.At
	}
	return ""
}

func (c *Clock) stop(p Policy, e Entry) (why string) {
	if !c.Running() {
		return "not_running"
	}
	if _, paused := c.Paused(); paused {
		c.endPause(e.Recorded) // until then it was in force, should the stop not hold
	}
	c.Stopped = later(e.At, c.Started)
	c.forgetUnreached(p)
	return ""
}

// forgetUnreached forgets steps that were taken for passed because the news of
// the stop was late. Should the stop not hold, they are still to come.
func (c *Clock) forgetUnreached(p Policy) {
	if c.Breached && !c.BreachedAt.IsZero() && c.Stopped.Before(c.BreachedAt) {
		c.Breached, c.BreachedAt = false, time.Time{}
	}
	if used := c.Elapsed(p, c.Stopped); used < portion(c.Budget, c.Step) {
		c.Step = int(float64(used) / float64(c.Budget) * 100)
	}
}
