package world

import (
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

// Thing is something that can be broken, for people and programs to choose
// from. Kind is a device's kind, or link, cable, power, station; and port or
// card for those that are broken.
type Thing struct {
	Subject string   `json:"subject"`
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	Layer   string   `json:"layer"`
	Lines   []string `json:"lines"` // that run over it while all is well
	Broken  bool     `json:"broken"`
}

// Things lists devices, links, cables, sites' power and stations. Ports and
// cards are too many to choose from, and listed only while they are broken.
func (w *World) Things() []Thing {
	byLink, byDevice := w.lines()
	n := w.Net
	broken := map[string]bool{}
	for _, f := range w.faults {
		broken[f.Subject] = true
	}
	var out []Thing
	add := func(class, id, kind, layer string, lines []int) {
		slices.Sort(lines)
		ids := []string{}
		for _, l := range slices.Compact(lines) {
			ids = append(ids, n.Lines[l].ID)
		}
		out = append(out, Thing{class + "/" + id, id, kind, layer, ids, broken[class+"/"+id]})
	}
	for i, d := range n.Devices {
		add("device", d.ID, d.Kind, d.Layer, byDevice[i])
	}
	for i, l := range n.Links {
		add("link", l.ID, "link", l.Layer, byLink[i])
	}
	for _, c := range n.Cables {
		var lines []int
		for _, l := range c.Links {
			lines = append(lines, byLink[l]...)
		}
		add("cable", c.ID, "cable", c.Layer, lines)
	}
	for i, s := range n.Sites {
		var lines []int
		for _, d := range w.names.atSite[i] {
			lines = append(lines, byDevice[d]...)
		}
		add("power", s.ID, "power", s.Layer, lines)
	}
	all := make([]int, len(n.Lines))
	for i := range all {
		all[i] = i
	}
	for _, s := range n.Stations {
		add("station", s.ID, "station", "monitoring", slices.Clone(all))
	}
	for _, f := range w.faults {
		class, id, _ := strings.Cut(f.Subject, "/")
		if f.parts[0].kind != portPart || slices.ContainsFunc(out, func(t Thing) bool { return t.Subject == f.Subject }) {
			continue
		}
		var lines []int
		for _, p := range f.parts {
			lines = append(lines, w.behind(p.n, byLink)...)
		}
		add(class, id, class, w.layer(f), lines)
	}
	return out
}

// behind are the lines that need a port: those over its link, or the one whose
// customer is plugged in there.
func (w *World) behind(port int, byLink [][]int) (lines []int) {
	if l := w.Net.Ports[port].Link; l != plan.None {
		return byLink[l]
	}
	for i, l := range w.Net.Lines {
		if l.APort == port || l.ZPort == port {
			lines = append(lines, i)
		}
	}
	return lines
}

// lines are the lines over each link and through each device.
func (w *World) lines() (byLink, byDevice [][]int) {
	byLink, byDevice = make([][]int, len(w.links)), make([][]int, len(w.devs))
	for i, route := range w.routes {
		at := w.Net.Lines[i].A
		byDevice[at] = append(byDevice[at], i)
		for _, l := range route {
			byLink[l] = append(byLink[l], i)
			at = w.Net.Across(l, at)
			byDevice[at] = append(byDevice[at], i)
		}
	}
	return byLink, byDevice
}

// Truth is what is really the matter.
type Truth struct {
	At     time.Time `json:"at"`
	Faults []Broken  `json:"faults"`
	Down   []string  `json:"down"` // lines
	Open   []string  `json:"open"` // protection domains with a dead link
}

// Broken is a fault with the layer it is in; monitoring for a station.
type Broken struct {
	Fault
	Layer string `json:"layer"`
}

// Truth tells what is broken at now and which lines are down for it.
func (w *World) Truth(now time.Time) Truth {
	t := Truth{At: now, Faults: []Broken{}, Down: []string{}, Open: []string{}}
	for _, f := range w.faults {
		t.Faults = append(t.Faults, Broken{*f, w.layer(f)})
	}
	for i, l := range w.Net.Lines {
		if !w.LineUp(i) {
			t.Down = append(t.Down, l.ID)
		}
	}
	for i, l := range w.Net.Links {
		if l.Protection != "" && !w.links[i].up {
			t.Open = append(t.Open, l.Protection)
		}
	}
	slices.Sort(t.Open)
	t.Open = slices.Compact(t.Open)
	return t
}

func (w *World) layer(f *Fault) string {
	n, p := w.Net, f.parts[0]
	switch p.kind {
	case devicePart:
		return n.Devices[p.n].Layer
	case portPart:
		if l := n.Ports[p.n].Link; l != plan.None {
			return n.Links[l].Layer
		}
		return n.Devices[n.Ports[p.n].Device].Layer
	case linkPart:
		return n.Links[p.n].Layer
	case cablePart:
		return n.Cables[p.n].Layer
	case sitePart:
		return n.Sites[p.n].Layer
	}
	return "monitoring"
}
