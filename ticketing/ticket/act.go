package ticket

import (
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
)

// May reports whether the person may take the action on the ticket now, and
// else why not: a message key.
func (t Ticket) May(p Policy, who people.Person, action string) (bool, string) {
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
	return who.May(action, tr.By, t.Case())
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
func (w Workflow) transition(s State, action string) (Transition, bool) {
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
	refuse := func(reason, field string) error {
		return &Refusal{Action: ev.Action, Reason: reason, Field: field}
	}
	if ok, why := r.t.May(r.p, ev.By, ev.Action); !ok {
		return refuse(why, "")
	}
	tr, _ := r.wf.transition(r.t.State, ev.Action)
	def := r.wf.Actions[ev.Action]
	for _, g := range tr.Guards {
		if !r.holds(g) {
			return refuse(ReasonGuard+string(g), "")
		}
	}
	ev.Text = strings.TrimSpace(ev.Text)
	if def.Text == "required" && ev.Text == "" {
		return refuse(ReasonRequired, "text")
	}
	f, err := r.fields(ev, def, tr)
	if err != nil {
		return err
	}
	r.by = ev.By.Ref()
	v := verbs{run: r, ev: ev, f: f, to: tr.To, kept: map[string]string{}}
	for _, name := range slices.Concat(def.Need, tr.Need, def.May) {
		if s := f.text(name); s != "" {
			v.kept[name] = s
		}
	}
	if err := v.do(def.Do); err != nil {
		return err
	}
	if !slices.Contains(r.t.Actors, r.by.ID) {
		r.t.Actors = append(r.t.Actors, r.by.ID)
	}
	e := Entry{Action: ev.Action, Text: ev.Text, Reason: v.reason, FromGroup: v.fromGroup}
	if len(v.kept) > 0 {
		e.Fields = v.kept
	}
	if v.to == "" {
		r.stay(e)
	} else {
		r.move(v.to, e)
	}
	return nil
}

// holds reports whether a guard is satisfied.
func (r *run) holds(g Guard) bool {
	t := r.t
	switch g {
	case GuardRetested:
		return t.Retest != nil && (t.Retest.Result == RetestPassed || t.Retest.Waived != "")
	case GuardConfirmed:
		return !t.customersHit() || t.Confirmation != nil && t.Confirmation.Result != "no"
	case GuardChecked:
		return t.Quality != nil && t.Quality.Result != "returned"
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

// fields are the values of a form, checked against the workflow.
type fields struct {
	values map[string]string
	zone   *time.Location
}

func (f fields) text(name string) string { return strings.TrimSpace(f.values[name]) }

// moment parses RFC 3339, or a local date and time as browsers send it.
func (f fields) moment(name string) (time.Time, error) {
	s := f.text(name)
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC().Truncate(time.Microsecond), nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", s, f.zone)
	return t.UTC(), err
}

// fields checks that what is needed is there, and that everything given is
// what it should be. What the record holds already is not asked for again.
func (r *run) fields(ev Act, def ActionDef, tr Transition) (fields, error) {
	f := fields{values: ev.Fields, zone: r.p.Zone}
	for _, name := range slices.Concat(def.Need, tr.Need) {
		known := name == "cause" && r.t.Cause != "" || name == "responsibility" && r.t.Responsibility != ""
		if f.text(name) == "" && !known {
			return f, &Refusal{Action: ev.Action, Reason: ReasonRequired, Field: name}
		}
	}
	for name := range ev.Fields {
		fd, ok := r.wf.Fields[name]
		if !ok || f.text(name) == "" {
			continue
		}
		if !r.valid(f, name, fd) {
			return f, &Refusal{Action: ev.Action, Reason: ReasonInvalid, Field: name}
		}
	}
	return f, nil
}

func (r *run) valid(f fields, name string, fd FieldDef) bool {
	v := f.text(name)
	switch fd.Type {
	case "choice":
		return slices.ContainsFunc(fd.Options, func(o Option) bool { return o.Value == v })
	case "time":
		_, err := f.moment(name)
		return err == nil
	case "duration":
		d, err := time.ParseDuration(v)
		return err == nil && d > 0
	case "group":
		_, ok := r.p.Group(v)
		return ok
	case "bool":
		return v == "yes" || v == "no" || v == "true" || v == "false"
	}
	return len(v) <= 4000
}
