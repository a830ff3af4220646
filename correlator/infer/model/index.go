package model

import "github.com/linewarden/linewarden/correlator/evidence"

// index turns the lists of points and lines round.
func (m *Model) index() {
	for i := range m.inv.Stations {
		m.uplinks = append(m.uplinks, m.DevicePoint(int32(i), m.deviceAt[m.inv.Stations[i].Attached]))
	}
	m.areasOf = make([][]int32, len(m.comps))
	for i, a := range m.areas {
		for _, c := range a.comps {
			m.areasOf[c] = append(m.areasOf[c], int32(i))
		}
	}
	m.countPings()
	m.indexPoints()
	m.indexLines()
}

// countPings counts, for each component and station, the ping points that the
// component's failure would darken.
func (m *Model) countPings() {
	stations := int32(len(m.stations))
	m.pings = make([]int32, len(m.comps)*len(m.stations))
	for i := range m.points {
		p := &m.points[i]
		if !p.Ping {
			continue
		}
		for _, e := range m.Entries(int32(i)) {
			if e.Rel() != evidence.Way {
				m.pings[e.Comp()*stations+p.Station]++
			}
		}
	}
}

func (m *Model) indexPoints() {
	m.compPorts = listsOf(len(m.comps), func(put func(key, item int32)) {
		for i := range m.points {
			p := &m.points[i]
			if p.Host < 0 || p.Line >= 0 || p.Station > 0 {
				continue // a far end is told by its near end, whoever asks
			}
			for _, e := range m.Entries(int32(i)) {
				if speaks(e.Rel()) {
					put(e.Comp(), int32(i))
				}
			}
		}
	})
	m.segPoints = listsOf(len(m.segments), func(put func(key, item int32)) {
		for i := range m.points {
			for _, s := range m.PointSegments(int32(i)) {
				put(s, int32(i))
			}
		}
	})
	m.areaSegs = listsOf(len(m.areas), func(put func(key, item int32)) {
		for i := range m.segments {
			put(m.segments[i].Area, int32(i))
		}
	})
}

func (m *Model) indexLines() {
	m.compLines = listsOf(len(m.comps), func(put func(key, item int32)) {
		for i := range m.lines {
			for _, c := range m.LineComps(int32(i)) {
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
}

// speaks tells whether a port or far end that is well says anything of a
// component that stands so.
func speaks(r evidence.Relation) bool {
	switch r {
	case evidence.Link, evidence.Risk, evidence.Peer, evidence.PeerPower,
		evidence.Self, evidence.SelfPower, evidence.Own:
		return true
	}
	return false
}
