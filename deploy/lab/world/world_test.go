package world

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// scene is a world with a clock and a record of the traps that were sent.
type scene struct {
	*World
	t     *testing.T
	now   time.Time
	traps []Trap
}

func newScene(t *testing.T) *scene {
	t.Helper()
	net, err := plan.Generate(200, 1)
	if err != nil {
		t.Fatal(err)
	}
	return &scene{World: New(net, start), t: t, now: start}
}

// pass lets time pass and returns the traps sent meanwhile, as text.
func (s *scene) pass(d time.Duration) (traps []string) {
	s.now = s.now.Add(d)
	for _, t := range s.Advance(s.now) {
		s.traps = append(s.traps, t)
		traps = append(traps, s.text(t))
	}
	return traps
}

var kinds = []string{"linkDown", "linkUp", "coldStart", "dyingGasp", "slotOptical", "farEndLost", "farEndBack",
	"customerPort"}

func (s *scene) text(t Trap) string {
	out := kinds[t.Kind] + " " + s.Net.Devices[t.Device].ID
	if t.Port != plan.None {
		out = kinds[t.Kind] + " " + s.Net.PortName(t.Port)
	}
	if t.Kind > DyingGasp {
		out += fmt.Sprint("=", t.Value)
	}
	return out
}

func (s *scene) do(f Fault) Fault {
	s.t.Helper()
	s.pass(0)
	got, err := s.Inject(s.now, f)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

func (s *scene) heal(subject string) {
	s.t.Helper()
	s.pass(0)
	if _, err := s.Heal(s.now, subject); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) expectTraps(got []string, want ...string) {
	s.t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.t.Errorf("traps:\n got %q\nwant %q", got, want)
	}
}

// answers reports whether a device answers the station.
func (s *scene) answers(dev int) bool { return s.Path(0, dev).Up && !s.Silent(dev) }

func (s *scene) down() []string { return s.Truth(s.now).Down }

// viaChassis is a line whose A end is behind a transceiver; far is its far
// end's device, near the port of the chassis.
func (s *scene) viaChassis() (line plan.Line, far, near int) {
	for _, l := range s.Net.Lines {
		d := s.Net.Across(s.Net.Uplink(l.A), l.A)
		if s.Net.Devices[d].Kind == "transceiver" {
			return l, d, s.Net.Devices[d].NearEnd
		}
	}
	s.t.Fatal("no line behind a transceiver")
	return
}

// over are the ids of the lines that run over a subject, by the list.
func (s *scene) over(subject string) []string {
	for _, x := range s.Things() {
		if x.Subject == subject {
			return x.Lines
		}
	}
	s.t.Fatalf("%s is not in the list", subject)
	return nil
}

func (s *scene) find(class, kind, layer string, lines int) Thing {
	s.t.Helper()
	for _, x := range s.Things() {
		if strings.HasPrefix(x.Subject, class+"/") && (kind == "" || x.Kind == kind) && x.Layer == layer &&
			len(x.Lines) >= lines {
			return x
		}
	}
	s.t.Fatalf("no %s of kind %q in layer %s with %d lines", class, kind, layer, lines)
	return Thing{}
}

func TestAHealthyNetworkAnswersAndIsQuiet(t *testing.T) {
	s := newScene(t)
	for i, d := range s.Net.Devices {
		if d.Address.IsValid() && !s.answers(i) {
			t.Errorf("%s does not answer", d.ID)
		}
		if rtt := s.Path(0, i).RTT; rtt <= 0 || rtt > 30*time.Millisecond {
			t.Errorf("%s answers after %v", d.ID, rtt)
		}
	}
	if got := s.pass(time.Hour); len(got) > 0 {
		t.Errorf("traps without a reason: %q", got)
	}
	if got := s.down(); len(got) > 0 {
		t.Errorf("lines down without a reason: %q", got)
	}
}

func TestACutTailCableTakesItsLinesAndNothingElse(t *testing.T) {
	s := newScene(t)
	c := s.find("cable", "", "tail", 3)
	s.do(Fault{Subject: c.Subject, Action: Cut})
	if got := s.down(); !slices.Equal(got, c.Lines) {
		t.Errorf("down %q, want the lines of the cable %q", got, c.Lines)
	}
	s.heal(c.Subject)
	s.pass(10 * time.Second)
	if got := s.down(); len(got) > 0 {
		t.Errorf("after healing %q are down", got)
	}
}

func TestACutTailDarkensBothEndsAndTheChassisTellsIt(t *testing.T) {
	s := newScene(t)
	line, far, near := s.viaChassis()
	f := s.do(Fault{Subject: "line/" + line.ID, Action: Cut})
	if !strings.HasPrefix(f.Subject, "link/L-TAIL-") {
		t.Errorf("the tail of %s is recorded as %s", line.ID, f.Subject)
	}
	for _, p := range []int{near, s.Net.Peer(near)} {
		if dBm, ok := s.Light(p, s.now); !ok || dBm != Floor || s.Port(p).OperUp {
			t.Errorf("%s: %v dBm, up %v", s.Net.PortName(p), dBm, s.Port(p).OperUp)
		}
	}
	if got := s.Slot(near); got != (Slot{Equipped: true}) {
		t.Errorf("the slot shows %+v", got)
	}
	if s.answers(line.A) {
		t.Error("the router behind the cut answers")
	}
	if !s.Alive(far) {
		t.Error("the far end lost its power")
	}
	p := s.Net.PortName(near)
	s.expectTraps(s.pass(5*time.Second), "slotOptical "+p+"=2", "farEndLost "+p+"=2")
	s.heal(f.Subject)
	s.expectTraps(s.pass(5*time.Second), "slotOptical "+p+"=1", "farEndBack "+p+"=1")
}

func TestACustomersPowerGoesWithALastGasp(t *testing.T) {
	s := newScene(t)
	line, _, near := s.viaChassis()
	site := "power/" + s.Net.Sites[s.Net.Devices[line.A].Site].ID
	s.do(Fault{Subject: site, Action: Poweroff})
	p := s.Net.PortName(near)
	traps := s.pass(5 * time.Second)
	if len(traps) == 0 || traps[0] != "dyingGasp "+p {
		t.Errorf("the first trap is not the last gasp: %q", traps)
	}
	s.expectTraps(traps, "dyingGasp "+p, "slotOptical "+p+"=2", "farEndLost "+p+"=2")
	if log := s.OAMLog(s.Net.Ports[near].Device); len(log) != 1 || log[0].Port != near {
		t.Errorf("the event log has %+v", log)
	}
	if got, want := s.down(), s.over(site); !slices.Equal(got, want) {
		t.Errorf("down %q, want %q", got, want)
	}
	s.heal(site)
	cpe := s.Net.Devices[line.A].ID
	if s.answers(line.A) {
		t.Error("the router answers before it has booted")
	}
	traps = s.pass(10 * time.Second)
	if !slices.Contains(traps, "coldStart "+cpe) || !slices.Contains(traps, "farEndBack "+p+"=1") {
		t.Errorf("power came back with %q", traps)
	}
	if up := s.now.Sub(s.Booted(line.A)); up > 10*time.Second {
		t.Errorf("the router has been up for %v", up)
	}
}

func TestPowerCanGoWithoutALastWord(t *testing.T) {
	s := newScene(t)
	line, _, near := s.viaChassis()
	s.do(Fault{Subject: "power/" + s.Net.Sites[s.Net.Devices[line.A].Site].ID, Action: Poweroff, NoGasp: true})
	p := s.Net.PortName(near)
	s.expectTraps(s.pass(5*time.Second), "slotOptical "+p+"=2", "farEndLost "+p+"=2")
}

func TestTheLatestGaspsAreRemembered(t *testing.T) {
	s := newScene(t)
	_, far, near := s.viaChassis()
	box := s.Net.Ports[near].Device
	s.do(Fault{Subject: "device/" + s.Net.Devices[far].ID, Action: Flap, Period: 2 * time.Second})
	s.pass(80*time.Second - time.Millisecond)
	log := s.OAMLog(box)
	if last := log[len(log)-1]; len(log) != logRows || last.Index != 40 || s.now.Sub(last.At) > 2*time.Second {
		t.Errorf("%d events, the last one %+v", len(log), last)
	}
	gasps := 0
	for _, x := range s.traps {
		if x.Kind == DyingGasp {
			if gasps++; x.Value != gasps {
				t.Errorf("gasp %d is said to be event %d", gasps, x.Value)
			}
		}
	}
	if gasps != 40 {
		t.Errorf("%d last gasps, want 40", gasps)
	}
}

func TestACustomersRouterOffShowsAsItsCopperPort(t *testing.T) {
	s := newScene(t)
	line, _, near := s.viaChassis()
	s.do(Fault{Subject: "device/" + s.Net.Devices[line.A].ID, Action: Poweroff})
	if got := s.Slot(near); !got.Exist || !got.Optical || got.Copper {
		t.Errorf("the slot shows %+v", got)
	}
	s.expectTraps(s.pass(5*time.Second), "customerPort "+s.Net.PortName(near)+"=2")
}

func TestASilentFarEndStillPassesTraffic(t *testing.T) {
	s := newScene(t)
	line, far, near := s.viaChassis()
	s.do(Fault{Subject: "device/" + s.Net.Devices[far].ID, Action: Mute})
	if got := s.Slot(near); got.Exist || !got.Optical {
		t.Errorf("the slot shows %+v", got)
	}
	if !s.answers(line.A) || len(s.down()) > 0 {
		t.Error("traffic stopped")
	}
	s.pass(5 * time.Second)
	s.do(Fault{Subject: "device/" + s.Net.Devices[far].ID, Action: Poweroff})
	if traps := s.pass(5 * time.Second); slices.Contains(traps, "dyingGasp "+s.Net.PortName(near)) {
		t.Errorf("without OAM it said %q", traps)
	}
}

func TestManagementAloneCanDie(t *testing.T) {
	s := newScene(t)
	line, _, _ := s.viaChassis()
	s.do(Fault{Subject: "device/" + s.Net.Devices[line.A].ID, Action: Mute})
	if s.answers(line.A) || !s.Path(0, line.A).Up || len(s.down()) > 0 {
		t.Error("a mute router must keep silent, and its lines up")
	}
	s.expectTraps(s.pass(time.Minute))
}

func TestAnAccessNodeTakesAllThatHangsOnIt(t *testing.T) {
	s := newScene(t)
	an := s.find("device", "switch", "trunk", 4)
	s.do(Fault{Subject: an.Subject, Action: Poweroff})
	if got := s.down(); !slices.Equal(got, an.Lines) {
		t.Errorf("down %q, want %q", got, an.Lines)
	}
	up := s.Net.Uplink(s.names.device[an.ID])
	above := s.Net.PortName(s.Net.Peer(s.Net.Links[up].Z))
	if got := s.pass(5 * time.Second); !slices.Contains(got, "linkDown "+above) {
		t.Errorf("the node above says %q, not that %s is down", got, above)
	}
	for _, tr := range s.traps {
		if s.Net.Devices[tr.Device].ID == an.ID {
			t.Errorf("a dead node says %s", s.text(tr))
		}
	}
}

func TestOneCutInARingTakesNoLineAndTwoTakeWhatIsBetween(t *testing.T) {
	s := newScene(t)
	s.do(Fault{Subject: "link/L-R01-2", Action: Cut})
	truth := s.Truth(s.now)
	if len(truth.Down) > 0 || !slices.Equal(truth.Open, []string{"R01"}) {
		t.Fatalf("after one cut %q are down, %q are open", truth.Down, truth.Open)
	}
	s.expectTraps(s.pass(5*time.Second), "linkDown "+s.Net.PortName(s.Net.Links[s.names.link["L-R01-2"]].A),
		"linkDown "+s.Net.PortName(s.Net.Links[s.names.link["L-R01-2"]].Z))
	s.do(Fault{Subject: "link/L-R01-4", Action: Cut})
	between := map[string]bool{}
	for _, id := range append(s.over("device/RN-01-2"), s.over("device/RN-01-3")...) {
		between[id] = true
	}
	down := s.down()
	if len(down) == 0 {
		t.Fatal("after two cuts nothing is down")
	}
	for _, id := range down {
		if !between[id] {
			t.Errorf("%s is down and does not live between the cuts", id)
		}
	}
	if s.answers(s.names.device["RN-01-2"]) || !s.answers(s.names.device["RN-01-1"]) {
		t.Error("the nodes between the cuts must be silent, those outside not")
	}
}

func TestACoreRouterTakesTheNodesThatHangOnItAlone(t *testing.T) {
	s := newScene(t)
	s.do(Fault{Subject: "device/CR2", Action: Poweroff})
	down := s.down()
	if len(down) == 0 {
		t.Fatal("no line is down")
	}
	for _, id := range down {
		l := s.Net.Lines[s.names.line[id]]
		ends := []int{l.A, l.Z}
		if !slices.ContainsFunc(ends, func(d int) bool { return s.hangsOn(d) == "CR2" || s.Net.Devices[d].ID == "CR2" }) {
			t.Errorf("%s is down and has nothing to do with CR2", id)
		}
	}
}

func (s *scene) hangsOn(d int) string {
	for {
		switch s.Net.Devices[d].Kind {
		case "router", "mstp":
			return s.Net.Devices[d].ID
		}
		d = s.Net.Across(s.Net.Uplink(d), d)
	}
}

func TestAnIsolatedStationSeesNothingAndNoLineIsDown(t *testing.T) {
	s := newScene(t)
	s.do(Fault{Subject: "station/ST1", Action: Isolate})
	if s.answers(0) || s.answers(len(s.Net.Devices)-1) {
		t.Error("something answers an isolated station")
	}
	if truth := s.Truth(s.now); len(truth.Down) > 0 || truth.Faults[0].Layer != "monitoring" {
		t.Errorf("the truth is %+v", truth)
	}
	s.heal("station/ST1")
	if !s.answers(0) {
		t.Error("still isolated after healing")
	}
}

func TestAttenuationDimsThenErrsThenDarkens(t *testing.T) {
	s := newScene(t)
	line, _, near := s.viaChassis()
	tail := s.Net.Ports[near].Link
	subject := "link/" + s.Net.Links[tail].ID
	margin := min(s.Net.Links[tail].Light[0], s.Net.Links[tail].Light[1]) - sensitivity
	before, _ := s.Light(near, s.now)
	s.do(Fault{Subject: subject, Action: Degrade, DB: 3})
	if after, _ := s.Light(near, s.now); before-after < 2.99 || before-after > 3.01 {
		t.Errorf("light went from %v to %v by 3 dB", before, after)
	}
	if s.Path(0, line.A).Loss != 0 {
		t.Error("loss with light to spare")
	}
	s.do(Fault{Subject: subject, Action: Degrade, DB: margin - 0.5})
	if loss := s.Path(0, line.A).Loss; loss < 0.04 {
		t.Errorf("loss %v at the edge of sensitivity", loss)
	}
	errors := s.Counters(near, s.now).Errors
	if s.pass(time.Minute); s.Counters(near, s.now).Errors <= errors {
		t.Error("errors are not counted")
	}
	s.do(Fault{Subject: subject, Action: Degrade, DB: margin + 1})
	weak := s.Net.Links[tail].A
	if s.Net.Links[tail].Light[1] < s.Net.Links[tail].Light[0] {
		weak = s.Net.Links[tail].Z
	}
	if dBm, _ := s.Light(weak, s.now); dBm <= Floor || !Lost(dBm) {
		t.Errorf("%v dBm is a signal, or no light at all", dBm)
	}
	if s.Path(0, line.A).Up || s.Port(near).OperUp {
		t.Error("the link works below its receivers' sensitivity")
	}
}

func TestLossAndLatencyReachWhatIsBehindThem(t *testing.T) {
	s := newScene(t)
	line, _, _ := s.viaChassis()
	before := s.Path(0, line.A)
	s.do(Fault{Subject: "line/" + line.ID, Action: Degrade, Loss: 0.2, Latency: 30 * time.Millisecond})
	after := s.Path(0, line.A)
	if after.RTT-before.RTT != 30*time.Millisecond || after.Loss < 0.199 || after.Loss > 0.201 {
		t.Errorf("from %+v to %+v", before, after)
	}
	if s.Path(0, 0).Loss != 0 {
		t.Error("the backbone loses packets, too")
	}
}

func TestAFlapGoesDownAndUpUntilHealed(t *testing.T) {
	s := newScene(t)
	line, _, _ := s.viaChassis()
	f := s.do(Fault{Subject: "line/" + line.ID, Action: Flap, Period: 4 * time.Second})
	var seen string
	for range 8 {
		if s.Path(0, line.A).Up {
			seen += "+"
		} else {
			seen += "-"
		}
		s.pass(time.Second)
	}
	if seen != "--++--++" {
		t.Errorf("the line went %s", seen)
	}
	s.heal(f.Subject)
	for range 8 {
		if s.pass(time.Second); !s.Path(0, line.A).Up {
			t.Fatal("still flapping after healing")
		}
	}
	if _, more := s.Next(); more {
		t.Error("a healed flap still wakes the world")
	}
}

func TestARebootEndsByItselfWithColdStartAndCountersFromNought(t *testing.T) {
	s := newScene(t)
	an := s.find("device", "switch", "trunk", 4)
	d := s.names.device[an.ID]
	up := s.Net.Links[s.Net.Uplink(d)].Z
	before := s.Counters(up, s.now).In
	s.do(Fault{Subject: an.Subject, Action: Reboot})
	if s.answers(d) || len(s.Truth(s.now).Faults) != 1 {
		t.Error("a rebooting node answers")
	}
	traps := s.pass(10 * time.Second)
	if !slices.Contains(traps, "coldStart "+an.ID) {
		t.Errorf("no coldStart in %q", traps)
	}
	if !s.answers(d) || len(s.Truth(s.now).Faults) != 0 || len(s.down()) > 0 {
		t.Errorf("ten seconds after the reboot: %+v", s.Truth(s.now))
	}
	if after := s.Counters(up, s.now).In; after >= before {
		t.Errorf("counters went on from %d to %d", before, after)
	}
}

func TestAShutPortIsShutHereAndDarkThere(t *testing.T) {
	s := newScene(t)
	l := s.Net.Links[s.names.link["L-R01-1"]]
	s.do(Fault{Subject: "port/" + s.Net.PortName(l.A), Action: Shut})
	here, there := s.Port(l.A), s.Port(l.Z)
	if here.AdminUp || here.OperUp || !there.AdminUp || there.OperUp {
		t.Errorf("here %+v, there %+v", here, there)
	}
}

func TestACustomersPortTakesItsLineAloneAndOnlyWhenBroken(t *testing.T) {
	s := newScene(t)
	line, _, _ := s.viaChassis()
	port := "port/" + s.Net.PortName(line.APort)
	s.do(Fault{Subject: port, Action: Shut})
	if down := s.down(); len(down) > 0 {
		t.Errorf("shut by an administrator, it takes down %q", down)
	}
	s.heal(port)
	s.do(Fault{Subject: port, Action: Cut})
	if down := s.down(); !slices.Equal(down, []string{line.ID}) {
		t.Errorf("broken, it takes down %q, want %s", down, line.ID)
	}
}

func TestACardTakesAllItsPorts(t *testing.T) {
	s := newScene(t)
	s.do(Fault{Subject: "card/CR1/1", Action: Cut})
	for _, p := range s.Net.Devices[s.names.device["CR1"]].Ports {
		if q := s.Net.Ports[p]; q.Card == "1" && s.Port(p).OperUp {
			t.Errorf("%s is up on a dead card", q.Name)
		}
	}
}

func TestCountersGrowWhileUpAndStandStillWhileDown(t *testing.T) {
	s := newScene(t)
	_, _, near := s.viaChassis()
	link := s.Net.Links[s.Net.Ports[near].Link].ID
	a := s.Counters(near, s.now)
	s.pass(time.Minute)
	b := s.Counters(near, s.now)
	s.do(Fault{Subject: "link/" + link, Action: Cut})
	s.pass(time.Minute)
	c := s.Counters(near, s.now)
	for i := range s.Net.Links {
		p := s.Net.Links[i].A
		if before := s.Counters(p, s.now); s.links[i].up {
			if after := s.Counters(p, s.now.Add(time.Minute)); after.In <= before.In || after.Out <= before.Out {
				t.Errorf("%s is up, and its counters stand still at %+v", s.Net.PortName(p), after)
			}
		}
	}
	if b.In <= a.In || b.Out <= a.Out || c.In != b.In || c.Out != b.Out {
		t.Errorf("%+v, a minute later %+v, a minute after the cut %+v", a, b, c)
	}
}

func TestWhatCannotBeDoneIsRefusedWithAReason(t *testing.T) {
	s := newScene(t)
	for _, c := range []struct {
		fault Fault
		want  string
	}{
		{Fault{Subject: "cable/NOPE", Action: Cut}, "there is no cable/NOPE"},
		{Fault{Subject: "cable/L-R01-1", Action: Cut}, "but there is link/L-R01-1"},
		{Fault{Subject: "CBL-F-0001", Action: Cut}, "write cable/CBL-F-0001"},
		{Fault{Subject: "NOPE", Action: Cut}, "is no subject"},
		{Fault{Subject: "duct/D1", Action: Cut}, "cannot break a duct"},
		{Fault{Subject: "device/CR1", Action: Cut}, "use poweroff"},
		{Fault{Subject: "link/L-R01-1", Action: Poweroff}, "use cut, degrade or flap"},
		{Fault{Subject: "power/S-CR1", Action: Reboot}, "use poweroff or flap"},
		{Fault{Subject: "port/CR1/GE9/9/9", Action: Cut}, "device CR1 has no port GE9/9/9"},
		{Fault{Subject: "card/CR1/", Action: Cut}, "device CR1 has no card"},
		{Fault{Subject: "device/CR1", Action: Isolate}, "isolate is for a station"},
		{Fault{Subject: "station/ST1", Action: Cut}, "not station/ST1"},
		{Fault{Subject: "line/NOPE", Action: Cut}, "there is no line/NOPE"},
		{Fault{Subject: "link/" + s.copper(), Action: Degrade, DB: 3}, "no light in it"},
		{Fault{Subject: "port/" + s.Net.PortName(s.Net.Lines[0].APort), Action: Degrade}, "no link"},
		{Fault{Subject: "cable/CBL-F-0001", Action: Degrade, Loss: -1}, "nothing may be negative"},
		{Fault{Subject: "device/CR1", Action: Degrade, DB: 3}, "no light of its own"},
		{Fault{Subject: "device/CR1", Action: Degrade, Loss: 1.5}, "share from 0 to 1"},
		{Fault{Subject: "device/CR1", Action: Flap, Period: time.Millisecond}, "200ms"},
		{Fault{Subject: "line/LN-0001/x", Action: Cut}, "no tail at end"},
		{Fault{Subject: "device/CR1", Action: "explode"}, "explode"},
	} {
		if _, err := s.Inject(s.now, c.fault); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.fault.Action, c.fault.Subject, err, c.want)
		}
	}
	if _, err := s.Heal(s.now, "cable/NOPE"); err == nil {
		t.Error("healed what there is not")
	}
	if len(s.Truth(s.now).Faults) > 0 {
		t.Error("a refused fault is in force")
	}
}

// copper is a link without light.
func (s *scene) copper() string {
	for _, l := range s.Net.Links {
		if l.Medium == "copper" {
			return l.ID
		}
	}
	s.t.Fatal("no link of copper")
	return ""
}

func TestDegradingWithoutSayingByHowMuchIsFelt(t *testing.T) {
	s := newScene(t)
	for _, x := range s.Things() {
		if x.Kind == "power" || x.Kind == "station" {
			continue
		}
		f := s.do(Fault{Subject: x.Subject, Action: Degrade})
		fibre := x.Kind == "cable" || x.Kind == "link" && s.Net.Links[s.names.link[x.ID]].Medium == "fiber"
		if fibre != (f.DB > 0) || fibre == (f.Loss > 0) {
			t.Errorf("%s, of fibre %v, is degraded by %v dB and %v", x.Subject, fibre, f.DB, f.Loss)
		}
		lossy := slices.ContainsFunc(s.links, func(l link) bool { return l.loss > 0 }) ||
			slices.ContainsFunc(s.devs, func(d device) bool { return d.loss > 0 })
		if down := s.down(); !lossy || len(down) > 0 {
			t.Errorf("degraded, %s makes errors: %v, and takes down %q", x.Subject, lossy, down)
		}
		s.heal(x.Subject)
	}
}

func TestHealingNamesWhatKeepsASubjectBroken(t *testing.T) {
	s := newScene(t)
	fe := s.find("device", "transceiver", "premises", 1)
	site := "power/" + s.Net.Sites[s.Net.Devices[s.names.device[fe.ID]].Site].ID
	tail := s.Net.Links[s.Net.Uplink(s.names.device[fe.ID])]
	cable := "cable/" + s.Net.Cables[tail.Cables[0]].ID
	s.do(Fault{Subject: site, Action: Poweroff})
	s.do(Fault{Subject: cable, Action: Cut})
	for subject, want := range map[string]string{fe.Subject: site, "link/" + tail.ID: cable} {
		if _, err := s.Heal(s.now, subject); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("healing %s: %v, want %s named", subject, err, want)
		}
	}
	s.heal(site)
	s.heal(cable)
	for _, whole := range []string{fe.Subject, "link/" + tail.ID, cable} {
		if healed, err := s.Heal(s.now, whole); err != nil || len(healed) > 0 {
			t.Errorf("healing %s, which is whole: %v, %v", whole, healed, err)
		}
	}
}

func TestTheSameCutAgainIsTheOldCut(t *testing.T) {
	s := newScene(t)
	first := s.do(Fault{Subject: "cable/CBL-F-0001", Action: Cut})
	s.pass(time.Minute)
	if again := s.do(Fault{Subject: "cable/CBL-F-0001", Action: Cut}); !again.Since.Equal(first.Since) {
		t.Errorf("cut at %v, and again at %v", first.Since, again.Since)
	}
	s.do(Fault{Subject: "cable/CBL-F-0002", Action: Degrade, Loss: 0.1})
	s.pass(time.Minute)
	if again := s.do(Fault{Subject: "cable/CBL-F-0002", Action: Degrade, Loss: 0.3}); !again.Since.Equal(s.now) ||
		again.Loss != 0.3 {
		t.Errorf("degraded by more: %+v", again)
	}
}

func TestTheListTellsWhatIsBroken(t *testing.T) {
	s := newScene(t)
	line, _, near := s.viaChassis()
	customer := "port/" + s.Net.PortName(line.APort)
	for _, f := range []Fault{
		{Subject: "port/" + s.Net.PortName(near), Action: Cut},
		{Subject: "card/CR1/1", Action: Cut},
		{Subject: customer, Action: Cut},
		{Subject: customer, Action: Shut},
		{Subject: "device/CR2", Action: Mute},
	} {
		s.do(f)
	}
	var broken []string
	for _, x := range s.Things() {
		if !x.Broken {
			continue
		}
		broken = append(broken, x.Subject)
		if x.Subject == customer && !slices.Equal(x.Lines, []string{line.ID}) || len(x.Lines) == 0 || x.Layer == "" {
			t.Errorf("listed: %+v", x)
		}
	}
	if want := []string{"device/CR2", "port/" + s.Net.PortName(near), "card/CR1/1", customer}; !slices.Equal(broken,
		want) {
		t.Errorf("broken are %q, want %q", broken, want)
	}
	s.HealAll(s.now)
	for _, x := range s.Things() {
		if x.Broken || x.Kind == "port" {
			t.Errorf("after healing: %+v", x)
		}
	}
}

func TestHealingEverythingLeavesNothing(t *testing.T) {
	s := newScene(t)
	s.do(Fault{Subject: "device/CR1", Action: Poweroff})
	s.do(Fault{Subject: "cable/CBL-F-0001", Action: Cut})
	s.do(Fault{Subject: "cable/CBL-F-0001", Action: Cut})
	if got := len(s.HealAll(s.now)); got != 2 {
		t.Errorf("%d faults healed, want 2: the same cut twice is one", got)
	}
	s.pass(time.Minute)
	if truth := s.Truth(s.now); len(truth.Faults)+len(truth.Down)+len(truth.Open) > 0 {
		t.Errorf("left over: %+v", truth)
	}
}

func TestEveryThingInTheListCanBeBrokenAndHealed(t *testing.T) {
	s := newScene(t)
	for _, x := range s.Things() {
		action := map[string]Action{"link": Cut, "cable": Cut, "power": Poweroff, "station": Isolate}[x.Kind]
		if action == "" {
			action = Poweroff
		}
		s.do(Fault{Subject: x.Subject, Action: action})
		s.heal(x.Subject)
	}
	s.pass(time.Minute)
	if down := s.down(); len(down) > 0 {
		t.Errorf("still down: %q", down)
	}
}

// A single fault takes down no more than the lines that run over what it hits:
// everything else is connected as before.
func TestNoFaultReachesFurtherThanTheListSays(t *testing.T) {
	s := newScene(t)
	for _, x := range s.Things() {
		if x.Kind == "station" {
			continue
		}
		action := Poweroff
		if x.Kind == "link" || x.Kind == "cable" {
			action = Cut
		}
		s.do(Fault{Subject: x.Subject, Action: action})
		for _, id := range s.down() {
			if !slices.Contains(x.Lines, id) {
				t.Errorf("%s takes down %s, which does not run over it", x.Subject, id)
			}
		}
		s.heal(x.Subject)
		s.pass(20 * time.Second)
	}
}

func BenchmarkSettle10000Lines(b *testing.B) {
	net, err := plan.Generate(10_000, 1)
	if err != nil {
		b.Fatal(err)
	}
	w := New(net, start)
	for b.Loop() {
		w.settle(start)
	}
}
