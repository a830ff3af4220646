package state_test

import (
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/infertest"
)

func cover(x *infertest.Scene, c symptom.Coverage) {
	c.Collector, c.At = "c1", x.Now
	x.S.Cover(&c)
}

var pinged = []symptom.Kind{symptom.Unreachable}
var polled = []symptom.Kind{symptom.Unreachable, symptom.LOS, symptom.LinkDown, symptom.FarEndMissing}

// A fault begins at noon and a second; what is known of the subject afterwards?
func TestWhatIsNotIllIsWellOnlyWhenSomethingSaysSo(t *testing.T) {
	for _, c := range []struct {
		says, subject string
		story         func(x *infertest.Scene)
		want          bool
	}{
		{"silence alone says nothing", "device/CE1", func(x *infertest.Scene) { x.Wait(time.Hour) }, false},
		{"a sweep that began later found it well", "device/CE1", func(x *infertest.Scene) { x.Sweep() }, true},
		{"what is dark is not well, whatever was swept", "device/CE1", func(x *infertest.Scene) {
			x.Raise("unreachable", "device/CE1")
			x.Sweep()
		}, false},
		{"what works badly still works", "line/L1", func(x *infertest.Scene) {
			x.Raise("latency", "line/L1")
			x.Sweep()
		}, true},
		{"its own recovery says that it is well", "device/CE1", func(x *infertest.Scene) {
			x.Raise("unreachable", "device/CE1")
			x.Wait(time.Second)
			x.Clear("unreachable", "device/CE1")
		}, true},
		{"a recovery of what was never raised says so too", "device/CE1", func(x *infertest.Scene) {
			x.Clear("unreachable", "device/CE1")
		}, true},
		{"a device that tells something of its own ports answers", "device/CH", func(x *infertest.Scene) {
			x.Raise("los", "port/CH/1")
		}, true},
		{"the far end of that port has told nothing", "device/CE1", func(x *infertest.Scene) {
			x.Raise("los", "port/CH/1")
		}, false},
		{"what another says of it by trap alone proves it alive when the trap came", "device/CH",
			func(x *infertest.Scene) {
				s := x.Symptoms("los", "port/CH/1")[0]
				s.Hint = true
				x.S.Tell(&s)
			}, true},
		{"a port is well when its device can tell and was polled", "port/CH/1", func(x *infertest.Scene) {
			cover(x, symptom.Coverage{Device: "CH", Kinds: polled})
			x.Sweep()
		}, true},
		{"a port of a device that cannot tell is unknown", "port/CH/1", func(x *infertest.Scene) {
			cover(x, symptom.Coverage{Device: "CH", Kinds: pinged})
			x.Sweep()
		}, false},
		{"a port of a device whose polls are skipped is unknown", "port/CH/1", func(x *infertest.Scene) {
			cover(x, symptom.Coverage{Device: "CH", Kinds: polled, Skipped: map[string]string{"snmp": "it is silent"}})
			x.Sweep()
		}, false},
		{"a port of a device that does not answer is unknown", "port/CH/1", func(x *infertest.Scene) {
			cover(x, symptom.Coverage{Device: "CH", Kinds: polled})
			x.Raise("unreachable", "device/CH")
			x.Sweep()
		}, false},
		{"a device that once told of one port can tell of the others", "port/CH/2", func(x *infertest.Scene) {
			x.Raise("los", "port/CH/1")
			x.Sweep()
		}, true},
		{"a far end is well when its near end can tell", "device/FE1", func(x *infertest.Scene) {
			cover(x, symptom.Coverage{Device: "CH", Kinds: polled})
			x.Sweep()
		}, true},
		{"a far end whose near end sees light alone is unknown", "device/FE1", func(x *infertest.Scene) {
			cover(x, symptom.Coverage{Device: "CH", Kinds: []symptom.Kind{symptom.Unreachable, symptom.LOS}})
			x.Sweep()
		}, false},
		{"a device that has never answered is unknown", "device/CE1", func(x *infertest.Scene) {
			cover(x, symptom.Coverage{Device: "CE1", Kinds: pinged, Never: true})
			x.Sweep()
		}, false},
		{"a device that the collector has not spoken of is unknown, once it speaks of any", "device/CE2",
			func(x *infertest.Scene) {
				cover(x, symptom.Coverage{Device: "CE1", Kinds: pinged})
				x.Sweep()
			}, false},
		{"a line that it has not spoken of is covered", "line/L1", func(x *infertest.Scene) {
			cover(x, symptom.Coverage{Device: "CE1", Kinds: pinged})
			x.Sweep()
		}, true},
		{"a line whose pings are skipped is unknown", "line/L1", func(x *infertest.Scene) {
			cover(x, symptom.Coverage{Line: "L1", Kinds: pinged, Skipped: map[string]string{"icmp": "asked not to"}})
			x.Sweep()
		}, false},
		{"until they no longer are", "line/L1", func(x *infertest.Scene) {
			cover(x, symptom.Coverage{Line: "L1", Kinds: pinged, Skipped: map[string]string{"icmp": "asked not to"}})
			cover(x, symptom.Coverage{Line: "L1", Kinds: pinged})
			x.Sweep()
		}, true},
		{"what no collector can see is never well by a sweep", "cable/CBL-A", func(x *infertest.Scene) { x.Sweep() }, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, street)
			x.Wait(time.Second)
			began := x.T()
			c.story(x)
			if got := x.S.Healthy(x.Point(c.subject), began); got != c.want {
				t.Errorf("%s is well: %v", c.subject, got)
			}
			if x.S.Healthy(x.Point(c.subject), x.T()+int64(time.Hour)) {
				t.Errorf("%s is known to be well an hour from now", c.subject)
			}
		})
	}
}

func TestCoverageOfWhatIsUnknownIsPassedOver(t *testing.T) {
	x := infertest.NewScene(t, street)
	cover(x, symptom.Coverage{Device: "NO", Kinds: pinged, Never: true})
	cover(x, symptom.Coverage{Line: "NO", Kinds: pinged, Never: true})
	x.Sweep()
	if !x.S.Healthy(x.Point("device/CE1"), infertest.Noon.UnixNano()) {
		t.Error("a device is blind after a word about another that does not exist")
	}
}

func TestSeenAreThePingsThatAreNotBlind(t *testing.T) {
	x := infertest.NewScene(t, street)
	seen := func() int32 { return x.S.Seen(x.Comp("cable/CBL-A"), 0) }
	if n := seen(); n != 6 {
		t.Fatalf("%d at first, want 6", n)
	}
	line := func(skipped map[string]string) {
		cover(x, symptom.Coverage{Line: "L1", Kinds: pinged, Skipped: skipped})
	}
	line(map[string]string{"ping": "asked not to"})
	if n := seen(); n != 5 {
		t.Errorf("%d without one line, want 5", n)
	}
	line(map[string]string{"icmp": "still"})
	if n := seen(); n != 5 {
		t.Errorf("%d after saying the same again, want 5", n)
	}
	line(nil)
	if n := seen(); n != 6 {
		t.Errorf("%d when it is seen again, want 6", n)
	}
	cover(x, symptom.Coverage{Device: "CE1", Kinds: pinged})
	if n := seen(); n != 4 {
		t.Errorf("%d when only one device of three is covered, want 4", n)
	}
}

func TestTheLastDarknessIsRemembered(t *testing.T) {
	x := infertest.NewScene(t, street)
	p := x.Point("device/CE1")
	x.Wait(time.Second)
	began := x.T()
	x.Raise("unreachable", "device/CE1")
	if x.S.Dark(p) != 0 {
		t.Error("a darkness that lasts has ended")
	}
	x.Wait(time.Minute)
	s := x.Symptoms("unreachable", "device/CE1")[0]
	s.State, s.Since, s.ClearedAt = symptom.Cleared, infertest.Noon.Add(time.Second), x.Now.Add(-time.Second)
	x.S.Tell(&s)
	if x.S.Dark(p) != began || x.S.Alive(p) != x.T()-int64(time.Second) {
		t.Errorf("dark %d, alive %d", x.S.Dark(p)-began, x.S.Alive(p)-x.T())
	}
}

func TestWhatASweepSaysNeedNotBeRemembered(t *testing.T) {
	x := infertest.NewScene(t, street)
	x.Clear("unreachable", "device/CE1 device/CE2")
	x.Wait(time.Second)
	x.Raise("unreachable", "device/CE3")
	x.S.Prune()
	if n := len(x.S.Well()); n != 0 {
		t.Errorf("%d points are remembered as well from before the fault", n)
	}
	x.Wait(time.Second)
	x.Clear("unreachable", "device/CE1")
	x.S.Prune()
	if got := x.Points(x.S.Well()); got != "device/CE1" {
		t.Errorf("well since the fault: %s", got)
	}
	x.Wait(time.Second)
	x.Sweep()
	x.S.Prune()
	if got := x.Points(x.S.Well()); got != "" {
		t.Errorf("after a sweep that says so too: %s", got)
	}
}
