package model

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
)

// addLines compiles each line's own way from A to Z.
func (m *Model) addLines() {
	inv := m.inv
	m.lines = make([]LineWay, len(inv.Lines))
	stamp := make([]int32, len(m.comps))
	for i := range inv.Lines {
		l := &inv.Lines[i]
		w := &m.lines[i]
		w.Active = active(l)
		w.Service = l.Target.IsValid() || l.TargetZ.IsValid() || !inv.Unwatched(l)
		w.comps.from, w.segs.from = int32(len(m.lineComps)), int32(len(m.lineSegs))
		parts := m.wayOf(l)
		m.putSeries(parts, func(comp int32) {
			if stamp[comp] != int32(i)+1 {
				stamp[comp] = int32(i) + 1
				m.lineComps = append(m.lineComps, comp)
			}
		})
		w.Atoms = parts.atoms
		m.lineSegs = append(m.lineSegs, parts.segs...)
		w.comps.to, w.segs.to = int32(len(m.lineComps)), int32(len(m.lineSegs))
		for _, d := range []string{l.A.Device, l.Z.Device} {
			at := m.deviceAt[d]
			if ends := m.endsAt[at]; len(ends) == 0 || ends[len(ends)-1] != int32(i) {
				m.endsAt[at] = append(ends, int32(i))
			}
		}
	}
}

// wayOf takes a line's route apart, with the customers' ports at its ends. A line
// without a route has its two ends.
func (m *Model) wayOf(l *inventory.Line) way {
	var parts way
	if path, ok := m.inv.RouteOf(l); ok {
		parts = m.takeApart(path, !l.Protected)
	} else {
		parts.atoms = []int32{m.deviceAt[l.A.Device], m.deviceAt[l.Z.Device]}
	}
	if a, ok := m.portAtom[l.A]; ok {
		parts.atoms = slices.Insert(parts.atoms, 0, a)
	}
	if a, ok := m.portAtom[l.Z]; ok {
		parts.atoms = append(parts.atoms, a)
	}
	return parts
}

// putSeries puts every component that alone breaks a way.
func (m *Model) putSeries(w way, put func(comp int32)) {
	for _, a := range w.atoms {
		for _, comp := range m.atomComps[a] {
			put(comp)
		}
	}
	for _, at := range w.segs {
		for _, a := range m.segments[at].atoms {
			for _, comp := range m.atomComps[a] {
				put(comp)
			}
		}
		for _, r := range m.segments[at].risks {
			put(r)
		}
	}
}
