package ticket

import (
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
)

// mostByItself bounds what one Step may do by itself. It is far above what a
// ticket needs that was not stepped for a year; it keeps a faulty policy from
// looping for ever.
const mostByItself = 10000

// advance does everything that time alone has brought about by now.
func (r *run) advance() {
	by := r.by
	for range mostByItself {
		r.by.ID, r.by.Name = "system", ""
		r.clockSteps()
		at, do, ok := r.wake()
		if !ok || at.After(r.now) || do == nil {
			break
		}
		do()
	}
	r.by = by
}

// advanceTo does what time had brought about by at, which is not after now.
func (r *run) advanceTo(at time.Time) {
	now := r.now
	r.now = at
	r.advance()
	r.now = now
}

// wake is the earliest thing that happens by itself, and how to do it. What
// the clocks do is clockSteps' work, so do is nil for them.
func (r *run) wake() (at time.Time, do func(), ok bool) {
	t := &r.t
	offer := func(when time.Time, what func()) {
		if !when.IsZero() && (!ok || when.Before(at)) {
			at, do, ok = when, what, true
		}
	}
	def, known := r.wf.State(t.State)
	if !known || def.Final {
		return at, nil, false
	}
	if t.State == r.wf.Starts.Held {
		offer(t.HoldUntil, func() { r.move(r.wf.Starts.Direct, Entry{Action: "dispatch", Reason: "hold_over"}, moments{}) })
	}
	if tm := def.Timer; tm != nil {
		when := time.Time{}
		if tm.After > 0 {
			when = t.Since.Add(tm.After)
		} else if c, found := r.ledger.Clock(tm.Clock); found && c.Running() {
			when = c.Due
		}
		offer(when, func() { r.timer(*tm) })
	}
	if s := t.Suspension; s != nil {
		offer(s.Until, r.suspensionOver)
	}
	if rt := t.Retest; rt != nil {
		offer(rt.Again, r.retestAgain)
	}
	if s := t.Supervision; s != nil {
		offer(s.Next, r.supervised)
	}
	if when, more := r.ledger.Wake(r.p.SLA); more {
		offer(when, nil)
	}
	return at, do, ok
}

// timer moves the ticket on when a state's time is over.
func (r *run) timer(tm Timer) {
	switch tm.Do {
	case DoNoAnswer:
		r.t.Confirmation = &Confirmation{Result: ConfirmNoAnswer, By: "system", At: r.now, Note: tm.Reason}
	case DoOverdue:
		q := Quality{Result: QualityOverdue, By: "system", At: r.now}
		if r.t.Quality != nil {
			q.Returns = r.t.Quality.Returns
		}
		r.t.Quality = &q
	}
	r.move(tm.To, Entry{Action: "timer", Reason: tm.Reason}, moments{})
}

// clockSteps writes what the clocks have come to, and tells the ladder. Steps
// that were passed together are told once, to everyone whom any of them names.
func (r *run) clockSteps() {
	fired, refused := r.ledger.Advance(r.p.SLA, r.now)
	r.refused = append(r.refused, refused...)
	if len(fired) == 0 {
		return
	}
	r.dirty = true
	steps := map[sla.Name][]sla.Entry{}
	var order []sla.Name
	for _, e := range fired {
		switch e.Kind {
		case sla.Warn, sla.Breach:
			if steps[e.Clock] == nil {
				order = append(order, e.Clock)
			}
			steps[e.Clock] = append(steps[e.Clock], e)
		case sla.Refuse:
			if s := r.t.Suspension; s != nil && s.Approval == AnswerWaiting {
				s.Approval = AnswerLapsed
			}
		}
	}
	for _, name := range order {
		r.tellLadder(name, steps[name])
	}
}

// supervised demands the next reply.
func (r *run) supervised() {
	s := r.t.Supervision
	for !s.Next.After(r.now) {
		s.Next = s.Next.Add(s.Every)
	}
	r.stay(Entry{Action: "reply_due", Reason: "supervised"})
}
