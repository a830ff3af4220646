package state_test

import (
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/state"
)

const street = "use street\nuse street_lines\n"

// key is the key of a symptom that the collector c1 has told.
func key(x *infertest.Scene, kind, subject string) symptom.Key {
	return x.Symptoms(kind, subject)[0].Key()
}

func gone(x *infertest.Scene, kind, subject string) bool {
	_, changed := x.S.Gone(key(x, kind, subject), x.T())
	return changed
}

func TestWhatIsInForceOnAPoint(t *testing.T) {
	for _, c := range []struct {
		says  string
		story func(x *infertest.Scene)
		hard  bool
		soft  bool
		since time.Duration // after noon; of what is in force
	}{
		{"of what nothing has been told nothing is in force", func(*infertest.Scene) {}, false, false, 0},
		{"what is raised is in force since it began", func(x *infertest.Scene) {
			x.Wait(time.Second)
			x.Raise("los", "port/CH/1")
		}, true, false, time.Second},
		{"what is cleared is not", func(x *infertest.Scene) {
			x.Raise("los", "port/CH/1")
			x.Wait(time.Second)
			x.Clear("los", "port/CH/1")
		}, false, false, 0},
		{"of two kinds the older one counts", func(x *infertest.Scene) {
			x.Wait(time.Second)
			x.Raise("los", "port/CH/1")
			x.Wait(time.Second)
			x.Raise("link_down", "port/CH/1")
		}, true, false, time.Second},
		{"when the older one clears, the other's beginning counts", func(x *infertest.Scene) {
			x.Raise("los", "port/CH/1")
			x.Wait(time.Second)
			x.Raise("link_down", "port/CH/1")
			x.Wait(time.Second)
			x.Clear("los", "port/CH/1")
		}, true, false, time.Second},
		{"a degradation is soft", func(x *infertest.Scene) { x.Raise("rx_power_low", "port/CH/1") }, false, true, 0},
		{"a hard symptom counts before an older soft one", func(x *infertest.Scene) {
			x.Raise("rx_power_low", "port/CH/1")
			x.Wait(3 * time.Second)
			x.Raise("los", "port/CH/1")
		}, true, true, 3 * time.Second},
		{"and the soft one's beginning counts again after it", func(x *infertest.Scene) {
			x.Wait(time.Second)
			x.Raise("rx_power_low", "port/CH/1")
			x.Wait(3 * time.Second)
			x.Raise("los", "port/CH/1")
			x.Wait(time.Second)
			x.Clear("los", "port/CH/1")
		}, false, true, time.Second},
		{"an entry that vanishes leaves its symptom in force", func(x *infertest.Scene) {
			x.Raise("los", "port/CH/1")
			x.Wait(time.Second)
			gone(x, "los", "port/CH/1")
		}, true, false, 0},
		{"older news changes nothing", func(x *infertest.Scene) {
			late := x.Symptoms("los", "port/CH/1")[0]
			late.State, late.ClearedAt = symptom.Cleared, late.At
			x.Wait(time.Second)
			x.Raise("los", "port/CH/1")
			x.S.Tell(&late)
		}, true, false, time.Second},
		{"a symptom of two observers is in force until both have cleared it", func(x *infertest.Scene) {
			other := x.Symptoms("los", "port/CH/1")[0]
			other.Observer = "ems/huawei"
			x.S.Tell(&other)
			x.Wait(time.Second)
			x.Raise("los", "port/CH/1")
			x.Clear("los", "port/CH/1")
		}, true, false, 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			x := infertest.NewScene(t, street)
			c.story(x)
			p := x.Point("port/CH/1")
			if x.S.Hard(p) != c.hard || x.S.Soft(p) != c.soft {
				t.Fatalf("hard %v, soft %v", x.S.Hard(p), x.S.Soft(p))
			}
			if raised := x.S.Mask(p) != 0; raised != (c.hard || c.soft) || raised != (len(x.S.Raised()) == 1) {
				t.Fatalf("raised are %s", x.Points(x.S.Raised()))
			}
			want := int64(0)
			if c.hard || c.soft {
				want = infertest.Noon.Add(c.since).UnixNano()
			}
			if got := x.S.Since(p); got != want {
				t.Errorf("since %v, want %v", time.Duration(got-infertest.Noon.UnixNano()), c.since)
			}
		})
	}
}

func TestTellingChangesAPointOnlyWhenItIsNews(t *testing.T) {
	x := infertest.NewScene(t, street+"line L5 CE1/x BB state=suspended")
	tell := func(change func(*symptom.Symptom)) bool {
		s := x.Symptoms("unreachable", "device/CE1")[0]
		change(&s)
		_, changed := x.S.Tell(&s)
		return changed
	}
	for _, c := range []struct {
		says   string
		change func(*symptom.Symptom)
		want   bool
	}{
		{"the first word is news", func(*symptom.Symptom) {}, true},
		{"the same again is not", func(*symptom.Symptom) {}, false},
		{"nor is another value", func(s *symptom.Symptom) { s.Value = 3 }, false},
		{"an earlier beginning is", func(s *symptom.Symptom) { s.Since = s.Since.Add(-time.Minute) }, true},
		{"its end is", func(s *symptom.Symptom) {
			s.State, s.Since, s.ClearedAt = symptom.Cleared, s.Since.Add(-time.Minute), s.At
		}, true},
		{"its end told twice is not", func(s *symptom.Symptom) {
			s.State, s.Since, s.ClearedAt = symptom.Cleared, s.Since.Add(-time.Minute), s.At
		}, false},
		{"what the inventory does not know is not", func(s *symptom.Symptom) { s.Subject = "device/NO" }, false},
		{"nor what is said of a line that is not in service", func(s *symptom.Symptom) { s.Subject = "line/L5" }, false},
	} {
		if got := tell(c.change); got != c.want {
			t.Errorf("%s: %v", c.says, got)
		}
	}
}

func TestUnknownSubjectsAreCounted(t *testing.T) {
	x := infertest.NewScene(t, street)
	x.Raise("unreachable", "device/NO line/NO device/CE1")
	x.Raise("los", "port/NO/1")
	if got := x.S.Unknown(); got != 3 {
		t.Errorf("%d unknown, want 3", got)
	}
	if got := x.Points(x.S.Raised()); got != "device/CE1" {
		t.Errorf("raised: %s", got)
	}
}

func TestRecordsOfAPointAreNewestFirst(t *testing.T) {
	x := infertest.NewScene(t, street)
	x.Raise("los", "port/CH/1")
	x.Raise("link_down", "port/CH/1")
	x.Raise("rx_power_low", "port/CH/1")
	x.Clear("link_down", "port/CH/1")
	var got string
	for r := range x.S.Records(x.Point("port/CH/1")) {
		got += string(r.Symptom.Kind)
		if !r.Live {
			got += "(cleared)"
		}
		got += " "
	}
	if want := "rx_power_low link_down(cleared) los "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for range x.S.Records(x.Point("port/CH/1")) {
		break // a reader may stop at the first
	}
}

func TestManySymptomsKeepTheirRecords(t *testing.T) {
	x := infertest.NewScene(t, street)
	for range 3 { // more records than one piece of memory holds, given back and used again
		for i := range 1500 {
			s := x.Symptoms("los", "port/CH/1")[0]
			s.Observer = symptom.Subject("ems/e" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)))
			x.S.Tell(&s)
		}
		n := 0
		var keys []symptom.Key
		for r := range x.S.Records(x.Point("port/CH/1")) {
			n++
			keys = append(keys, r.Symptom.Key())
		}
		if n != 1500 {
			t.Fatalf("%d records", n)
		}
		for i := range keys { // from the middle outwards, so that each place of a list is taken
			k := keys[(i*7+3)%len(keys)]
			if _, changed := x.S.Gone(k, x.T()); !changed {
				t.Fatalf("%v was not there", k)
			}
		}
		if x.S.Mask(x.Point("port/CH/1")) != 0 || len(x.S.Raised()) != 0 {
			t.Fatal("something is left in force")
		}
	}
}

func TestWhatVanishes(t *testing.T) {
	x := infertest.NewScene(t, street)
	if gone(x, "los", "port/CH/1") {
		t.Error("what was never told changes something when it goes")
	}
	if gone(x, "los", "port/NO/1") {
		t.Error("what is unknown changes something when it goes")
	}
	x.Raise("los", "port/CH/1 port/CH/2")
	x.Clear("los", "port/CH/2")
	if gone(x, "los", "port/CH/1") {
		t.Error("a collector's word that vanishes is over at once")
	}
	if !gone(x, "los", "port/CH/2") {
		t.Error("what has cleared and goes is not forgotten")
	}
	if changed := x.S.Settle(); len(changed) != 0 {
		t.Errorf("settled without a sweep: %s", x.Points(changed))
	}
	x.Wait(time.Second)
	x.Sweep()
	if changed := x.S.Settle(); x.Points(changed) != "port/CH/1" || len(x.S.Raised()) != 0 {
		t.Errorf("settled after a sweep: %s", x.Points(changed))
	}
}

func TestWhatVanishesAndIsToldAgainStays(t *testing.T) {
	x := infertest.NewScene(t, street)
	x.Raise("los", "port/CH/1")
	gone(x, "los", "port/CH/1")
	x.Wait(time.Second)
	x.Raise("los", "port/CH/1")
	x.Sweep()
	if changed := x.S.Settle(); len(changed) != 0 || !x.S.Hard(x.Point("port/CH/1")) {
		t.Errorf("settled: %s", x.Points(changed))
	}
}

func TestASweepThatBeganBeforeSettlesNothing(t *testing.T) {
	x := infertest.NewScene(t, street)
	x.Raise("unreachable", "device/CE1")
	started := x.Now
	x.Wait(time.Second)
	gone(x, "unreachable", "device/CE1")
	x.S.Beat(&symptom.Heartbeat{Collector: "c1", Station: "default", Method: "icmp", SweepStarted: started,
		SweepEnded: x.Now, At: x.Now})
	if changed := x.S.Settle(); len(changed) != 0 {
		t.Errorf("settled: %s", x.Points(changed))
	}
}

func TestAnotherSystemsWordThatVanishesIsOver(t *testing.T) {
	x := infertest.NewScene(t, street)
	s := x.Symptoms("los", "port/CH/1")[0]
	s.Observer = "ems/zte"
	x.S.Tell(&s)
	if p, changed := x.S.Gone(s.Key(), x.T()); !changed || p != x.Point("port/CH/1") || x.S.Hard(p) {
		t.Error("it is still in force")
	}
}

func TestWhatIsRememberedWaitsForASweep(t *testing.T) {
	x := infertest.NewScene(t, street)
	old := x.Symptoms("los", "port/CH/1 port/NO/1")
	x.Wait(time.Minute)
	if p, known := x.S.Remember(old[0], x.T()); !known || !x.S.Hard(p) {
		t.Error("it is not in force again")
	}
	if _, known := x.S.Remember(old[1], x.T()); known {
		t.Error("a subject that is unknown is remembered")
	}
	if p, known := x.S.Remember(old[0], x.T()); !known || !x.S.Hard(p) {
		t.Error("remembered twice it is gone")
	}
	x.Wait(time.Second)
	x.Sweep()
	if changed := x.S.Settle(); x.Points(changed) != "port/CH/1" {
		t.Errorf("settled: %s", x.Points(changed))
	}
}

func TestWhatHasBeenToldIsNotRememberedOverIt(t *testing.T) {
	x := infertest.NewScene(t, street)
	old := x.Symptoms("los", "port/CH/1")[0]
	x.Raise("los", "port/CH/1")
	x.Wait(time.Second)
	x.Clear("los", "port/CH/1")
	if p, known := x.S.Remember(old, x.T()); !known || x.S.Hard(p) {
		t.Errorf("known %v, in force %v", known, x.S.Hard(p))
	}
	suspended := infertest.NewScene(t, street+"line L5 CE1/x BB state=suspended")
	if _, known := suspended.S.Remember(suspended.Symptoms("unreachable", "line/L5")[0], suspended.T()); known {
		t.Error("a line out of service has a symptom")
	}
}

func TestCarryTakesWhatIsInForceToANewInventory(t *testing.T) {
	x := infertest.NewScene(t, street)
	x.Wait(time.Minute)
	x.Sweep()
	x.S.Cover(&symptom.Coverage{Collector: "c1", Device: "CE3", Kinds: []symptom.Kind{symptom.Unreachable}, Never: true})
	x.Wait(time.Minute)
	x.Raise("los", "port/CH/1 port/CH/2 port/CH/3")
	x.Clear("los", "port/CH/2")
	gone(x, "los", "port/CH/3")

	m := model.Compile(infertest.Load(t, "site NEW exchange\n"+street))
	s := state.New(m)
	s.Carry(x.S)
	y := &infertest.Scene{M: m, S: s, Now: x.Now}
	if got := y.Points(s.Raised()); got != "port/CH/1 port/CH/3" {
		t.Errorf("in force: %s", got)
	}
	if s.PingAsOf(0) != x.S.PingAsOf(0) {
		t.Error("the sweep was not carried over")
	}
	if p, _ := m.PointOf(0, "device/CE3", ""); !s.Blind(p) {
		t.Error("what cannot be observed was not carried over")
	}
	y.Wait(time.Second)
	y.Sweep()
	if got := y.Points(s.Settle()); got != "port/CH/3" {
		t.Errorf("settled: %s", got)
	}
}

func TestCarryLeavesWhatTheNewInventoryDoesNotKnow(t *testing.T) {
	x := infertest.NewScene(t, street+"station s1 BB collector=c1\nstation s2 CR collector=c2")
	x.Raise("unreachable", "device/CE1 line/L1")
	x.S.Beat(&symptom.Heartbeat{Collector: "c2", Station: "s2", Method: "icmp", SweepStarted: x.Now,
		SweepEnded: x.Now, At: x.Now})
	m := model.Compile(infertest.Load(t, "use street\nline L2 CE2/lan BB\nstation s1 BB collector=c1"))
	s := state.New(m)
	s.Carry(x.S)
	y := &infertest.Scene{M: m, S: s}
	if got := y.Points(s.Raised()); got != "device/CE1" {
		t.Errorf("in force: %s", got)
	}
	if s.PingAsOf(0) != 0 {
		t.Error("the sweep of a station that is gone counts for another")
	}
}

func TestWhichKindsThereAre(t *testing.T) {
	x := infertest.NewScene(t, street)
	x.Raise("unreachable,latency", "device/CE1")
	want := evidence.Of(symptom.Unreachable) | evidence.Of(symptom.Latency)
	if got := x.S.Mask(x.Point("device/CE1")); got != want {
		t.Errorf("mask %b, want %b", got, want)
	}
}
