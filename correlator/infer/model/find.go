package model

import (
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
)

// PointOf finds the point of a subject as a station sees it.
func (m *Model) PointOf(station int32, s symptom.Subject, end string) (int32, bool) {
	inv := m.inv
	if station < 0 {
		station = 0
	}
	base := station * int32(m.perStation())
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

// SubjectOf is the inverse of PointOf.
func (m *Model) SubjectOf(at int32) (symptom.Subject, string) {
	inv := m.inv
	p := &m.points[at]
	switch {
	case p.Line >= 0:
		if p.End == 1 {
			return symptom.Line(inv.Lines[p.Line].ID), string(inventory.EndZ)
		}
		return symptom.Line(inv.Lines[p.Line].ID), string(inventory.EndA)
	case at < m.portBase:
		return symptom.Device(inv.Devices[p.Device].ID), ""
	case at < m.portBase+2*int32(len(inv.Links)):
		l := &inv.Links[(at-m.portBase)/2]
		ref := l.A
		if (at-m.portBase)%2 == 1 {
			ref = l.Z
		}
		return symptom.Port(ref.Device, ref.Port), ""
	}
	return m.comps[m.entries[p.entries.from].Comp()].Subject, ""
}

// LinePoints are the points of a line's ends as a station sees them.
func (m *Model) LinePoints(station, line int32) (a, z int32) {
	base := station*int32(m.perStation()) + int32(len(m.inv.Devices))
	return base + 2*line, base + 2*line + 1
}

// DevicePoint is the point of a device as a station sees it.
func (m *Model) DevicePoint(station, device int32) int32 {
	return station*int32(m.perStation()) + device
}

// portRef is the port of a subject "port/DEVICE/IFNAME".
func portRef(s symptom.Subject) inventory.PortRef {
	return inventory.PortRef{Device: s.Device(), Port: s.Part()}
}

// perStation is how many points of devices and lines each station has.
func (m *Model) perStation() int { return len(m.inv.Devices) + 2*len(m.inv.Lines) }

// WorkedOn resolves the subject of planned work to a component: a port to its link.
func (m *Model) WorkedOn(s symptom.Subject) (int32, bool) {
	if c, ok := m.compAt[s]; ok {
		return c, true
	}
	if s.Kind() == symptom.PortSubject {
		if l, ok := m.inv.LinkAtPort(portRef(s)); ok {
			return m.compAt[symptom.Link(l.ID)], true
		}
	}
	return 0, false
}

// Parts are the components of the atoms that a component takes away.
func (m *Model) Parts(comp int32) []int32 {
	var out []int32
	for _, a := range m.comps[comp].Atoms {
		out = append(out, m.atomComps[a][0])
	}
	return out
}

// Management tells whether a point shows the management of a customer's end
// and not its service or its access: the CPE's address, an unmanaged unit.
func (m *Model) Management(p int32) bool {
	pt := &m.points[p]
	if pt.Line >= 0 || pt.Device < 0 || p >= m.portBase {
		return false
	}
	d := &m.inv.Devices[pt.Device]
	return d.Kind == inventory.CPE || !d.NearEnd.IsZero()
}

// OtherEnd is the point of the port at the other end of the link, if p is the
// point of a link's port.
func (m *Model) OtherEnd(p int32) (int32, bool) {
	end := p - m.portBase
	if end < 0 || end >= int32(2*len(m.inv.Links)) {
		return 0, false
	}
	return m.portBase + (end ^ 1), true
}
