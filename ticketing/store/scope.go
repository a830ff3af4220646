package store

import "github.com/linewarden/linewarden/ticketing/people"

// SeenBy narrows the filter to what the person may see.
func (f Filter) SeenBy(p people.Person) Filter {
	managers, regions := p.Limits()
	if len(managers) > 0 {
		f.Managers = managers
	}
	if len(regions) > 0 {
		f.Regions = regions
	}
	return f
}
