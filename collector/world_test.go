package collector

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
)

// The network of the stories: the station hangs on R1. Behind it an access
// chassis A1 carries n transceiver pairs FE1 …, each with a CPE1 … and a line
// LN-1 …, whose service answers at 10.2.0.1 …. Lines 1 and 2 share the cable
// CBL-A; the others have one of their own. LN-1 is AA, the others standard.
func carrier(t testing.TB, n int) *inventory.Inventory {
	t.Helper()
	device := func(id string, kind inventory.DeviceKind, layer inventory.Layer) inventory.Device {
		return inventory.Device{ID: id, Name: id, Kind: kind, Site: "S1", Layer: layer, Technology: inventory.Access}
	}
	link := func(id, a, z string, cables ...string) inventory.Link {
		return inventory.Link{ID: id, A: inventory.ParsePortRef(a), Z: inventory.ParsePortRef(z),
			Layer: inventory.Tail, Cables: cables}
	}
	r1, a1 := device("R1", inventory.Router, inventory.Core), device("A1", inventory.Chassis, inventory.Tail)
	r1.Address, r1.Credential = address(0, 1), "lab"
	a1.Address, a1.Credential = address(0, 2), "lab"
	inv := &inventory.Inventory{
		Customers: []inventory.Customer{{ID: "C1", Name: `甲 "公司"`, Grade: inventory.Gold}},
		Sites:     []inventory.Site{{ID: "S1", Name: "core", Kind: inventory.Exchange}},
		Stations:  []inventory.Station{{ID: "ST", Name: "station", Attached: "R1", Collector: "main"}},
		Devices:   []inventory.Device{r1, a1},
		Links:     []inventory.Link{link("L-T", "R1/GE1", "A1/up", "CBL-T")},
	}
	for i := 1; i <= n; i++ {
		near := fmt.Sprintf("A1/1/%d", i)
		fe := device(fmt.Sprintf("FE%d", i), inventory.Transceiver, inventory.Tail)
		fe.NearEnd = inventory.ParsePortRef(near)
		cpe := device(fmt.Sprintf("CPE%d", i), inventory.CPE, inventory.Premises)
		cpe.Address = address(1, i)
		cable, grade := fmt.Sprintf("CBL-%d", i), inventory.StandardLine
		if i <= 2 {
			cable = "CBL-A"
		}
		if i == 1 {
			grade = inventory.AA
		}
		inv.Devices = append(inv.Devices, fe, cpe)
		inv.Links = append(inv.Links,
			link(fmt.Sprintf("L-F%d", i), near, fe.ID+"/opt", cable), link(fmt.Sprintf("L-C%d", i), fe.ID+"/eth", cpe.ID+"/wan"))
		inv.Lines = append(inv.Lines, inventory.Line{ID: fmt.Sprintf("LN-%d", i), Customer: "C1", Product: "internet",
			Grade: grade, State: inventory.Active, A: inventory.ParsePortRef(cpe.ID), Z: inventory.ParsePortRef("R1"),
			Target: address(2, i)})
	}
	if err := inv.Build(); err != nil {
		t.Fatal(err)
	}
	return inv
}

func address(net, i int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(10 + i>>16), byte(net), byte(i >> 8), byte(i)})
}

// world plays the network, both engines and the bus.
type world struct {
	c   *Collector
	log *zap.Logger

	mu       sync.Mutex
	dead     map[netip.Addr]bool
	cutOff   bool
	crowded  bool // questions wait for tokens until their time is over
	targets  []icmp.Target
	next     map[uint32]time.Time
	probed   map[netip.Addr]int
	polls    map[string]int
	answer   func(device string) snmp.Result
	polled   []snmp.Target
	refuse   error // of Set
	bus      []any // what was published, in order
	busDown  bool
	earlier  []symptom.Symptom
	covered  []symptom.Coverage // by an earlier life
	follower func(symptom.Report)
	remade   chan struct{}
}

func newWorld(t *testing.T, inv *inventory.Inventory, change ...func(*Config, *world)) *world {
	t.Helper()
	w := &world{dead: map[netip.Addr]bool{}, next: map[uint32]time.Time{}, probed: map[netip.Addr]int{},
		polls: map[string]int{}, remade: make(chan struct{}), log: zap.NewNop()}
	cfg := DefaultConfig()
	cfg.Credentials = map[string]snmp.Credential{"lab": {}}
	for _, f := range change {
		f(&cfg, w)
	}
	c, err := New(cfg, Engines{Ping: w, Poll: pollWorld{w}, Bus: w, Test: w.testPing}, nil, w.log)
	if err != nil {
		t.Fatal(err)
	}
	w.c = c
	if err := c.SetInventory(inv); err != nil {
		t.Fatal(err)
	}
	return w
}

// run lets the world turn while the story is told, all in a bubble of time.
func (w *world) run(t *testing.T, story func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if err := w.c.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	all.Go(func() { w.turn(ctx) })
	synctest.Wait()
	story()
	cancel()
	all.Wait()
}

// tell runs a story in a bubble.
func tell(t *testing.T, story func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, story)
}

func (w *world) turn(ctx context.Context) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		w.mu.Lock()
		var results []icmp.Result
		for _, target := range w.targets {
			if now.Before(w.next[target.Key]) {
				continue
			}
			w.next[target.Key] = w.next[target.Key].Add(target.Interval)
			r := icmp.Result{Key: target.Key, Addr: target.Addr, Sent: now, Outcome: icmp.Answered, RTT: time.Millisecond}
			if w.isDead(target.Addr) {
				r.Outcome = icmp.Lost
				time.AfterFunc(target.Timeout, func() { w.c.HandlePings([]icmp.Result{r}) })
				continue
			}
			results = append(results, r)
		}
		w.mu.Unlock()
		w.c.HandlePings(results)
	}
}

func (w *world) isDead(addr netip.Addr) bool { return w.cutOff || w.dead[addr] }

func (w *world) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *world) kill(addrs ...netip.Addr) {
	w.set(func() {
		for _, a := range addrs {
			w.dead[a] = true
		}
	})
}

func (w *world) heal(addrs ...netip.Addr) {
	w.set(func() {
		for _, a := range addrs {
			delete(w.dead, a)
		}
	})
}

// Set of the ping engine. Who is known keeps his turn; others are spread.
func (w *world) Set(targets []icmp.Target) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return w.refuse
	}
	for i, target := range targets {
		if !slices.Contains(w.targets, target) {
			w.next[target.Key] = time.Now().Add(target.Interval * time.Duration(i+1) / time.Duration(len(targets)+1))
		}
	}
	w.targets = slices.Clone(targets)
	return nil
}

func (w *world) Probe(ctx context.Context, targets []icmp.Target, plan icmp.Plan) ([]icmp.Tally, error) {
	tallies := make([]icmp.Tally, len(targets))
	for i, target := range targets {
		tallies[i] = icmp.Tally{Key: target.Key, Addr: target.Addr, First: time.Now()}
	}
	w.mu.Lock()
	crowded := w.crowded
	w.mu.Unlock()
	if crowded {
		<-ctx.Done()
		for i, target := range targets {
			tallies[i] = icmp.Tally{Key: target.Key, Addr: target.Addr, PutOff: true}
		}
		return tallies, ctx.Err()
	}
	for n := range plan.Count {
		w.mu.Lock()
		for i, target := range targets {
			if tallies[i].Received > 0 {
				continue
			}
			w.probed[target.Addr]++
			tallies[i].Sent++
			if !w.isDead(target.Addr) {
				tallies[i].Received++
			}
		}
		w.mu.Unlock()
		if n < plan.Count-1 {
			time.Sleep(plan.Gap)
		}
	}
	if slices.ContainsFunc(tallies, func(y icmp.Tally) bool { return y.Received == 0 }) {
		time.Sleep(plan.Timeout)
	}
	return tallies, ctx.Err()
}

func (w *world) testPing(_ context.Context, addr netip.Addr, count int, _, _ time.Duration) (icmp.Stats, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isDead(addr) {
		return icmp.Stats{Sent: count}, nil
	}
	return icmp.Stats{Sent: count, Received: count, Mean: time.Millisecond}, nil
}

// pollWorld is the world's SNMP engine.
type pollWorld struct{ w *world }

func (p pollWorld) Set(targets []snmp.Target) error {
	p.w.set(func() { p.w.polled = slices.Clone(targets) })
	return nil
}

func (p pollWorld) Poll(_ context.Context, device string) (snmp.Result, error) {
	p.w.mu.Lock()
	p.w.polls[device]++
	answer := p.w.answer
	p.w.mu.Unlock()
	if answer == nil {
		return snmp.Result{}, errors.New("nobody answers")
	}
	r := answer(device)
	p.w.c.HandlePoll(r)
	return r, nil
}

// says makes the result of a poll in which samples were found.
func says(device string, samples ...probe.Sample) snmp.Result {
	r := snmp.Result{Device: device, Sent: time.Now(), Answered: true,
		Covers: map[string][]symptom.Kind{device: {symptom.AgentSilent, symptom.LinkDown}}}
	for _, s := range samples {
		s.At = r.Sent
		r.Samples = append(r.Samples, s)
	}
	return r
}

// abnormal is a sample taken now.
func abnormal(subject symptom.Subject, kind symptom.Kind) probe.Sample {
	return probe.Sample{Subject: subject, Kind: kind, Judgement: probe.Abnormal, At: time.Now()}
}

// The bus.

func (w *world) PutSymptoms(_ context.Context, all []symptom.Symptom) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busDown {
		return errors.New("bus is down")
	}
	for _, s := range all {
		if err := s.Validate(); err != nil {
			panic(fmt.Sprintf("published an invalid symptom %+v: %v", s, err))
		}
		w.bus = append(w.bus, s)
	}
	return nil
}

func (w *world) PutHeartbeat(_ context.Context, h symptom.Heartbeat) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busDown {
		return errors.New("bus is down")
	}
	w.bus = append(w.bus, h)
	return nil
}

func (w *world) PutCoverage(_ context.Context, all ...symptom.Coverage) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busDown {
		return errors.New("bus is down")
	}
	for _, c := range all {
		w.bus = append(w.bus, c)
	}
	return nil
}

func (w *world) FollowObserver(ctx context.Context, _ symptom.Subject, f func(symptom.Report)) error {
	for _, s := range w.earlier {
		f(symptom.Report{Symptom: &s})
	}
	for _, v := range w.covered {
		f(symptom.Report{Coverage: &v})
	}
	f(symptom.Report{Synced: true})
	w.set(func() { w.follower = f })
	<-ctx.Done()
	return nil
}

func (w *world) Remade() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.remade
}

func (w *world) published() []any {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.bus)
}

// symptoms is what was published since mark, as short sentences.
func (w *world) symptoms(mark int) []symptom.Symptom {
	var all []symptom.Symptom
	for _, x := range w.published()[mark:] {
		if s, ok := x.(symptom.Symptom); ok {
			all = append(all, s)
		}
	}
	return all
}

func (w *world) mark() int { return len(w.published()) }

func words(all []symptom.Symptom) string {
	var out []string
	for _, s := range all {
		text := fmt.Sprintf("%s %s %s", s.State, s.Subject, s.Kind)
		if s.Hint {
			text += " hint"
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (w *world) expect(t *testing.T, mark int, want string) []symptom.Symptom {
	t.Helper()
	all := w.symptoms(mark)
	if got := words(all); got != want {
		t.Errorf("published %q\nwant      %q", got, want)
	}
	return all
}
