package web

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
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
	case len(p.Regions) > 0 && !p.Has(people.Admin, people.Province, people.ProvinceMonitor):
		f.Regions = append([]string{""}, p.Regions...)
	}
	return f
}

// Narrow takes out of a ticket the lines that are not for the person's eyes: a
// manager's network ticket shows his own customers' lines.
func Narrow(p people.Person, t ticket.Ticket) ticket.Ticket {
	if !onlyManager(p) {
		return t
	}
	t.Lines = slices.DeleteFunc(slices.Clone(t.Lines), func(l ticket.Line) bool { return !owns(p, l.Manager) })
	return t
}

// SeesLine reports whether the line is for the person's eyes.
func SeesLine(p people.Person, inv *inventory.Inventory, line *inventory.Line) bool {
	customer, ok := inv.Customer(line.Customer)
	if !ok {
		return !onlyManager(p)
	}
	c := people.Case{Managers: []string{customer.Manager}}
	if customer.Region != "" {
		c.Regions = []string{customer.Region}
	}
	sees, _ := p.Sees(c)
	return sees
}

func onlyManager(p people.Person) bool { return len(p.Roles) == 1 && p.Has(people.Manager) }

func owns(p people.Person, manager string) bool {
	return manager == p.ID || p.Name != "" && manager == p.Name
}
