package snmp

import (
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

const (
	linkDown   = ".1.3.6.1.6.3.1.1.5.3"
	linkUp     = ".1.3.6.1.6.3.1.1.5.4"
	ifIndexOID = ".1.3.6.1.2.1.2.2.1.1."
	ifAdminOID = ".1.3.6.1.2.1.2.2.1.7."
	ifNameOID  = ".1.3.6.1.2.1.31.1.1.1.1."
	gasp       = ".1.3.6.1.2.1.158.0.2"
	gaspType   = ".1.3.6.1.2.1.158.1.6.1.4."
	gaspWhere  = ".1.3.6.1.2.1.158.1.6.1.5."
)

func TestWhatTrapsMean(t *testing.T) {
	router, chassis := newStandIn(t), newChassis(t)
	router.port("7", "GE0/0/7", 1, 1)
	router.port("8", "GE0/0/8", 1, 1)
	e := startEngine(t, quick(), nil, nil,
		router.target("R1", map[string]Port{"GE0/0/7": {Link: true, PeerID: "CPE9", PeerPort: "GE0"}}),
		chassis.target("C1", map[string]Port{"1/5": {Link: true, FarEnd: "FE5"}}))
	mustPoll(t, e, "R1")
	mustPoll(t, e, "C1")
	type vars = map[string]any
	for _, c := range []struct {
		what, device, oid string
		vars              vars
		known             bool
		subject           symptom.Subject
		kind              symptom.Kind
		says              probe.Judgement
	}{
		{"a link of ours down", "R1", linkDown, vars{ifIndexOID + "7": int64(7), ifAdminOID + "7": int64(1)}, true,
			"port/R1/GE0/0/7", symptom.LinkDown, probe.Abnormal},
		{"and up", "R1", linkUp, vars{ifIndexOID + "7": int64(7)}, true, "port/R1/GE0/0/7", symptom.LinkDown, probe.Normal},
		{"shut by hand", "R1", linkDown, vars{ifIndexOID + "7": int64(7), ifAdminOID + "7": int64(2)}, true, "", "", silence},
		{"a port that is nobody's business", "R1", linkDown, vars{ifIndexOID + "8": int64(8)}, true, "", "", silence},
		{"the port's name in the trap", "R1", linkDown, vars{ifIndexOID + "99": int64(99),
			ifNameOID + "99": []byte("GE0/0/7")}, true, "port/R1/GE0/0/7", symptom.LinkDown, probe.Abnormal},
		{"without variables", "R1", linkDown, nil, true, "", "", silence},
		{"a cold start", "R1", ".1.3.6.1.6.3.1.1.5.1", nil, true, "device/R1", symptom.Rebooted, probe.Abnormal},
		{"the last gasp of the router behind the link", "R1", gasp,
			vars{gaspType + "7.3": uint64(257), gaspWhere + "7.3": int64(2)}, true, "device/CPE9", symptom.PowerFail,
			probe.Abnormal},
		{"our own last gasp", "R1", gasp, vars{gaspType + "7.3": uint64(257), gaspWhere + "7.3": int64(1)}, true, "", "",
			silence},
		{"another event", "R1", gasp, vars{gaspType + "7.3": uint64(256), gaspWhere + "7.3": int64(2)}, true, "", "",
			silence},
		{"the last gasp of a transceiver", "C1", gasp, vars{gaspType + "105.1": uint64(257), gaspWhere + "105.1": int64(2)},
			true, "device/FE5", symptom.PowerFail, probe.Abnormal},
		{"a far end lost", "C1", ".1.3.6.1.4.1.8886.2.0.28", vars{rcft + "37.1.5": int64(2)}, true, "device/FE5",
			symptom.FarEndMissing, probe.Abnormal},
		{"the same trap, back", "C1", ".1.3.6.1.4.1.8886.2.0.28", vars{rcft + "37.1.5": int64(1)}, true, "device/FE5",
			symptom.FarEndMissing, probe.Normal},
		{"the customer's cable", "C1", ".1.3.6.1.4.1.8886.2.0.7", vars{rcft + "40.1.5": int64(2)}, true, "device/FE5",
			symptom.CustomerPortDown, probe.Abnormal},
		{"light of a slot", "C1", ".1.3.6.1.4.1.8886.2.0.8", vars{rcft + "14.1.5": int64(2)}, true, "port/C1/1/5",
			symptom.LOS, probe.Abnormal},
		{"an empty slot", "C1", ".1.3.6.1.4.1.8886.2.0.28", vars{rcft + "37.1.6": int64(2)}, true, "", "", silence},
		{"nothing we know", "R1", ".1.3.6.1.4.1.9.9.43.2.0.1", nil, false, "", "", silence},
		{"a device that we do not poll", "X1", linkDown, vars{ifIndexOID + "7": int64(7)}, true, "", "", silence},
	} {
		samples, known := e.Trap(c.device, c.oid, c.vars, epoch)
		if known != c.known {
			t.Errorf("%s: known %v, want %v", c.what, known, c.known)
		}
		if c.says == silence {
			if len(samples) > 0 {
				t.Errorf("%s: says %v, want nothing", c.what, samples)
			}
			continue
		}
		want := probe.Sample{Subject: c.subject, Kind: c.kind, Judgement: c.says, At: epoch, Hint: true}
		if len(samples) != 1 || samples[0] != want {
			t.Errorf("%s: says %+v, want %+v", c.what, samples, want)
		}
	}
}

func TestTrapBeforeTheFirstPollSaysWhatItCan(t *testing.T) {
	s := newChassis(t)
	target := s.target("C1", map[string]Port{"1/5": {FarEnd: "FE5"}, "GE1": {Link: true}})
	e := startEngine(t, quick(), nil, nil, target)
	if samples, known := e.Trap("C1", ".1.3.6.1.4.1.8886.2.0.28", map[string]any{rcft + "37.1.5": int64(2)},
		time.Now()); !known || len(samples) != 1 {
		t.Errorf("a slot's number is its name, but the trap says %v (%v)", samples, known)
	}
	if samples, known := e.Trap("C1", linkDown, map[string]any{ifIndexOID + "1": int64(1)}, time.Now()); !known ||
		len(samples) != 0 {
		t.Errorf("nobody knows which port ifIndex 1 is, but the trap says %v (%v)", samples, known)
	}
}
