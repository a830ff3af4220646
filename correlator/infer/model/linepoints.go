package model

import (
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/correlator/evidence"
)

func (m *Model) addLinePoint(c *compiler, s, i, end int32) {
	l := &m.inv.Lines[i]
	ref, target := l.A, l.Target
	if end == 1 {
		ref, target = l.Z, l.TargetZ
	}
	p := Point{Station: s, Device: m.deviceAt[ref.Device], Line: i, Host: -1, End: uint8(end),
		Ping:    target.IsValid() && active(l),
		entries: span{from: int32(len(m.entries))}, segs: span{from: int32(len(m.segsOf))}}
	if p.Ping || m.watched(l, end) {
		c.begin()
		if p.Ping {
			c.put(m.stations[s], evidence.Station)
		}
		m.putChain(c, s, p.Device)
		if a, ok := m.portAtom[ref]; ok {
			c.atom(a, evidence.Self, evidence.Self)
		}
		m.putWay(c, i)
	}
	p.entries.to, p.segs.to = int32(len(m.entries)), int32(len(m.segsOf))
	m.points = append(m.points, p)
}

// putWay puts what stands in series on a line's own way. Where that is not the
// way of its observation, it may still be why the service is gone: the route
// to which a line is pinned, the hub of a spoke.
func (m *Model) putWay(c *compiler, line int32) {
	w := &m.lines[line]
	for _, comp := range m.lineComps[w.comps.from:w.comps.to] {
		c.put(comp, evidence.Way)
	}
}

// passThrough lists for each client's port the lines that end there and pass a
// loss of the link on to the other end.
func (m *Model) passThrough() map[int32][]int32 {
	out := map[int32][]int32{}
	for i := range m.inv.Lines {
		l := &m.inv.Lines[i]
		if !l.LPT {
			continue
		}
		for _, ref := range [2]inventory.PortRef{l.A, l.Z} {
			if a, ok := m.portAtom[ref]; ok {
				out[m.atomComps[a][0]] = append(out[m.atomComps[a][0]], int32(i))
			}
		}
	}
	return out
}

// watched tells whether anything may be said about this end of the line itself.
func (m *Model) watched(l *inventory.Line, end int32) bool {
	return active(l) && (end == 0 || len(m.inv.Watches) > 0)
}

func active(l *inventory.Line) bool { return l.State == inventory.Active || l.State == "" }
