package statement

import (
	"cmp"
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/weight"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// rivals are the explanations that are not among the roots, best first.
func (w *Writer) rivals(c *search.Claim, roots []verdict.RootCause) []verdict.Rival {
	named := map[symptom.Subject]bool{}
	for _, r := range roots {
		named[r.Subject] = true
	}
	out := []verdict.Rival{}
	for _, class := range c.Classes {
		for _, x := range class {
			comp := w.m.Comp(x.Comp)
			if x.P < weight.LeastShow || len(out) == weight.MaxRivals || named[comp.Subject] {
				continue
			}
			out = append(out, verdict.Rival{Subjects: []symptom.Subject{comp.Subject}, Domain: comp.Domain, P: Round(x.P)})
		}
	}
	slices.SortStableFunc(out, func(a, b verdict.Rival) int { return cmp.Compare(b.P, a.P) })
	return out
}

// nextTest names the observation that would best tell the rivals apart.
func (w *Writer) nextTest(c *search.Claim) string {
	first := "" // device that is pinged
	for _, p := range c.Points {
		pt := w.m.Point(p)
		if pt.Device < 0 {
			continue
		}
		d := &w.m.Inventory().Devices[pt.Device]
		switch {
		case !d.NearEnd.IsZero():
			return "poll port/" + d.NearEnd.String()
		case pt.Host >= 0 && !pt.Ping:
			s, _ := w.m.SubjectOf(p)
			return "poll " + string(s)
		case pt.Ping && first == "":
			first = d.ID
		}
	}
	if first == "" {
		return ""
	}
	if port, ok := w.portTowards(first); ok {
		return "poll port/" + port.String()
	}
	return "ping device/" + first
}

// portTowards is the port towards a device on the first one before it that can
// speak for itself: it shows what the management address of the device hides.
func (w *Writer) portTowards(device string) (inventory.PortRef, bool) {
	inv := w.m.Inventory()
	chain, ok := inv.Chain(inv.Stations[0].ID, device)
	if !ok {
		return inventory.PortRef{}, false
	}
	for i := len(chain.Devices) - 2; i >= 0; i-- {
		d, _ := inv.Device(chain.Devices[i])
		if d == nil || !d.Address.IsValid() {
			continue
		}
		if at, _ := w.m.DeviceOf(d.ID); w.s.Mask(w.m.DevicePoint(0, at)) != 0 {
			continue
		}
		l, _ := inv.Link(chain.Links[i])
		if l.A.Device == d.ID {
			return l.A, true
		}
		return l.Z, true
	}
	return inventory.PortRef{}, false
}
