package infer

import (
	"maps"
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
)

// point is one thing that can be observed, from one station.
type point struct {
	entries span // into entries: who explains it, and how close they stand
	segs    span // into segsOf: stretches with protection on the way to it
	station int32
	device  int32 // that it is or belongs to; of a line: its end device; -1
	line    int32 // -1
	host    int32 // device that tells what is seen here, where it is not the subject
	ping    bool  // silence here is health, where it was swept
	end     uint8
}

// entry is a component and how it stands to the point, in one word: there are
// dozens of them for every line.
type entry uint32

func newEntry(comp int32, rel evidence.Relation) entry { return entry(comp)<<4 | entry(rel) }

func (e entry) comp() int32            { return int32(e >> 4) }
func (e entry) rel() evidence.Relation { return evidence.Relation(e & 15) }

// compiler collects the entries of one point, each component once.
type compiler struct {
	m     *model
	stamp []int32 // component -> round
	place []int32 // component -> place in entries
	round int32
	ways  map[int32]way // device -> the way to it from the present station
}

func (c *compiler) begin() { c.round++ }

func (c *compiler) put(comp int32, rel evidence.Relation) {
	m := c.m
	if c.stamp[comp] == c.round {
		if e := &m.entries[c.place[comp]]; rel > e.rel() {
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

// way is a path taken apart: what stands in series and where protection is.
type way struct {
	atoms []int32
	segs  []int32
}

// takeApart splits a path into its series atoms and its protected segments. A
// run of consecutive links with a protection domain becomes one segment of the
// joint area; pinned paths are series all along.
func (m *model) takeApart(p inventory.Path, pinned bool) way {
	w := way{atoms: make([]int32, 0, 2*len(p.Devices)+2)}
	for i := 0; i < len(p.Devices); i++ {
		d := m.deviceAt[p.Devices[i]]
		w.atoms = append(w.atoms, d)
		if i == len(p.Links) {
			break
		}
		l := m.linkAt[p.Links[i]]
		if m.inv.Links[l].Protection == "" || pinned {
			w.atoms = append(w.atoms, m.linkAtom(l))
			continue
		}
		end := i
		var names []string
		for end < len(p.Links) {
			name := m.inv.Links[m.linkAt[p.Links[end]]].Protection
			if name == "" {
				break
			}
			if len(names) == 0 || names[len(names)-1] != name {
				names = append(names, name)
			}
			end++
		}
		w.segs = append(w.segs, m.segment(m.areaOf(names), d, m.deviceAt[p.Devices[end]]))
		i = end - 1 // the loop steps on to the device at the end of the run
	}
	return w
}

// chain is the way from a station to a device. Where the last step has no
// protection it is the way to the device before and that step, and the ways to
// devices that others hang on are remembered.
func (m *model) chain(ways map[int32]way, s int32, id string) (way, bool) {
	path, ok := m.inv.Chain(m.inv.Stations[s].ID, id)
	if !ok {
		return way{}, false
	}
	n := len(path.Links)
	if n == 0 {
		return m.takeApart(path, false), true
	}
	l := m.linkAt[path.Links[n-1]]
	if m.inv.Links[l].Protection != "" {
		return m.takeApart(path, false), true
	}
	parent := m.deviceAt[path.Devices[n-1]]
	w, known := ways[parent]
	if !known {
		w = m.takeApart(inventory.Path{Devices: path.Devices[:n], Links: path.Links[:n-1]}, false)
		ways[parent] = w
	}
	atoms := make([]int32, len(w.atoms), len(w.atoms)+2)
	copy(atoms, w.atoms)
	return way{atoms: append(atoms, m.linkAtom(l), m.deviceAt[id]), segs: w.segs}, true
}

// addPoints makes the points of every station's devices and lines, and of the
// ports and far ends.
func (m *model) addPoints() {
	inv := m.inv
	c := &compiler{m: m, stamp: make([]int32, len(m.comps)), place: make([]int32, len(m.comps))}
	m.entries = make([]entry, 0, 16*len(inv.Devices)*len(inv.Stations)+16*len(inv.Lines)*len(inv.Stations))
	m.points = make([]point, 0, (len(inv.Devices)+2*len(inv.Lines))*len(inv.Stations)+3*len(inv.Links)+len(inv.Lines)+len(inv.Cables)+len(inv.Sites))
	for s := range inv.Stations {
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
	through := m.passThrough()
	// What else a symptom may name: ports at which lines end, and the
	// components themselves.
	for at := range m.comps {
		comp := &m.comps[at]
		switch comp.kind {
		case symptom.DeviceSubject, symptom.StationSubject:
			continue
		}
		c.begin()
		p := point{station: -1, device: comp.device, line: -1, host: comp.device, entries: span{from: int32(len(m.entries))}}
		c.put(int32(at), evidence.Own)
		for _, a := range comp.atoms {
			if comp.kind == symptom.LinkSubject {
				c.atom(a, evidence.Own, evidence.Risk)
			}
		}
		for _, l := range through[int32(at)] {
			m.putWay(c, l)
		}
		p.entries.to = int32(len(m.entries))
		m.extraAt[comp.subject] = int32(len(m.points))
		m.points = append(m.points, p)
	}
}

func (m *model) addDevicePoint(c *compiler, s, i int32) {
	d := &m.inv.Devices[i]
	p := point{station: s, device: i, line: -1, host: -1, ping: d.Address.IsValid(),
		entries: span{from: int32(len(m.entries))}, segs: span{from: int32(len(m.segsOf))}}
	c.begin()
	if p.ping {
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
func (m *model) putChain(c *compiler, s, i int32) {
	id := m.inv.Devices[i].ID
	if w, ok := m.chain(c.ways, s, id); ok {
		for _, a := range w.atoms {
			c.atom(a, evidence.Path, evidence.Path)
		}
		m.putSegments(c, w.segs)
	}
	c.atom(i, evidence.Self, evidence.SelfPower)
}

func (m *model) putSegments(c *compiler, segs []int32) {
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

// putFarEnd puts what stands between a near end's port and the unmanaged unit
// behind it, and what stands behind the unit.
func (m *model) putFarEnd(c *compiler, p *point, i int32, near inventory.PortRef) {
	p.host = -1
	if h, ok := m.deviceAt[near.Device]; ok {
		p.host = h
	}
	between := map[int32]bool{}
	if nearLink, joined := m.inv.LinkAtPort(near); joined {
		between[m.linkAt[nearLink.ID]] = true
	}
	// An ONU hangs on its port through splitters, which nobody asks.
	if path, ok := m.inv.Chain(m.inv.Stations[0].ID, m.inv.Devices[i].ID); ok {
		if at := slices.Index(path.Devices, near.Device); at >= 0 {
			for _, id := range path.Links[at:] {
				between[m.linkAt[id]] = true
			}
			for _, id := range path.Devices[at+1 : len(path.Devices)-1] {
				c.atom(m.deviceAt[id], evidence.Link, evidence.Risk)
			}
		}
	}
	for _, l := range slices.Sorted(maps.Keys(between)) {
		c.atom(m.linkAtom(l), evidence.Link, evidence.Risk)
	}
	for _, l := range m.inv.LinksAt(m.inv.Devices[i].ID) {
		link := &m.inv.Links[l]
		if between[int32(l)] {
			continue
		}
		other := link.A.Device
		if other == m.inv.Devices[i].ID {
			other = link.Z.Device
		}
		if other == near.Device {
			c.atom(m.linkAtom(int32(l)), evidence.Link, evidence.Risk)
			continue
		}
		c.put(m.atomComps[m.linkAtom(int32(l))][0], evidence.Beyond)
		c.put(m.atomComps[m.deviceAt[other]][0], evidence.Beyond)
	}
}

func (m *model) addLinePoint(c *compiler, s, i, end int32) {
	l := &m.inv.Lines[i]
	ref, target := l.A, l.Target
	if end == 1 {
		ref, target = l.Z, l.TargetZ
	}
	p := point{station: s, device: m.deviceAt[ref.Device], line: i, host: -1, end: uint8(end), ping: target.IsValid() && active(l),
		entries: span{from: int32(len(m.entries))}, segs: span{from: int32(len(m.segsOf))}}
	if p.ping || m.watched(l, end) {
		c.begin()
		if p.ping {
			c.put(m.stations[s], evidence.Station)
		}
		m.putChain(c, s, p.device)
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
func (m *model) putWay(c *compiler, line int32) {
	w := &m.lines[line]
	for _, comp := range m.lineComps[w.comps.from:w.comps.to] {
		c.put(comp, evidence.Way)
	}
}

// passThrough lists for each client's port the lines that end there and pass a
// loss of the link on to the other end.
func (m *model) passThrough() map[int32][]int32 {
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
func (m *model) watched(l *inventory.Line, end int32) bool {
	return active(l) && (end == 0 || len(m.inv.Watches) > 0)
}

func active(l *inventory.Line) bool { return l.State == inventory.Active || l.State == "" }

// addLinkPort makes the point of a link's port, as the device there tells it.
func (m *model) addLinkPort(c *compiler, link int32, here, there inventory.PortRef) {
	i, j := m.deviceAt[here.Device], m.deviceAt[there.Device]
	c.begin()
	p := point{station: -1, device: i, line: -1, host: i, entries: span{from: int32(len(m.entries))}}
	c.atom(m.linkAtom(link), evidence.Link, evidence.Risk)
	c.atom(j, evidence.Peer, evidence.PeerPower)
	p.entries.to = int32(len(m.entries))
	m.points = append(m.points, p)
}

// pointOf finds the point of a subject as a station sees it.
func (m *model) pointOf(station int32, s symptom.Subject, end string) (int32, bool) {
	inv := m.inv
	if station < 0 {
		station = 0
	}
	base := station * int32(len(inv.Devices)+2*len(inv.Lines))
	switch s.Kind() {
	case symptom.DeviceSubject:
		d, ok := m.deviceAt[s.ID()]
		return base + d, ok
	case symptom.LineSubject:
		l, ok := m.lineAt[s.ID()]
		at := base + int32(len(inv.Devices)) + 2*l
		if end == string(inventory.EndZ) {
			at++
		}
		return at, ok
	case symptom.PortSubject:
		ref := portRef(s)
		if l, ok := inv.LinkAtPort(ref); ok {
			at := m.portBase + 2*m.linkAt[l.ID]
			if l.A != ref {
				at++
			}
			return at, true
		}
	}
	at, ok := m.extraAt[s]
	return at, ok
}

// subjectOf is the inverse of pointOf.
func (m *model) subjectOf(at int32) (symptom.Subject, string) {
	inv := m.inv
	p := &m.points[at]
	switch {
	case p.line >= 0:
		if p.end == 1 {
			return symptom.Line(inv.Lines[p.line].ID), string(inventory.EndZ)
		}
		return symptom.Line(inv.Lines[p.line].ID), string(inventory.EndA)
	case at < m.portBase:
		return symptom.Device(inv.Devices[p.device].ID), ""
	case at < m.portBase+2*int32(len(inv.Links)):
		l := &inv.Links[(at-m.portBase)/2]
		ref := l.A
		if (at-m.portBase)%2 == 1 {
			ref = l.Z
		}
		return symptom.Port(ref.Device, ref.Port), ""
	}
	return m.comps[m.entries[p.entries.from].comp()].subject, ""
}
