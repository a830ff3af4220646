package collector

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs/problem"
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
		{name: "service well, access down",
			access: []probe.Sample{sample(far, symptom.FarEndMissing, probe.Abnormal)},
			want:   symptom.Fail, because: "far_end_missing on device/FE1"},
		{name: "service well, the chassis silent", silent: true, want: symptom.Pass},
		{name: "the customer's own port is the customer's",
			access: append(well[:1:1], sample(far, symptom.CustomerPortDown, probe.Abnormal)), want: symptom.Pass},
		{name: "only management dead", manage: true, access: well, want: symptom.Pass},
		{name: "nothing proves the service", none: true, access: well, want: symptom.Inconclusive,
			because: "nothing proves the line's service"},
		{name: "nothing proves it, and access is down", none: true,
			access: []probe.Sample{sample(near, symptom.LOS, probe.Abnormal)},
			want:   symptom.Fail, because: "los on port/A1/1/1"},
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
			if r.Outcome != c.want || !strings.Contains(r.Reason, c.because) ||
				r.ID != "T1" || r.Collector != "main" || r.At.IsZero() {
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

func TestConfigNamesWhatCannotWork(t *testing.T) {
	if wrong := DefaultConfig().Validate(); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	cfg := DefaultConfig()
	cfg.ID, cfg.Timeout, cfg.PollInterval, cfg.Confirm.Count, cfg.Ping.Misses = "a b", time.Minute, 0, 0, 0
	err := problem.Error(cfg.Validate())
	for _, want := range []string{`id: want letters, digits, '_', '.' and '-', beginning with a letter or digit; got "a b"`,
		"timeout: want at most the shortest interval (10s), got 1m", "snmp.interval: want 5s to 24h, got 0s",
		"confirm.count: want 1 to 10, got 0", "thresholds.ping.misses: want 1 to 100, got 0"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}
