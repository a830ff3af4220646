package model

import (
	"maps"
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/correlator/evidence"
)

// putFarEnd puts what stands between a near end's port and the unmanaged unit
// behind it, and what stands behind the unit.
func (m *Model) putFarEnd(c *compiler, p *Point, i int32, near inventory.PortRef) {
	p.Host = -1
	if h, ok := m.deviceAt[near.Device]; ok {
		p.Host = h
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
