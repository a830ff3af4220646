package model_test

import (
	"testing"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// The networks are drawn at the head of each of their files.
const (
	street = "use street\nuse street_lines\n"
	bow    = "use bow\nuse bow_lines\n"
	pon    = "use pon\n"
	town   = "use town\n"
)

// series is what alone breaks the line, sorted.
func series(x *infertest.Scene, line string) string {
	l, _ := x.M.LineOf(line)
	return x.Subjects(x.M.LineComps(l))
}

func TestALineBreaksWhereNothingElseCarriesIt(t *testing.T) {
	for _, c := range []struct{ says, network, line, want string }{
		{"a line over a chain breaks at every device, link, cable and power of it", street, "L4",
			"cable/CBL-0 cable/CBL-1 cable/CBL-B device/AN device/BB device/CE4 device/CH device/CR device/FE4 " +
				"link/E4 link/K0 link/K1 link/K2 link/T4 port/CE4/lan power/EX power/HQ power/P4"},
		{"in a ring only the two nodes at which the line enters it break it", bow, "L2",
			"cable/CBL-A2 device/C2 device/H1 device/N2 link/A2 port/C2/lan power/P2 power/S2 power/SH1"},
		{"a line that is pinned to its route breaks all along it",
			"use bow\nline L2 C2/lan H1 protected=no", "L2",
			"cable/CBL-1 cable/CBL-2 cable/CBL-A2 device/C2 device/H1 device/N1 device/N2 link/A2 link/R1 link/R2 " +
				"port/C2/lan power/P2 power/S1 power/S2 power/SH1"},
		{"an ONU's line passes the splitters, which need no power", pon, "L3",
			"cable/CBL-D0 cable/CBL-D3 cable/CBL-F cable/CBL-U device/OLT device/ONU3 device/R device/SP1 device/SP2 " +
				"link/D0 link/D3 link/F link/U port/ONU3/lan power/E power/P3"},
		{"a ring whose link to the hubs is single breaks at the bridge",
			"site S exchange\nsite P customer\ndevice H router S core data\ndevice A mstp S trunk transmission\n" +
				"device B mstp S trunk transmission\ndevice C mstp S trunk transmission\ndevice E cpe P premises data\n" +
				"link X H/1 A/1 trunk protection=r\nlink Y A/2 B/1 trunk protection=r\nlink Z B/2 C/1 trunk protection=r\n" +
				"link W C/2 A/3 trunk protection=r\nlink V B/3 E/1 tail\nline L E H",
			"L", "device/A device/B device/E device/H link/V link/X power/P power/S"},
		{"a duct that holds both ways of a ring breaks what is between them",
			bow + "risk D duct cable/CBL-2;cable/CBL-3", "L2",
			"cable/CBL-A2 device/C2 device/H1 device/N2 duct/D link/A2 port/C2/lan power/P2 power/S2 power/SH1"},
		{"the same duct breaks nothing for a node outside of it",
			bow + "risk D duct cable/CBL-2;cable/CBL-3", "L1",
			"cable/CBL-A1 device/C1 device/H1 device/N1 link/A1 port/C1/lan power/P1 power/S1 power/SH1"},
		{"a line between two customers of one ring has the ring between them protected",
			"use bow\nline L C1/lan C3/lan product=vpn", "L",
			"cable/CBL-A1 cable/CBL-A3 device/C1 device/C3 device/N1 device/N3 link/A1 link/A3 " +
				"port/C1/lan port/C3/lan power/P1 power/P3 power/S1 power/S3"},
		{"a routed core between ring and station is protected as well", town, "LN-3-4",
			"cable/CBL-D-3-4 device/CH3 device/CPE-3-4 device/CR3 device/FE-3-4 device/N3 link/L-P-3-4 link/L-T-3-4 " +
				"link/L-U3 port/CPE-3-4/lan power/S-3-4 power/S-CR3 power/S-N3"},
		{"a line without a way has its two ends",
			"site P customer\nsite S exchange\ndevice A cpe P premises data\ndevice B router S core data\n" +
				"device C router S core data\nlink K B/1 C/1 core\nline L A/x B target=none",
			"L", "device/A device/B port/A/x power/P power/S"},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, c.network)
			if got := series(x, c.line); got != c.want {
				t.Errorf("breaks at\n%s, want\n%s", got, c.want)
			}
		})
	}
}

func TestComponentsAreNamedAndPlaced(t *testing.T) {
	for _, c := range []struct {
		says, network, subject string
		domain                 verdict.Domain
		tech                   string
	}{
		{"a customer's router is premises", street, "device/CE1", verdict.Premises, "data"},
		{"a chassis in the exchange is tail", street, "device/CH", verdict.Tail, "access"},
		{"a node of the ring is trunk", bow, "device/N1", verdict.Trunk, "transmission"},
		{"a core router is core", bow, "device/H1", verdict.Core, "data"},
		{"a backbone router is backbone", street, "device/BB", verdict.Backbone, "data"},
		{"a tail's fibre is laid by access", street, "link/T1", verdict.Tail, "access"},
		{"a trunk's fibre is laid by transmission", street, "link/K1", verdict.Trunk, "transmission"},
		{"a cord between two boxes belongs to who owns the inner one",
			"site S exchange\ndevice R router S core data\ndevice N mstp S trunk transmission\n" +
				"link I N/1 R/1 trunk medium=internal\nline L N R", "link/I", verdict.Trunk, "data"},
		{"a cable lies where the innermost of its links does",
			"site S exchange\nsite P customer\ndevice R router S core data\ndevice N mstp S trunk transmission\n" +
				"device C cpe P premises data\nlink A R/1 N/1 trunk cables=K\nlink B N/2 C/1 tail cables=K\nline L C R",
			"cable/K", verdict.Trunk, "transmission"},
		{"a cable whose layer is written lies there",
			"site S exchange\ndevice R router S core data\ndevice N mstp S trunk transmission\n" +
				"link A R/1 N/1 trunk cables=K\ncable K layer=tail\nline L N R", "cable/K", verdict.Tail, "access"},
		{"the power of a customer's site is premises", street, "power/P1", verdict.Premises, "power"},
		{"the power of an exchange lies where its innermost device does", street, "power/EX", verdict.Trunk, "power"},
		{"a building is repaired by who looks after power", street + "risk B1 building device/CE1",
			"building/B1", verdict.Premises, "power"},
		{"a duct of tails is access", street + "risk D duct cable/CBL-A;cable/CBL-B", "duct/D", verdict.Tail, "access"},
		{"a card is where its device is", street + "risk CH/c1 card port/CH/1;port/CH/2", "card/CH/c1", verdict.Tail,
			"access"},
		{"a customer's port is premises", street, "port/CE1/lan", verdict.Premises, "data"},
		{"a port of the core at which a line ends is core", "use bow\nline L C1/lan H1/far", "port/H1/far",
			verdict.Core, "data"},
		{"a station is monitoring", town, "station/st1", verdict.Monitoring, ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, c.network)
			comp := x.M.Comp(x.Comp(c.subject))
			if comp.Domain != c.domain || comp.Tech != c.tech {
				t.Errorf("%s of %q, want %s of %q", comp.Domain, comp.Tech, c.domain, c.tech)
			}
			if string(comp.Kind) != string(symptom.Subject(c.subject).Kind()) || comp.Prior >= 0 {
				t.Errorf("kind %s, prior %v", comp.Kind, comp.Prior)
			}
		})
	}
}

func TestWhatIsSharedIsLostTogether(t *testing.T) {
	for _, c := range []struct{ says, network, shared, want string }{
		{"a cable takes all its links", street, "cable/CBL-A", "link/T1 link/T2 link/T3"},
		{"a duct takes the links of its cables", street + "risk D duct cable/CBL-A;cable/CBL-B", "duct/D",
			"link/T1 link/T2 link/T3 link/T4"},
		{"a duct that a cable names takes that cable", street + "cable CBL-B ducts=D7", "duct/D7", "link/T4"},
		{"a site's power takes its devices", street, "power/EX", "device/AN device/CH"},
		{"a risk of power takes its members and what is on the site besides", street + "risk EX power device/CR",
			"power/EX", "device/AN device/CH device/CR"},
		{"a building takes the devices of a site named by its power", street + "risk B building power/P1;power/P2",
			"building/B", "device/CE1 device/CE2 device/FE1 device/FE2"},
		{"a card takes the links at its ports", street + "risk CH/c card port/CH/1;port/CH/4", "card/CH/c",
			"link/T1 link/T4"},
		{"a card takes a port at which a line ends", "use bow\nline L C1/lan H1/far\nrisk H1/c card port/H1/far",
			"card/H1/c", "port/H1/far"},
		{"a risk may name a link", street + "risk D duct link/K1", "duct/D", "link/K1"},
		{"what a risk names twice is lost once", street + "risk D duct link/T1;cable/CBL-A", "duct/D",
			"link/T1 link/T2 link/T3"},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, c.network)
			if got := x.Subjects(x.M.Parts(x.Comp(c.shared))); got != c.want {
				t.Errorf("takes %s, want %s", got, c.want)
			}
		})
	}
}

func TestWhatNothingIsSharedByIsNoComponent(t *testing.T) {
	for says, c := range map[string][2]string{
		"a cable that carries no link":       {street + "cable IDLE", "cable/IDLE"},
		"the power of a site of glass alone": {pon, "power/B"},
		"a port that a link ends at":         {street, "port/CH/1"},
	} {
		x := infertest.NewScene(t, c[0])
		if _, known := x.M.CompOf(symptom.Subject(c[1])); known {
			t.Errorf("%s is a component", says)
		}
	}
}

func TestPointsAreFoundByTheirSubjects(t *testing.T) {
	x := infertest.NewScene(t, street+"line L5 CE1/x BB/y target=none")
	for _, subject := range []string{"device/CE1", "line/L1", "line/L1:z", "port/CH/1", "port/FE1/o", "port/CE1/lan",
		"port/CE1/x", "port/BB/y", "cable/CBL-A", "link/T1", "power/P1", "device/FE4"} {
		if got := x.Points([]int32{x.Point(subject)}); got != subject {
			t.Errorf("%s is found as %s", subject, got)
		}
	}
	for _, unknown := range []symptom.Subject{"device/NO", "line/NO", "port/CH/99", "cable/NO", "duct/NO"} {
		if _, ok := x.M.PointOf(0, unknown, ""); ok {
			t.Errorf("%s is found", unknown)
		}
	}
	if a, _ := x.M.PointOf(-1, "device/CE1", ""); a != x.Point("device/CE1") {
		t.Error("an observer at no station does not stand at the first one")
	}
}

func TestEveryPointIsFoundAgain(t *testing.T) {
	for _, network := range []string{street, bow, pon, town,
		bow + "station s1 H1\nstation s2 H2\nrisk D duct cable/CBL-1;cable/CBL-4"} {
		x := infertest.NewScene(t, network)
		_, points, _ := x.M.Size()
		for p := range int32(points) {
			s, end := x.M.SubjectOf(p)
			if got, ok := x.M.PointOf(x.M.Point(p).Station, s, end); !ok || got != p {
				t.Fatalf("point %d is %s %q, which is found as %d", p, s, end, got)
			}
		}
	}
}

func TestALinkHasAPointAtEachEnd(t *testing.T) {
	x := infertest.NewScene(t, street)
	a, z := x.Point("port/CH/1"), x.Point("port/FE1/o")
	if got, ok := x.M.OtherEnd(a); !ok || got != z {
		t.Errorf("the other end of port/CH/1 is %d, %v", got, ok)
	}
	if got, ok := x.M.OtherEnd(z); !ok || got != a {
		t.Errorf("the other end of port/FE1/o is %d, %v", got, ok)
	}
	for _, s := range []string{"device/CH", "line/L1", "port/CE1/lan", "cable/CBL-A"} {
		if _, ok := x.M.OtherEnd(x.Point(s)); ok {
			t.Errorf("%s has another end", s)
		}
	}
}

func TestOnlyTheCustomersBoxShowsMereManagement(t *testing.T) {
	x := infertest.NewScene(t, street)
	for subject, want := range map[string]bool{"device/CE1": true, "device/FE1": true, "device/CH": false,
		"device/CR": false, "line/L1": false, "port/CH/1": false, "cable/CBL-A": false} {
		if got := x.M.Management(x.Point(subject)); got != want {
			t.Errorf("%s: %v", subject, got)
		}
	}
}

func TestPlannedWorkOnAPortIsOnItsLink(t *testing.T) {
	x := infertest.NewScene(t, street)
	for subject, want := range map[symptom.Subject]string{"port/CH/1": "link/T1", "port/CE1/lan": "port/CE1/lan",
		"cable/CBL-A": "cable/CBL-A", "device/CH": "device/CH", "port/CH/77": "", "device/NO": ""} {
		c, ok := x.M.WorkedOn(subject)
		if got := string(x.M.Comp(c).Subject); ok != (want != "") || ok && got != want {
			t.Errorf("work on %s is work on %s (%v), want %s", subject, got, ok, want)
		}
	}
}

// relation is how a component stands to a point.
func relation(x *infertest.Scene, point, comp string) evidence.Relation {
	for _, e := range x.M.Entries(x.Point(point)) {
		if e.Comp() == x.Comp(comp) {
			return e.Rel()
		}
	}
	return evidence.None
}

func TestHowComponentsStandToWhatIsObserved(t *testing.T) {
	for _, c := range []struct {
		says, network, point, comp string
		want                       evidence.Relation
	}{
		{"a device answers for itself", street, "device/CH", "device/CH", evidence.Self},
		{"its site feeds it", street, "device/CE1", "power/P1", evidence.SelfPower},
		{"what is before it is on the path", street, "device/CE1", "device/CR", evidence.Path},
		{"so is a cable on the way", street, "device/CE1", "cable/CBL-0", evidence.Path},
		{"the station is the observer's own place", town, "device/CH1", "station/st1", evidence.Station},
		{"a far end is not pinged, so that no station stands to it", town, "device/FE-1-1", "station/st1", evidence.None},
		{"what lies beside the way says nothing", street, "device/CE1", "device/CE2", evidence.None},
		{"the link is at its port", street, "port/CH/1", "link/T1", evidence.Link},
		{"the cable of the link is a risk of the port", street, "port/CH/1", "cable/CBL-A", evidence.Risk},
		{"the device at the other end is the peer", street, "port/CH/1", "device/FE1", evidence.Peer},
		{"and its site feeds the peer", street, "port/CH/1", "power/P1", evidence.PeerPower},
		{"a far end hangs on the link to it", street, "device/FE1", "link/T1", evidence.Link},
		{"what is behind the far end is beyond it", street, "device/FE1", "device/CE1", evidence.Beyond},
		{"and so is the cord to it", street, "device/FE1", "link/E1", evidence.Beyond},
		{"an ONU hangs on every link from its port on", pon, "device/ONU3", "link/F", evidence.Link},
		{"and on both splitters", pon, "device/ONU3", "device/SP2", evidence.Link},
		{"but not on the branch of another", pon, "device/ONU3", "link/D1", evidence.None},
		{"a line is seen over the way to its end", bow, "line/L2", "device/N2", evidence.Path},
		{"a hub that only traffic passes stands on the line's own way",
			"use bow\nstation st H2\nline L1 C1/lan H1", "line/L1", "device/H1", evidence.Way},
		{"the customer's port is the line's own", street, "line/L1", "port/CE1/lan", evidence.Self},
		{"a cable that says so itself is the very component", street, "cable/CBL-A", "cable/CBL-A", evidence.Own},
		{"a link that says so itself is too", street, "link/T1", "link/T1", evidence.Own},
		{"and its cable is a risk of it", street, "link/T1", "cable/CBL-A", evidence.Risk},
		{"a link of a ring stands to no node by itself", bow, "device/N2", "link/R2", evidence.None},
		{"with link pass-through the way of the line shows on the client port",
			"use street\nline LP CE1/lan CE4/lan product=circuit lpt=yes target=none", "port/CE4/lan", "device/FE1",
			evidence.Way},
		{"without it the client port speaks for itself alone",
			"use street\nline LP CE1/lan CE4/lan product=circuit target=none", "port/CE4/lan", "device/FE1",
			evidence.None},
	} {
		t.Run(c.says, func(t *testing.T) {
			if got := relation(infertest.NewScene(t, c.network), c.point, c.comp); got != c.want {
				t.Errorf("%s stands to %s as %d, want %d", c.comp, c.point, got, c.want)
			}
		})
	}
}

func TestWhatIsPinged(t *testing.T) {
	x := infertest.NewScene(t, street+"line L5 CE1/x BB target=none\nline L6 CE2/x BB state=suspended")
	for subject, want := range map[string]bool{"device/CH": true, "device/CE1": true, "device/FE1": false,
		"line/L1": true, "line/L1:z": false, "line/L5": false, "line/L6": false, "port/CH/1": false} {
		if got := x.M.Point(x.Point(subject)).Ping; got != want {
			t.Errorf("%s is pinged: %v", subject, got)
		}
	}
}

func TestWhichLinesAreInService(t *testing.T) {
	x := infertest.NewScene(t, "use street\nline L1 CE1/a BB\nline L2 CE2/a BB state=suspended\n"+
		"line L3 CE3/a BB target=none\nline L4 CE4/a BB state=planned\nline L5 CE4/b BB state=active")
	for id, want := range map[string]bool{"L1": true, "L2": false, "L3": true, "L4": false, "L5": true} {
		l, ok := x.M.LineOf(id)
		if !ok || x.M.Line(l).Active != want {
			t.Errorf("%s is active: %v", id, x.M.Line(l).Active)
		}
	}
	if l, _ := x.M.LineOf("L1"); !x.M.Line(l).Service {
		t.Error("a line whose target is pinged has nothing that proves its service")
	}
	if _, ok := x.M.LineOf("L9"); ok {
		t.Error("L9 is found")
	}
}

func TestLinesAreFoundByWhatBreaksThem(t *testing.T) {
	x := infertest.NewScene(t, street+"line L5 CE1/v CE4/v product=vpn target=none")
	for comp, want := range map[string]string{"device/CE1": "L1 L5", "cable/CBL-A": "L1 L2 L3 L5",
		"device/CR": "L1 L2 L3 L4", "device/CH": "L1 L2 L3 L4 L5", "link/E2": "L2", "port/CE4/v": "L5"} {
		if got := x.Lines(x.M.LinesOf(x.Comp(comp))); got != want {
			t.Errorf("%s breaks %s, want %s", comp, got, want)
		}
	}
	for device, want := range map[string]string{"CE1": "L1 L5", "CE4": "L4 L5", "BB": "L1 L2 L3 L4", "CH": ""} {
		d, _ := x.M.DeviceOf(device)
		if got := x.Lines(x.M.LinesAt(d)); got != want {
			t.Errorf("at %s end %s, want %s", device, got, want)
		}
	}
}

func TestAFailureDarkensThePingsBehindIt(t *testing.T) {
	x := infertest.NewScene(t, street)
	for comp, want := range map[string]int32{
		"device/CE1":      2,  // itself and its line
		"cable/CBL-A":     6,  // three routers and their lines
		"device/CH":       9,  // itself and four of each
		"device/CR":       11, // and the access node and itself
		"station/default": 12, // and the backbone router at which it stands
	} {
		if got := x.M.Pings(x.Comp(comp), 0); got != want {
			t.Errorf("%s darkens %d pings, want %d", comp, got, want)
		}
	}
}

func TestPortsThatSpeakOfAComponent(t *testing.T) {
	x := infertest.NewScene(t, street)
	for comp, want := range map[string]string{
		"link/T4":     "device/FE4 port/CH/4 port/FE4/o",
		"device/FE4":  "device/FE4 port/CE4/w port/CH/4",
		"cable/CBL-B": "device/FE4 port/CH/4 port/FE4/o",
		"device/CE4":  "port/FE4/e",
	} {
		if got := x.Points(x.M.PortsOf(x.Comp(comp))); got != want {
			t.Errorf("of %s speak %s, want %s", comp, got, want)
		}
	}
}

func TestStations(t *testing.T) {
	x := infertest.NewScene(t, bow+"station s1 H1 collector=c1\nstation s2 H2 collector=c2")
	if n := x.M.Stations(); n != 2 {
		t.Fatalf("%d stations", n)
	}
	for name, want := range map[string]int32{"s1": 0, "s2": 1, "s3": -1} {
		if got := x.M.StationNamed(name); got != want {
			t.Errorf("%s is station %d, want %d", name, got, want)
		}
	}
	for st, at := range []string{"device/H1", "device/H2"} {
		comp := x.M.StationComp(int32(st))
		if !x.M.IsStation(comp) || x.M.StationOf(comp) != int32(st) {
			t.Errorf("station %d has component %d, which is of station %d", st, comp, x.M.StationOf(comp))
		}
		want, _ := x.M.PointOf(int32(st), symptom.Subject(at), "")
		if got := x.M.Uplink(int32(st)); got != want {
			t.Errorf("station %d stands at point %d, want %d", st, got, want)
		}
	}
	if h := x.Comp("device/H1"); x.M.IsStation(h) || x.M.StationOf(h) != -1 {
		t.Error("a router is a station")
	}
}

func TestHowFarInwardsPartsLie(t *testing.T) {
	x := infertest.NewScene(t, street)
	depth := func(subject string) int { return x.M.Depth(x.M.Comp(x.Comp(subject)).Atoms[0]) }
	order := []string{"port/CE1/lan", "device/CE1", "device/CH", "link/K1", "device/CR", "link/K0"}
	for i, s := range order[1:] {
		if depth(s) <= depth(order[i]) {
			t.Errorf("%s lies no further inwards than %s: %d, %d", s, order[i], depth(s), depth(order[i]))
		}
	}
}
