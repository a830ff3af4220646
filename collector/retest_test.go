package collector

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
)

func TestALineIsTestedThroughItsWatches(t *testing.T) {
	far, near := symptom.Device("FE1"), symptom.Port("A1", "1/1")
	sample := func(s symptom.Subject, k symptom.Kind, j probe.Judgement) probe.Sample {
		return probe.Sample{Subject: s, Kind: k, Judgement: j}
	}
	well := []probe.Sample{sample(far, symptom.FarEndMissing, probe.Normal), sample(near, symptom.LOS, probe.Normal)}
	for _, c := range []struct {
		name    string
		dead    bool // the service's address
		manage  bool // the CPE's management address is dead
		none    bool // the line has no target
		access  []probe.Sample
		silent  bool // the chassis does not answer
		want    symptom.TestOutcome
		because string
	}{
		{name: "service and access well", access: well, want: symptom.Pass, because: "1 of 1 checks passed"},
		{name: "service dead", dead: true, access: well, want: symptom.Fail, because: "0 of 5 pings answered"},
		{name: "service well, access down", access: []probe.Sample{sample(far, symptom.FarEndMissing, probe.Abnormal)}, want: symptom.Fail, because: "far_end_missing on device/FE1"},
		{name: "service well, the chassis silent", silent: true, want: symptom.Pass},
		{name: "the customer's own port is the customer's", access: append(well[:1:1], sample(far, symptom.CustomerPortDown, probe.Abnormal)), want: symptom.Pass},
		{name: "only management dead", manage: true, access: well, want: symptom.Pass},
		{name: "nothing proves the service", none: true, access: well, want: symptom.Inconclusive, because: "nothing proves the line's service"},
		{name: "nothing proves it, and access is down", none: true, access: []probe.Sample{sample(near, symptom.LOS, probe.Abnormal)}, want: symptom.Fail, because: "los on port/A1/1/1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inv := carrier(t, 2)
			if c.none {
				inv.Lines[0].Target = inv.Lines[1].TargetZ // none
				if err := inv.Build(); err != nil {
					t.Fatal(err)
				}
			}
			w := newWorld(t, inv)
			if c.dead {
				w.kill(address(2, 1))
			}
			if c.manage {
				w.kill(address(1, 1))
			}
			w.answer = func(device string) snmp.Result {
				if c.silent {
					return snmp.Result{Device: device, Err: errors.New("no answer")}
				}
				return says(device, c.access...)
			}
			r := w.c.Test(t.Context(), symptom.TestRequest{ID: "T1", Line: "LN-1", Test: "line"})
			if r.Outcome != c.want || !strings.Contains(r.Reason, c.because) || r.ID != "T1" || r.Collector != "main" || r.At.IsZero() {
				t.Errorf("got %s (%s), want %s (%s); checks %+v", r.Outcome, r.Reason, c.want, c.because, r.Checks)
			}
		})
	}
}

func TestADeviceOrPortIsTestedToo(t *testing.T) {
	w := newWorld(t, carrier(t, 2))
	port := symptom.Port("A1", "up")
	w.answer = func(device string) snmp.Result {
		return says(device, probe.Sample{Subject: port, Kind: symptom.LinkDown, Judgement: probe.Abnormal})
	}
	w.kill(address(1, 2))
	for _, c := range []struct {
		target symptom.Subject
		test   string
		want   symptom.TestOutcome
		reason string
	}{
		{"device/CPE1", "ping", symptom.Pass, ""},
		{"device/CPE2", "ping", symptom.Fail, "0 of 5"},
		{port, "poll", symptom.Fail, "link_down"},
		{"port/A1/1/1", "poll", symptom.Inconclusive, "says nothing of it"},
		{"device/FE1", "ping", symptom.Inconclusive, "no address"},
		{"device/NONE", "ping", symptom.Inconclusive, "neither a line nor on a device"},
		{"line/NONE", "line", symptom.Inconclusive, "not in inventory"},
		{"line/LN-2", "line", symptom.Fail, "link_down"},
	} {
		if c.target == "line/LN-2" {
			w.answer = func(device string) snmp.Result {
				return says(device, probe.Sample{Subject: "port/A1/1/2", Kind: symptom.LinkDown, Judgement: probe.Abnormal})
			}
		}
		r := w.c.Test(t.Context(), symptom.TestRequest{Target: c.target, Test: c.test})
		if r.Outcome != c.want || !strings.Contains(r.Reason, c.reason) {
			t.Errorf("%s %s: got %s (%s), want %s (%s)", c.test, c.target, r.Outcome, r.Reason, c.want, c.reason)
		}
	}
}

func TestACutOffCollectorTestsNothing(t *testing.T) {
	tell(t, func(t *testing.T) {
		w := newWorld(t, carrier(t, 40))
		w.run(t, func() {
			time.Sleep(2 * warm)
			w.set(func() { w.cutOff = true })
			time.Sleep(time.Minute)
			r := w.c.Test(context.Background(), symptom.TestRequest{Line: "LN-1", Test: "line"})
			if r.Outcome != symptom.Inconclusive || !strings.Contains(r.Reason, "cut off") {
				t.Errorf("got %s (%s)", r.Outcome, r.Reason)
			}
		})
	})
}

func TestTargetsFollowFromTheInventory(t *testing.T) {
	inv := carrier(t, 4)
	inv.Devices[3].VRF = "blue" // CPE1
	inv.Lines[1].State = inventory.Planned
	inv.Lines[2].Target = inv.Devices[3].Address // LN-3's service has CPE1's address, in another VRF
	inv.Devices = append(inv.Devices, inventory.Device{ID: "X", Name: "X", Kind: inventory.Router, Site: "S1", Layer: inventory.Core, Technology: inventory.Data, Address: address(9, 9), Credential: "other"})
	if err := inv.Build(); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.Credentials = map[string]snmp.Credential{"lab": {}}
	cfg.PollPort = 1161
	p, err := newPlan(cfg, inv)
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]*planned{}
	for _, target := range p.targets {
		at[target.at.String()] = target
	}
	if _, ok := at["10.2.0.2"]; ok {
		t.Error("a planned line is probed")
	}
	if got := at["blue|10.1.0.1"]; got == nil || !strings.Contains(got.skip, "more than one VRF") {
		t.Errorf("an address that two VRFs use cannot be pinged in one of them from here: %+v", got)
	}
	if got := at["10.1.0.1"]; got == nil || got.skip != "" || got.about[0].Subject != "line/LN-3" {
		t.Errorf("outside of VRFs it can: %+v", got)
	}
	r1, cpe3 := at["10.0.0.1"], at["10.1.0.3"]
	if r1.interval != 10*time.Second || !r1.gateway {
		t.Errorf("R1 carries an AA line and is the station's own: %+v", r1)
	}
	if cpe3.interval != time.Minute || strings.Join(cpe3.upstream, ",") != "A1,R1" || strings.Join(cpe3.reporters, ",") != "A1" ||
		strings.Join(cpe3.shared, ",") != "link/L-C3,cable/CBL-3,cable/CBL-T" {
		t.Errorf("CPE3: %+v", cpe3)
	}
	if len(p.polls) != 2 || p.polls[0].Interval != time.Minute || p.polls[0].Address.Port() != 1161 {
		t.Errorf("R1 and A1 are polled: %+v", p.polls)
	}
	if !strings.Contains(p.noPoll["X"], `credential "other"`) {
		t.Errorf("X cannot be polled: %q", p.noPoll["X"])
	}
}

func TestConfigNamesWhatCannotWork(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.ID, cfg.Timeout, cfg.PollInterval, cfg.Confirm.Count, cfg.Ping.Misses = "a b", time.Minute, 0, 0, 0
	err := cfg.Validate()
	for _, want := range []string{`id "a b"`, "longer than the interval of AAA", "poll interval 0s", "confirm count 0", "misses 0"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}
