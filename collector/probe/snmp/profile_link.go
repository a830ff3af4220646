package snmp

import (
	"slices"

	"github.com/linewarden/linewarden/configs/problem"
)

// link turns the names of columns into their places, which needs the whole
// profile with all that it includes.
func (p *Profile) link() []problem.Problem {
	l := linker{places: map[string]int{}}
	for i := range p.Tables {
		t := &p.Tables[i]
		t.Columns = slices.Clone(t.Columns) // an included table is shared
		l.Check(t.Index != IfIndex || p.Ports != nil, t.path+".index", "if_index needs `ports` (in profile %s)", p.Name)
		l.Check(t.Index != Entity || p.Ports != nil && p.Entities != nil, t.path+".index",
			"entity needs `ports` and `entities` (in profile %s)", p.Name)
		for k := range t.Columns {
			c := &t.Columns[k]
			_, taken := l.places[c.Name]
			l.Check(!taken, c.path+".name", "there are two columns %s (in profile %s)", c.Name, p.Name)
			c.id, l.places[c.Name] = len(p.columns), len(p.columns)
			p.columns = append(p.columns, c)
		}
	}
	p.speed = -1
	if at, ok := l.places[speedColumn]; ok {
		p.speed = at
	}
	for _, c := range p.columns {
		l.column(p, c)
	}
	return l.List
}

// linker knows the places of a profile's columns.
type linker struct {
	problem.List
	places map[string]int
}

func (l *linker) column(p *Profile, c *Column) {
	c.over, c.guard = l.place(c.path+".over", c.Over), l.place(c.path+".guard", c.Guard)
	if c.over >= 0 {
		c.overScale = p.columns[c.over].Scale
	}
	c.Judges = slices.Clone(c.Judges)
	for k := range c.Judges {
		j, at := &c.Judges[k], problem.At(c.path+".judges", k)
		j.needs = l.conditions(at+".needs", j.Needs)
		j.while = l.conditions(at+".while", j.While)
		j.quiet = l.conditions(at+".quiet", j.Quiet)
	}
}

// place is that of the named column; -1 without a name.
func (l *linker) place(path, name string) int {
	if name == "" {
		return -1
	}
	at, ok := l.places[name]
	if !ok {
		l.Add(path, "there is no column %s", name)
		return -1
	}
	return at
}

func (l *linker) conditions(path string, v Values) (list []condition) {
	for _, name := range sortedKeys(v) {
		list = append(list, condition{l.place(problem.Join(path, name), name), v[name]})
	}
	return list
}
