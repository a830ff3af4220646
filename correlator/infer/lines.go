package infer

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/evidence"
)

// addLines compiles each line's own way from A to Z.
func (m *model) addLines() {
	inv := m.inv
	m.lines = make([]lineWay, len(inv.Lines))
	stamp := make([]int32, len(m.comps))
	for i := range inv.Lines {
		l := &inv.Lines[i]
		w := &m.lines[i]
		w.active = active(l)
		w.service = l.Target.IsValid() || l.TargetZ.IsValid() || !inv.Unwatched(l)
		w.comps.from, w.segs.from = int32(len(m.lineComps)), int32(len(m.lineSegs))
		put := func(comp int32) {
			if stamp[comp] != int32(i)+1 {
				stamp[comp] = int32(i) + 1
				m.lineComps = append(m.lineComps, comp)
			}
		}
		var parts way
		if path, ok := inv.RouteOf(l); ok {
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
		for _, a := range parts.atoms {
			for _, comp := range m.atomComps[a] {
				put(comp)
			}
		}
		for _, at := range parts.segs {
			for _, a := range m.segments[at].atoms {
				for _, comp := range m.atomComps[a] {
					put(comp)
				}
			}
			for _, r := range m.segments[at].risks {
				put(r)
			}
		}
		w.atoms = parts.atoms
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

// index turns the lists of points and lines round.
func (m *model) index() {
	comps := len(m.comps)
	m.pings = make([]int32, comps*int(m.stationN))
	for i := range m.points {
		if p := &m.points[i]; p.ping {
			for _, e := range m.entries[p.entries.from:p.entries.to] {
				if e.rel() != evidence.Way {
					m.pings[e.comp()*m.stationN+p.station]++
				}
			}
		}
	}
	for i := range m.inv.Stations {
		m.uplinks = append(m.uplinks, m.devicePoint(int32(i), m.deviceAt[m.inv.Stations[i].Attached]))
	}
	m.areasOf = make([][]int32, comps)
	for i, a := range m.areas {
		for _, c := range a.comps {
			m.areasOf[c] = append(m.areasOf[c], int32(i))
		}
	}
	m.compPorts = listsOf(comps, func(put func(key, item int32)) {
		for i := range m.points {
			p := &m.points[i]
			if p.host < 0 || p.line >= 0 {
				continue
			}
			if p.station > 0 {
				continue // a far end is told by its near end, whoever asks
			}
			for _, e := range m.entries[p.entries.from:p.entries.to] {
				if speaks(e.rel()) {
					put(e.comp(), int32(i))
				}
			}
		}
	})
	m.compLines = listsOf(comps, func(put func(key, item int32)) {
		for i := range m.lines {
			for _, c := range m.lineComps[m.lines[i].comps.from:m.lines[i].comps.to] {
				put(c, int32(i))
			}
		}
	})
	m.segLines = listsOf(len(m.segments), func(put func(key, item int32)) {
		for i := range m.lines {
			for _, s := range m.lineSegs[m.lines[i].segs.from:m.lines[i].segs.to] {
				put(s, int32(i))
			}
		}
	})
	m.segPoints = listsOf(len(m.segments), func(put func(key, item int32)) {
		for i := range m.points {
			for _, s := range m.segsOf[m.points[i].segs.from:m.points[i].segs.to] {
				put(s, int32(i))
			}
		}
	})
}

// inArea tells whether a component is a part of some protection domain.
func (m *model) inArea(c int32) bool { return len(m.areasOf[c]) > 0 }

// size counts what the inventory was compiled to.
func (m *model) size() (components, points, entries int) {
	return len(m.comps), len(m.points), len(m.entries)
}

// linePoints are the points of a line's ends as a station sees them.
func (m *model) linePoints(station, line int32) (a, z int32) {
	base := station*int32(len(m.inv.Devices)+2*len(m.inv.Lines)) + int32(len(m.inv.Devices))
	return base + 2*line, base + 2*line + 1
}

func (m *model) devicePoint(station, device int32) int32 {
	return station*int32(len(m.inv.Devices)+2*len(m.inv.Lines)) + device
}
