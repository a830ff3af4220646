package web

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// Scope narrows a filter to what the person may see: a manager his own
// customers' tickets, others those of their regions and those of none.
func Scope(p people.Person, f store.Filter) store.Filter {
	switch {
	case onlyManager(p):
		f.Managers = []string{p.ID}
		if p.Name != "" {
			f.Managers = append(f.Managers, p.Name)
		}
	case bound(p):
		f.Regions = append([]string{""}, p.Regions...)
	}
	return f
}

func onlyManager(p people.Person) bool { return len(p.Roles) == 1 && p.Has(people.Manager) }

// bound reports whether the person sees his regions only.
func bound(p people.Person) bool {
	return len(p.Regions) > 0 && !p.Has(people.Admin, people.Province, people.ProvinceMonitor)
}

// Eyes are what a person sees of lines and of the faults and tickets on them: a
// manager those of his own customers, others those of their regions.
type Eyes struct {
	by  people.Person
	inv *inventory.Inventory
}

// EyesOf are the person's, on the lines of an inventory.
func EyesOf(p people.Person, inv *inventory.Inventory) Eyes { return Eyes{p, inv} }

// All reports whether nothing is hidden from the person.
func (e Eyes) All() bool { return !e.by.Disabled && !onlyManager(e.by) && !bound(e.by) }

// Line reports whether the line is for the person's eyes. One that is in no
// inventory is nobody's customer's, and no manager's.
func (e Eyes) Line(id string) bool {
	line, ok := e.inv.Line(id)
	if !ok {
		return !onlyManager(e.by)
	}
	customer, ok := e.inv.Customer(line.Customer)
	if !ok {
		return !onlyManager(e.by)
	}
	return e.sees(customer.Manager, customer.Region)
}

func (e Eyes) sees(manager, region string) bool {
	c := people.Case{Managers: []string{manager}}
	if region != "" {
		c.Regions = []string{region}
	}
	sees, _ := e.by.Sees(c)
	return sees
}

// Subject reports whether a symptom on the subject is for the person's eyes:
// that of a line where the line is, that of the network for all but managers.
func (e Eyes) Subject(s symptom.Subject) bool {
	if s.Kind() == symptom.LineSubject {
		return e.Line(s.ID())
	}
	return !onlyManager(e.by)
}

// Ticket is a ticket without the lines that are not for the person's eyes; who
// has to work on it sees it whole. Its lines say themselves whose they are,
// also long after the inventory changed.
func (e Eyes) Ticket(t ticket.Ticket) ticket.Ticket {
	works := !onlyManager(e.by) && (t.Assignee == e.by.ID || e.by.In(t.Group))
	if e.All() || works {
		return t
	}
	t.Lines = slices.DeleteFunc(slices.Clone(t.Lines), func(l ticket.Line) bool { return !e.sees(l.Manager, l.Region) })
	return t
}

// Fault is a verdict without what is not for the person's eyes. A fault of
// other people's lines alone is not there for him.
func (e Eyes) Fault(v verdict.Verdict) (verdict.Verdict, bool) {
	if e.All() {
		return v, true
	}
	had := len(v.Lines.All())
	own := func(ids []string) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !e.Line(id) })
	}
	v.Lines = verdict.Lines{Down: own(v.Lines.Down), Degraded: own(v.Lines.Degraded), AtRisk: own(v.Lines.AtRisk)}
	left := len(v.Lines.All())
	if left == 0 && (had > 0 || onlyManager(e.by)) {
		return v, false
	}
	for _, facts := range []*[]verdict.Fact{&v.Evidence.For, &v.Evidence.Against, &v.Evidence.Missing} {
		*facts = slices.DeleteFunc(slices.Clone(*facts), func(f verdict.Fact) bool {
			return f.Subject.Kind() == symptom.LineSubject && !e.Line(f.Subject.ID())
		})
	}
	return v, true
}

// Faults are the verdicts that are there for the person.
func (e Eyes) Faults(all []verdict.Verdict) []verdict.Verdict {
	out := make([]verdict.Verdict, 0, len(all))
	for _, v := range all {
		if v, ok := e.Fault(v); ok {
			out = append(out, v)
		}
	}
	return out
}
