package model

import (
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
)

// Point is one thing that can be observed, from one station.
type Point struct {
	Station int32 // -1: told by a device, whoever asks it
	Device  int32 // that it is or belongs to; of a line: its end device; -1
	Line    int32 // -1
	Host    int32 // device that tells what is seen here, where it is not the subject; -1
	Ping    bool  // silence here is health, where it was swept
	End     uint8 // of a line: 0 for A, 1 for Z
	entries span  // who explains it, and how close they stand
	segs    span  // stretches with protection on the way to it
}

// Entry is a component and how it stands to the point, in one word: there are
// dozens of them for every line.
type Entry uint32

func newEntry(comp int32, rel evidence.Relation) Entry { return Entry(comp)<<4 | Entry(rel) }

// Comp is the component.
func (e Entry) Comp() int32 { return int32(e >> 4) }

// Rel is how it stands to the point.
func (e Entry) Rel() evidence.Relation { return evidence.Relation(e & 15) }

// compiler collects the entries of one point, each component once.
type compiler struct {
	m     *Model
	stamp []int32 // component -> round
	place []int32 // component -> place in entries
	round int32
	ways  map[int32]way // device -> the way to it from the present station
}

func (c *compiler) begin() { c.round++ }

func (c *compiler) put(comp int32, rel evidence.Relation) {
	m := c.m
	if c.stamp[comp] == c.round {
		if e := &m.entries[c.place[comp]]; rel > e.Rel() {
			*e = newEntry(comp, rel)
		}
		return
	}
	c.stamp[comp], c.place[comp] = c.round, int32(len(m.entries))
	m.entries = append(m.entries, newEntry(comp, rel))
}

// atom puts all that takes an atom away: itself as own, what is shared as risk.
func (c *compiler) atom(atom int32, own, risk evidence.Relation) {
	for i, comp := range c.m.atomComps[atom] {
		if i == 0 {
			c.put(comp, own)
		} else {
			c.put(comp, risk)
		}
	}
}

// addPoints makes the points of every station's devices and lines, and of the
// ports and far ends.
func (m *Model) addPoints() {
	inv := m.inv
	c := &compiler{m: m, stamp: make([]int32, len(m.comps)), place: make([]int32, len(m.comps))}
	stations := len(inv.Stations)
	m.entries = make([]Entry, 0, 16*(len(inv.Devices)+len(inv.Lines))*stations)
	m.points = make([]Point, 0, m.perStation()*stations+3*len(inv.Links)+len(inv.Lines)+len(inv.Cables)+len(inv.Sites))
	for s := range stations {
		c.ways = map[int32]way{}
		for i := range inv.Devices {
			m.addDevicePoint(c, int32(s), int32(i))
		}
		for i := range inv.Lines {
			m.addLinePoint(c, int32(s), int32(i), 0)
			m.addLinePoint(c, int32(s), int32(i), 1)
		}
	}
	m.portBase = int32(len(m.points))
	for i := range inv.Links {
		m.addLinkPort(c, int32(i), inv.Links[i].A, inv.Links[i].Z)
		m.addLinkPort(c, int32(i), inv.Links[i].Z, inv.Links[i].A)
	}
	m.addNamed(c)
}

// addNamed makes the points of what else a symptom may name: ports at which
// lines end, and the components themselves.
func (m *Model) addNamed(c *compiler) {
	through := m.passThrough()
	for at := range m.comps {
		comp := &m.comps[at]
		switch comp.Kind {
		case symptom.DeviceSubject, symptom.StationSubject:
			continue
		}
		c.begin()
		p := Point{Station: -1, Device: comp.Device, Line: -1, Host: comp.Device,
			entries: span{from: int32(len(m.entries))}}
		c.put(int32(at), evidence.Own)
		if comp.Kind == symptom.LinkSubject {
			c.atom(comp.Atoms[0], evidence.Own, evidence.Risk)
		}
		for _, l := range through[int32(at)] {
			m.putWay(c, l)
		}
		p.entries.to = int32(len(m.entries))
		m.extraAt[comp.Subject] = int32(len(m.points))
		m.points = append(m.points, p)
	}
}

func (m *Model) addDevicePoint(c *compiler, s, i int32) {
	d := &m.inv.Devices[i]
	p := Point{Station: s, Device: i, Line: -1, Host: -1, Ping: d.Address.IsValid(),
		entries: span{from: int32(len(m.entries))}, segs: span{from: int32(len(m.segsOf))}}
	c.begin()
	if p.Ping {
		c.put(m.stations[s], evidence.Station)
	}
	m.putChain(c, s, i)
	if !d.NearEnd.IsZero() {
		m.putFarEnd(c, &p, i, d.NearEnd)
	}
	p.entries.to, p.segs.to = int32(len(m.entries)), int32(len(m.segsOf))
	m.points = append(m.points, p)
}

// putChain puts the way from the station to a device.
func (m *Model) putChain(c *compiler, s, i int32) {
	id := m.inv.Devices[i].ID
	if w, ok := m.chain(c.ways, s, id); ok {
		for _, a := range w.atoms {
			c.atom(a, evidence.Path, evidence.Path)
		}
		m.putSegments(c, w.segs)
	}
	c.atom(i, evidence.Self, evidence.SelfPower)
}

func (m *Model) putSegments(c *compiler, segs []int32) {
	for _, at := range segs {
		s := &m.segments[at]
		for _, a := range s.atoms {
			c.atom(a, evidence.Path, evidence.Path)
		}
		for _, r := range s.risks {
			c.put(r, evidence.Path)
		}
	}
	m.segsOf = append(m.segsOf, segs...)
}

// addLinkPort makes the point of a link's port, as the device there tells it.
func (m *Model) addLinkPort(c *compiler, link int32, here, there inventory.PortRef) {
	i, j := m.deviceAt[here.Device], m.deviceAt[there.Device]
	c.begin()
	p := Point{Station: -1, Device: i, Line: -1, Host: i, entries: span{from: int32(len(m.entries))}}
	c.atom(m.linkAtom(link), evidence.Link, evidence.Risk)
	c.atom(j, evidence.Peer, evidence.PeerPower)
	p.entries.to = int32(len(m.entries))
	m.points = append(m.points, p)
}
