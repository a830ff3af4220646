package snmp

import (
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

func TestPortsThatTheInventoryNamesRaiseLinkDown(t *testing.T) {
	s := newStandIn(t)
	s.port("1", "GE0/0/1", 1, 1)
	s.port("2", "GE0/0/2", 1, 2)
	s.port("3", "GE0/0/3", 1, 7)
	s.port("4", "GE0/0/4", 2, 2)
	s.port("5", "GE0/0/5", 1, 2)
	s.port("6", "GE0/0/6", 1, 2)
	s.port("7", "GE0/0/7", 1, 4)
	e := startEngine(t, quick(), nil, nil, s.target("R1", map[string]Port{
		"GE0/0/1": {Link: true}, "GE0/0/2": {Link: true}, "GE0/0/3": {Line: true}, "GE0/0/4": {Link: true},
		"GE0/0/6": {FarEnd: "T1"}, "GE0/0/7": {Link: true}, "GE0/0/9": {Link: true},
	}))
	r := mustPoll(t, e, "R1")
	expect(t, r, "port/R1/GE0/0/1", symptom.LinkDown, probe.Normal)
	expect(t, r, "port/R1/GE0/0/2", symptom.LinkDown, probe.Abnormal)
	expect(t, r, "port/R1/GE0/0/3", symptom.LinkDown, probe.Abnormal) // lowerLayerDown
	expect(t, r, "port/R1/GE0/0/4", symptom.LinkDown, probe.Normal)   // administratively down
	expect(t, r, "port/R1/GE0/0/5", symptom.LinkDown, silence)        // nobody's business
	expect(t, r, "port/R1/GE0/0/6", symptom.LinkDown, silence)        // a near end that no link uses
	expect(t, r, "port/R1/GE0/0/7", symptom.LinkDown, probe.Keep)     // unknown to the agent itself
	expect(t, r, "device/R1", symptom.AgentSilent, probe.Normal)
	if len(r.Missing) != 1 || r.Missing[0] != "GE0/0/9" {
		t.Errorf("missing ports %v, want GE0/0/9", r.Missing)
	}
	if v, ok := r.reading("device/R1", "uptime_seconds"); !ok || v != 86_400 {
		t.Errorf("uptime %v %v, want a day", v, ok)
	}
	if v, _ := r.reading("port/R1/GE0/0/1", "if_speed_bps"); v != 1e9 {
		t.Errorf("speed %v, want 1e9", v)
	}
	if r.Profile != "generic" || r.SysObjectID != ".1.3.6.1.4.1.8072.3.2.10" {
		t.Errorf("profile %s of %s", r.Profile, r.SysObjectID)
	}
	for _, x := range r.Samples {
		if x.At.Before(r.Sent) || x.At.After(time.Now()) {
			t.Errorf("%s of %s at %s: not when it was asked", x.Kind, x.Subject, x.At)
		}
	}
}

func TestPortShutAtTheOtherEndIsNoFault(t *testing.T) {
	a, z := newStandIn(t), newStandIn(t)
	a.port("1", "GE1", 1, 1)
	z.port("1", "GE7", 1, 1)
	e := startEngine(t, quick(), nil, nil,
		a.target("A", map[string]Port{"GE1": {Link: true, PeerID: "Z", PeerPort: "GE7"}}),
		z.target("Z", map[string]Port{"GE7": {Link: true, PeerID: "A", PeerPort: "GE1"}}))
	mustPoll(t, e, "A")
	mustPoll(t, e, "Z")
	a.port("1", "GE1", 2, 2)
	z.port("1", "GE7", 1, 2)
	expect(t, mustPoll(t, e, "Z"), "port/Z/GE7", symptom.LinkDown, probe.Abnormal)
	expect(t, mustPoll(t, e, "A"), "port/A/GE1", symptom.LinkDown, probe.Normal)
	expect(t, mustPoll(t, e, "Z"), "port/Z/GE7", symptom.LinkDown, probe.Normal)
}

const rcft = ".1.3.6.1.4.1.8886.2.1.5.1.1."

func newChassis(t testing.TB) *standIn {
	s := newStandIn(t)
	s.set(sysObjectID, gosnmp.ObjectIdentifier, ".1.3.6.1.4.1.8886.1.2.1")
	s.slot("1.5", 1, 1, 1, 1)
	return s
}

func (s *standIn) slot(index string, copper, light, farEnd, customer int) {
	for column, v := range map[string]int{"7": copper, "20": light, "34": light, "37": farEnd, "40": customer, "49": 1} {
		s.set(rcft+column+"."+index, gosnmp.Integer, v)
	}
}

func TestTransceiverChassisSpeaksOfItsFarEnds(t *testing.T) {
	s := newChassis(t)
	e := startEngine(t, quick(), nil, nil, s.target("C1", map[string]Port{"1/5": {FarEnd: "FE5", Link: true}}))
	for _, c := range []struct {
		what                            string
		copper, light, farEnd, customer int
		los, missing, port, power       probe.Judgement
	}{
		{"all is well", 1, 1, 1, 1, probe.Normal, probe.Normal, probe.Normal, probe.Normal},
		{"the customer unplugs his cable", 1, 1, 1, 2, probe.Normal, probe.Normal, probe.Abnormal, probe.Normal},
		{"the unit hangs", 1, 1, 2, 2, probe.Normal, probe.Abnormal, silence, probe.Keep},
		{"the fibre is cut", 1, 2, 2, 2, probe.Abnormal, probe.Abnormal, silence, probe.Keep},
		{"our own copper is down", 2, 1, 1, 1, probe.Normal, probe.Normal, probe.Normal, probe.Normal},
	} {
		s.slot("1.5", c.copper, c.light, c.farEnd, c.customer)
		r := mustPoll(t, e, "C1")
		t.Log(c.what)
		expect(t, r, "port/C1/1/5", symptom.LOS, c.los)
		expect(t, r, "device/FE5", symptom.FarEndMissing, c.missing)
		expect(t, r, "device/FE5", symptom.CustomerPortDown, c.port)
		expect(t, r, "device/FE5", symptom.PowerFail, c.power)
		expect(t, r, "port/C1/1/5", symptom.LinkDown, silence) // its link is of fibre
		if len(r.Covers["FE5"]) == 0 || len(r.Covers["C1"]) == 0 {
			t.Errorf("coverage %v", r.Covers)
		}
	}
	if r := mustPoll(t, e, "C1"); r.Profile != "raisecom-rcft" || len(r.Missing) > 0 {
		t.Errorf("profile %s, missing %v", r.Profile, r.Missing)
	}
}

func TestCopperOfAChassisCountsWhereACopperLinkUsesIt(t *testing.T) {
	s := newChassis(t)
	s.slot("1.5", 2, 1, 1, 1)
	e := startEngine(t, quick(), nil, nil, s.target("C1", map[string]Port{"1/5": {Link: true, Copper: true}}))
	expect(t, mustPoll(t, e, "C1"), "port/C1/1/5", symptom.LinkDown, probe.Abnormal)
}

// The three vendors write received power in three ways.
func TestReceivedPower(t *testing.T) {
	type vendor struct {
		name, objectID string
		set            func(s *standIn, raw int)
	}
	huawei := vendor{"huawei-vrp", ".1.3.6.1.4.1.2011.2.224.67", func(s *standIn, raw int) {
		s.set(".1.3.6.1.2.1.47.1.1.1.1.7.16908353", gosnmp.OctetString, "GE1")
		s.set(".1.3.6.1.4.1.2011.5.25.31.1.1.3.1.8.16908353", gosnmp.Integer, raw)
	}}
	raisecom := vendor{"raisecom-mstp", ".1.3.6.1.4.1.8886.6.5", func(s *standIn, raw int) {
		s.set(".1.3.6.1.4.1.8886.1.18.2.2.1.1.2.1.4", gosnmp.Integer, raw)
	}}
	h3c := vendor{"h3c", ".1.3.6.1.4.1.25506.1.7", func(s *standIn, raw int) {
		s.set(".1.3.6.1.4.1.25506.2.70.1.1.1.12.1", gosnmp.Integer, raw)
	}}
	for _, c := range []struct {
		what     string
		v        vendor
		oper     int
		raw      int
		dbm      float64
		low, los probe.Judgement
	}{
		{"usual", huawei, 1, -850, -8.5, probe.Normal, probe.Normal},
		{"usual, in microwatts", huawei, 1, 200, -6.99, probe.Normal, probe.Normal},
		{"weak, in microwatts", huawei, 1, 5, -23.01, probe.Abnormal, probe.Normal},
		{"weak", huawei, 1, -2300, -23, probe.Abnormal, probe.Normal},
		{"between the thresholds", huawei, 1, -2100, -21, probe.Keep, probe.Normal},
		{"dark, and down", huawei, 2, -4000, -40, probe.Keep, probe.Abnormal},
		{"said to be dark, but up", huawei, 1, -4000, -40, probe.Keep, probe.Normal},
		{"no number, and down", huawei, 2, 2147483647, 0, silence, probe.Abnormal},
		{"no number, but up", huawei, 1, 2147483647, 0, silence, probe.Normal},
		{"lit, but down", huawei, 2, -850, -8.5, probe.Normal, probe.Normal},
		{"usual", raisecom, 1, -12_345, -12.345, probe.Normal, probe.Normal},
		{"weak", raisecom, 1, -24_000, -24, probe.Abnormal, probe.Normal},
		{"dark, and down", raisecom, 2, -40_000, -40, probe.Keep, probe.Abnormal},
		{"usual", h3c, 1, -700, -7, probe.Normal, probe.Normal},
		{"weak", h3c, 1, -2400, -24, probe.Abnormal, probe.Normal},
		{"dark, and down", h3c, 7, -3800, -38, probe.Keep, probe.Abnormal},
	} {
		t.Run(c.v.name+"/"+c.what, func(t *testing.T) {
			s := newStandIn(t)
			s.set(sysObjectID, gosnmp.ObjectIdentifier, c.v.objectID)
			s.port("1", "GE1", 1, c.oper)
			c.v.set(s, c.raw)
			e := startEngine(t, quick(), nil, nil, s.target("R1", map[string]Port{"GE1": {Link: true}}))
			r := mustPoll(t, e, "R1")
			if r.Profile != c.v.name {
				t.Fatalf("profile %s", r.Profile)
			}
			expect(t, r, "port/R1/GE1", symptom.RxPowerLow, c.low)
			expect(t, r, "port/R1/GE1", symptom.LOS, c.los)
			got, known := r.reading("port/R1/GE1", "rx_power_dbm")
			if known != (c.dbm != 0) || (got-c.dbm > 0.01 || c.dbm-got > 0.01) {
				t.Errorf("rx_power_dbm %v (%v), want %v", got, known, c.dbm)
			}
			s.port("1", "GE1", 2, 2)
			r = mustPoll(t, e, "R1")
			if r.says("port/R1/GE1", symptom.LOS) == probe.Abnormal ||
				r.says("port/R1/GE1", symptom.RxPowerLow) == probe.Abnormal {
				t.Error("a port that is administratively down speaks of its light")
			}
		})
	}
}

func TestOpticsFoundByAliasWhenTheEntityIsNamedOtherwise(t *testing.T) {
	s := newStandIn(t)
	s.set(sysObjectID, gosnmp.ObjectIdentifier, ".1.3.6.1.4.1.2011.2.5")
	s.port("9", "GE9", 1, 1)
	s.set(".1.3.6.1.2.1.47.1.1.1.1.7.777", gosnmp.OctetString, "Optical module 9")
	s.set(".1.3.6.1.2.1.47.1.3.2.1.2.777.0", gosnmp.ObjectIdentifier, ".1.3.6.1.2.1.2.2.1.1.9")
	s.set(".1.3.6.1.4.1.2011.5.25.31.1.1.3.1.8.777", gosnmp.Integer, -2500)
	e := startEngine(t, quick(), nil, nil, s.target("R1", map[string]Port{"GE9": {Link: true}}))
	expect(t, mustPoll(t, e, "R1"), "port/R1/GE9", symptom.RxPowerLow, probe.Abnormal)
}

func TestRenumberedPortsAreFoundAgain(t *testing.T) {
	s := newStandIn(t)
	s.set(".1.3.6.1.2.1.31.1.5.0", gosnmp.TimeTicks, uint32(100))
	s.port("1", "GE1", 1, 1)
	e := startEngine(t, quick(), nil, nil, s.target("R1", map[string]Port{"GE1": {Link: true}}))
	mustPoll(t, e, "R1")
	mustPoll(t, e, "R1")
	for _, column := range []string{".1.3.6.1.2.1.31.1.1.1.1", ".1.3.6.1.2.1.2.2.1.7", ".1.3.6.1.2.1.2.2.1.8",
		".1.3.6.1.2.1.31.1.1.1.15"} {
		s.remove(column + ".1")
	}
	s.port("1", "GE0", 1, 1)
	s.port("12", "GE1", 1, 2)
	s.set(".1.3.6.1.2.1.31.1.5.0", gosnmp.TimeTicks, uint32(200))
	expect(t, mustPoll(t, e, "R1"), "port/R1/GE1", symptom.LinkDown, probe.Abnormal)
}
