package collector

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
)

// place names a target: customers' private addresses overlap, so that an
// address alone does not.
type place struct {
	vrf  string
	addr netip.Addr
}

func (p place) String() string {
	if p.vrf == "" {
		return p.addr.String()
	}
	return p.vrf + "|" + p.addr.String()
}

// planned is one target as the inventory asks for it.
type planned struct {
	at        place
	interval  time.Duration
	about     []symptom.Place // what its answers speak of
	device    string          // whose management address this is, if it is one
	upstream  []string        // devices towards the station, nearest first
	shared    []string        // links and cables on the way, from the target inwards
	reporters []string        // devices that see the other side of its access
	gateway   bool            // of the station's own device
	skip      string          // why it cannot be pinged
}

// plan is what one revision of the inventory asks of this collector.
type plan struct {
	inv     *inventory.Inventory
	station string
	gateway string // device to which the station is attached
	targets []*planned
	polls   []snmp.Target
	noPoll  map[string]string // device -> why it is not polled
	lines   []lineView
}

// How far a first miss is followed up.
const (
	upstreamAsked = 3 // devices towards the station
	sharedLinks   = 6 // links whose other users are asked
)

// newPlan works out everything that does not depend on time.
func newPlan(cfg Config, inv *inventory.Inventory) (*plan, error) {
	station, ok := inv.StationOf("collector/" + cfg.ID)
	if !ok {
		return nil, fmt.Errorf("inventory %s has no station for collector %s", inv.Revision, cfg.ID)
	}
	p := &plan{inv: inv, station: station.ID, gateway: station.Attached}
	at := map[place]*planned{}
	get := func(vrf string, addr netip.Addr, every time.Duration) *planned {
		where := place{vrf, addr.Unmap()}
		t := at[where]
		if t == nil {
			t = &planned{at: where, interval: every}
			at[where] = t
			p.targets = append(p.targets, t)
		}
		t.interval = min(t.interval, every)
		return t
	}

	every := paces(cfg, inv)
	for i := range inv.Devices {
		d := &inv.Devices[i]
		if !d.Address.IsValid() {
			continue
		}
		t := get(d.VRF, d.Address, every[d.ID])
		t.about = append(t.about, symptom.PlaceOf(symptom.Device(d.ID), ""))
		t.device = d.ID
		t.gateway = t.gateway || d.ID == p.gateway
		p.trace(t, d.ID)
	}
	for i := range inv.Lines {
		l := &inv.Lines[i]
		if l.State == inventory.Active {
			p.addLine(cfg, l, get)
		}
	}
	p.refuseOverlaps()
	p.planPolls(cfg)
	return p, nil
}

// addLine adds the targets that prove the line's service, and its view.
func (p *plan) addLine(cfg Config, l *inventory.Line, get func(string, netip.Addr, time.Duration) *planned) {
	watches := p.inv.WatchesOf(l)
	view := newLineView(p.inv, l)
	for _, w := range watches {
		end := string(w.End)
		switch {
		case w.Method == inventory.Ping && w.Proves == inventory.ProvesService:
			addr, err := netip.ParseAddr(w.Object)
			if err != nil {
				continue // the inventory has checked it
			}
			t := get(w.VRF, addr, cfg.interval(l.Grade))
			t.about = append(t.about, symptom.PlaceOf(symptom.Line(l.ID), end))
			ref := l.A
			if w.End == inventory.EndZ {
				ref = l.Z
			}
			if len(t.upstream) == 0 {
				p.trace(t, ref.Device)
				if d, ok := p.inv.Device(ref.Device); ok && d.Address.IsValid() && (d.Address != addr || d.VRF != w.VRF) {
					t.upstream = append([]string{ref.Device}, t.upstream...)
				}
			}
			for _, other := range watches {
				if other.End == w.End && other.Reporter != "" && !slices.Contains(t.reporters, other.Reporter) {
					t.reporters = append(t.reporters, other.Reporter)
				}
			}
			view.serve(end, t.at)
		case w.Method == inventory.PortState || w.Method == inventory.OAM:
			view.access(p.inv, end, inventory.ParsePortRef(w.Object))
		}
	}
	p.lines = append(p.lines, view)
}

// trace notes what lies between the station and a device.
func (p *plan) trace(t *planned, device string) {
	path, ok := p.inv.Chain(p.station, device)
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
		link, ok := p.inv.Link(path.Links[i])
		if !ok {
			continue
		}
		t.shared = append(t.shared, sharedBy(link)...)
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

// refuseOverlaps marks what a ping from here could not tell apart: where the
// same address is used in several VRFs, only the one outside of them is ours.
func (p *plan) refuseOverlaps() {
	users := map[netip.Addr]int{}
	for _, t := range p.targets {
		users[t.at.addr]++
	}
	for _, t := range p.targets {
		if users[t.at.addr] > 1 && t.at.vrf != "" {
			t.skip = fmt.Sprintf("address %s is used in more than one VRF", t.at.addr)
		}
	}
}

// planPolls decides who is asked by SNMP, and how.
func (p *plan) planPolls(cfg Config) {
	p.noPoll = map[string]string{}
	for _, t := range snmp.Targets(p.inv) {
		d, _ := p.inv.Device(t.ID)
		if d.Credential == "" {
			p.noPoll[d.ID] = ""
			continue
		}
		credential, ok := cfg.Credentials[d.Credential]
		if !ok {
			p.noPoll[d.ID] = fmt.Sprintf("credential %q is not in the secrets", d.Credential)
			continue
		}
		t.Credential, t.Interval = credential, cfg.PollInterval
		if cfg.PollPort != 0 {
			t.Address = netip.AddrPortFrom(t.Address.Addr(), cfg.PollPort)
		}
		p.polls = append(p.polls, t)
	}
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
