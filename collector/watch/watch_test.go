package watch

import (
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

func TestTargetsFollowFromTheInventory(t *testing.T) {
	inv := carrier(t, 4)
	inv.Devices[3].VRF = "blue" // CPE1
	inv.Lines[1].State = inventory.Planned
	inv.Lines[2].Target = inv.Devices[3].Address // LN-3's service has CPE1's address, in another VRF
	addRow(t, inv, strings.Fields("device X 10.9.0.9 polled"))
	inv.Devices[len(inv.Devices)-1].Credential = "other"
	if err := inv.Build(); err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(DefaultConfig(), "collector/main", inv, map[string]bool{"lab": true})
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
	if got := at["10.1.0.1"]; got == nil || got.skip != "" || got.about[0] != symptom.PlaceOf("line/LN-3", "a") {
		t.Errorf("outside of VRFs it can: %+v", got)
	}
	r1, cpe3 := at["10.0.0.1"], at["10.1.0.3"]
	if r1.interval != 10*time.Second || !r1.gateway {
		t.Errorf("R1 carries an AA line and is the station's own: %+v", r1)
	}
	for _, c := range []struct{ what, got, want string }{
		{"interval", cpe3.interval.String(), "1m0s"},
		{"upstream", strings.Join(cpe3.upstream, ","), "A1,R1"},
		{"reporters", strings.Join(cpe3.reporters, ","), "A1"},
		{"shared", strings.Join(cpe3.shared, ","), "link/L-C3,cable/CBL-3,cable/CBL-T"},
		{"polled", strings.Join(p.Polls, ","), "R1,A1"},
		{"why X is not polled", p.Unpolled["X"], `credential "other" is not in the secrets`},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, c.got, c.want)
		}
	}
}

func TestAReloadKeepsTheKeysOfThoseWhoStay(t *testing.T) {
	w := newWorld(t, carrier(t, 4))
	w.begin()
	before := map[string]uint32{}
	for _, target := range w.schedule {
		before[target.Addr.String()] = target.Key
	}
	w.change([]string{"remove", "CPE2"})
	w.reload() // its key and that of its line's service are free now
	w.change([]string{"add", "device", "NEW", "10.7.0.1"})
	w.reload()
	used := map[uint32]string{}
	for _, target := range w.schedule {
		addr := target.Addr.String()
		if key, stays := before[addr]; stays && key != target.Key {
			t.Errorf("%s was given another key", addr)
		}
		if other := used[target.Key]; other != "" {
			t.Errorf("%s and %s have the same key", addr, other)
		}
		used[target.Key] = addr
		if addr == "10.7.0.1" && int(target.Key) >= len(before) {
			t.Errorf("a key that is free was not used: %d", target.Key)
		}
	}
}

func TestALineIsUpAsItsWatchesSay(t *testing.T) {
	for _, c := range []struct {
		name      string
		happens   func(w *world)
		up, known bool
	}{
		{"service answers", func(*world) {}, true, true},
		{"service does not", func(w *world) { w.dead[w.address("LN-1")] = true }, false, true},
		{"service answers, access is down", func(w *world) {
			s := sampleOf(symptom.LOS, probe.Abnormal, w.now)
			s.Subject = symptom.Port("A1", "1/1")
			w.step(polledWith(s))
		}, false, true},
		{"we are cut off", func(w *world) { w.cutOff = true }, false, false},
		{"nothing can be sent to it", func(w *world) { w.noRoute = true }, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, carrier(t, 3))
			w.begin()
			w.step(Adopted{})
			w.alive = true
			w.until(noon.Add(2 * time.Minute))
			c.happens(w)
			w.until(w.now.Add(90 * time.Second))
			up, known := w.state.LineUp(&w.state.Plan().Lines[0])
			if up != c.up || known != c.known {
				t.Errorf("up %t known %t, want %t %t", up, known, c.up, c.known)
			}
		})
	}
}

// replies are answered pings of everybody, in batches as the engine hands them on.
func replies(s *State, sent time.Time) []Pinged {
	var batches []Pinged
	var batch Pinged
	for _, target := range s.Schedule(s.Plan()) {
		batch = append(batch, Ping{Key: target.Key, Addr: target.Addr, Sent: sent, Outcome: Replied, RTT: time.Millisecond})
		if len(batch) == 128 {
			batches, batch = append(batches, batch), nil
		}
	}
	return append(batches, batch)
}

func TestAHealthyPingAllocatesNothing(t *testing.T) {
	w := newWorld(t, carrier(t, 100))
	w.begin()
	w.step(Adopted{})
	for range 20 {
		w.now = w.now.Add(10 * time.Second)
		for _, batch := range replies(w.state, w.now) {
			w.step(batch)
		}
		w.until(w.now.Add(time.Second))
	}
	batch := replies(w.state, w.now.Add(time.Second))[0]
	var ev Event = batch
	if n := testing.AllocsPerRun(100, func() { w.state.Step(w.now, ev) }); n > 0 {
		t.Errorf("%d healthy pings made %v allocations", len(batch), n)
	}
}

// BenchmarkTick is what time passing costs while 100,000 targets are down, as
// the share of each 100 ms in which the lock is held for it.
func BenchmarkTick(b *testing.B) {
	w := newWorld(b, carrier(b, 50_000))
	w.begin()
	w.step(Adopted{})
	for _, batch := range replies(w.state, w.now) {
		w.step(batch)
	}
	w.until(w.now.Add(30 * time.Second))
	sent, gateway := w.now, w.address("R1")
	for range 4 {
		sent = sent.Add(5 * time.Second)
		w.now = sent
		for _, batch := range replies(w.state, sent) {
			for i := range batch {
				if batch[i].Addr == gateway {
					continue
				}
				batch[i].Outcome = Lost
			}
			w.step(batch)
		}
	}
	n := w.state.Symptoms()[symptom.Unreachable]
	if n < 100_000 {
		b.Fatalf("only %d are down", n)
	}
	const every = 100 * time.Millisecond
	ticks := 0
	for b.Loop() {
		end := w.now.Add(10 * time.Second)
		ticks += int(10 * time.Second / every)
		w.until(end)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(b.Elapsed())/float64(ticks), "ns/100ms")
}

// BenchmarkPinged is one healthy result, among 100,000 targets.
func BenchmarkPinged(b *testing.B) {
	w := newWorld(b, carrier(b, 50_000))
	w.begin()
	w.step(Adopted{})
	for range 12 { // until nobody says anything any more
		w.now = w.now.Add(10 * time.Second)
		for _, batch := range replies(w.state, w.now) {
			w.step(batch)
		}
	}
	w.until(w.now.Add(time.Second))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		b.StopTimer()
		w.now = w.now.Add(10 * time.Second)
		batches := replies(w.state, w.now)
		b.StartTimer()
		for _, batch := range batches {
			w.state.Step(w.now, batch)
			n += len(batch)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(b.Elapsed())/float64(n), "ns/ping")
}
