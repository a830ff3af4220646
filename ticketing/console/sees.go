package console

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/web"
)

// eyes are what a person sees of lines and of the faults on them: a manager
// those of his own customers, others those of their regions.
type eyes struct {
	by  people.Person
	inv *inventory.Inventory
}

func (c *Console) eyes(by people.Person) eyes { return eyes{by, c.Desk.Inventory()} }

// manager is somebody who sees only what is his own customers'.
func (e eyes) manager() bool { return len(e.by.Roles) == 1 && e.by.Has(people.Manager) }

// all reports whether nothing is hidden from the person.
func (e eyes) all() bool {
	return !e.manager() && (len(e.by.Regions) == 0 || e.by.Has(people.Admin, people.Province, people.ProvinceMonitor))
}

func (e eyes) line(id string) bool {
	line, ok := e.inv.Line(id)
	if !ok {
		return !e.manager()
	}
	return web.SeesLine(e.by, e.inv, line)
}

// fault is a verdict without what is not for the person's eyes. A fault of
// other people's lines alone is not there for him.
func (e eyes) fault(v verdict.Verdict) (verdict.Verdict, bool) {
	if e.all() {
		return v, true
	}
	had := len(v.Lines.All())
	own := func(ids []string) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !e.line(id) })
	}
	v.Lines = verdict.Lines{Down: own(v.Lines.Down), Degraded: own(v.Lines.Degraded), AtRisk: own(v.Lines.AtRisk)}
	left := len(v.Lines.All())
	if left == 0 && (had > 0 || e.manager()) {
		return v, false
	}
	for _, facts := range []*[]verdict.Fact{&v.Evidence.For, &v.Evidence.Against, &v.Evidence.Missing} {
		*facts = slices.DeleteFunc(slices.Clone(*facts), func(f verdict.Fact) bool {
			return f.Subject.Kind() == symptom.LineSubject && !e.line(f.Subject.ID())
		})
	}
	return v, true
}

func (e eyes) faults(all []verdict.Verdict) []verdict.Verdict {
	out := make([]verdict.Verdict, 0, len(all))
	for _, v := range all {
		if v, ok := e.fault(v); ok {
			out = append(out, v)
		}
	}
	return out
}
