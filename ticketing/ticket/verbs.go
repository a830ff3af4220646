package ticket

import (
	"slices"
	"strconv"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
)

// verbs carries out what an action does beside moving.
type verbs struct {
	*run
	ev        Act
	f         fields
	to        State
	kept      map[string]string // fields for the timeline
	reason    string
	fromGroup string
}

func (v *verbs) refuse(reason, field string) error {
	return &Refusal{Action: v.ev.Action, Reason: reason, Field: field}
}

func (v *verbs) do(verb Verb) error {
	t := &v.t
	switch verb {
	case DoAccept, DoAssign:
		t.Assignee = v.by.ID
		if person := v.f.text("person"); person != "" {
			t.Assignee = person
		}
		if t.Accepted.IsZero() {
			t.Accepted = v.now
		}
	case DoReply:
		v.nextRound(sla.Update)
		if t.Supervision != nil {
			t.Supervision.Next = v.now.Add(t.Supervision.Every)
		}
	case DoTransfer:
		return v.transfer(v.f.text("group"))
	case DoReject, DoRecall:
		back := t.From
		if back == "" || back == t.Group {
			back = v.p.Routing.Support
		}
		return v.transfer(back)
	case DoSuspend:
		return v.suspend()
	case DoResume:
		if t.Suspension != nil {
			v.to = t.Suspension.From
		}
		v.resumeClocks()
		t.Suspension = nil
	case DoApprovePause, DoRefusePause:
		return v.judgePause(verb == DoApprovePause)
	case DoAskExtension:
		d, _ := time.ParseDuration(v.f.text("extend_by"))
		if why := v.extendable(d); why != "" {
			return v.refuse(why, "extend_by")
		}
		t.Extension = &Extension{For: d, Reason: v.ev.Text, By: v.by.ID, Asked: v.now}
	case DoExtend, DoNoExtension:
		return v.judgeExtension(verb == DoExtend)
	case DoRestore:
		return v.restore()
	case DoRetest:
		if v.to == "" || v.to == t.State {
			v.orderRetest()
		}
	case DoWaive:
		if t.Retest == nil {
			t.Retest = &Retest{Ordered: v.now}
		}
		t.Retest.Waived, t.Retest.Again = v.ev.Text, time.Time{}
		if t.Restored.IsZero() {
			t.Restored, v.stopAt = v.now, v.now
		}
	case DoConfirm, DoNoAnswer, DoDeny:
		v.confirm(verb)
	case DoPass, DoReturn:
		q := Quality{Result: "passed", By: v.by.ID, At: v.now, Note: v.ev.Text}
		if t.Quality != nil {
			q.Returns = t.Quality.Returns
		}
		if verb == DoReturn {
			q.Result = "returned"
			q.Returns++
		} else {
			v.cause()
		}
		t.Quality = &q
	case DoReport:
		t.Report = v.f.text("report")
		if c, ok := v.tally.Clock(sla.Report); ok && c.Running() {
			v.ledger(sla.Entry{Clock: sla.Report, Kind: sla.Stop, Reason: "report_written"})
		}
	case DoReopen:
		if !t.Closed.IsZero() {
			v.resumeAt = v.now // in between it was well
		}
		v.again()
		v.to = v.workState(v.to)
	case DoUrge:
		t.Urged++
		v.kept["count"] = strconv.Itoa(t.Urged)
	case DoSupervise:
		every, _ := time.ParseDuration(v.f.text("every"))
		if every < time.Minute {
			return v.refuse(ReasonInvalid, "every")
		}
		t.Supervision = &Supervision{By: v.by.ID, Since: v.now, Every: every, Next: v.now.Add(every)}
	case DoRepeat:
		t.Repeats++
	case DoCause, DoClose:
		v.cause()
	case DoWatch:
		t.Watchers = unique(append(t.Watchers, v.by.ID))
	case DoUnwatch:
		v.unwatch()
	case DoEdit:
		v.edit()
	}
	return nil
}

// transfer hands the ticket to another group, which has to accept it anew.
func (v *verbs) transfer(group string) error {
	if _, ok := v.p.Group(group); !ok || group == v.t.Group {
		return v.refuse(ReasonInvalid, "group")
	}
	v.fromGroup = v.t.Group
	v.t.From, v.t.Group, v.t.Assignee = v.t.Group, group, ""
	v.resumeClocks()
	v.t.Suspension = nil
	return nil
}

// suspend pauses the clocks if the reason is on the list. A pause that needs
// approval is provisional until it has it.
func (v *verbs) suspend() error {
	until, err := v.f.moment("until")
	if err != nil || !until.After(v.now) {
		return v.refuse(ReasonInvalid, "until")
	}
	s := Suspension{Reason: v.f.text("reason"), Note: v.ev.Text, Since: v.now, Until: until, By: v.by.ID, From: v.t.State}
	rules := v.p.SLA.Pauses
	for _, c := range v.tally.Clocks {
		if _, paused := c.Paused(); paused || !c.Running() || !rules.Pauses(c.Name, s.Reason) {
			continue
		}
		e := sla.Entry{Clock: c.Name, Kind: sla.Pause, Reason: s.Reason, Until: until}
		if rules.ApproveIn > 0 {
			e.Provisional, e.ApproveBy = true, v.now.Add(rules.ApproveIn)
			s.Approval = "waiting"
		}
		s.Pauses = true
		v.ledger(e)
	}
	v.t.Suspension = &s
	return nil
}

// resumeClocks ends every pause that is still in force.
func (r *run) resumeClocks() {
	for _, c := range r.tally.Clocks {
		if _, paused := c.Paused(); paused {
			r.ledger(sla.Entry{Clock: c.Name, Kind: sla.Resume})
		}
	}
}

// resume ends the suspension by itself.
func (r *run) resume(e Entry) {
	to := r.t.Suspension.From
	r.resumeClocks()
	r.t.Suspension = nil
	if def, _ := r.wf.State(r.t.State); def.Name == Suspended {
		r.move(to, e)
	} else {
		r.stay(e)
	}
}

// judgePause approves or refuses the pauses that wait for it.
func (v *verbs) judgePause(grant bool) error {
	kind, word := sla.Refuse, "refused"
	if grant {
		kind, word = sla.Approve, "approved"
	}
	found := false
	for _, c := range v.tally.Clocks {
		for _, p := range c.Pauses {
			if p.Provisional {
				v.ledger(sla.Entry{Clock: c.Name, Kind: kind, Reason: v.ev.Text})
				found = true
			}
		}
	}
	if !found {
		return v.refuse(ReasonNothing, "")
	}
	if v.t.Suspension != nil {
		v.t.Suspension.Approval = word
	}
	return nil
}

// extendable is why so much more time cannot be given: a message key, empty if
// it stays within what the law allows for every line.
func (v *verbs) extendable(by time.Duration) string {
	c, ok := v.tally.Clock(sla.Restore)
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

// judgeExtension answers the request for more time.
func (v *verbs) judgeExtension(grant bool) error {
	x := v.t.Extension
	if x == nil || x.Answer != "" {
		return v.refuse(ReasonNothing, "")
	}
	x.Answer, x.Decided = "refused", v.now
	if grant {
		if why := v.extendable(x.For); why != "" {
			return v.refuse(why, "extend_by")
		}
		x.Answer = "approved"
		v.ledger(sla.Entry{Clock: sla.Restore, Kind: sla.Extend, Budget: x.For, Reason: x.Reason})
	}
	v.kept["extend_by"] = x.For.String()
	return nil
}

// restore is a person's word that the line carries traffic again.
func (v *verbs) restore() error {
	at := v.now
	if v.f.text("restored_at") != "" {
		said, err := v.f.moment("restored_at")
		if err != nil || said.After(v.now) || said.Before(v.t.Began) {
			return v.refuse(ReasonInvalid, "restored_at")
		}
		at = said
	}
	v.cause()
	v.t.Suspension = nil
	v.t.Restored, v.stopAt = at, at
	return nil
}

// confirm records what the customer said. A customer who says no re-opens the
// ticket, and its clock never stopped.
func (v *verbs) confirm(verb Verb) {
	result := map[Verb]string{DoConfirm: "yes", DoNoAnswer: "no_answer", DoDeny: "no"}[verb]
	v.t.Confirmation = &Confirmation{Result: result, By: v.by.ID, At: v.now, Person: v.f.text("contact"), Note: v.ev.Text}
	if verb == DoDeny {
		v.again()
		v.to = v.workState(v.to)
		return
	}
	v.cause()
}

// cause records cause and responsibility where they were given.
func (v *verbs) cause() {
	if c := v.f.text("cause"); c != "" {
		v.t.Cause = c
	}
	if c := v.f.text("responsibility"); c != "" {
		v.t.Responsibility = c
	}
}

func (v *verbs) unwatch() {
	var rest []string
	for _, w := range v.t.Watchers {
		if w != v.by.ID {
			rest = append(rest, w)
		}
	}
	v.t.Watchers = rest
}

// edit changes descriptive fields; the timeline keeps what was there.
func (v *verbs) edit() {
	t := &v.t
	defer func() { slices.Sort(t.Edited) }()
	for name, field := range map[string]*string{"description": &t.Description, "severity": &t.Severity,
		"contact": &t.Contact, "external_id": &t.ExternalID, "title": &t.Title} {
		if s := v.f.text(name); s != "" && s != *field {
			v.kept[name+"_before"] = *field
			*field = s
			t.Edited = unique(append(slices.Clone(t.Edited), name))
		}
	}
}

// nextRound begins a clock's next round, if it runs.
func (r *run) nextRound(name sla.Name) {
	if c, ok := r.tally.Clock(name); ok && c.Running() {
		r.ledger(sla.Entry{Clock: name, Kind: sla.Stop, Reason: "replied"})
		r.startClock(name)
	}
}

// again forgets what no longer holds when the work begins anew.
func (r *run) again() {
	r.t.Restored, r.t.Quality = time.Time{}, nil
	if r.t.Retest != nil {
		r.t.Retest.Again, r.t.Retest.Waived = time.Time{}, ""
	}
}

// workState is where work goes on: nobody works on what nobody has accepted.
func (r *run) workState(to State) State {
	if to == Working && (r.t.Accepted.IsZero() || r.t.Assignee == "") {
		return r.wf.Starts.Direct
	}
	return to
}
