package ticket

import (
	"slices"
	"strconv"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
)

// verbs is an action while it is carried out. A verb changes the ticket, and
// may change where it goes and as of when.
type verbs struct {
	*run
	ev        Act
	f         fields
	to        State
	at        moments
	kept      map[string]string // fields for the timeline
	fromGroup string
}

func (v *verbs) refuse(reason, field string) error {
	return &Refusal{Action: v.ev.Action, Reason: reason, Field: field}
}

// verbDoes is what the verbs of a workflow do beside the move. One that is not
// here only moves the ticket, or leaves a note.
var verbDoes = map[Verb]func(*verbs) error{
	DoAccept: (*verbs).accept, DoAssign: (*verbs).accept, DoReply: (*verbs).reply,
	DoTransfer: (*verbs).transfer, DoReject: (*verbs).sendBack, DoRecall: (*verbs).sendBack,
	DoSuspend: (*verbs).suspend, DoResume: (*verbs).endSuspension,
	DoApprovePause: (*verbs).approvePause, DoRefusePause: (*verbs).refusePause,
	DoAskExtension: (*verbs).askExtension, DoExtend: (*verbs).extend, DoNoExtension: (*verbs).refuseExtension,
	DoRestore: (*verbs).restore, DoRetest: (*verbs).retest, DoWaive: (*verbs).waive,
	DoConfirm: (*verbs).confirm, DoNoAnswer: (*verbs).noAnswer, DoDeny: (*verbs).deny,
	DoPass: (*verbs).pass, DoReturn: (*verbs).sendBackForQuality, DoReport: (*verbs).report,
	DoCause: (*verbs).cause, DoClose: (*verbs).cause, DoReopen: (*verbs).reopen,
	DoUrge: (*verbs).urge, DoSupervise: (*verbs).supervise, DoRepeat: (*verbs).repeat,
	DoWatch: (*verbs).watch, DoUnwatch: (*verbs).unwatch, DoEdit: (*verbs).edit,
}

// accept makes the person, or the one whom he names, the assignee.
func (v *verbs) accept() error {
	t := &v.t
	t.Assignee = v.by.ID
	if person := v.f.text("person"); person != "" {
		t.Assignee = person
	}
	if t.Accepted.IsZero() {
		t.Accepted = v.now
	}
	return nil
}

// reply is a stage reply: who supervises waits for the next one from now.
func (v *verbs) reply() error {
	v.nextRound(sla.Update)
	if s := v.t.Supervision; s != nil {
		s.Next = v.now.Add(s.Every)
	}
	return nil
}

func (v *verbs) transfer() error { return v.handTo(v.f.text("group")) }

// sendBack returns the ticket to the group that dispatched it.
func (v *verbs) sendBack() error {
	back := v.t.From
	if back == "" || back == v.t.Group {
		back = v.p.Routing.Support
	}
	return v.handTo(back)
}

// handTo hands the ticket to another group, which has to accept it anew.
func (v *verbs) handTo(group string) error {
	if _, ok := v.p.Group(group); !ok || group == v.t.Group {
		return v.refuse(ReasonInvalid, "group")
	}
	v.fromGroup = v.t.Group
	v.t.From, v.t.Group, v.t.Assignee = v.t.Group, group, ""
	v.resumeClocks()
	v.t.Suspension = nil
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
	v.t.Suspension = nil
	v.t.Restored, v.at.restored = at, at
	return v.cause()
}

// retest orders a re-test, unless the state that the action leads to does.
func (v *verbs) retest() error {
	if v.to == "" || v.to == v.t.State {
		v.orderRetest(moments{})
	}
	return nil
}

// waive goes on against the re-test, with the person's reason.
func (v *verbs) waive() error {
	t := &v.t
	if t.Retest == nil {
		t.Retest = &Retest{Ordered: v.now}
	}
	t.Retest.Waived, t.Retest.Again = v.ev.Text, time.Time{}
	if t.Restored.IsZero() {
		t.Restored = v.now
	}
	return nil
}

func (v *verbs) confirm() error {
	v.confirmed(ConfirmYes)
	return v.cause()
}

func (v *verbs) noAnswer() error {
	v.confirmed(ConfirmNoAnswer)
	return v.cause()
}

// deny is a customer who says no: the work goes on, and its clock never
// stopped.
func (v *verbs) deny() error {
	v.confirmed(ConfirmNo)
	v.workAnew()
	v.to = v.workState(v.to)
	return nil
}

func (v *verbs) confirmed(result ConfirmResult) {
	v.t.Confirmation = &Confirmation{Result: result, By: v.by.ID, At: v.now, Person: v.f.text("contact"), Note: v.ev.Text}
}

func (v *verbs) pass() error {
	v.checked(QualityPassed)
	return v.cause()
}

// sendBackForQuality returns the ticket from the quality check.
func (v *verbs) sendBackForQuality() error {
	v.checked(QualityReturned)
	v.t.Quality.Returns++
	return nil
}

func (v *verbs) checked(result QualityResult) {
	q := Quality{Result: result, By: v.by.ID, At: v.now, Note: v.ev.Text}
	if v.t.Quality != nil {
		q.Returns = v.t.Quality.Returns
	}
	v.t.Quality = &q
}

func (v *verbs) report() error {
	v.t.Report = v.f.text("report")
	v.stopClock(sla.Report, "report_written")
	return nil
}

// cause records cause and responsibility where they were given.
func (v *verbs) cause() error {
	if c := v.f.text("cause"); c != "" {
		v.t.Cause = c
	}
	if c := v.f.text("responsibility"); c != "" {
		v.t.Responsibility = c
	}
	return nil
}

func (v *verbs) reopen() error {
	if !v.t.Closed.IsZero() {
		v.at.relapsed = v.now // since it was closed it was well
	}
	v.workAnew()
	v.to = v.workState(v.to)
	return nil
}

func (v *verbs) urge() error {
	v.t.Urged++
	v.kept["count"] = strconv.Itoa(v.t.Urged)
	return nil
}

func (v *verbs) supervise() error {
	every, err := time.ParseDuration(v.f.text("every"))
	if err != nil || every < time.Minute {
		return v.refuse(ReasonInvalid, "every")
	}
	v.t.Supervision = &Supervision{By: v.by.ID, Since: v.now, Every: every, Next: v.now.Add(every)}
	return nil
}

func (v *verbs) repeat() error {
	v.t.Repeats++
	return nil
}

func (v *verbs) watch() error {
	v.t.Watchers = unique(append(v.t.Watchers, v.by.ID))
	return nil
}

func (v *verbs) unwatch() error {
	v.t.Watchers = slices.DeleteFunc(v.t.Watchers, func(w string) bool { return w == v.by.ID })
	return nil
}

// edit changes descriptive fields; the timeline keeps what was there.
func (v *verbs) edit() error {
	t := &v.t
	overwrite(v, "title", &t.Title)
	overwrite(v, "description", &t.Description)
	overwrite(v, "severity", &t.Severity)
	overwrite(v, "contact", &t.Contact)
	overwrite(v, "external_id", &t.ExternalID)
	slices.Sort(t.Edited)
	return nil
}

func overwrite[T ~string](v *verbs, name string, field *T) {
	s := T(v.f.text(name))
	if s == "" || s == *field {
		return
	}
	v.kept[name+"_before"] = string(*field)
	*field = s
	v.t.Edited = unique(append(slices.Clone(v.t.Edited), name))
}

// workAnew forgets what no longer holds when the work begins anew.
func (r *run) workAnew() {
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
