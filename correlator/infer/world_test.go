package infer_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// town is a small carrier: three core routers in a routed core, an MSTP ring of
// five nodes homed on two of them, chassis on ring nodes with transceiver pairs
// to customers, and routers that hang on a ring node directly. The station
// stands at the third core router.
//
//	CR3 - CR1, CR3 - CR2, CR1 - CR2 (core); CR1-N1-N2-N3-N4-N5-CR2 (ring-1)
//	CHn hangs on Nn; slots s=1..4 of each chassis lead to FE-n-s and CPE-n-s.
//	Slots 1..3 of a chassis share the cable CBL-T-n; slot 4 has its own.
func town(t testing.TB) *inventory.Inventory {
	t.Helper()
	inv := &inventory.Inventory{}
	inv.Customers = []inventory.Customer{{ID: "C1", Name: "C1", Grade: inventory.Gold}}
	site := func(id string, kind inventory.SiteKind) {
		inv.Sites = append(inv.Sites, inventory.Site{ID: id, Name: id, Kind: kind})
	}
	n := 0
	device := func(id string, kind inventory.DeviceKind, site string, layer inventory.Layer, tech inventory.Technology, managed bool) *inventory.Device {
		d := inventory.Device{ID: id, Name: id, Kind: kind, Site: site, Layer: layer, Technology: tech}
		if managed {
			n++
			d.Address = netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)})
		}
		inv.Devices = append(inv.Devices, d)
		return &inv.Devices[len(inv.Devices)-1]
	}
	link := func(id, a, z string, layer inventory.Layer, medium inventory.Medium, protection string, cables ...string) {
		inv.Links = append(inv.Links, inventory.Link{ID: id, A: inventory.ParsePortRef(a), Z: inventory.ParsePortRef(z), Layer: layer, Medium: medium, Protection: protection, Cables: cables})
	}
	for i := 1; i <= 3; i++ {
		site(fmt.Sprintf("S-CR%d", i), inventory.Exchange)
		device(fmt.Sprintf("CR%d", i), inventory.Router, fmt.Sprintf("S-CR%d", i), inventory.Core, inventory.Data, true)
	}
	link("L-CR1-CR2", "CR1/c2", "CR2/c1", inventory.Core, inventory.Fiber, "core", "CBL-C-12")
	link("L-CR1-CR3", "CR1/c3", "CR3/c1", inventory.Core, inventory.Fiber, "core", "CBL-C-13")
	link("L-CR2-CR3", "CR2/c3", "CR3/c2", inventory.Core, inventory.Fiber, "core", "CBL-C-23")
	ring := []string{"CR1", "N1", "N2", "N3", "N4", "N5", "CR2"}
	for i := 1; i <= 5; i++ {
		site(fmt.Sprintf("S-N%d", i), inventory.Exchange)
		device(fmt.Sprintf("N%d", i), inventory.MSTP, fmt.Sprintf("S-N%d", i), inventory.Trunk, inventory.Transmission, true)
		device(fmt.Sprintf("CH%d", i), inventory.Chassis, fmt.Sprintf("S-N%d", i), inventory.Tail, inventory.Access, true)
	}
	for i := 0; i+1 < len(ring); i++ {
		link(fmt.Sprintf("L-R%d", i), ring[i]+"/e", ring[i+1]+"/w", inventory.Trunk, inventory.Fiber, "ring-1", fmt.Sprintf("CBL-R-%d", i))
	}
	for i := 1; i <= 5; i++ {
		link(fmt.Sprintf("L-U%d", i), fmt.Sprintf("CH%d/up", i), fmt.Sprintf("N%d/ch", i), inventory.Trunk, inventory.Internal, "")
		for s := 1; s <= 4; s++ {
			at := fmt.Sprintf("%d-%d", i, s)
			site("S-"+at, inventory.CustomerSite)
			device("FE-"+at, inventory.Transceiver, "S-"+at, inventory.Premises, inventory.Access, false).NearEnd = inventory.ParsePortRef(fmt.Sprintf("CH%d/1/%d", i, s))
			cpe := device("CPE-"+at, inventory.CPE, "S-"+at, inventory.Premises, inventory.Data, true)
			cable := fmt.Sprintf("CBL-T-%d", i)
			if s == 4 {
				cable = "CBL-D-" + at
			}
			link("L-T-"+at, fmt.Sprintf("CH%d/1/%d", i, s), "FE-"+at+"/opt", inventory.Tail, inventory.Fiber, "", cable)
			link("L-P-"+at, "FE-"+at+"/eth", "CPE-"+at+"/wan", inventory.Premises, inventory.Copper, "")
			l := inventory.Line{ID: "LN-" + at, Customer: "C1", Product: "internet", Grade: inventory.AA, Protected: true,
				A: inventory.ParsePortRef("CPE-" + at + "/lan"), Z: inventory.PortRef{Device: "CR3"}}
			a := cpe.Address.As4()
			a[1] = 19
			l.Target = netip.AddrFrom4(a)
			inv.Lines = append(inv.Lines, l)
		}
	}
	inv.Stations = []inventory.Station{{ID: "st1", Name: "st1", Attached: "CR3"}}
	if err := inv.Build(); err != nil {
		t.Fatalf("town: %v", err)
	}
	return inv
}

// noc drives an engine as a person would tell a story, and keeps what it said.
type noc struct {
	t    testing.TB
	e    *infer.Engine
	now  time.Time
	said []verdict.Verdict
	last map[string]verdict.Verdict
}

func newNOC(t testing.TB, inv *inventory.Inventory) *noc {
	return &noc{t: t, e: infer.New(inv, infer.Defaults()), now: noon, last: map[string]verdict.Verdict{}}
}

// wait lets time pass.
func (n *noc) wait(d time.Duration) {
	n.t.Helper()
	until := n.now.Add(d)
	for {
		at, ok := n.e.Deadline()
		if !ok || at.After(until) {
			break
		}
		if at.Before(n.now) {
			at = n.now
		}
		n.now = at
		n.keep(n.e.Advance(at))
	}
	n.now = until
}

func (n *noc) keep(all []verdict.Verdict) {
	n.t.Helper()
	for _, v := range all {
		if old := n.last[v.ID]; v.Version <= old.Version {
			n.t.Fatalf("%s: version %d after %d", v.ID, v.Version, old.Version)
		}
		n.last[v.ID] = v
		n.said = append(n.said, v)
	}
}

// raise raises kinds on a subject, now.
func (n *noc) raise(subject string, kinds ...symptom.Kind) {
	n.t.Helper()
	n.tell(symptom.Raised, n.now, subject, kinds...)
}

func (n *noc) tell(state symptom.State, since time.Time, subject string, kinds ...symptom.Kind) {
	n.t.Helper()
	for _, k := range kinds {
		s := symptom.Symptom{Observer: "collector/c1", Subject: symptom.Subject(subject), Kind: k, State: state, Since: since, At: n.now}
		if state == symptom.Cleared {
			s.ClearedAt = n.now
		}
		if err := s.Validate(); err != nil {
			n.t.Fatal(err)
		}
		n.e.Apply(n.now, symptom.Report{Symptom: &s})
	}
}

// sweep says that everything was swept from now on, and a second passes.
func (n *noc) sweep() {
	n.t.Helper()
	started := n.now
	n.wait(time.Second)
	for _, method := range []string{"icmp", "snmp"} {
		n.e.Apply(n.now, symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: "c1", Station: "st1", Method: method, SweepStarted: started, SweepEnded: n.now, At: n.now}})
	}
}

// open lists the open verdicts.
func (n *noc) open() []verdict.Verdict {
	var out []verdict.Verdict
	for _, v := range n.last {
		if v.State == verdict.Open {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b verdict.Verdict) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// one expects exactly one open verdict.
func (n *noc) one() verdict.Verdict {
	n.t.Helper()
	all := n.open()
	if len(all) != 1 {
		n.t.Fatalf("%d open verdicts, want one:%s", len(all), show(all...))
	}
	return all[0]
}

func (n *noc) none() {
	n.t.Helper()
	if all := n.open(); len(all) != 0 {
		n.t.Fatalf("want no open verdict:%s", show(all...))
	}
}

func show(all ...verdict.Verdict) string {
	var b strings.Builder
	for _, v := range all {
		v.Evidence = verdict.Evidence{}
		j, _ := json.Marshal(v)
		fmt.Fprintf(&b, "\n  %s", j)
	}
	return b.String()
}

func (n *noc) silence(at string) {
	n.raise("device/CPE-"+at, symptom.Unreachable)
	n.raise("line/LN-"+at, symptom.Unreachable)
}
