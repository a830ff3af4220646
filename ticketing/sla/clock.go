package sla

import (
	"fmt"
	"slices"
	"time"
)

// Running reports whether the clock has started and not stopped; it may be
// paused.
func (c Clock) Running() bool { return !c.Started.IsZero() && c.Stopped.IsZero() }

// Paused reports whether time stands still, and since when.
func (c Clock) Paused() (Interval, bool) {
	if n := len(c.Pauses); n > 0 && c.Running() {
		if p := c.Pauses[n-1]; p.To.IsZero() && !p.Refused {
			return p, true
		}
	}
	return Interval{}, false
}

// Elapsed is how much of the budget had been used at t.
func (c Clock) Elapsed(p Policy, t time.Time) time.Duration {
	if c.Started.IsZero() {
		return 0
	}
	if !c.Stopped.IsZero() {
		t = earlier(t, c.Stopped)
	}
	return max(p.Hours(c.Calendar).Between(c.Started, t)-c.PausedFor(p, t), 0)
}

// PausedFor is how long the clock had stood still at t, in calendar time.
func (c Clock) PausedFor(p Policy, t time.Time) time.Duration {
	h := p.Hours(c.Calendar)
	var sum time.Duration
	for _, p := range c.still() {
		end := t
		if !p.To.IsZero() {
			end = earlier(end, p.To)
		}
		sum += h.Between(p.From, end)
	}
	return sum
}

// Reach is when d of the budget is used up, if nothing else happens. An open
// pause counts to its expected end; without one, what lies beyond it is never
// reached.
func (c Clock) Reach(p Policy, d time.Duration) (time.Time, bool) {
	h := p.Hours(c.Calendar)
	at := c.Started
	for _, p := range c.still() {
		run := h.Between(at, p.From)
		if d <= run {
			return h.Add(at, d), true
		}
		d -= run
		end := p.To
		if end.IsZero() {
			if end = p.Until; end.IsZero() {
				return time.Time{}, false
			}
		}
		at = later(at, end)
	}
	return h.Add(at, d), true
}

// still are the times that do not count: in order, without overlaps.
func (c Clock) still() []Interval {
	var out []Interval
	for _, p := range c.Pauses {
		if p.Refused {
			continue
		}
		p.From = later(p.From, c.Started)
		if p.To.IsZero() || p.To.After(p.From) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b Interval) int { return a.From.Compare(b.From) })
	merged := out[:0]
	for _, p := range out {
		n := len(merged)
		switch {
		case n == 0 || !merged[n-1].To.IsZero() && p.From.After(merged[n-1].To):
			merged = append(merged, p)
		case p.To.IsZero():
			merged[n-1].To, merged[n-1].Until = time.Time{}, p.Until
		case !merged[n-1].To.IsZero():
			merged[n-1].To = later(merged[n-1].To, p.To)
		}
	}
	return merged
}

// unreached forgets steps that were taken for passed because the news of the
// stop was late. Should the stop not hold, they are still to come.
func (c Clock) unreached(p Policy) Clock {
	if c.Breached && !c.BreachedAt.IsZero() && c.Stopped.Before(c.BreachedAt) {
		c.Breached, c.BreachedAt = false, time.Time{}
	}
	if used := c.Elapsed(p, c.Stopped); used < portion(c.Budget, c.Step) {
		c.Step = int(float64(used) / float64(c.Budget) * 100)
	}
	return c
}

// apply carries one ledger entry over to the clock. It is the only thing that
// ever changes a clock.
func (c Clock) apply(p Policy, e Entry) (Clock, error) {
	bad := func(why string) (Clock, error) {
		return c, fmt.Errorf("clock %s, entry %d: %s: %s", e.Clock, e.Seq, e.Kind, why)
	}
	if e.Kind != Start && c.Started.IsZero() {
		return bad("it has not started")
	}
	c.Pauses = append([]Interval(nil), c.Pauses...)
	last := len(c.Pauses) - 1
	_, paused := c.Paused()
	switch e.Kind {
	case Start:
		if c.Running() {
			return bad("it runs already")
		}
		if e.Budget <= 0 {
			return bad("no budget")
		}
		c = Clock{Name: e.Clock, Round: e.Round, Budget: e.Budget, Calendar: e.Calendar, Started: e.At}
	case Pause:
		if !c.Running() || paused {
			return bad("it does not run")
		}
		c.Pauses = append(c.Pauses, Interval{From: later(e.At, c.Started), Until: e.Until,
			ApproveBy: e.ApproveBy, Reason: e.Reason, Provisional: e.Provisional})
	case Resume:
		switch {
		case paused:
			c.Pauses[last].To = later(e.At, c.Pauses[last].From)
		case !c.Stopped.IsZero():
			if e.At.After(c.Stopped) {
				c.Pauses = append(c.Pauses, Interval{From: c.Stopped, To: e.At, Reason: "stopped"})
			}
			c.Stopped = time.Time{}
		default:
			return bad("it is neither paused nor stopped")
		}
	case Approve, Refuse:
		i := last
		for i >= 0 && (!c.Pauses[i].Provisional || !e.ApproveBy.IsZero() && !c.Pauses[i].ApproveBy.Equal(e.ApproveBy)) {
			i--
		}
		if i < 0 {
			return bad("no pause waits for it")
		}
		c.Pauses[i].Provisional = false
		if e.Kind == Refuse {
			c.Pauses[i].Refused = true
			if c.Pauses[i].To.IsZero() {
				c.Pauses[i].To = e.At
			}
		}
	case Rebase:
		if e.At.After(c.Started) {
			return bad("a start moves only earlier")
		}
		c.Started = e.At
		if e.Budget > 0 {
			c.Budget = e.Budget
		}
	case Extend:
		if e.Budget <= 0 {
			return bad("no time to add")
		}
		c.Budget += e.Budget
	case Warn, Breach:
		if e.Step <= c.Step {
			return bad(fmt.Sprintf("step %d has fired already", e.Step))
		}
		c.Step = e.Step
		if e.Kind == Breach && !c.Breached {
			c.Breached, c.BreachedAt = true, e.At
		}
	case Stop:
		if !c.Running() {
			return bad("it does not run")
		}
		if paused {
			c.Pauses[last].To = later(e.Recorded, c.Pauses[last].From) // still in force, should the stop not hold
		}
		c.Stopped = later(e.At, c.Started)
		c = c.unreached(p)
	default:
		return bad("no such kind of entry")
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
	return c, nil
}
