package console

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// hop is one thing on a line's way, as it is drawn: a device, or the link to
// the next one.
type hop struct {
	Link     bool
	ID       string
	Name     string
	Kind     string // device kind, or medium
	Layer    string
	Cables   []string
	Ports    [2]string // of a link: at its near and its far end
	Mark     string    // broken: a root; suspect: it may be one; dark: abnormal as seen by the probes; beyond: cut off by the break; mended: a root until the fault cleared
	Symptoms []symptom.Symptom
}

// drawPath lays a line out from A to Z and marks the break. Roots that are no
// device or link are marked where they act: a cable on its links, a port on
// its link, a site's power on its devices.
func (c *Console) drawPath(line *inventory.Line, faults []verdict.Verdict) []hop {
	inv := c.Desk.Inventory()
	path, ok := inv.RouteOf(line)
	if !ok {
		return nil
	}
	m := marked(inv, faults)
	var hops []hop
	for i, id := range path.Devices {
		d, ok := inv.Device(id)
		if !ok {
			continue
		}
		h := hop{
			ID: id, Name: d.Name, Kind: string(d.Kind), Layer: string(d.Layer),
			Symptoms: raised(c.Board.Of(symptom.Device(id))),
		}
		h.Mark = m.of(symptom.Device(id), len(h.Symptoms) > 0)
		hops = append(hops, h)
		if i >= len(path.Links) {
			break
		}
		l, ok := inv.Link(path.Links[i])
		if !ok {
			continue
		}
		h = hop{Link: true, ID: l.ID, Name: l.ID, Kind: string(l.Medium), Layer: string(l.Layer), Cables: l.Cables}
		near, far := l.A, l.Z
		if near.Device != id {
			near, far = far, near
		}
		h.Ports = [2]string{near.Port, far.Port}
		for _, end := range []inventory.PortRef{near, far} {
			h.Symptoms = append(h.Symptoms, raised(c.Board.Of(symptom.Port(end.Device, end.Port)))...)
		}
		h.Symptoms = append(h.Symptoms, raised(c.Board.Of(symptom.Link(l.ID)))...)
		h.Mark = m.of(symptom.Link(l.ID), len(h.Symptoms) > 0)
		hops = append(hops, h)
	}
	beyond(hops, faults)
	return hops
}

// beyond marks what lies behind the only break, seen from the core: nobody can
// say how it is.
func beyond(hops []hop, faults []verdict.Verdict) {
	at := -1
	for i, h := range hops {
		if h.Mark == "broken" {
			if at >= 0 {
				return
			}
			at = i
		}
	}
	if at < 0 || len(faults) != 1 || len(faults[0].Lines.Down) == 0 {
		return
	}
	before, after := hops[:at], hops[at+1:]
	cut, x, y := before, inmost(before), inmost(after)
	switch {
	case y < x, x == y && faults[0].Side == "z":
		cut = after
	case x == y && faults[0].Side == "":
		return
	}
	for i := range cut {
		if cut[i].Mark == "" {
			cut[i].Mark = "beyond"
		}
	}
}

// inmost is how far into the network a part of the way reaches.
func inmost(part []hop) int {
	deepest := -1
	for _, h := range part {
		deepest = max(deepest, slices.Index(layers, h.Layer))
	}
	return deepest
}

var layers = []string{
	string(inventory.Premises), string(inventory.Tail), string(inventory.Trunk), string(inventory.Core),
	string(inventory.Backbone),
}

// Shown is one symptom of each kind: both ends of a link say the same.
func (h hop) Shown() []symptom.Symptom {
	var out []symptom.Symptom
	for _, s := range h.Symptoms {
		if !slices.ContainsFunc(out, func(o symptom.Symptom) bool { return o.Kind == s.Kind }) {
			out = append(out, s)
		}
	}
	return out
}

// marks are the devices and links on which roots and their rivals act.
type marks struct{ broken, suspect, mended map[symptom.Subject]bool }

func (m marks) of(s symptom.Subject, dark bool) string {
	switch {
	case m.broken[s]:
		return "broken"
	case m.suspect[s]:
		return "suspect"
	case dark:
		return "dark"
	case m.mended[s]:
		return "mended"
	}
	return ""
}

// worthShowing is how probable a rival must be to be drawn as one.
const worthShowing = 0.1

// marked spreads roots and rivals to the devices and links on which they act.
func marked(inv *inventory.Inventory, faults []verdict.Verdict) marks {
	m := marks{map[symptom.Subject]bool{}, map[symptom.Subject]bool{}, map[symptom.Subject]bool{}}
	for _, v := range faults {
		on := m.suspect
		switch {
		case v.State == verdict.Cleared:
			on = m.mended
		case v.Outcome == verdict.Root || v.Outcome == verdict.LostProtection || v.Outcome == verdict.MonitoringFault:
			on = m.broken
		}
		for _, root := range v.Roots {
			spread(inv, root.Subject, on)
		}
		if v.State == verdict.Cleared {
			continue
		}
		for _, rival := range v.Rivals {
			if rival.P < worthShowing {
				continue
			}
			for _, s := range rival.Subjects {
				spread(inv, s, m.suspect)
			}
		}
	}
	return m
}

func spread(inv *inventory.Inventory, s symptom.Subject, on map[symptom.Subject]bool) {
	on[s] = true
	switch s.Kind() {
	case symptom.CableSubject:
		for i := range inv.Links {
			if slices.Contains(inv.Links[i].Cables, s.ID()) {
				on[symptom.Link(inv.Links[i].ID)] = true
			}
		}
	case symptom.PortSubject:
		if l, ok := inv.LinkAtPort(inventory.PortRef{Device: s.Device(), Port: s.Part()}); ok {
			on[symptom.Link(l.ID)] = true
		} else {
			on[symptom.Device(s.Device())] = true
		}
	case symptom.CardSubject:
		on[symptom.Device(s.Device())] = true
	case symptom.PowerSubject:
		for i := range inv.Devices {
			if inv.Devices[i].Site == s.ID() {
				on[symptom.Device(inv.Devices[i].ID)] = true
			}
		}
	case symptom.DuctSubject:
		for i := range inv.Cables {
			if slices.Contains(inv.Cables[i].Ducts, s.ID()) {
				spread(inv, symptom.Cable(inv.Cables[i].ID), on)
			}
		}
	}
}

func raised(all []symptom.Symptom) []symptom.Symptom {
	return slices.DeleteFunc(slices.Clone(all), func(s symptom.Symptom) bool { return s.State != symptom.Raised })
}
