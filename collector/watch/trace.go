package watch

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
)

// How far a first miss is followed up.
const (
	upstreamAsked = 3 // devices towards the station
	sharedLinks   = 6 // links whose other users are asked
)

// trace notes what lies between the station and a device.
func (p *planner) trace(t *planned, device string) {
	path, ok := p.inv.Chain(p.Station, device)
	if !ok {
		return
	}
	for i := len(path.Devices) - 2; i >= 0; i-- {
		id := path.Devices[i]
		d, ok := p.inv.Device(id)
		if !ok || !d.Address.IsValid() {
			continue
		}
		if len(t.upstream) == 0 && !slices.Contains(t.reporters, id) {
			t.reporters = append(t.reporters, id) // its port towards us may be down
		}
		if len(t.upstream) < upstreamAsked {
			t.upstream = append(t.upstream, id)
		}
	}
	for i := len(path.Links) - 1; i >= 0 && len(path.Links)-i <= sharedLinks; i-- {
		if link, ok := p.inv.Link(path.Links[i]); ok {
			t.shared = append(t.shared, sharedBy(link)...)
		}
	}
}

// sharedBy names what others have in common with a link.
func sharedBy(link *inventory.Link) []string {
	if len(link.Cables) == 0 {
		return []string{"link/" + link.ID}
	}
	var all []string
	for _, c := range link.Cables {
		all = append(all, "cable/"+c)
	}
	return all
}

// paces gives each device the pace of the best line through it.
func paces(cfg Config, inv *inventory.Inventory) map[string]time.Duration {
	every := make(map[string]time.Duration, len(inv.Devices))
	slowest := cfg.interval(inventory.StandardLine)
	for i := range inv.Devices {
		every[inv.Devices[i].ID] = slowest
	}
	for i := range inv.Lines {
		l := &inv.Lines[i]
		if l.State != inventory.Active {
			continue
		}
		pace := cfg.interval(l.Grade)
		if pace >= slowest {
			continue
		}
		devices := []string{l.A.Device, l.Z.Device}
		if path, ok := inv.RouteOf(l); ok {
			devices = append(devices, path.Devices...)
		}
		for _, id := range devices {
			if now, known := every[id]; known && pace < now {
				every[id] = pace
			}
		}
	}
	return every
}
