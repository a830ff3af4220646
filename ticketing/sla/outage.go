package sla

import "time"

// Begin opens an outage. budget zero means that its restore clock runs
// elsewhere, on a service ticket.
func Begin(p Policy, now time.Time, o Outage, budget time.Duration) Outage {
	o.Version = 1
	if budget <= 0 {
		return o
	}
	return o.clocks(p, func(t *Tally) {
		_ = t.Write(p, now, Entry{Clock: Restore, Kind: Start, At: o.Started, Budget: budget, Calendar: p.Def(Restore).Calendar})
		t.Advance(p, now)
	})
}

// Earlier moves the start; a later one changes nothing.
func (o Outage) Earlier(p Policy, now, start time.Time) Outage {
	if start.IsZero() || !start.Before(o.Started) {
		return o
	}
	o.Started = start
	o.Version++
	return o.clocks(p, func(t *Tally) {
		_ = t.Write(p, now, Entry{Clock: Restore, Kind: Rebase, At: start})
		t.Advance(p, now)
	})
}

// End closes the outage; a second end changes nothing.
func (o Outage) End(p Policy, now, at time.Time, selfHealed bool) Outage {
	if !o.Ended.IsZero() {
		return o
	}
	o.Ended = later(at, o.Started)
	o.SelfHealed = selfHealed
	o.Version++
	return o.clocks(p, func(t *Tally) {
		t.Advance(p, earlier(o.Ended, now))
		_ = t.Write(p, now, Entry{Clock: Restore, Kind: Stop, At: o.Ended, Reason: "line_up"})
	})
}

// Reopen says that the end did not hold: the line was never well.
func (o Outage) Reopen(p Policy, now time.Time) Outage {
	if o.Ended.IsZero() {
		return o
	}
	at := o.Ended
	o.Ended, o.SelfHealed, o.Reopened = time.Time{}, false, true
	o.Version++
	return o.clocks(p, func(t *Tally) {
		_ = t.Write(p, now, Entry{Clock: Restore, Kind: Resume, At: at, Reason: "not_restored"})
		t.Advance(p, now)
	})
}

// HandOver stops the clock on the outage, since a service ticket carries it now.
func (o Outage) HandOver(p Policy, now time.Time, service string) Outage {
	if o.Service != "" {
		return o
	}
	o.Service = service
	o.Version++
	return o.clocks(p, func(t *Tally) {
		_ = t.Write(p, now, Entry{Clock: Restore, Kind: Stop, At: now, Reason: "service_ticket"})
	})
}

// Turn ends the entry at a time and carries it on as another kind, under
// another id: the line is still not well. The restore clock goes on from where
// it began, with the stricter budget.
func (o Outage) Turn(p Policy, now, at time.Time, id string, kind OutageKind, budget time.Duration) (ended, next Outage) {
	at = later(at, o.Started)
	next = o
	next.ID, next.Kind, next.Version, next.Started, next.Clocks, next.Ledger = id, kind, 1, at, nil, nil
	ended = o
	ended.Ended = at
	ended.Version++
	ended = ended.clocks(p, func(t *Tally) {
		_ = t.Write(p, now, Entry{Clock: Restore, Kind: Stop, At: at, Reason: "other_kind"})
	})
	next = next.clocks(p, func(t *Tally) {
		c, known := Tally{Clocks: o.Clocks}.Clock(Restore)
		if !known || !c.Running() {
			return
		}
		if budget <= 0 || c.Budget < budget {
			budget = c.Budget
		}
		_ = t.Write(p, now, Entry{Clock: Restore, Kind: Start, At: c.Started, Budget: budget, Calendar: c.Calendar, Reason: "other_kind"})
		t.Advance(p, now)
	})
	return ended, next
}

// Tick writes the steps that have passed; ok is false if nothing changed. Also
// without a step the next one may come at another time than was thought, where
// the policy is another by now.
func (o Outage) Tick(p Policy, now time.Time) (Outage, []Entry, bool) {
	var fired []Entry
	next := o.clocks(p, func(t *Tally) { fired = t.Advance(p, now) })
	if len(fired) == 0 && next.Wake.Equal(o.Wake) {
		return o, nil, false
	}
	next.Version++
	return next, fired, true
}

// clocks works on a copy of the outage's clocks. An outage without any clock
// stays without: entries for clocks that never started are refused.
func (o Outage) clocks(p Policy, work func(*Tally)) Outage {
	t := Tally{Clocks: o.Clocks, Ledger: o.Ledger}.Clone()
	work(&t)
	if len(t.Clocks) > 0 {
		o.Clocks, o.Ledger = t.Clocks, t.Ledger
	}
	o.Wake = time.Time{}
	if at, ok := t.Wake(p); ok {
		o.Wake = at
	}
	return o
}

// For is how long the line was out, up to now while it still is.
func (o Outage) For(now time.Time) time.Duration {
	end := o.Ended
	if end.IsZero() {
		end = now
	}
	return max(end.Sub(o.Started), 0)
}
