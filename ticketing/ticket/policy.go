package ticket

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Policy is the rules, checked and made ready: what a ticket is stepped under.
// Nothing in it is parsed again, and it is never changed.
type Policy struct {
	Rev       string // of the rules
	Rules     Rules  // that it was made of, for a store to keep
	Zone      *time.Location
	Workflows []Workflow
	SLA       sla.Policy
	Routing   Routing
	Intake    Intake
	Groups    []people.Group

	calls callingHours
}

// callingHours are the times of day between which customers may be called.
type callingHours struct{ from, until time.Duration }

// Compile checks rules and makes a policy of them; zones finds a time zone by
// its name. Where it reports problems, the policy is what could be understood:
// a zone that cannot be found is UTC, and calling hours that cannot be read are
// the whole day. So tickets that opened under rules that are refused today
// still move. Paths begin with the file that is meant: "sla", "routing",
// "intake", "groups[2]", "calendars[0]", "workflows[1]".
func Compile(r Rules, zones sla.Zones) (Policy, []problem.Problem) {
	p := Policy{Rev: r.Rev, Rules: r, Routing: r.Routing, Intake: r.Intake, Groups: r.Groups}
	var wrong, found problem.List
	wrong.Under("groups", people.ValidateGroups(r.Groups))
	p.SLA, found = sla.Compile(r.SLA, r.Calendars, zones)
	wrong.Under("", found)
	var err error
	if p.Zone, err = zones.Find(r.Intake.Zone, r.Intake.UTCOffset); err != nil {
		wrong.Add("intake."+zoneKey(r.Intake.Zone), "%v", err)
	}
	if from, err := sla.TimeOfDay(r.Intake.CallFrom, 0); err == nil {
		p.calls.from = from
	}
	p.calls.until = 24 * time.Hour
	if until, err := sla.TimeOfDay(r.Intake.CallUntil, p.calls.until); err == nil {
		p.calls.until = until
	}
	for _, def := range r.Workflows {
		p.Workflows = append(p.Workflows, def.compile())
	}
	wrong.Under("", r.validate())
	return p, wrong
}

// zoneKey is the key that said which zone is meant.
func zoneKey(name string) string {
	if name != "" {
		return "zone"
	}
	return "utc_offset"
}

// Workflow finds one by name.
func (p Policy) Workflow(name string) (Workflow, bool) {
	for _, w := range p.Workflows {
		if w.Name == name {
			return w, true
		}
	}
	return Workflow{}, false
}

// WorkflowFor finds the one that tickets of a kind follow.
func (p Policy) WorkflowFor(k Kind) (Workflow, bool) {
	for _, w := range p.Workflows {
		if slices.Contains(w.Kinds, k) {
			return w, true
		}
	}
	return Workflow{}, false
}

// Group finds one by id.
func (p Policy) Group(id string) (people.Group, bool) { return p.Rules.group(id) }

func (r Rules) group(id string) (people.Group, bool) {
	for _, g := range r.Groups {
		if g.ID == id {
			return g, true
		}
	}
	return people.Group{}, false
}

// Calling is now, or the next moment at which customers may be called.
func (p Policy) Calling(now time.Time) time.Time {
	local := now.In(p.Zone)
	y, m, d := local.Date()
	at := func(day int, timeOfDay time.Duration) time.Time {
		return time.Date(y, m, day, int(timeOfDay/time.Hour), int(timeOfDay%time.Hour/time.Minute), 0, 0, p.Zone)
	}
	switch {
	case local.Before(at(d, p.calls.from)):
		return at(d, p.calls.from).UTC()
	case !local.Before(at(d, p.calls.until)):
		return at(d+1, p.calls.from).UTC()
	}
	return now
}

// MayOpen reports whether the person may open tickets of a kind by hand.
func (p Policy) MayOpen(who people.Person, k Kind) bool {
	return !who.Disabled && (who.Has(people.Admin) || who.Has(p.Intake.OpenBy[k]...))
}
