package web

import (
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
)

// Scope narrows a filter to what the person may see: a manager his own
// customers' tickets, others those of their regions and those of none.
func Scope(p people.Person, f store.Filter) store.Filter {
	switch {
	case len(p.Roles) == 1 && p.Has(people.Manager):
		f.Managers = []string{p.ID}
		if p.Name != "" {
			f.Managers = append(f.Managers, p.Name)
		}
	case len(p.Regions) > 0 && !p.Has(people.Admin, people.Province, people.ProvinceMonitor):
		f.Regions = append([]string{""}, p.Regions...)
	}
	return f
}
