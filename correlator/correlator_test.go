package correlator_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap/zaptest"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// memory is a bus in memory: present state first, then changes.
type memory struct {
	mu       sync.Mutex
	symptoms map[symptom.Key]symptom.Symptom
	verdicts map[string]verdict.Verdict
	follower chan symptom.Report
	down     bool
	puts     int
}

func newMemory() *memory {
	return &memory{
		symptoms: map[symptom.Key]symptom.Symptom{}, verdicts: map[string]verdict.Verdict{},
		follower: make(chan symptom.Report, 100),
	}
}

func (m *memory) Follow(ctx context.Context, f func(symptom.Report)) error {
	m.mu.Lock()
	var all []symptom.Symptom
	for _, s := range m.symptoms {
		all = append(all, s)
	}
	m.mu.Unlock()
	for i := range all {
		f(symptom.Report{Symptom: &all[i]})
	}
	f(symptom.Report{Synced: true})
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-m.follower:
			f(r)
		}
	}
}

// verdictsIn are the verdicts in it.
type verdictsIn struct{ *memory }

func (m verdictsIn) Follow(_ context.Context, f func(*verdict.Verdict, bool) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, v := range m.verdicts {
		if err := f(&v, false); err != nil {
			return err
		}
	}
	return f(nil, true)
}

// plans are what people have planned: a window that is not right.
type plans struct{}

func (plans) Follow(ctx context.Context, f func(*correlator.Controls, bool) error) error {
	doc, err := correlator.DecodeControls("current", []byte(`{"windows":[{"id":"W"}],"other":1}`))
	if err := errors.Join(err, f(&doc, false), f(nil, true)); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func (m verdictsIn) Put(_ context.Context, v verdict.Verdict) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.puts++; m.down {
		return errors.New("the bus is away")
	}
	m.verdicts[v.ID] = v
	return nil
}

func (m *memory) raise(subject symptom.Subject, kind symptom.Kind) {
	now := time.Now()
	m.tell(symptom.Symptom{
		Observer: "collector/c1", Subject: subject, Kind: kind, State: symptom.Raised, Since: now, At: now,
	})
}

func (m *memory) tell(s symptom.Symptom) {
	m.mu.Lock()
	m.symptoms[s.Key()] = s
	m.mu.Unlock()
	m.follower <- symptom.Report{Symptom: &s}
}

func (m *memory) all() map[string]verdict.Verdict {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]verdict.Verdict{}
	for id, v := range m.verdicts {
		out[id] = v
	}
	return out
}

func village(t *testing.T) *inventory.Inventory {
	t.Helper()
	ref := inventory.ParsePortRef
	inv := &inventory.Inventory{
		Customers: []inventory.Customer{{ID: "C1", Name: "C1", Grade: inventory.Gold}},
		Sites: []inventory.Site{
			{ID: "S1", Name: "S1", Kind: inventory.Exchange}, {ID: "S2", Name: "S2", Kind: inventory.CustomerSite},
		},
		Devices: []inventory.Device{
			{ID: "CR1", Name: "CR1", Kind: inventory.Router, Site: "S1",
				Layer: inventory.Core, Technology: inventory.Data, Address: netip.MustParseAddr("198.18.0.1")},
			{ID: "AN1", Name: "AN1", Kind: inventory.MSTP, Site: "S1",
				Layer: inventory.Trunk, Technology: inventory.Transmission, Address: netip.MustParseAddr("198.18.0.2")},
			{ID: "CPE1", Name: "CPE1", Kind: inventory.CPE, Site: "S2",
				Layer: inventory.Premises, Technology: inventory.Data, Address: netip.MustParseAddr("198.18.1.1")},
		},
		Links: []inventory.Link{
			{ID: "L1", A: ref("CR1/1"), Z: ref("AN1/1"), Layer: inventory.Trunk, Cables: []string{"CBL-1"}},
			{ID: "L2", A: ref("AN1/2"), Z: ref("CPE1/wan"), Layer: inventory.Tail, Cables: []string{"CBL-2"}},
		},
		Lines: []inventory.Line{{ID: "LN-1", Customer: "C1", Product: "internet", Grade: inventory.AA, Protected: true,
			A: ref("CPE1/lan"), Z: ref("CR1"), Target: netip.MustParseAddr("198.19.1.1")}},
	}
	if err := inv.Build(); err != nil {
		t.Fatal(err)
	}
	return inv
}

// start runs a correlator until the returned function is called.
func start(t *testing.T, bus *memory, inv *inventory.Inventory) (*correlator.Correlator, func()) {
	t.Helper()
	cfg := correlator.DefaultConfig()
	cfg.SingleLine = 100 * time.Millisecond
	c, err := correlator.New(cfg, correlator.Deps{
		Inventory: inv, Symptoms: bus, Verdicts: verdictsIn{bus}, Controls: plans{},
		Registry: prometheus.NewRegistry(), Log: zaptest.NewLogger(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return c, func() {
		cancel()
		if err := wait.Receive(t, done, "Run ends"); err != nil {
			t.Error(err)
		}
	}
}

// until waits for the verdicts to be as wanted.
func until(
	t *testing.T, bus *memory, what string, ok func(map[string]verdict.Verdict) bool,
) map[string]verdict.Verdict {
	t.Helper()
	var all map[string]verdict.Verdict
	wait.Until(t, what, func() error {
		if all = bus.all(); !ok(all) {
			return fmt.Errorf("the bus has %+v", all)
		}
		return nil
	})
	return all
}

func only(all map[string]verdict.Verdict) (verdict.Verdict, bool) {
	for _, v := range all {
		return v, len(all) == 1
	}
	return verdict.Verdict{}, false
}

func TestAFaultSurvivesARestartUnderItsID(t *testing.T) {
	bus, inv := newMemory(), village(t)
	_, stop := start(t, bus, inv)
	bus.raise("port/AN1/2", symptom.LOS)
	bus.raise("line/LN-1", symptom.Unreachable)
	first, _ := only(until(t, bus, "one open verdict", func(all map[string]verdict.Verdict) bool { return len(all) == 1 }))
	stop()

	_, stop = start(t, bus, inv)
	defer stop()
	// Another symptom of the same fault, after the restart, and then recovery.
	bus.raise("device/CPE1", symptom.Unreachable)
	now := time.Now()
	for _, s := range []symptom.Symptom{
		{Subject: "port/AN1/2", Kind: symptom.LOS}, {Subject: "line/LN-1", Kind: symptom.Unreachable},
		{Subject: "device/CPE1", Kind: symptom.Unreachable},
	} {
		s.Observer, s.State, s.Since = "collector/c1", symptom.Cleared, now
		s.At, s.ClearedAt = now.Add(time.Second), now.Add(time.Second)
		bus.tell(s)
	}
	until(t, bus, "cleared, and nothing else opened", func(all map[string]verdict.Verdict) bool {
		v, one := only(all)
		return one && v.ID == first.ID && v.State == verdict.Cleared && v.Version > first.Version
	})
}

func TestABusThatIsAwayIsWaitedFor(t *testing.T) {
	bus := newMemory()
	bus.down = true
	c, stop := start(t, bus, village(t))
	defer stop()
	bus.raise("port/AN1/2", symptom.LOS)
	bus.raise("line/LN-1", symptom.Unreachable)
	wait.For(t, "the correlator tries to publish", func() bool {
		bus.mu.Lock()
		defer bus.mu.Unlock()
		return bus.puts > 0
	})
	c.SetInventory(village(t)) // and a new revision meanwhile
	bus.mu.Lock()
	bus.down = false
	bus.mu.Unlock()
	until(t, bus, "one verdict", func(all map[string]verdict.Verdict) bool {
		v, one := only(all)
		return one && v.State == verdict.Open && len(v.Lines.Down) == 1
	})
}

func TestASettingThatCannotBe(t *testing.T) {
	for _, cfg := range []correlator.Config{
		{}, {Quiet: time.Second}, {Quiet: time.Second, MaxWait: time.Second, Hold: correlator.Hold{Degraded: -1}},
	} {
		if _, err := correlator.New(cfg, correlator.Deps{Log: zaptest.NewLogger(t)}); err == nil {
			t.Errorf("accepted: %+v", cfg)
		}
	}
}
