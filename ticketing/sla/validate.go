package sla

import (
	"slices"

	"github.com/linewarden/linewarden/configs/problem"
)

// validate reports everything that is wrong with the rules. Calendars are the
// ones that they may name.
func (p Rules) validate(calendars []Calendar) []problem.Problem {
	var wrong problem.List
	names := map[string]bool{"": true, "24x7": true}
	for _, c := range calendars {
		names[c.Name] = true
	}
	clocks := map[Name]bool{}
	for i, d := range p.Clocks {
		at := problem.At("clocks", i)
		wrong.Check(!clocks[d.Name], at+".name", "the clock %q is declared twice", d.Name)
		clocks[d.Name] = true
		wrong.Check(names[d.Calendar], at+".calendar", "no calendar %q", d.Calendar)
		wrong.Under(at, d.validate())
	}
	known := func(path string, list []Name) {
		for i, n := range list {
			wrong.Check(clocks[n], problem.At(path, i), "no clock %q", n)
		}
	}
	known("pauses.clocks", p.Pauses.Clocks)
	for i, r := range p.Ladder {
		at := problem.At("ladder", i)
		known(at+".clocks", r.Clocks)
		wrong.Under(at, r.validate())
	}
	return wrong
}

// validate looks at what a clock says by itself.
func (d ClockDef) validate() []problem.Problem {
	var wrong problem.List
	wrong.Filled("name", string(d.Name))
	rising := slices.IsSorted(d.Steps) && (len(d.Steps) == 0 || d.Steps[0] > 0)
	wrong.Check(rising, "steps", "want percentages above 0 in rising order, got %v", d.Steps)
	wrong.Check(d.Further >= 0, "further", "want 0 or more, got %d", d.Further)
	wrong.Check(d.Further <= 0 || len(d.Steps) > 0, "further", "needs steps to follow")
	for i, b := range d.Budgets {
		at := problem.At("budgets", i)
		wrong.Check(b.For >= 0, at+".for", "%s is negative", b.For)
		wrong.Check(b.Then >= 0, at+".then", "%s is negative", b.Then)
	}
	return wrong
}

func (r Rung) validate() []problem.Problem {
	var wrong problem.List
	wrong.Check(r.From > 0, "from", "want more than 0, got %d", r.From)
	wrong.Check(r.To == 0 || r.To >= r.From, "to", "want from (%d) or more, got %d", r.From, r.To)
	wrong.Check(len(r.Tell) > 0, "tell", "nobody is told")
	wrong.Check(len(r.Channels) > 0, "channels", "there is no way to tell it")
	return wrong
}
