package model

import (
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// addParts makes a component of each device, link and customer's port.
func (m *Model) addParts() {
	inv := m.inv
	for i := range inv.Devices {
		d := &inv.Devices[i]
		m.add(Component{Subject: symptom.Device(d.ID), Kind: symptom.DeviceSubject, Domain: domainOf(d.Layer),
			Tech: string(d.Technology), Atoms: []int32{int32(i)}, Device: int32(i),
			Prior: evidence.Prior(evidence.Part{Kind: symptom.DeviceSubject, Layer: d.Layer, Device: d.Kind})})
	}
	for i := range inv.Links {
		l := &inv.Links[i]
		m.add(Component{Subject: symptom.Link(l.ID), Kind: symptom.LinkSubject, Domain: domainOf(l.Layer),
			Tech: m.linkTech(l), Atoms: []int32{m.linkAtom(int32(i))}, Device: -1,
			Prior: evidence.Prior(evidence.Part{Kind: symptom.LinkSubject, Layer: l.Layer})})
	}
	m.atomComps = make([][]int32, len(inv.Devices)+len(inv.Links))
	for i := range m.comps {
		m.atomComps[i] = []int32{int32(i)}
	}
	for i := range inv.Lines {
		m.addPort(inv.Lines[i].A)
		m.addPort(inv.Lines[i].Z)
	}
}

// addPort makes a component of a port at which a line ends, unless a link does.
func (m *Model) addPort(ref inventory.PortRef) {
	if ref.Port == "" {
		return
	}
	if _, known := m.portAtom[ref]; known {
		return
	}
	if _, linked := m.inv.LinkAtPort(ref); linked {
		return
	}
	at, ok := m.deviceAt[ref.Device]
	if !ok {
		return
	}
	d := &m.inv.Devices[at]
	domain := verdict.Premises // the customer's cord or equipment
	if d.Layer == inventory.Core || d.Layer == inventory.Backbone {
		domain = domainOf(d.Layer)
	}
	atom := int32(len(m.atomComps))
	m.portAtom[ref] = atom
	c := m.add(Component{Subject: symptom.Port(ref.Device, ref.Port), Kind: symptom.PortSubject, Domain: domain,
		Tech: string(d.Technology), Atoms: []int32{atom}, Device: at,
		Prior: evidence.Prior(evidence.Part{Kind: symptom.PortSubject, Layer: d.Layer})})
	m.atomComps = append(m.atomComps, []int32{c})
}

func (m *Model) add(c Component) int32 {
	at := int32(len(m.comps))
	m.comps = append(m.comps, c)
	m.compAt[c.Subject] = at
	return at
}

// addStations makes a component of each station, its uplink included.
func (m *Model) addStations() {
	for i := range m.inv.Stations {
		s := &m.inv.Stations[i]
		m.stations = append(m.stations, m.add(Component{Subject: symptom.Station(s.ID), Kind: symptom.StationSubject,
			Domain: verdict.Monitoring, Device: -1, Prior: evidence.Prior(evidence.Part{Kind: symptom.StationSubject})}))
	}
}

// linkTech is the group that repairs a link: who lays fibre, or who owns the
// inner of two boxes.
func (m *Model) linkTech(l *inventory.Link) string {
	if l.Layer == inventory.Tail || l.Layer == inventory.Premises {
		return string(inventory.Access)
	}
	if l.Medium == inventory.Fiber || l.Medium == inventory.Microwave || l.Medium == "" {
		return string(inventory.Transmission)
	}
	if d, ok := m.inv.Device(l.Z.Device); ok {
		return string(d.Technology)
	}
	return string(inventory.Transmission)
}

func (m *Model) linkAtom(i int32) int32 { return int32(len(m.inv.Devices)) + i }
