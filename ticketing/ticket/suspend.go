package ticket

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
)

// suspend pauses the clocks if the reason is on the list. A pause that needs
// approval is provisional until it has it.
func (v *verbs) suspend() error {
	until, err := v.f.moment("until")
	if err != nil || !until.After(v.now) {
		return v.refuse(ReasonInvalid, "until")
	}
	s := Suspension{Reason: v.f.text("reason"), Note: v.ev.Text, Since: v.now, Until: until, By: v.by.ID, From: v.t.State}
	rules := v.p.SLA.Pauses
	for _, c := range slices.Clone(v.ledger.Clocks) {
		if _, paused := c.Paused(); paused || !c.Running() || !rules.Pauses(c.Name, s.Reason) {
			continue
		}
		e := sla.Entry{Clock: c.Name, Kind: sla.Pause, Reason: s.Reason, Until: until}
		if rules.ApproveIn > 0 {
			e.Provisional, e.ApproveBy = true, v.now.Add(rules.ApproveIn)
			s.Approval = AnswerWaiting
		}
		s.Pauses = true
		v.book(e)
	}
	v.t.Suspension = &s
	return nil
}

// endSuspension resumes the work by a person's hand.
func (v *verbs) endSuspension() error {
	if v.t.Suspension != nil {
		v.to = v.t.Suspension.From
	}
	v.resumeClocks()
	v.t.Suspension = nil
	return nil
}

// suspensionOver resumes the work by itself, at the expected end.
func (r *run) suspensionOver() {
	e := Entry{Action: "resume", Reason: "expected_end"}
	to := r.t.Suspension.From
	r.resumeClocks()
	r.t.Suspension = nil
	if r.t.State == Suspended {
		r.move(to, e, moments{})
	} else {
		r.stay(e)
	}
}

func (v *verbs) approvePause() error { return v.judgePauses(sla.Approve, AnswerApproved) }

func (v *verbs) refusePause() error { return v.judgePauses(sla.Refuse, AnswerRefused) }

// judgePauses answers for the pauses that wait for it.
func (v *verbs) judgePauses(kind sla.EntryKind, answer Answer) error {
	found := false
	for _, c := range slices.Clone(v.ledger.Clocks) {
		for _, p := range c.Pauses {
			if p.Provisional {
				v.book(sla.Entry{Clock: c.Name, Kind: kind, Reason: v.ev.Text})
				found = true
			}
		}
	}
	if !found {
		return v.refuse(ReasonNothing, "")
	}
	if v.t.Suspension != nil {
		v.t.Suspension.Approval = answer
	}
	return nil
}

func (v *verbs) askExtension() error {
	d, err := time.ParseDuration(v.f.text("extend_by"))
	if err != nil {
		return v.refuse(ReasonInvalid, "extend_by")
	}
	if why := v.extendable(d); why != "" {
		return v.refuse(why, "extend_by")
	}
	v.t.Extension = &Extension{For: d, Reason: v.ev.Text, By: v.by.ID, Asked: v.now}
	return nil
}

// extend grants the extension that was asked for.
func (v *verbs) extend() error {
	x := v.t.Extension
	if x == nil || x.Answer != "" {
		return v.refuse(ReasonNothing, "")
	}
	if why := v.extendable(x.For); why != "" {
		return v.refuse(why, "extend_by")
	}
	v.book(sla.Entry{Clock: sla.Restore, Kind: sla.Extend, Budget: x.For, Reason: x.Reason})
	return v.answerExtension(AnswerApproved)
}

func (v *verbs) refuseExtension() error { return v.answerExtension(AnswerRefused) }

func (v *verbs) answerExtension(answer Answer) error {
	x := v.t.Extension
	if x == nil || x.Answer != "" {
		return v.refuse(ReasonNothing, "")
	}
	x.Answer, x.Decided = answer, v.now
	v.kept["extend_by"] = x.For.String()
	return nil
}

// extendable is why so much more time cannot be given: a message key, empty if
// it stays within what the law allows for every line.
func (v *verbs) extendable(by time.Duration) string {
	c, ok := v.ledger.Clock(sla.Restore)
	if !ok {
		return ReasonNothing
	}
	for _, l := range v.t.Lines {
		if limit := v.p.SLA.Statutory[l.Area]; limit > 0 && by > limit-c.Budget {
			return ReasonStatutory
		}
	}
	return ""
}
