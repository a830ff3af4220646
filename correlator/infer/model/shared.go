package model

import (
	"maps"
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// shares are the atoms that are lost together, by the id of what they share.
type shares struct {
	cable, duct, power, building, card map[string][]int32
}

// addShared makes components of what takes several others away at once:
// cables, ducts, cards, site power, buildings.
func (m *Model) addShared() {
	by := shares{cable: map[string][]int32{}, duct: map[string][]int32{}, power: map[string][]int32{},
		building: map[string][]int32{}, card: map[string][]int32{}}
	m.addCables(&by)
	for i := range m.inv.Devices {
		if d := &m.inv.Devices[i]; d.Site != "" && d.Kind != inventory.Splitter { // glass needs no power
			by.power[d.Site] = append(by.power[d.Site], int32(i))
		}
	}
	m.gatherRisks(&by)
	for _, id := range slices.Sorted(maps.Keys(by.duct)) {
		m.addRisk(symptom.Duct(id), m.layerOf("", by.duct[id]), by.duct[id], false)
	}
	for _, id := range slices.Sorted(maps.Keys(by.power)) {
		site, ok := m.inv.Site(id)
		m.addRisk(symptom.Power(id), m.layerOf("", by.power[id]), by.power[id], ok && site.Kind == inventory.CustomerSite)
	}
	for _, id := range slices.Sorted(maps.Keys(by.building)) {
		m.addRisk(symptom.Building(id), m.layerOf("", by.building[id]), by.building[id], false)
	}
	for _, id := range slices.Sorted(maps.Keys(by.card)) {
		m.addRisk(symptom.Of(symptom.CardSubject, id), m.layerOf("", by.card[id]), by.card[id], false)
	}
}

// addCables makes components of the cables that carry a link, and gathers their ducts.
func (m *Model) addCables(by *shares) {
	for i := range m.inv.Links {
		for _, c := range m.inv.Links[i].Cables {
			by.cable[c] = append(by.cable[c], m.linkAtom(int32(i)))
		}
	}
	for i := range m.inv.Cables {
		c := &m.inv.Cables[i]
		atoms := by.cable[c.ID]
		if len(atoms) == 0 {
			continue
		}
		m.addRisk(symptom.Cable(c.ID), m.layerOf(c.Layer, atoms), atoms, false)
		for _, d := range c.Ducts {
			by.duct[d] = append(by.duct[d], atoms...)
		}
	}
}

// gatherRisks takes in what the inventory names as shared.
func (m *Model) gatherRisks(by *shares) {
	kinds := map[inventory.RiskKind]map[string][]int32{inventory.DuctRisk: by.duct, inventory.PowerRisk: by.power,
		inventory.BuildingRisk: by.building, inventory.CardRisk: by.card}
	for i := range m.inv.Risks {
		r := &m.inv.Risks[i]
		var atoms []int32
		for _, member := range r.Members {
			atoms = append(atoms, m.atomsOf(symptom.Subject(member), by.cable, by.power)...)
		}
		if to := kinds[r.Kind]; to != nil {
			to[r.ID] = append(to[r.ID], atoms...)
		}
	}
}

func (m *Model) addRisk(s symptom.Subject, layer inventory.Layer, atoms []int32, customer bool) {
	atoms = slices.Clone(atoms)
	slices.Sort(atoms)
	atoms = slices.Compact(atoms)
	if len(atoms) == 0 {
		return
	}
	c := Component{Subject: s, Kind: s.Kind(), Domain: domainOf(layer), Tech: m.riskTech(s.Kind(), layer),
		Atoms: atoms, Device: -1,
		Prior: evidence.Prior(evidence.Part{Kind: s.Kind(), Layer: layer, Customer: customer})}
	if customer {
		c.Domain = verdict.Premises
	}
	if s.Kind() == symptom.CardSubject {
		if at, ok := m.deviceAt[s.Device()]; ok {
			d := &m.inv.Devices[at]
			c.Device, c.Domain, c.Tech = at, domainOf(d.Layer), string(d.Technology)
		}
	}
	at := m.add(c)
	for _, a := range atoms {
		m.atomComps[a] = append(m.atomComps[a], at)
	}
}

func (m *Model) riskTech(kind symptom.SubjectKind, layer inventory.Layer) string {
	switch {
	case kind == symptom.PowerSubject || kind == symptom.BuildingSubject:
		return string(inventory.Power)
	case layer == inventory.Tail || layer == inventory.Premises:
		return string(inventory.Access)
	}
	return string(inventory.Transmission)
}

// atomsOf resolves a member of a risk.
func (m *Model) atomsOf(s symptom.Subject, byCable, bySite map[string][]int32) []int32 {
	switch s.Kind() {
	case symptom.DeviceSubject:
		if d, ok := m.deviceAt[s.ID()]; ok {
			return []int32{d}
		}
	case symptom.LinkSubject:
		if l, ok := m.linkAt[s.ID()]; ok {
			return []int32{m.linkAtom(l)}
		}
	case symptom.CableSubject:
		return byCable[s.ID()]
	case symptom.PowerSubject:
		return bySite[s.ID()]
	case symptom.PortSubject:
		ref := portRef(s)
		if l, ok := m.inv.LinkAtPort(ref); ok {
			return []int32{m.linkAtom(m.linkAt[l.ID])}
		}
		if a, ok := m.portAtom[ref]; ok {
			return []int32{a}
		}
	case symptom.LineSubject:
		if l, ok := m.lineAt[s.ID()]; ok {
			if a, ok := m.portAtom[m.inv.Lines[l].A]; ok {
				return []int32{a}
			}
		}
	}
	return nil
}
