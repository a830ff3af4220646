package infer

import (
	"maps"
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// addShared makes components of what takes several others away at once:
// cables, ducts, cards, site power, buildings.
func (m *model) addShared() {
	inv := m.inv
	byCable := map[string][]int32{}
	for i := range inv.Links {
		for _, c := range inv.Links[i].Cables {
			byCable[c] = append(byCable[c], m.linkAtom(int32(i)))
		}
	}
	byDuct := map[string][]int32{}
	for i := range inv.Cables {
		c := &inv.Cables[i]
		atoms := byCable[c.ID]
		if len(atoms) == 0 {
			continue
		}
		m.addRisk(symptom.Cable(c.ID), m.layerOf(c.Layer, atoms), atoms, false)
		for _, d := range c.Ducts {
			byDuct[d] = append(byDuct[d], atoms...)
		}
	}
	byPower := map[string][]int32{}
	for i := range inv.Devices {
		if d := &inv.Devices[i]; d.Site != "" && d.Kind != inventory.Splitter { // glass needs no power
			byPower[d.Site] = append(byPower[d.Site], int32(i))
		}
	}
	byBuilding, byCard := map[string][]int32{}, map[string][]int32{}
	for i := range inv.Risks {
		r := &inv.Risks[i]
		var atoms []int32
		for _, member := range r.Members {
			atoms = append(atoms, m.atomsOf(symptom.Subject(member), byCable, byPower)...)
		}
		switch r.Kind {
		case inventory.DuctRisk:
			byDuct[r.ID] = append(byDuct[r.ID], atoms...)
		case inventory.PowerRisk:
			byPower[r.ID] = append(byPower[r.ID], atoms...)
		case inventory.BuildingRisk:
			byBuilding[r.ID] = append(byBuilding[r.ID], atoms...)
		case inventory.CardRisk:
			byCard[r.ID] = append(byCard[r.ID], atoms...)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(byDuct)) {
		m.addRisk(symptom.Duct(id), m.layerOf("", byDuct[id]), byDuct[id], false)
	}
	for _, id := range slices.Sorted(maps.Keys(byPower)) {
		site, ok := inv.Site(id)
		m.addRisk(symptom.Power(id), m.layerOf("", byPower[id]), byPower[id], ok && site.Kind == inventory.CustomerSite)
	}
	for _, id := range slices.Sorted(maps.Keys(byBuilding)) {
		m.addRisk(symptom.Building(id), m.layerOf("", byBuilding[id]), byBuilding[id], false)
	}
	for _, id := range slices.Sorted(maps.Keys(byCard)) {
		m.addRisk(symptom.Of(symptom.CardSubject, id), m.layerOf("", byCard[id]), byCard[id], false)
	}
}

func (m *model) addRisk(s symptom.Subject, layer inventory.Layer, atoms []int32, customer bool) {
	atoms = slices.Clone(atoms)
	slices.Sort(atoms)
	atoms = slices.Compact(atoms)
	if len(atoms) == 0 {
		return
	}
	c := component{subject: s, kind: s.Kind(), domain: domainOf(layer), tech: m.riskTech(s.Kind(), layer), atoms: atoms, device: -1,
		prior: evidence.Prior(evidence.Part{Kind: s.Kind(), Layer: layer, Customer: customer})}
	if customer {
		c.domain = verdict.Premises
	}
	if s.Kind() == symptom.CardSubject {
		if at, ok := m.deviceAt[s.Device()]; ok {
			d := &m.inv.Devices[at]
			c.device, c.domain, c.tech = at, domainOf(d.Layer), string(d.Technology)
		}
	}
	at := m.add(c)
	for _, a := range atoms {
		m.atomComps[a] = append(m.atomComps[a], at)
	}
}

func (m *model) riskTech(kind symptom.SubjectKind, layer inventory.Layer) string {
	switch {
	case kind == symptom.PowerSubject || kind == symptom.BuildingSubject:
		return string(inventory.Power)
	case layer == inventory.Tail || layer == inventory.Premises:
		return string(inventory.Access)
	}
	return string(inventory.Transmission)
}

// layerOf is the given layer, or else that of the innermost part.
func (m *model) layerOf(given inventory.Layer, atoms []int32) inventory.Layer {
	if given != "" {
		return given
	}
	var layer inventory.Layer
	devices := int32(len(m.inv.Devices))
	for _, a := range atoms {
		switch {
		case a < devices:
			layer = innermost(layer, m.inv.Devices[a].Layer)
		case a < devices+int32(len(m.inv.Links)):
			layer = innermost(layer, m.inv.Links[a-devices].Layer)
		}
	}
	return layer
}

// atomsOf resolves a member of a risk.
func (m *model) atomsOf(s symptom.Subject, byCable, bySite map[string][]int32) []int32 {
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
