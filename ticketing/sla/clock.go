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

// String says how a clock stands, for logs and tests.
func (c Clock) String() string {
	state := "running"
	switch _, paused := c.Paused(); {
	case paused:
		state = "paused"
	case !c.Running():
		state = "stopped"
	}
	return fmt.Sprintf("%s#%d %s of %s, step %d", c.Name, c.Round, state, c.Budget, c.Step)
}
