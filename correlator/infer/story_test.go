package infer_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

func TestACutCableWithSeveralTailsIsNamed(t *testing.T) {
	n := newNOC(t, town(t))
	for _, at := range []string{"2-1", "2-2", "2-3"} {
		n.darken(at)
		n.wait(20 * time.Millisecond)
	}
	n.wait(300 * time.Millisecond)
	for _, at := range []string{"2-1", "2-2", "2-3"} {
		n.silence(at)
	}
	n.wait(5 * time.Second)
	v := n.one()
	if v.FaultDomain != verdict.Tail || !slices.Contains(roots(v), "cable/CBL-T-2") || len(v.Roots) > 2 {
		t.Errorf("want the cable, in the tail:%s", show(v))
	}
	if want := []string{"LN-2-1", "LN-2-2", "LN-2-3"}; !same(v.Lines.Down, want) {
		t.Errorf("down %v, want %v", v.Lines.Down, want)
	}
	if !v.Started.Equal(noon) {
		t.Errorf("started %v, want %v", v.Started, noon)
	}
	if d := v.Decided.Sub(v.Started); d > 2*time.Second && v.Version == 1 {
		t.Errorf("decided after %v", d)
	}
}

func TestACutCableSeenByPingAlone(t *testing.T) {
	n := newNOC(t, town(t))
	n.sweep()
	n.wait(10 * time.Second)
	for _, at := range []string{"2-1", "2-2", "2-3"} {
		n.silence(at)
	}
	n.wait(time.Second)
	n.sweep()
	n.wait(5 * time.Second)
	v := n.one()
	if v.FaultDomain != verdict.Tail || !same(roots(v), []string{"cable/CBL-T-2"}) || v.Outcome != verdict.Root {
		t.Errorf("want the cable:%s", show(v))
	}
}

func TestLastGaspIsTheCustomersPower(t *testing.T) {
	n := newNOC(t, town(t))
	n.raise("device/FE-1-1", symptom.PowerFail)
	n.darken("1-1")
	n.wait(time.Second)
	n.silence("1-1")
	n.wait(5 * time.Second)
	v := n.one()
	if v.FaultDomain != verdict.Premises || v.Outcome != verdict.Root || !same(roots(v), []string{"power/S-1-1"}) || v.Side != "a" {
		t.Errorf("want the customer's power:%s", show(v))
	}
}

func TestWithoutAGaspItIsPremisesOrTail(t *testing.T) {
	n := newNOC(t, town(t))
	n.darken("1-4")
	n.wait(time.Second)
	n.silence("1-4")
	n.wait(5 * time.Second)
	n.sweep()
	n.wait(5 * time.Second)
	v := n.one()
	if v.Outcome != verdict.TwoDomains || p(v, verdict.Premises)+p(v, verdict.Tail) < 0.99 {
		t.Errorf("want premises or tail:%s", show(v))
	}
	if p(v, verdict.Core) > 0.001 || p(v, verdict.Trunk) > 0.01 {
		t.Errorf("the core is proven good:%s", show(v))
	}
	if v.NextTest == "" {
		t.Error("no next test")
	}
	if !same(v.Lines.Down, []string{"LN-1-4"}) {
		t.Errorf("down %v", v.Lines.Down)
	}
}

// nodeOff raises what an access node's death shows from the station.
func nodeOff(n *noc) {
	n.raise("device/N3", symptom.Unreachable)
	n.raise("port/N2/e", symptom.LinkDown)
	n.raise("port/N4/w", symptom.LinkDown)
	n.raise("device/CH3", symptom.Unreachable)
	for _, s := range []string{"1", "2", "3", "4"} {
		n.silence("3-" + s)
		n.wait(30 * time.Millisecond)
	}
}

func TestAnAccessNodeOffIsOneTrunkFault(t *testing.T) {
	n := newNOC(t, town(t))
	nodeOff(n)
	n.wait(time.Second)
	n.sweep()
	n.wait(3 * time.Second)
	v := n.one()
	if v.FaultDomain != verdict.Trunk || !slices.Contains(roots(v), "device/N3") {
		t.Errorf("want the node:%s", show(v))
	}
	if len(v.Lines.Down) != 4 {
		t.Errorf("down %v", v.Lines.Down)
	}
	if v.Technology != "transmission" {
		t.Errorf("technology %s", v.Technology)
	}
}

func TestACoreRouterOffIsCore(t *testing.T) {
	n := newNOC(t, town(t))
	n.raise("device/CR1", symptom.Unreachable)
	n.raise("port/CR3/c1", symptom.LinkDown)
	n.raise("port/CR2/c1", symptom.LinkDown)
	n.raise("port/N1/w", symptom.LinkDown)
	n.wait(time.Second)
	n.sweep()
	n.wait(5 * time.Second)
	v := n.one()
	if v.FaultDomain != verdict.Core || !same(roots(v), []string{"device/CR1"}) || v.Technology != "data" {
		t.Errorf("want the router:%s", show(v))
	}
	if len(v.Lines.Down) != 0 {
		t.Errorf("traffic finds another way, but down %v", v.Lines.Down)
	}
}

func TestASingleCutInARingLosesProtection(t *testing.T) {
	n := newNOC(t, town(t))
	n.raise("port/N2/e", symptom.LinkDown)
	n.raise("port/N3/w", symptom.LinkDown)
	n.wait(time.Second)
	n.sweep()
	n.wait(5 * time.Second)
	v := n.one()
	if v.Outcome != verdict.LostProtection || len(v.Lines.Down) != 0 || len(v.Lines.AtRisk) != 20 {
		t.Errorf("want lost protection of all twenty lines:%s", show(v))
	}
	if !slices.Contains(roots(v), "cable/CBL-R-2") || v.FaultDomain != verdict.Trunk {
		t.Errorf("want the ring's cable:%s", show(v))
	}
}

// One end dark may be the other end shut: its device has five seconds to say so.
func TestALinkDarkAtOneEndWaitsForTheOther(t *testing.T) {
	n := newNOC(t, town(t))
	n.raise("port/N2/e", symptom.LinkDown)
	n.wait(4 * time.Second)
	if len(n.open()) != 0 {
		t.Errorf("nobody is out of service, and yet:%s", show(n.open()...))
	}
	n.clear("port/N2/e", symptom.LinkDown) // the port at the other end is shut
	n.wait(time.Minute)
	if len(n.open()) != 0 {
		t.Errorf("a port was shut, no more:%s", show(n.open()...))
	}
	n.raise("port/N2/e", symptom.LinkDown)
	n.wait(6 * time.Second)
	if v := n.one(); v.Outcome != verdict.LostProtection {
		t.Errorf("want lost protection:%s", show(v))
	}
}

func TestTwoCutsInARingAreBothNamed(t *testing.T) {
	n := newNOC(t, town(t))
	n.raise("port/N1/e", symptom.LinkDown, symptom.LOS)
	n.raise("port/N2/w", symptom.LinkDown, symptom.LOS)
	n.wait(5 * time.Second)
	first := n.one()
	n.raise("port/N4/w", symptom.LinkDown, symptom.LOS) // N3/e is on the island
	for _, i := range []string{"2", "3"} {
		n.raise("device/N"+i, symptom.Unreachable)
		n.raise("device/CH"+i, symptom.Unreachable)
		for _, s := range []string{"1", "2", "3", "4"} {
			n.silence(i + "-" + s)
		}
	}
	n.wait(time.Second)
	n.sweep()
	n.wait(5 * time.Second)
	var named []string
	down := 0
	for _, v := range n.open() {
		named = append(named, roots(v)...)
		down += len(v.Lines.Down)
	}
	if !slices.Contains(named, "cable/CBL-R-1") || !slices.Contains(named, "cable/CBL-R-3") || down != 8 {
		t.Errorf("want both cuts and eight lines down:%s", show(n.open()...))
	}
	for _, v := range n.open() {
		for _, r := range v.Roots {
			if r.Kind == "device" && r.P > 0.3 {
				t.Errorf("a cut is likelier than a dead node at its end:%s", show(v))
			}
		}
	}
	if _, ok := n.last[first.ID]; !ok || n.last[first.ID].State != verdict.Open {
		t.Errorf("the first cut's verdict goes on:%s", show(n.last[first.ID]))
	}
}

func TestASecondCutSeenNodeByNodeIsNotADeadNode(t *testing.T) {
	n := newNOC(t, town(t))
	n.raise("port/N1/e", symptom.LinkDown)
	n.raise("port/N2/w", symptom.LinkDown)
	n.wait(5 * time.Second)
	first := n.one()
	n.sweep()
	n.raise("port/N4/w", symptom.LinkDown)
	for _, i := range []string{"3", "2"} { // the island is seen piece by piece
		n.wait(1500 * time.Millisecond)
		n.raise("device/N"+i, symptom.Unreachable)
		n.silence(i + "-1")
		n.silence(i + "-2")
		n.wait(500 * time.Millisecond)
		n.raise("device/CH"+i, symptom.Unreachable)
		n.silence(i + "-3")
		n.silence(i + "-4")
	}
	n.wait(10 * time.Second)
	if v := n.one(); v.ID != first.ID || len(v.Lines.Down) != 8 || len(n.last) != 1 {
		t.Errorf("want the first cut's verdict to go on, and no other:%s", show(n.said...))
	}
}

func TestAnIsolatedStationIsOneMonitoringFault(t *testing.T) {
	n := newNOC(t, town(t))
	all := []string{"device/CR1", "device/CR2", "device/CR3"}
	for _, i := range []string{"1", "2", "3", "4", "5"} {
		all = append(all, "device/N"+i, "device/CH"+i)
		for _, s := range []string{"1", "2", "3", "4"} {
			all = append(all, "device/CPE-"+i+"-"+s, "line/LN-"+i+"-"+s)
		}
	}
	// Evenly paced through ten seconds, in an order that has nothing to do with
	// where things are.
	for i := range all {
		n.raise(all[i*23%len(all)], symptom.Unreachable)
		n.wait(10 * time.Second / time.Duration(len(all)))
	}
	n.wait(10 * time.Second)
	for _, v := range n.said {
		if v.Outcome != verdict.MonitoringFault || len(v.Lines.All()) > 0 {
			t.Errorf("no customer is concerned:%s", show(v))
		}
	}
	v := n.one()
	if !same(roots(v), []string{"station/st1"}) {
		t.Errorf("want the station:%s", show(v))
	}
}

func TestACollectorThatDoubtsItself(t *testing.T) {
	n := newNOC(t, town(t))
	n.e.Apply(n.now, symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: "c1", Station: "st1", Method: "icmp", Isolated: true, At: n.now}})
	n.wait(10 * time.Second)
	if v := n.one(); v.Outcome != verdict.MonitoringFault || !same(roots(v), []string{"station/st1"}) {
		t.Errorf("want the station:%s", show(v))
	}
	n.e.Apply(n.now, symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: "c1", Station: "st1", Method: "icmp", At: n.now}})
	n.wait(10 * time.Second)
	n.none()
}

func TestADeadManagementAddressIsNoOutage(t *testing.T) {
	n := newNOC(t, town(t))
	n.raise("device/CPE-1-1", symptom.Unreachable)
	n.raise("device/CPE-1-1", symptom.AgentSilent)
	n.wait(time.Second)
	n.sweep()
	n.wait(5 * time.Minute)
	if len(n.said) != 0 {
		t.Errorf("the service is up:%s", show(n.said...))
	}
}

func TestADeadManagementAddressWaitsForTheService(t *testing.T) {
	n := newNOC(t, town(t))
	n.raise("device/CPE-1-1", symptom.Unreachable)
	n.wait(30 * time.Second)
	if len(n.said) != 0 {
		t.Errorf("nothing says that the service is down:%s", show(n.said...))
	}
	n.raise("line/LN-1-1", symptom.Unreachable)
	n.wait(10 * time.Second)
	if v := n.one(); !same(v.Lines.Down, []string{"LN-1-1"}) {
		t.Errorf("now it is:%s", show(v))
	}
}

func TestOneMissedPollDoesNothing(t *testing.T) {
	n := newNOC(t, town(t))
	n.raise("line/LN-1-1", symptom.Unreachable)
	n.wait(500 * time.Millisecond)
	n.clear("line/LN-1-1", symptom.Unreachable)
	n.wait(time.Minute)
	if len(n.said) != 0 {
		t.Errorf("a missed poll is nothing:%s", show(n.said...))
	}
}

func TestRecoveryClearsUnderTheSameID(t *testing.T) {
	n := newNOC(t, town(t))
	nodeOff(n)
	n.wait(10 * time.Second)
	v := n.one()
	for _, s := range []string{"device/N3", "device/CH3"} {
		n.clear(s, symptom.Unreachable)
	}
	n.clear("port/N2/e", symptom.LinkDown)
	n.clear("port/N4/w", symptom.LinkDown)
	for _, at := range []string{"3-1", "3-2", "3-3", "3-4"} {
		n.clear("device/CPE-"+at, symptom.Unreachable)
		n.clear("line/LN-"+at, symptom.Unreachable)
		n.wait(300 * time.Millisecond)
	}
	n.wait(time.Minute)
	n.none()
	if got := n.last[v.ID]; got.State != verdict.Cleared || got.Cleared.IsZero() || len(n.last) != 1 {
		t.Errorf("want the one verdict cleared:%s", show(n.said...))
	}
}

func TestLateEvidenceRevisesTheSameVerdict(t *testing.T) {
	n := newNOC(t, town(t))
	n.darken("1-1")
	n.silence("1-1")
	n.wait(10 * time.Second)
	first := n.one()
	if first.Outcome != verdict.TwoDomains {
		t.Fatalf("want two domains first:%s", show(first))
	}
	n.raise("device/FE-1-1", symptom.PowerFail) // the event log, read later
	n.wait(10 * time.Second)
	v := n.one()
	if v.ID != first.ID || v.Version != first.Version+1 || v.FaultDomain != verdict.Premises || v.Outcome != verdict.Root {
		t.Errorf("want the same verdict, now premises:%s", show(n.said...))
	}
}

func TestTwoFaultsAreTwoVerdicts(t *testing.T) {
	n := newNOC(t, town(t))
	n.darken("1-4")
	n.silence("1-4")
	n.wait(time.Second)
	n.darken("5-4")
	n.silence("5-4")
	n.wait(time.Second)
	n.sweep()
	n.wait(10 * time.Second)
	if all := n.open(); len(all) != 2 {
		t.Errorf("want two:%s", show(all...))
	}
}

func TestPlannedWorkIsNoFaultUntilItOutlivesItsWindow(t *testing.T) {
	n := newNOC(t, town(t))
	setWindow(n, "cable/CBL-T-2", noon.Add(-time.Hour), noon.Add(time.Minute))
	for _, at := range []string{"2-1", "2-2", "2-3"} {
		n.darken(at)
		n.silence(at)
	}
	n.wait(10 * time.Second)
	v := n.one()
	if v.Outcome != verdict.Maintenance {
		t.Fatalf("want maintenance:%s", show(v))
	}
	n.wait(2 * time.Minute)
	w := n.one()
	if w.ID != v.ID || w.Outcome == verdict.Maintenance || w.FaultDomain != verdict.Tail {
		t.Errorf("what outlives its window is a fault:%s", show(w))
	}
}

func TestARingIsClosedByTheCoreForTrafficWithinIt(t *testing.T) {
	inv := town(t)
	l := inv.Lines[0]
	l.ID, l.A, l.Z = "LN-X", inventory.ParsePortRef("CPE-2-4/vpn"), inventory.ParsePortRef("CPE-4-4/vpn")
	l.Target = netip.Addr{}
	inv.Lines = append(inv.Lines, l)
	if err := inv.Build(); err != nil {
		t.Fatal(err)
	}
	n := newNOC(t, inv)
	n.raise("port/N2/e", symptom.LinkDown)
	n.raise("port/N3/w", symptom.LinkDown)
	n.wait(5 * time.Second)
	if v := n.one(); len(v.Lines.Down) != 0 || !slices.Contains(v.Lines.AtRisk, "LN-X") {
		t.Errorf("traffic goes round over the hubs:%s", show(v))
	}
}

func TestRecoveryInPiecesNamesNothingElse(t *testing.T) {
	n := newNOC(t, town(t))
	n.raise("device/FE-1-1", symptom.PowerFail)
	n.darken("1-1")
	n.silence("1-1")
	n.wait(10 * time.Second)
	v := n.one()
	for _, back := range []func(){
		func() { n.clear("port/CH1/1/1", symptom.LOS) },
		func() { n.clear("device/FE-1-1", symptom.PowerFail, symptom.FarEndMissing) },
		func() { n.clear("device/CPE-1-1", symptom.Unreachable) },
		func() { n.sweep() },
		func() { n.clear("line/LN-1-1", symptom.Unreachable) },
	} {
		back()
		n.wait(15 * time.Second)
	}
	n.none()
	for _, x := range n.said {
		if x.ID != v.ID || !same(roots(x), roots(v)) || x.FaultDomain != verdict.Premises {
			t.Errorf("want the customer's power throughout:%s", show(x))
		}
	}
}

func TestWhatDoesNotRecoverIsJudgedAnew(t *testing.T) {
	n := newNOC(t, town(t))
	nodeOff(n)
	n.wait(10 * time.Second)
	n.darken("3-4") // told once the chassis is back
	for _, s := range []string{"device/N3", "device/CH3"} {
		n.clear(s, symptom.Unreachable)
	}
	n.clear("port/N2/e", symptom.LinkDown)
	n.clear("port/N4/w", symptom.LinkDown)
	for _, at := range []string{"3-1", "3-2", "3-3"} {
		n.clear("device/CPE-"+at, symptom.Unreachable)
		n.clear("line/LN-"+at, symptom.Unreachable)
	}
	for range 20 {
		n.wait(10 * time.Second)
		n.sweep()
	}
	v := n.one()
	if !same(v.Lines.Down, []string{"LN-3-4"}) || v.FaultDomain == verdict.Trunk {
		t.Errorf("want the customer that stays dark, and no longer the node:%s", show(n.open()...))
	}
}

func TestARootThatFailsAgainWhileItRecoversIsTheSameFault(t *testing.T) {
	n := newNOC(t, town(t))
	all := []string{"2-1", "2-2", "2-3"}
	dark := func() {
		for _, at := range all {
			n.darken(at)
			n.silence(at)
		}
	}
	dark()
	n.wait(10 * time.Second)
	v := n.one()
	for _, at := range all {
		n.clear("port/CH2/1/"+at[2:], symptom.LOS)
		n.clear("device/FE-"+at, symptom.FarEndMissing)
		if at != "2-3" {
			n.clear("device/CPE-"+at, symptom.Unreachable)
			n.clear("line/LN-"+at, symptom.Unreachable)
		}
	}
	n.wait(20 * time.Second)
	dark() // cut again, while one of them has not come back
	n.wait(10 * time.Second)
	for _, x := range n.said {
		if x.ID != v.ID {
			t.Errorf("want one fault throughout:%s", show(x))
		}
	}
	if now := n.one(); !same(now.Lines.Down, v.Lines.Down) {
		t.Errorf("down %v, want %v again", now.Lines.Down, v.Lines.Down)
	}
}

func TestARootThatFlickersJustAfterItsRecoveryIsTheSameFault(t *testing.T) {
	n := newNOC(t, town(t))
	all := []string{"2-1", "2-2", "2-3"}
	for _, at := range all {
		n.darken(at)
	}
	n.wait(2 * time.Second)
	v := n.one()
	for _, at := range all {
		n.clear("port/CH2/1/"+at[2:], symptom.LOS)
		n.clear("device/FE-"+at, symptom.FarEndMissing)
	}
	n.wait(300 * time.Millisecond)
	for _, at := range all { // a poll that was under way when the traps said that all is well
		n.raise("device/FE-"+at, symptom.FarEndMissing)
	}
	n.wait(10 * time.Second)
	for _, x := range n.said {
		if x.ID != v.ID {
			t.Errorf("want one fault throughout:%s", show(x))
		}
	}
}
