package watch

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
)

// Endpoint is where a target answers: customers' private addresses overlap, so
// that an address alone does not name it.
type Endpoint struct {
	VRF  string
	Addr netip.Addr
}

func (e Endpoint) String() string {
	if e.VRF == "" {
		return e.Addr.String()
	}
	return e.VRF + "|" + e.Addr.String()
}

// Plan is what one revision of the inventory asks of one collector.
type Plan struct {
	Inventory *inventory.Inventory
	Station   string
	Polls     []string          // devices asked by SNMP
	Unpolled  map[string]string // device -> why it is not; "": it has no credential
	Lines     []Line            // active ones

	gateway string // device to which the station is attached
	targets []*planned
}

// planned is one target as the inventory asks for it.
type planned struct {
	at        Endpoint
	interval  time.Duration
	about     []symptom.Place // what its answers speak of
	device    string          // whose management address this is, if it is one
	upstream  []string        // devices towards the station, nearest first
	shared    []string        // links and cables on the way, from the target inwards
	reporters []string        // devices that see the other side of its access
	gateway   bool            // of the station's own device
	skip      string          // why it cannot be pinged
}

// planner makes a plan.
type planner struct {
	*Plan
	cfg Config
	inv *inventory.Inventory
	at  map[Endpoint]*planned
}

// NewPlan works out everything that does not depend on time. credentials are
// the names of those that the caller has.
func NewPlan(
	cfg Config, observer symptom.Subject, inv *inventory.Inventory, credentials map[string]bool,
) (*Plan, error) {
	station, ok := inv.StationOf(string(observer))
	if !ok {
		return nil, fmt.Errorf("inventory %s has no station for collector %s", inv.Revision, observer.ID())
	}
	p := planner{cfg: cfg, inv: inv, at: map[Endpoint]*planned{}, Plan: &Plan{
		Inventory: inv, Station: station.ID, gateway: station.Attached, Unpolled: map[string]string{},
	}}
	pace := paces(cfg, inv)
	for i := range inv.Devices {
		p.addDevice(&inv.Devices[i], pace[inv.Devices[i].ID])
	}
	for i := range inv.Lines {
		if inv.Lines[i].State == inventory.Active {
			p.addLine(&inv.Lines[i])
		}
	}
	p.refuseOverlaps()
	p.planPolls(credentials)
	return p.Plan, nil
}

// target is the one at an endpoint; of several intervals the shortest counts.
func (p *planner) target(vrf string, addr netip.Addr, every time.Duration) *planned {
	at := Endpoint{vrf, addr.Unmap()}
	t := p.at[at]
	if t == nil {
		t = &planned{at: at, interval: every}
		p.at[at] = t
		p.targets = append(p.targets, t)
	}
	t.interval = min(t.interval, every)
	return t
}

func (p *planner) addDevice(d *inventory.Device, every time.Duration) {
	if !d.Address.IsValid() {
		return
	}
	t := p.target(d.VRF, d.Address, every)
	t.about = append(t.about, symptom.PlaceOf(symptom.Device(d.ID), ""))
	t.device = d.ID
	t.gateway = t.gateway || d.ID == p.gateway
	p.trace(t, d.ID)
}

// addLine adds the targets that prove the line's service, and the ports that
// prove its access.
func (p *planner) addLine(l *inventory.Line) {
	watches := p.inv.WatchesOf(l)
	line := Line{ID: l.ID}
	for _, w := range watches {
		switch {
		case w.Method == inventory.Ping && w.Proves == inventory.ProvesService:
			if t := p.addService(l, w, watches); t != nil {
				line.serve(string(w.End), t.at)
			}
		case w.Method == inventory.PortState || w.Method == inventory.OAM:
			line.access(p.inv, string(w.End), inventory.ParsePortRef(w.Object))
		}
	}
	p.Lines = append(p.Lines, line)
}

func (p *planner) addService(l *inventory.Line, w inventory.Watch, watches []inventory.Watch) *planned {
	addr, err := netip.ParseAddr(w.Object)
	if err != nil {
		return nil // the inventory has checked it
	}
	t := p.target(w.VRF, addr, p.cfg.interval(l.Grade))
	t.about = append(t.about, symptom.PlaceOf(symptom.Line(l.ID), string(w.End)))
	ref := l.A
	if w.End == inventory.EndZ {
		ref = l.Z
	}
	if len(t.upstream) == 0 {
		p.trace(t, ref.Device)
		d, ok := p.inv.Device(ref.Device)
		if ok && d.Address.IsValid() && (d.Address != addr || d.VRF != w.VRF) {
			t.upstream = append([]string{ref.Device}, t.upstream...)
		}
	}
	for _, other := range watches {
		if other.End == w.End && other.Reporter != "" && !slices.Contains(t.reporters, other.Reporter) {
			t.reporters = append(t.reporters, other.Reporter)
		}
	}
	return t
}

// refuseOverlaps marks what a ping from here could not tell apart: where the
// same address is used in several VRFs, only the one outside of them is ours.
func (p *planner) refuseOverlaps() {
	users := map[netip.Addr]int{}
	for _, t := range p.targets {
		users[t.at.Addr]++
	}
	for _, t := range p.targets {
		if users[t.at.Addr] > 1 && t.at.VRF != "" {
			t.skip = fmt.Sprintf("address %s is used in more than one VRF", t.at.Addr)
		}
	}
}

// planPolls decides who is asked by SNMP.
func (p *planner) planPolls(credentials map[string]bool) {
	for i := range p.inv.Devices {
		d := &p.inv.Devices[i]
		switch {
		case !d.Address.IsValid():
		case d.Credential == "":
			p.Unpolled[d.ID] = ""
		case !credentials[d.Credential]:
			p.Unpolled[d.ID] = fmt.Sprintf("credential %q is not in the secrets", d.Credential)
		default:
			p.Polls = append(p.Polls, d.ID)
		}
	}
}

// Targets is how many targets are pinged at each interval.
func (p *Plan) Targets() map[time.Duration]int {
	n := map[time.Duration]int{}
	for _, t := range p.targets {
		if t.skip == "" {
			n[t.interval]++
		}
	}
	return n
}

// reporter is the device that is asked about a device: a far end's near end.
func (p *Plan) reporter(device string) string {
	if d, ok := p.Inventory.Device(device); ok && !d.NearEnd.IsZero() {
		return d.NearEnd.Device
	}
	return device
}
