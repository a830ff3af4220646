package sla

import (
	"fmt"
	"math"
	"time"
)

// Tally is a set of clocks with the ledger that made them.
type Tally struct {
	Clocks []Clock
	Ledger []Entry
}

// Recompute replays a ledger. Its clocks are those that ran.
func Recompute(p Policy, ledger []Entry) ([]Clock, error) {
	var t Tally
	for _, e := range ledger {
		if err := t.apply(p, e); err != nil {
			return nil, err
		}
	}
	return t.Clocks, nil
}

// Clone is a copy that shares nothing that can change.
func (t Tally) Clone() Tally {
	clocks := make([]Clock, len(t.Clocks))
	for i, c := range t.Clocks {
		c.Pauses = append([]Interval(nil), c.Pauses...)
		clocks[i] = c
	}
	return Tally{Clocks: clocks, Ledger: t.Ledger[:len(t.Ledger):len(t.Ledger)]}
}

// Clock finds one by name.
func (t Tally) Clock(name Name) (Clock, bool) {
	for _, c := range t.Clocks {
		if c.Name == name {
			return c, true
		}
	}
	return Clock{}, false
}

// Write numbers the entry, applies it and appends it to the ledger. A refused
// entry leaves no trace.
func (t *Tally) Write(p Policy, now time.Time, e Entry) error {
	e.Seq = len(t.Ledger) + 1
	e.Recorded = now
	if n := len(t.Ledger); n > 0 && now.Before(t.Ledger[n-1].Recorded) {
		e.Recorded = t.Ledger[n-1].Recorded
	}
	if e.By == "" {
		e.By = "system"
	}
	c, _ := t.Clock(e.Clock)
	switch e.Kind {
	case Start:
		e.Round = c.Round + 1
	case Rebase:
		if e.At.IsZero() {
			e.At = c.Started
		}
		e.Round = c.Round
	default:
		e.Round = c.Round
	}
	if e.At.IsZero() {
		e.At = now
	}
	if err := t.apply(p, e); err != nil {
		return err
	}
	t.Ledger = append(t.Ledger, e)
	return nil
}

func (t *Tally) apply(p Policy, e Entry) error {
	for i, c := range t.Clocks {
		if c.Name == e.Clock {
			next, err := c.apply(p, e)
			if err == nil {
				t.Clocks[i] = next
			}
			return err
		}
	}
	c, err := Clock{Name: e.Clock}.apply(p, e)
	if err == nil {
		t.Clocks = append(t.Clocks, c)
	}
	return err
}

// Advance writes everything that time alone has brought about by now: pauses
// that reached their expected end, pauses that nobody approved, and steps of
// the ladder. It returns the entries written.
func (t *Tally) Advance(p Policy, now time.Time) []Entry {
	from := len(t.Ledger)
	for {
		at, e, ok := t.next(p)
		if !ok || at.After(now) || t.Write(p, now, e) != nil {
			return t.Ledger[from:]
		}
	}
}

// Wake is when Advance next has something to write.
func (t Tally) Wake(p Policy) (time.Time, bool) {
	at, _, ok := t.next(p)
	return at, ok
}

// next is the earliest entry that will come by itself.
func (t Tally) next(p Policy) (at time.Time, e Entry, ok bool) {
	offer := func(when time.Time, entry Entry) {
		if !when.IsZero() && (!ok || when.Before(at)) {
			entry.At = when
			at, e, ok = when, entry, true
		}
	}
	for _, c := range t.Clocks {
		if c.Started.IsZero() {
			continue
		}
		if pause, paused := c.Paused(); paused {
			offer(pause.Until, Entry{Clock: c.Name, Kind: Resume, Reason: "expected_end"})
		}
		// A pause that has ended may still wait for its approval.
		for _, pause := range c.Pauses {
			if pause.Provisional {
				offer(pause.ApproveBy, Entry{Clock: c.Name, Kind: Refuse, ApproveBy: pause.ApproveBy, Reason: "not_approved_in_time"})
			}
		}
		if step, more := p.Def(c.Name).nextStep(c.Step); more {
			// A clock that stands has passed what came before its stop: a
			// pause that never counted, or an earlier start, may say so late.
			when, reached := c.Reach(p, portion(c.Budget, step))
			if reached && (c.Running() || !when.After(c.Stopped)) {
				kind := Warn
				if step >= 100 {
					kind = Breach
				}
				offer(when, Entry{Clock: c.Name, Kind: kind, Step: step})
			}
		}
	}
	return at, e, ok
}

// portion is a percentage of a budget.
func portion(d time.Duration, percent int) time.Duration {
	if d > math.MaxInt64/time.Duration(max(percent, 1)) {
		return d / 100 * time.Duration(percent)
	}
	return d * time.Duration(percent) / 100
}

// nextStep is the step after the last one that fired.
func (d ClockDef) nextStep(last int) (int, bool) {
	top := 0
	for _, s := range d.Steps {
		if s > last {
			return s, true
		}
		top = max(top, s)
	}
	if d.Further <= 0 || top == 0 {
		return 0, false
	}
	next := top + ((last-top)/d.Further+1)*d.Further
	if d.Last > 0 && next > d.Last {
		return 0, false
	}
	return next, true
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
