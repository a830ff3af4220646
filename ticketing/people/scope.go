package people

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// onlyManager reports whether the person sees own customers alone.
func (p Person) onlyManager() bool { return len(p.Roles) == 1 && p.Has(Manager) }

// bound reports whether the person sees own regions alone.
func (p Person) bound() bool {
	return len(p.Regions) > 0 && !p.Has(Admin, Province, ProvinceMonitor)
}

// SeesEverything reports whether nothing is hidden from the person.
func (p Person) SeesEverything() bool { return !p.Disabled && !p.onlyManager() && !p.bound() }

// SeesNetwork reports whether the person may look at what is said of the
// network itself: it tells of everyone's lines, so a manager may not.
func (p Person) SeesNetwork() bool { return !p.Disabled && !p.onlyManager() }

// KeepsCalendars reports whether the person can see to a calendar that lacks a
// year.
func (p Person) KeepsCalendars() bool { return !p.Disabled && p.Has(Admin, Supervisor) }

// Limits are what a list of tickets is narrowed to for the person: tickets of
// customers of any of the managers, and of any of the regions, of which "" is
// none. An empty list does not narrow.
func (p Person) Limits() (managers, regions []string) {
	switch {
	case p.onlyManager():
		managers = []string{p.ID}
		if p.Name != "" {
			managers = append(managers, p.Name)
		}
	case p.bound():
		regions = append([]string{""}, p.Regions...)
	}
	return managers, regions
}

// Scope is what a person may see of lines, of their customers, and of the faults
// on them: a manager those of own customers, others those of their regions.
type Scope struct {
	by  Person
	inv *inventory.Inventory
}

// ScopeOf is the person's scope on the lines of an inventory.
func ScopeOf(p Person, inv *inventory.Inventory) Scope { return Scope{p, inv} }

// Everything reports whether nothing is hidden from the person.
func (s Scope) Everything() bool { return s.by.SeesEverything() }

// Line reports whether the person may see the line. One that the inventory does
// not know, or whose customer it does not know, is no manager's.
func (s Scope) Line(id string) bool {
	line, ok := s.inv.Line(id)
	if !ok {
		return s.by.SeesNetwork()
	}
	return s.Customer(line.Customer)
}

// Customer reports whether the person may see the customer, with its contacts.
func (s Scope) Customer(id string) bool {
	customer, ok := s.inv.Customer(id)
	if !ok {
		return s.by.SeesNetwork()
	}
	return s.Owned(customer.Manager, customer.Region)
}

// Owned reports whether the person may see what belongs to a customer of this
// manager in this region.
func (s Scope) Owned(manager, region string) bool {
	c := Case{Managers: []string{manager}}
	if region != "" {
		c.Regions = []string{region}
	}
	sees, _ := s.by.Sees(c)
	return sees
}

// Whole reports whether the person sees the ticket with all its lines: who has
// to work on it does, whosever lines they are.
func (s Scope) Whole(c Case) bool {
	works := !s.by.onlyManager() && (c.Assignee == s.by.ID || s.by.In(c.Group))
	return s.Everything() || works
}

// Subject reports whether the person may see a symptom on the subject: one of a
// line where he may see the line.
func (s Scope) Subject(subject symptom.Subject) bool {
	if subject.Kind() == symptom.LineSubject {
		return s.Line(subject.ID())
	}
	return s.by.SeesNetwork()
}

// Fault is a verdict without what the person may not see; false for a fault of
// other people's lines alone.
func (s Scope) Fault(v verdict.Verdict) (verdict.Verdict, bool) {
	if s.Everything() {
		return v, true
	}
	had := !v.Lines.None()
	v.Lines = verdict.Lines{Down: s.own(v.Lines.Down), Degraded: s.own(v.Lines.Degraded), AtRisk: s.own(v.Lines.AtRisk)}
	if v.Lines.None() && (had || !s.by.SeesNetwork()) {
		return v, false
	}
	for _, facts := range []*[]verdict.Fact{&v.Evidence.For, &v.Evidence.Against, &v.Evidence.Missing} {
		*facts = slices.DeleteFunc(slices.Clone(*facts), func(f verdict.Fact) bool {
			return f.Subject.Kind() == symptom.LineSubject && !s.Line(f.Subject.ID())
		})
	}
	return v, true
}

// own are those of the lines that the person may see.
func (s Scope) own(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !s.Line(id) })
}

// Faults are the verdicts that the person may see, each as Fault shows it.
func (s Scope) Faults(all []verdict.Verdict) []verdict.Verdict {
	out := make([]verdict.Verdict, 0, len(all))
	for _, v := range all {
		if v, ok := s.Fault(v); ok {
			out = append(out, v)
		}
	}
	return out
}
