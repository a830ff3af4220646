package sla

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Ledger is what was written of some clocks, and the clocks as that left them.
type Ledger struct {
	Clocks  []Clock
	Entries []Entry
}

// Refused is an entry that the ledger did not take, since the clock that it is
// for does not allow it. It left no trace.
type Refused struct {
	Entry Entry
	Why   string // message key
}

// Error says which entry was refused, and why.
func (r Refused) Error() string {
	return fmt.Sprintf("clock %s, entry %d: %s: %s", r.Entry.Clock, r.Entry.Seq, r.Entry.Kind, r.Why)
}

// Recompute replays a ledger. Its clocks are those that ran.
func Recompute(p Policy, entries []Entry) ([]Clock, error) {
	var l Ledger
	for _, e := range entries {
		if why := l.apply(p, e); why != "" {
			return nil, Refused{e, why}
		}
	}
	return l.Clocks, nil
}

// Clone is a copy that shares nothing that can change.
func (l Ledger) Clone() Ledger {
	clocks := make([]Clock, len(l.Clocks))
	for i, c := range l.Clocks {
		c.Pauses = slices.Clone(c.Pauses)
		clocks[i] = c
	}
	return Ledger{Clocks: clocks, Entries: l.Entries[:len(l.Entries):len(l.Entries)]}
}

// Clock finds one by name.
func (l Ledger) Clock(name Name) (Clock, bool) {
	for _, c := range l.Clocks {
		if c.Name == name {
			return c, true
		}
	}
	return Clock{}, false
}

// Write numbers the entry, applies it and appends it to the ledger. An error is
// a Refused.
func (l *Ledger) Write(p Policy, now time.Time, e Entry) error {
	if e, why := l.write(p, now, e); why != "" {
		return Refused{e, why}
	}
	return nil
}

// write also returns the entry as it was numbered, and why it was refused.
func (l *Ledger) write(p Policy, now time.Time, e Entry) (numbered Entry, why string) {
	e.Seq = len(l.Entries) + 1
	e.Recorded = now
	if n := len(l.Entries); n > 0 {
		e.Recorded = later(now, l.Entries[n-1].Recorded)
	}
	if e.By == "" {
		e.By = "system"
	}
	c, _ := l.Clock(e.Clock)
	e.Round = c.Round
	if e.Kind == Start {
		e.Round++
	}
	if e.Kind == Rebase && e.At.IsZero() {
		e.At = c.Started
	}
	if e.At.IsZero() {
		e.At = now
	}
	if why := l.apply(p, e); why != "" {
		return e, why
	}
	l.Entries = append(l.Entries, e)
	return e, ""
}

// apply carries an entry over to its clock, or says why that is refused.
func (l *Ledger) apply(p Policy, e Entry) (why string) {
	i := slices.IndexFunc(l.Clocks, func(c Clock) bool { return c.Name == e.Clock })
	c := Clock{Name: e.Clock}
	if i >= 0 {
		c = l.Clocks[i]
	}
	c, why = c.apply(p, e)
	switch {
	case why != "":
	case i >= 0:
		l.Clocks[i] = c
	default:
		l.Clocks = append(l.Clocks, c)
	}
	return why
}

// Advance writes everything that time alone has brought about by now: pauses
// that reached their expected end, pauses that nobody approved, and steps of
// the ladder. It returns the entries written, and those that were refused. A
// refused entry holds up no other.
func (l *Ledger) Advance(p Policy, now time.Time) (written []Entry, refused []Refused) {
	from := len(l.Entries)
	var tried []Entry // and refused
	for {
		e, ok := l.next(p, func(e Entry) bool { return !e.At.After(now) && !slices.Contains(tried, e) })
		if !ok {
			return l.Entries[from:], refused
		}
		if numbered, why := l.write(p, now, e); why != "" {
			tried = append(tried, e)
			refused = append(refused, Refused{numbered, why})
		}
	}
}

// Wake is when Advance next has something to write. What would be refused is
// not waited for, since it would be due for ever.
func (l Ledger) Wake(p Policy) (time.Time, bool) {
	e, ok := l.next(p, func(e Entry) bool {
		c, _ := l.Clock(e.Clock)
		_, why := c.apply(p, e)
		return why == ""
	})
	return e.At, ok
}

// next is the earliest of the entries that come by themselves and suit.
func (l Ledger) next(p Policy, suits func(Entry) bool) (first Entry, ok bool) {
	for _, c := range l.Clocks {
		for _, e := range c.coming(p) {
			if (!ok || e.At.Before(first.At)) && suits(e) {
				first, ok = e, true
			}
		}
	}
	return first, ok
}

// coming are the entries that time alone brings about, with the time of each.
func (c Clock) coming(p Policy) []Entry {
	if c.Started.IsZero() {
		return nil
	}
	var out []Entry
	if pause, paused := c.Paused(); paused && !pause.Until.IsZero() {
		out = append(out, Entry{Clock: c.Name, Kind: Resume, At: pause.Until, Reason: "expected_end"})
	}
	// A pause that has ended may still wait for its approval.
	for _, pause := range c.Pauses {
		if pause.Provisional && !pause.ApproveBy.IsZero() {
			out = append(out, Entry{Clock: c.Name, Kind: Refuse, At: pause.ApproveBy, ApproveBy: pause.ApproveBy,
				Reason: "not_approved_in_time"})
		}
	}
	step, more := p.Def(c.Name).nextStep(c.Step)
	if !more {
		return out
	}
	// A clock that stands has passed what came before its stop: a pause that
	// never counted, or an earlier start, may say so late.
	at, reached := c.Reach(p, portion(c.Budget, step))
	if !reached || !c.Running() && at.After(c.Stopped) {
		return out
	}
	kind := Warn
	if step >= 100 {
		kind = Breach
	}
	return append(out, Entry{Clock: c.Name, Kind: kind, At: at, Step: step})
}

// portion is a percentage of a budget.
func portion(d time.Duration, percent int) time.Duration {
	if d > math.MaxInt64/time.Duration(max(percent, 1)) {
		return d / 100 * time.Duration(percent)
	}
	return d * time.Duration(percent) / 100
}

// nextStep is the step after the last one that was passed.
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
