package infer_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// load reads an inventory as an operator would write it: "== FILE" and its rows.
func load(t testing.TB, text string) *inventory.Inventory {
	t.Helper()
	files := fstest.MapFS{"customers.csv": {Data: []byte("id,name,grade\nC,Customer,gold\n")}}
	for _, part := range strings.Split(text, "== ")[1:] {
		name, rows, _ := strings.Cut(part, "\n")
		files[name+".csv"] = &fstest.MapFile{Data: []byte(rows)}
	}
	inv, err := inventory.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// street is a backbone router with the station, a core router, an access node
// and a chassis, and four customers of it; the first three share a cable.
const street = `== sites
id,name,kind
HQ,Headquarters,exchange
EX,Exchange,exchange
P1,Premises 1,customer
P2,Premises 2,customer
P3,Premises 3,customer
P4,Premises 4,customer
== devices
id,name,kind,site,layer,technology,address,near_end
BB,Backbone,router,HQ,backbone,data,10.0.0.1,
CR,Core,router,HQ,core,data,10.0.0.2,
AN,Access node,ptn,EX,trunk,transmission,10.0.0.3,
CH,Chassis,chassis,EX,tail,access,10.0.0.4,
FE1,Far end 1,transceiver,P1,premises,access,,CH/1
FE2,Far end 2,transceiver,P2,premises,access,,CH/2
FE3,Far end 3,transceiver,P3,premises,access,,CH/3
FE4,Far end 4,transceiver,P4,premises,access,,CH/4
CE1,CPE 1,cpe,P1,premises,data,10.1.0.1,
CE2,CPE 2,cpe,P2,premises,data,10.1.0.2,
CE3,CPE 3,cpe,P3,premises,data,10.1.0.3,
CE4,CPE 4,cpe,P4,premises,data,10.1.0.4,
== links
id,a,z,layer,medium,cables
K0,BB/1,CR/1,backbone,fiber,CBL-0
K1,CR/2,AN/1,trunk,fiber,CBL-1
K2,AN/2,CH/up,trunk,internal,
T1,CH/1,FE1/o,tail,fiber,CBL-A
T2,CH/2,FE2/o,tail,fiber,CBL-A
T3,CH/3,FE3/o,tail,fiber,CBL-A
T4,CH/4,FE4/o,tail,fiber,CBL-B
E1,FE1/e,CE1/w,premises,copper,
E2,FE2/e,CE2/w,premises,copper,
E3,FE3/e,CE3/w,premises,copper,
E4,FE4/e,CE4/w,premises,copper,
`

const internetLines = `== lines
id,customer,product,grade,a,z,target
L1,C,internet,AAA,CE1/lan,BB,10.2.0.1
L2,C,internet,AA,CE2/lan,BB,10.2.0.2
L3,C,internet,A,CE3/lan,BB,10.2.0.3
L4,C,internet,standard,CE4/lan,BB,10.2.0.4
`

// bow is a ring of three nodes between two hubs that are joined, with a
// customer on each node; the station stands at the first hub.
const bow = `== sites
id,name,kind
SH1,Hub 1,exchange
SH2,Hub 2,exchange
S1,Node 1,exchange
S2,Node 2,exchange
S3,Node 3,exchange
P1,Premises 1,customer
P2,Premises 2,customer
P3,Premises 3,customer
== devices
id,name,kind,site,layer,technology,address
H1,Hub 1,router,SH1,core,data,10.0.1.1
H2,Hub 2,router,SH2,core,data,10.0.1.2
N1,Node 1,mstp,S1,trunk,transmission,10.0.2.1
N2,Node 2,mstp,S2,trunk,transmission,10.0.2.2
N3,Node 3,mstp,S3,trunk,transmission,10.0.2.3
C1,CPE 1,cpe,P1,premises,data,10.1.0.1
C2,CPE 2,cpe,P2,premises,data,10.1.0.2
C3,CPE 3,cpe,P3,premises,data,10.1.0.3
== links
id,a,z,layer,medium,cables,protection
HH,H1/x,H2/x,core,fiber,CBL-H,core
R1,H1/e,N1/w,trunk,fiber,CBL-1,ring
R2,N1/e,N2/w,trunk,fiber,CBL-2,ring
R3,N2/e,N3/w,trunk,fiber,CBL-3,ring
R4,N3/e,H2/w,trunk,fiber,CBL-4,ring
A1,N1/g,C1/w,tail,fiber,CBL-A1,
A2,N2/g,C2/w,tail,fiber,CBL-A2,
A3,N3/g,C3/w,tail,fiber,CBL-A3,
`

func (n *noc) dark(i string) {
	n.raise("port/CH/"+i, symptom.LOS)
	n.raise("device/FE"+i, symptom.FarEndMissing)
	n.raise("device/CE"+i, symptom.Unreachable)
	n.raise("line/L"+i, symptom.Unreachable)
}

func (n *noc) well(i string) {
	n.clear("port/CH/"+i, symptom.LOS)
	n.clear("device/FE"+i, symptom.FarEndMissing)
	n.clear("device/CE"+i, symptom.Unreachable)
	n.clear("line/L"+i, symptom.Unreachable)
}

// sweepFrom says that a station swept everything from now on.
func (n *noc) sweepFrom(station string) {
	n.t.Helper()
	started := n.now
	n.wait(time.Second)
	for _, method := range []string{"icmp", "snmp"} {
		n.e.Apply(n.now, symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: "of." + station, Station: station, Method: method, SweepStarted: started, SweepEnded: n.now, At: n.now}})
	}
}

func (n *noc) said1(t *testing.T) verdict.Verdict {
	t.Helper()
	v := n.one()
	if len(n.last) != 1 {
		t.Errorf("want one verdict and no other:%s", show(n.said...))
	}
	return v
}

func TestPlannedWorkOnACableIsOneVerdictThatNamesTheCable(t *testing.T) {
	n := newNOC(t, load(t, street+internetLines))
	setWindow(n, "cable/CBL-A", noon.Add(-time.Hour), noon.Add(time.Minute))
	for _, i := range []string{"1", "2", "3"} {
		n.dark(i)
		n.wait(300 * time.Millisecond)
	}
	n.wait(10 * time.Second)
	v := n.said1(t)
	if v.Outcome != verdict.Maintenance || !same(roots(v), []string{"cable/CBL-A"}) || len(v.Lines.Down) != 3 {
		t.Errorf("want the cable, under work:%s", show(v))
	}
}

// A window explains what began while it was open; another window, elsewhere,
// that was open then lends it nothing.
func TestWorkThatBeganLaterExplainsNoFault(t *testing.T) {
	n := newNOC(t, load(t, street+internetLines))
	window := func(id, subject string, from, to time.Duration) infer.Window {
		return infer.Window{ID: id, Subjects: []symptom.Subject{symptom.Subject(subject)}, From: noon.Add(from), To: noon.Add(to)}
	}
	n.e.SetWindows(n.now, []infer.Window{window("A", "cable/CBL-B", -time.Hour, 50*time.Second), window("B", "cable/CBL-A", 30*time.Second, time.Minute)})
	for _, i := range []string{"1", "2", "3"} {
		n.dark(i)
	}
	n.wait(40 * time.Second)
	n.sweepFrom("default") // looked at again, while both are open
	n.wait(time.Minute)
	for _, v := range n.said {
		if v.Outcome == verdict.Maintenance {
			t.Errorf("it was cut before anybody came to work on it:%s", show(v))
		}
	}
	n.said1(t)
}

// A pinned line's service goes down with its route, which is not the way of
// the ping that sees it.
func TestALinePinnedToItsRouteFallsWithIt(t *testing.T) {
	n := newNOC(t, load(t, bow+`== lines
id,customer,product,grade,a,z,target,protected
L1,C,internet,AA,C1/lan,H1,10.2.0.1,
L2,C,internet,AA,C2/lan,H1,10.2.0.2,no
L3,C,internet,AA,C3/lan,H1,10.2.0.3,
`))
	n.raise("port/N1/e", symptom.LinkDown)
	n.raise("port/N2/w", symptom.LinkDown)
	n.wait(time.Second)
	n.raise("line/L2", symptom.Unreachable)
	n.wait(5 * time.Second)
	n.sweepFrom("default")
	n.wait(10 * time.Second)
	v := n.said1(t)
	if v.FaultDomain != verdict.Trunk || !slices.Contains(roots(v), "cable/CBL-2") || !same(v.Lines.Down, []string{"L2"}) || !same(v.Lines.AtRisk, []string{"L1", "L3"}) {
		t.Errorf("want the ring's cable, one line down and two at risk:%s", show(v))
	}
}

const spokes = `== lines
id,customer,product,grade,a,z,target,group,role
H,C,vpn,AA,CE1/lan,BB,10.2.0.1,G,hub
S2,C,vpn,AA,CE2/lan,CE1/lan,10.2.0.2,G,spoke
S3,C,vpn,AA,CE3/lan,CE1/lan,10.2.0.3,G,spoke
S4,C,vpn,AA,CE4/lan,CE1/lan,10.2.0.4,G,spoke
`

func hubOff(n *noc) {
	n.raise("device/FE1", symptom.PowerFail, symptom.FarEndMissing)
	n.raise("port/CH/1", symptom.LOS)
	n.raise("device/CE1", symptom.Unreachable)
	n.raise("line/H", symptom.Unreachable)
}

func TestAHubDownIsOneFaultForAllItsSpokes(t *testing.T) {
	for _, dark := range []bool{true, false} {
		n := newNOC(t, load(t, street+spokes))
		hubOff(n)
		for _, s := range []string{"S2", "S3", "S4"} {
			if dark {
				n.raise("line/"+s, symptom.Unreachable)
			}
		}
		n.wait(5 * time.Second)
		n.sweepFrom("default") // where they answer, that exonerates the way to their A ends alone
		n.wait(10 * time.Second)
		v := n.said1(t)
		if !same(roots(v), []string{"power/P1"}) || !same(v.Lines.Down, []string{"H", "S2", "S3", "S4"}) {
			t.Errorf("want the hub's power, for all four (spokes dark: %v):%s", dark, show(v))
		}
	}
}

func TestACoreRouterIsTheCauseOfItsLinesWhereverTheStationStands(t *testing.T) {
	n := newNOC(t, load(t, bow+`== lines
id,customer,product,grade,a,z,target
L1,C,internet,AA,C1/lan,H1,10.2.0.1
L2,C,internet,AA,C2/lan,H1,10.2.0.2
L3,C,internet,AA,C3/lan,H1,10.2.0.3
== stations
id,name,attached
st,Station,H2
`))
	n.raise("device/H1", symptom.Unreachable)
	n.raise("port/N1/w", symptom.LinkDown)
	n.raise("port/H2/x", symptom.LinkDown)
	n.wait(time.Second)
	for _, l := range []string{"L1", "L2", "L3"} {
		n.raise("line/"+l, symptom.Unreachable)
	}
	n.wait(4 * time.Second)
	n.sweepFrom("st")
	n.wait(10 * time.Second)
	v := n.said1(t)
	if v.FaultDomain != verdict.Core || !same(roots(v), []string{"device/H1"}) || len(v.Lines.Down) != 3 {
		t.Errorf("want the router, for its three lines:%s", show(v))
	}
}

const passing = `== lines
id,customer,product,grade,a,z,lpt
LP,C,circuit,AA,CE1/lan,CE4/lan,yes
`

func TestWithLinkPassThroughBothClientPortsCompete(t *testing.T) {
	n := newNOC(t, load(t, street+passing))
	n.raise("port/CE1/lan", symptom.LinkDown)
	n.raise("port/CE4/lan", symptom.LinkDown)
	n.wait(5 * time.Second)
	n.sweepFrom("default")
	n.wait(10 * time.Second)
	v := n.said1(t)
	if v.Outcome != verdict.RootSet || v.FaultDomain != verdict.Premises || !same(roots(v), []string{"port/CE1/lan", "port/CE4/lan"}) {
		t.Errorf("want either client port:%s", show(v))
	}
}

func TestWithLinkPassThroughTheFarPortIsAConsequence(t *testing.T) {
	n := newNOC(t, load(t, street+passing))
	n.raise("port/CH/1", symptom.LOS)
	n.raise("device/FE1", symptom.FarEndMissing, symptom.PowerFail)
	n.raise("device/CE1", symptom.Unreachable)
	n.raise("port/CE4/lan", symptom.LinkDown)
	n.wait(5 * time.Second)
	n.sweepFrom("default")
	n.wait(10 * time.Second)
	if v := n.said1(t); !same(roots(v), []string{"power/P1"}) {
		t.Errorf("want the power at the A end:%s", show(v))
	}
}

// pon is a passive network: two ONUs on the first splitter, two on a second
// one behind it.
const pon = `== sites
id,name,kind
E,Exchange,exchange
P1,Premises 1,customer
P2,Premises 2,customer
P3,Premises 3,customer
P4,Premises 4,customer
B,Box,building
== devices
id,name,kind,site,layer,technology,address,near_end
R,Router,router,E,core,data,10.0.0.1,
OLT,OLT,olt,E,trunk,access,10.0.0.2,
SP1,Splitter 1,splitter,B,tail,access,,
SP2,Splitter 2,splitter,B,tail,access,,
ONU1,ONU 1,onu,P1,premises,access,,OLT/0/1:1
ONU2,ONU 2,onu,P2,premises,access,,OLT/0/1:2
ONU3,ONU 3,onu,P3,premises,access,,OLT/0/1:3
ONU4,ONU 4,onu,P4,premises,access,,OLT/0/1:4
== links
id,a,z,layer,medium,cables
U,R/1,OLT/up,trunk,fiber,CBL-U
F,OLT/0/1,SP1/in,tail,fiber,CBL-F
D0,SP1/1,SP2/in,tail,fiber,CBL-D0
D1,SP1/2,ONU1/pon,tail,fiber,CBL-D1
D2,SP1/3,ONU2/pon,tail,fiber,CBL-D2
D3,SP2/1,ONU3/pon,tail,fiber,CBL-D3
D4,SP2/2,ONU4/pon,tail,fiber,CBL-D4
== lines
id,customer,product,grade,a,z,target
L1,C,internet,AA,ONU1/lan,R,10.2.0.1
L2,C,internet,AA,ONU2/lan,R,10.2.0.2
L3,C,internet,AA,ONU3/lan,R,10.2.0.3
L4,C,internet,AA,ONU4/lan,R,10.2.0.4
`

func TestWhichONUsAreDarkSaysWhichPartOfAPONItIs(t *testing.T) {
	for _, c := range []struct {
		says    string
		dark    string
		kinds   []symptom.Kind
		outcome verdict.Outcome
		domain  verdict.Domain
		root    string
	}{
		{"all of a port: the feeder or the first splitter", "1234", []symptom.Kind{symptom.FarEndMissing}, verdict.RootSet, verdict.Tail, "cable/CBL-F"},
		{"those behind a splitter: its branch", "34", []symptom.Kind{symptom.FarEndMissing}, verdict.RootSet, verdict.Tail, "device/SP2"},
		{"one without a gasp: its drop or its power", "3", []symptom.Kind{symptom.FarEndMissing}, verdict.TwoDomains, verdict.Premises, "cable/CBL-D3"},
		{"one with loss of signal alone: its drop or its power", "3", []symptom.Kind{symptom.LOS}, verdict.TwoDomains, verdict.Tail, "power/P3"},
		{"one with a gasp: its power", "3", []symptom.Kind{symptom.PowerFail, symptom.FarEndMissing}, verdict.Root, verdict.Premises, "power/P3"},
	} {
		n := newNOC(t, load(t, pon))
		var down []string
		for _, i := range strings.Split(c.dark, "") {
			n.raise("device/ONU"+i, c.kinds...)
			n.raise("line/L"+i, symptom.Unreachable)
			down = append(down, "L"+i)
		}
		n.wait(5 * time.Second)
		n.sweepFrom("default")
		n.wait(10 * time.Second)
		v := n.said1(t)
		if v.Outcome != c.outcome || v.FaultDomain != c.domain || !slices.Contains(roots(v), c.root) || !same(v.Lines.Down, down) {
			t.Errorf("%s:%s", c.says, show(v))
		}
	}
}

func TestAStationWhoseOwnRouterAnswersIsNotCutOff(t *testing.T) {
	n := newNOC(t, load(t, street+internetLines))
	for _, d := range []string{"CR", "AN", "CH", "CE1", "CE2", "CE3", "CE4"} { // all but the box at which it stands
		n.raise("device/"+d, symptom.Unreachable)
	}
	for _, l := range []string{"L1", "L2", "L3", "L4"} {
		n.raise("line/"+l, symptom.Unreachable)
	}
	n.wait(6 * time.Second)
	n.sweepFrom("default")
	n.wait(10 * time.Second)
	v := n.said1(t)
	if v.Outcome == verdict.MonitoringFault || p(v, verdict.Monitoring) > 0.01 || p(v, verdict.Core)+p(v, verdict.Backbone) < 0.99 || len(v.Lines.Down) != 4 {
		t.Errorf("want the core or the way to it:%s", show(v))
	}
	for _, v := range n.said {
		if v.Outcome == verdict.MonitoringFault {
			t.Errorf("said before the router could answer:%s", show(v))
		}
	}
}

func TestAStationIsNotBlamedForTheFirstFewThingsThatAreDark(t *testing.T) {
	n := newNOC(t, load(t, bow+`== lines
id,customer,product,grade,a,z,target
L1,C,internet,AA,C1/lan,H1,10.2.0.1
L2,C,internet,AA,C2/lan,H1,10.2.0.2
L3,C,internet,AA,C3/lan,H1,10.2.0.3
`))
	n.raise("device/N1", symptom.Unreachable)
	n.raise("device/N2", symptom.Unreachable)
	n.wait(time.Second)
	for _, c := range []string{"1", "2"} {
		n.raise("device/C"+c, symptom.Unreachable)
		n.raise("line/L"+c, symptom.Unreachable)
	}
	n.wait(5 * time.Second)
	n.sweepFrom("default")
	n.wait(10 * time.Second)
	for _, v := range n.said {
		if v.Outcome == verdict.MonitoringFault {
			t.Errorf("half the ring is dark, no more:%s", show(v))
		}
	}
	if v := n.one(); v.FaultDomain != verdict.Trunk || !same(v.Lines.Down, []string{"L1", "L2"}) {
		t.Errorf("want one fault of the ring:%s", show(v))
	}
}

func TestADeviceThatAnswersIsNotDown(t *testing.T) {
	n := newNOC(t, load(t, `== sites
id,name,kind
E,Exchange,exchange
P,P,customer
Q,Q,customer
== devices
id,name,kind,site,layer,technology,address
R,Router,router,E,core,data,10.0.0.1
C1,CPE 1,cpe,P,premises,data,10.0.0.2
C2,CPE 2,cpe,Q,premises,data,10.0.0.3
== links
id,a,z,layer
A,R/1,C1/1,tail
B,R/2,C2/1,tail
== lines
id,customer,product,grade,a,z,target
L1,C,internet,A,C1,R,10.2.0.1
L2,C,internet,A,C2,R,10.2.0.2
`))
	for _, s := range []string{"device/C1", "line/L1", "device/C2", "line/L2"} {
		n.raise(s, symptom.Unreachable)
	}
	n.wait(2 * time.Second)
	n.sweepFrom("default")
	n.wait(20 * time.Second)
	for _, v := range n.open() {
		if slices.Contains(roots(v), "device/R") || slices.Contains(roots(v), "station/default") {
			t.Errorf("the router answers, and so the station sees it:%s", show(v))
		}
	}
}

func TestWithoutAServiceWatchADeadManagementAddressIsNoOutageEither(t *testing.T) {
	n := newNOC(t, load(t, street+`== lines
id,customer,product,grade,a,z
L4,C,internet,standard,CE4/lan,BB
`))
	n.raise("device/CE4", symptom.Unreachable, symptom.AgentSilent)
	n.wait(5 * time.Second)
	n.sweepFrom("default")
	n.wait(5 * time.Minute)
	if len(n.said) != 0 {
		t.Errorf("nothing proves the line down:%s", show(n.said...))
	}
	n.raise("port/CH/4", symptom.LOS)
	n.wait(10 * time.Second)
	if v := n.one(); !same(v.Lines.Down, []string{"L4"}) {
		t.Errorf("now something does:%s", show(v))
	}
}

func TestTheSideIsThatOfTheLinesInnermostPart(t *testing.T) {
	n := newNOC(t, load(t, pon))
	for _, i := range []string{"1", "2", "3", "4"} {
		n.raise("device/ONU"+i, symptom.FarEndMissing)
		n.raise("line/L"+i, symptom.Unreachable)
	}
	n.wait(5 * time.Second)
	if v := n.one(); v.Side != "a" {
		t.Errorf("the feeder is at the A side of the OLT and the core:%s", show(v))
	}
	n = newNOC(t, load(t, street+passing))
	n.raise("device/FE4", symptom.PowerFail, symptom.FarEndMissing)
	n.raise("port/CH/4", symptom.LOS)
	n.wait(5 * time.Second)
	if v := n.one(); v.Side != "z" || !same(v.Lines.Down, []string{"LP"}) {
		t.Errorf("want the Z end:%s", show(v))
	}
}

func TestTwoCutsSeenByPingAloneStayOneVerdictAfterTheSweep(t *testing.T) {
	n := newNOC(t, load(t, bow+`== lines
id,customer,product,grade,a,z,target
L1,C,internet,AA,C1/lan,H1,10.2.0.1
L2,C,internet,AA,C2/lan,H1,10.2.0.2
L3,C,internet,AA,C3/lan,H1,10.2.0.3
`))
	for _, i := range []string{"2", "3"} {
		n.raise("device/N"+i, symptom.Unreachable)
		n.raise("device/C"+i, symptom.Unreachable)
		n.raise("line/L"+i, symptom.Unreachable)
	}
	n.wait(5 * time.Second)
	n.sweepFrom("default")
	n.wait(20 * time.Second)
	if v := n.said1(t); !same(v.Lines.Down, []string{"L2", "L3"}) {
		t.Errorf("want one verdict for the island:%s", show(v))
	}
}

// What stays when the service is back, or has been proven up all along, is no
// reason to keep a customer's fault open.
func TestAFaultThatConcernsNobodyAnyLongerIsCleared(t *testing.T) {
	n := newNOC(t, load(t, street+internetLines))
	n.raise("device/FE4", symptom.FarEndMissing)
	n.wait(5 * time.Second)
	v := n.one() // nothing says yet that the service is up
	n.sweepFrom("default")
	n.wait(20 * time.Second)
	if n.none(); n.last[v.ID].State != verdict.Cleared {
		t.Errorf("the line answers, and the unit's management alone is gone:%s", show(n.said...))
	}
	n = newNOC(t, load(t, street+internetLines))
	n.dark("4")
	n.wait(20 * time.Second)
	n.clear("port/CH/4", symptom.LOS)
	n.clear("device/FE4", symptom.FarEndMissing)
	n.clear("line/L4", symptom.Unreachable)
	n.wait(20 * time.Second)
	n.none() // the CPE's management address has not come back
}

func TestLinesOfASecondCutAreAtRiskUntilTheyAreSeenToBeDown(t *testing.T) {
	n := newNOC(t, load(t, bow+`== lines
id,customer,product,grade,a,z,target
L1,C,internet,AA,C1/lan,H1,10.2.0.1
L2,C,internet,AA,C2/lan,H1,10.2.0.2
L3,C,internet,AA,C3/lan,H1,10.2.0.3
`))
	n.raise("port/N1/e", symptom.LinkDown)
	n.raise("port/N2/w", symptom.LinkDown)
	n.wait(5 * time.Second)
	n.sweepFrom("default")
	n.wait(30 * time.Second)
	n.raise("port/H2/w", symptom.LinkDown)
	n.wait(time.Second)
	for _, i := range []string{"2", "3"} {
		n.raise("device/N"+i, symptom.Unreachable)
		n.raise("line/L"+i, symptom.Unreachable)
	}
	n.wait(10 * time.Second)
	for _, v := range n.said {
		if got := len(v.Lines.All()); got != 3 {
			t.Errorf("three lines are at risk or down throughout, not %d:%s", got, show(v))
		}
	}
	if v := n.said1(t); !same(v.Lines.Down, []string{"L2", "L3"}) {
		t.Errorf("want both cuts, and the island down:%s", show(v))
	}
	n.clear("port/H2/w", symptom.LinkDown)
	for _, i := range []string{"2", "3"} {
		n.clear("device/N"+i, symptom.Unreachable)
		n.clear("line/L"+i, symptom.Unreachable)
	}
	n.wait(20 * time.Second)
	if v := n.said1(t); v.Outcome != verdict.LostProtection || len(v.Lines.AtRisk) != 3 {
		t.Errorf("the first cut is left, and takes nobody out of service:%s", show(v))
	}
}

func TestAGaspToldOfTheNearEndsPortIsPower(t *testing.T) {
	n := newNOC(t, load(t, street+internetLines))
	n.raise("port/CH/4", symptom.PowerFail)
	n.dark("4")
	n.wait(10 * time.Second)
	if v := n.one(); v.Outcome != verdict.Root || !same(roots(v), []string{"power/P4"}) {
		t.Errorf("want the customer's power:%s", show(v))
	}
}

func TestWhatFlapsIsOneVerdict(t *testing.T) {
	n := newNOC(t, load(t, street+internetLines))
	for range 6 {
		n.dark("4")
		n.wait(20 * time.Second)
		n.well("4")
		n.wait(40 * time.Second)
	}
	n.none()
	if len(n.last) != 1 {
		t.Errorf("want one verdict for the whole episode:%s", show(n.said...))
	}
	for _, v := range n.said {
		if !v.Started.Equal(noon) || v.State == verdict.Open && !v.Cleared.IsZero() {
			t.Errorf("the episode began at noon:%s", show(v))
		}
	}
	n.wait(10 * time.Minute)
	n.dark("4")
	n.wait(20 * time.Second)
	if len(n.last) != 2 {
		t.Errorf("ten minutes later it is another fault:%s", show(n.said...))
	}
}

func TestWhatRecoversAndFailsWiderIsAnotherFault(t *testing.T) {
	n := newNOC(t, load(t, street+internetLines))
	n.dark("1")
	n.wait(20 * time.Second)
	n.well("1")
	n.wait(20 * time.Second)
	for _, i := range []string{"1", "2", "3"} {
		n.dark(i)
	}
	n.wait(20 * time.Second)
	if len(n.last) != 2 {
		t.Errorf("the cable is not the customer's fault of before:%s", show(n.said...))
	}
}

func TestAnOutageDoesNotBeginWhenItsManagementAddressDied(t *testing.T) {
	n := newNOC(t, load(t, street+internetLines))
	n.raise("device/CE4", symptom.Unreachable)
	n.wait(time.Hour)
	if len(n.said) != 0 {
		t.Fatalf("no outage yet:%s", show(n.said...))
	}
	n.raise("line/L4", symptom.Unreachable)
	n.wait(time.Second)
	if len(n.said) != 0 {
		t.Errorf("one line waits for a confirming probe:%s", show(n.said...))
	}
	n.wait(10 * time.Second)
	if v := n.one(); !v.Started.Equal(noon.Add(time.Hour)) {
		t.Errorf("the service went an hour later:%s", show(v))
	}
	n.clear("line/L4", symptom.Unreachable)
	n.wait(time.Hour)
	n.raise("line/L4", symptom.Unreachable)
	n.wait(10 * time.Second)
	if v := n.one(); len(n.last) != 2 || !v.Started.Equal(n.now.Add(-10*time.Second)) {
		t.Errorf("want another outage, an hour later still:%s", show(n.said...))
	}
}

func TestOneLineThatLosesPacketsIsNoFaultOfTheStation(t *testing.T) {
	n := newNOC(t, load(t, street+internetLines))
	n.raise("line/L4", symptom.Loss)
	n.wait(5 * time.Minute) // nothing else is known, and nothing was swept
	v := n.said1(t)
	if v.Outcome == verdict.MonitoringFault || p(v, verdict.Premises)+p(v, verdict.Tail) < 0.9 || !same(v.Lines.Degraded, []string{"L4"}) {
		t.Errorf("want the customer's end or its access:%s", show(v))
	}
}
