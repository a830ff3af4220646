package sla

import "time"

// Outages change by the functions below. Each returns the outage as it is now,
// and what the ledger of its clock refused of it: the outage is as it should be
// all the same, and somebody should look at its clock.

// Begin opens an outage. budget zero means that its restore clock runs
// elsewhere, on a service ticket.
func Begin(p Policy, now time.Time, o Outage, budget time.Duration) (Outage, []Refused) {
	o.Version = 1
	if budget <= 0 {
		return o, nil
	}
	return o.withLedger(p, func(l *Ledger) []Refused {
		refused := l.book(p, now, Entry{Clock: Restore, Kind: Start, At: o.Started, Budget: budget,
			Calendar: p.Def(Restore).Calendar})
		return append(refused, l.advance(p, now)...)
	})
}

// Earlier moves the start; a later one changes nothing.
func (o Outage) Earlier(p Policy, now, start time.Time) (Outage, []Refused) {
	if start.IsZero() || !start.Before(o.Started) {
		return o, nil
	}
	o.Started = start
	o.Version++
	return o.withLedger(p, func(l *Ledger) (refused []Refused) {
		if _, known := l.Clock(Restore); known {
			refused = l.book(p, now, Entry{Clock: Restore, Kind: Rebase, At: start})
		}
		return append(refused, l.advance(p, now)...)
	})
}

// End closes the outage; a second end changes nothing.
func (o Outage) End(p Policy, now, at time.Time, selfHealed bool) (Outage, []Refused) {
	if !o.Ended.IsZero() {
		return o, nil
	}
	o.Ended = later(at, o.Started)
	o.SelfHealed = selfHealed
	o.Version++
	return o.withLedger(p, func(l *Ledger) []Refused {
		refused := l.advance(p, earlier(o.Ended, now))
		return append(refused, l.stop(p, now, o.Ended, "line_up")...)
	})
}

// Reopen says that the end did not hold: the line was never well.
func (o Outage) Reopen(p Policy, now time.Time) (Outage, []Refused) {
	if o.Ended.IsZero() {
		return o, nil
	}
	at := o.Ended
	o.Ended, o.SelfHealed, o.Reopened = time.Time{}, false, true
	o.Version++
	return o.withLedger(p, func(l *Ledger) (refused []Refused) {
		if c, known := l.Clock(Restore); known && !c.Running() {
			refused = l.book(p, now, Entry{Clock: Restore, Kind: Resume, At: at, Reason: "not_restored"})
		}
		return append(refused, l.advance(p, now)...)
	})
}

// HandOver stops the clock on the outage, since a service ticket carries it now.
func (o Outage) HandOver(p Policy, now time.Time, service string) (Outage, []Refused) {
	if o.Service != "" {
		return o, nil
	}
	o.Service = service
	o.Version++
	return o.withLedger(p, func(l *Ledger) []Refused { return l.stop(p, now, now, "service_ticket") })
}

// Turn ends the outage at a time and carries it on as another kind, under
// another id: the line is still not well. The restore clock goes on from where
// it began, with the stricter budget.
func (o Outage) Turn(
	p Policy, now, at time.Time, id string, kind OutageKind, budget time.Duration,
) (ended, next Outage, refused []Refused) {
	at = later(at, o.Started)
	c, known := Ledger{Clocks: o.Clocks}.Clock(Restore)
	ended = o
	ended.Ended = at
	ended.Version++
	ended, refused = ended.withLedger(p, func(l *Ledger) []Refused { return l.stop(p, now, at, "other_kind") })
	next = o
	next.ID, next.Kind, next.Version, next.Started, next.Clocks, next.Ledger = id, kind, 1, at, nil, nil
	next, more := next.withLedger(p, func(l *Ledger) []Refused {
		if !known || !c.Running() {
			return nil
		}
		if budget <= 0 || c.Budget < budget {
			budget = c.Budget
		}
		refused := l.book(p, now, Entry{Clock: Restore, Kind: Start, At: c.Started, Budget: budget, Calendar: c.Calendar,
			Reason: "other_kind"})
		return append(refused, l.advance(p, now)...)
	})
	return ended, next, append(refused, more...)
}

// Tick writes the steps that have passed; ok is false if nothing changed. Also
// without a step the next one may come at another time than was thought, where
// the policy is another by now.
func (o Outage) Tick(p Policy, now time.Time) (next Outage, passed []Entry, refused []Refused, ok bool) {
	next, refused = o.withLedger(p, func(l *Ledger) (refused []Refused) {
		passed, refused = l.Advance(p, now)
		return refused
	})
	if len(passed) == 0 && next.Wake.Equal(o.Wake) {
		return o, nil, refused, false
	}
	next.Version++
	return next, passed, refused, true
}

// withLedger works on a copy of the outage's ledger. An outage without any
// clock stays without.
func (o Outage) withLedger(p Policy, work func(*Ledger) []Refused) (Outage, []Refused) {
	l := Ledger{Clocks: o.Clocks, Entries: o.Ledger}.Clone()
	refused := work(&l)
	if len(l.Clocks) > 0 {
		o.Clocks, o.Ledger = l.Clocks, l.Entries
	}
	o.Wake, _ = l.Wake(p)
	return o, refused
}

// book writes an entry, and returns it if it was refused.
func (l *Ledger) book(p Policy, now time.Time, e Entry) []Refused {
	if e, why := l.write(p, now, e); why != "" {
		return []Refused{{e, why}}
	}
	return nil
}

// stop stops the restore clock, if the outage has one that runs.
func (l *Ledger) stop(p Policy, now, at time.Time, reason string) []Refused {
	if c, known := l.Clock(Restore); !known || !c.Running() {
		return nil
	}
	return l.book(p, now, Entry{Clock: Restore, Kind: Stop, At: at, Reason: reason})
}

func (l *Ledger) advance(p Policy, now time.Time) []Refused {
	_, refused := l.Advance(p, now)
	return refused
}

// For is how long the line was out, up to now while it still is.
func (o Outage) For(now time.Time) time.Duration {
	end := o.Ended
	if end.IsZero() {
		end = now
	}
	return max(end.Sub(o.Started), 0)
}
