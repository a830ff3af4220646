package snmp

import (
	"net/netip"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
)

// Target is one device to be polled, and what the inventory says of its ports.
type Target struct {
	ID         string
	Address    netip.AddrPort
	Credential Credential
	Interval   time.Duration // zero: only when asked
	Profile    string        // by name; empty: by sysObjectID
	Ports      map[string]Port
	All        bool // every port is of interest, whatever the inventory names
}

// Port is what the inventory says of a port: what uses it, and what is seen
// through it.
type Port struct {
	Link     bool   // the end of a link
	Copper   bool   // and of a copper one
	Line     bool   // the customer's end of a line
	FarEnd   string // the unmanaged device that is seen through it
	PeerID   string // the device at the link's other end
	PeerPort string
}

// Targets lists every device of inv that has an address, with the ports that
// the inventory names: ends of links, ends of lines, near ends. Addresses get
// port 161; credential and interval are the caller's to fill in.
func Targets(inv *inventory.Inventory) []Target {
	ports := map[string]map[string]Port{}
	change := func(at inventory.PortRef, f func(*Port)) {
		if at.Device == "" || at.Port == "" {
			return
		}
		if ports[at.Device] == nil {
			ports[at.Device] = map[string]Port{}
		}
		p := ports[at.Device][at.Port]
		f(&p)
		ports[at.Device][at.Port] = p
	}
	for i := range inv.Links {
		l := &inv.Links[i]
		use := func(peer inventory.PortRef) func(*Port) {
			return func(p *Port) {
				p.Link, p.PeerID, p.PeerPort = true, peer.Device, peer.Port
				p.Copper = p.Copper || l.Medium == inventory.Copper
			}
		}
		change(l.A, use(l.Z))
		change(l.Z, use(l.A))
	}
	for i := range inv.Lines {
		if inv.Lines[i].State == inventory.Closed {
			continue
		}
		change(inv.Lines[i].A, func(p *Port) { p.Line = true })
		change(inv.Lines[i].Z, func(p *Port) { p.Line = true })
	}
	for i := range inv.Devices {
		d := &inv.Devices[i]
		change(d.NearEnd, func(p *Port) { p.FarEnd = d.ID })
	}
	var targets []Target
	for i := range inv.Devices {
		d := &inv.Devices[i]
		if d.Address.IsValid() {
			targets = append(targets, Target{ID: d.ID, Address: netip.AddrPortFrom(d.Address, 161), Profile: d.Profile,
				Ports: ports[d.ID]})
		}
	}
	return targets
}

// used tells whether a judge that is meant for these uses applies to the port.
func (p Port) used(uses []string) bool {
	if len(uses) == 0 {
		return true
	}
	for _, use := range uses {
		if use == "link" && p.Link || use == "copper_link" && p.Copper || use == "line" && p.Line || use == "near_end" &&
			p.FarEnd != "" {
			return true
		}
	}
	return false
}
