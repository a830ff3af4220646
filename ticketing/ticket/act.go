package ticket

import (
	"slices"
	"strings"

	"github.com/linewarden/linewarden/ticketing/people"
)

// May reports whether the person may take the action on the ticket now, and
// else why not: a message key.
func (t Ticket) May(p Policy, who people.Person, action Action) (bool, string) {
	wf, ok := p.Workflow(t.Workflow)
	if !ok {
		return false, ReasonNotHere
	}
	tr, ok := wf.transition(t.State, action)
	if !ok {
		if ok, why := who.Sees(t.Case()); !ok {
			return false, why
		}
		return false, ReasonNotHere
	}
	return who.May(string(action), tr.By, t.Case())
}

// Sees reports whether the person may look at the ticket, and else why not.
func (t Ticket) Sees(who people.Person) (bool, string) { return who.Sees(t.Case()) }

// Case is what permission needs to know of the ticket.
func (t Ticket) Case() people.Case {
	c := people.Case{Group: t.Group, From: t.From, Assignee: t.Assignee, Opener: t.Opener.ID, Managers: t.Managers}
	if t.Region != "" {
		c.Regions = append(c.Regions, t.Region)
	}
	for _, l := range t.Lines {
		if l.Region != "" && !slices.Contains(c.Regions, l.Region) {
			c.Regions = append(c.Regions, l.Region)
		}
	}
	return c
}

// transition finds an action in a state.
func (w Workflow) transition(s State, action Action) (Transition, bool) {
	def, _ := w.State(s)
	for _, tr := range def.Actions {
		if tr.Action == action {
			return tr, true
		}
	}
	return Transition{}, false
}

// act takes an action: permission, guards, fields, then the verb and the move.
func (r *run) act(ev Act) error {
	v := verbs{run: r, ev: ev, kept: map[string]string{}}
	v.ev.Text = strings.TrimSpace(ev.Text)
	def, err := v.check()
	if err != nil {
		return err
	}
	r.by = ev.By.Ref()
	if do := verbDoes[def.Do]; do != nil {
		if err := do(&v); err != nil {
			return err
		}
	}
	if !slices.Contains(r.t.Actors, r.by.ID) {
		r.t.Actors = append(r.t.Actors, r.by.ID)
	}
	e := Entry{Action: ev.Action, Text: v.ev.Text, FromGroup: v.fromGroup}
	if len(v.kept) > 0 {
		e.Fields = v.kept
	}
	if v.to == "" {
		r.stay(e)
	} else {
		r.move(v.to, e, v.at)
	}
	if len(r.refused) > 0 {
		return &Refusal{Action: ev.Action, Reason: ReasonLedger, Err: r.refused[0]}
	}
	return nil
}

// check finds the action, and refuses it where person, guards or form do not
// allow it.
func (v *verbs) check() (ActionDef, error) {
	r, ev := v.run, v.ev
	if ok, why := r.t.May(r.p, ev.By, ev.Action); !ok {
		return ActionDef{}, v.refuse(why, "")
	}
	tr, _ := r.wf.transition(r.t.State, ev.Action)
	def := r.wf.Actions[ev.Action]
	for _, g := range tr.Guards {
		if !r.holds(g) {
			return def, v.refuse(ReasonGuard+string(g), "")
		}
	}
	if def.Text == "required" && ev.Text == "" {
		return def, v.refuse(ReasonRequired, "text")
	}
	v.to = tr.To
	var err error
	if v.f, err = r.fields(ev, def, tr); err != nil {
		return def, err
	}
	for _, name := range slices.Concat(def.Need, tr.Need, def.May) {
		if s := v.f.text(name); s != "" {
			v.kept[name] = s
		}
	}
	return def, nil
}

// holds reports whether a guard is satisfied.
func (r *run) holds(g Guard) bool {
	t := r.t
	switch g {
	case GuardRetested:
		return t.Retest != nil && (t.Retest.Result == RetestPassed || t.Retest.Waived != "")
	case GuardConfirmed:
		return !t.customersHit() || t.Confirmation != nil && t.Confirmation.Result != ConfirmNo
	case GuardChecked:
		return t.Quality != nil && t.Quality.Result != QualityReturned
	case GuardCause:
		return t.Cause != "" && t.Responsibility != ""
	case GuardReported:
		return t.Report != "" || !r.reportDue()
	case GuardLineUp:
		return !t.down()
	}
	return false
}

// reportDue reports whether a fault report is owed: this is the ticket of a
// graded customer whose line was out of service.
func (r *run) reportDue() bool {
	return r.t.Kind != Network && slices.ContainsFunc(r.t.Lines, func(l Line) bool {
		return l.State != LineAtRisk && slices.Contains(r.p.SLA.ReportGrades, l.CustomerGrade)
	})
}
