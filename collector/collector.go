// Package collector decides what to probe and when, turns results into
// symptoms, and publishes them with what was looked at. The engines below it
// send and receive, package probe judges, the bus carries; this shell joins
// them. It refuses to say where a fault lies, and to call the network down when
// it may be its own way into it that failed.
package collector

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
)

// Pinger is the bulk ping engine; its results go to HandlePings.
type Pinger interface {
	Set(targets []icmp.Target) error
	Probe(ctx context.Context, targets []icmp.Target, plan icmp.Plan) ([]icmp.Tally, error)
}

// Poller is the SNMP engine; its results go to HandlePoll and HandleSweep.
type Poller interface {
	Set(targets []snmp.Target) error
	Poll(ctx context.Context, device string) (snmp.Result, error)
}

// Publisher is the bus.
type Publisher interface {
	PutSymptoms(ctx context.Context, all []symptom.Symptom) error
	PutHeartbeat(ctx context.Context, h symptom.Heartbeat) error
	PutCoverage(ctx context.Context, all ...symptom.Coverage) error
	FollowObserver(ctx context.Context, observer symptom.Subject, f func(symptom.Report)) error
	Remade() <-chan struct{}
}

// TestPing pings one address on demand, beside the engine.
type TestPing func(ctx context.Context, addr netip.Addr, count int, interval, timeout time.Duration) (icmp.Stats, error)

// Engines are what a collector works with.
type Engines struct {
	Ping Pinger
	Poll Poller // nil: no SNMP
	Bus  Publisher
	Test TestPing
}

// Collector is one collector. Its Handle methods are called by the engines,
// from any goroutine.
type Collector struct {
	cfg      Config
	observer symptom.Subject
	engines  Engines
	log      *zap.Logger
	metrics  *metrics
	outbox   *outbox
	asker    *asker

	planning sync.Mutex // one plan is made at a time; taken before mu

	mu        sync.Mutex
	ready     bool // the earlier life's symptoms are known, so that results may be judged
	plan      *plan
	targets   []*target // by key; nil: removed
	free      []uint32
	at        map[place]*target
	byDevice  map[string]*target
	shared    map[string][]*target // link or cable -> targets beyond it
	polled    map[string]*polled
	ports     map[symptom.Subject]*portState
	lines     []lineView
	devices   []deviceView
	board     *probe.Conditions
	guard     *probe.Guard
	isolated  bool
	blind     time.Time        // pings that left before were sent into our own darkness
	held      map[*target]bool // missing, and nobody vouches for our own way in
	doubted   map[*target]bool // missed, and not yet often enough to be missing
	classes   map[time.Duration]*class
	alive     int      // targets that have ever answered
	gateways  []uint32 // those of the station's own device
	memory    *memory
	coverage  map[symptom.Place]string // as published
	dirty     map[symptom.Subject]bool // coverage to be looked at again
	expansion rate
	later     []askLater
	found     []probe.Finding // scratch
}

// New makes a collector that does nothing before Run.
func New(cfg Config, engines Engines, reg prometheus.Registerer, log *zap.Logger) (*Collector, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	memory, err := loadMemory(cfg.StateFile)
	if err != nil {
		return nil, err
	}
	c := &Collector{
		cfg: cfg, observer: symptom.Collector(cfg.ID), engines: engines, log: log.Named("collector"),
		at: map[place]*target{}, byDevice: map[string]*target{}, shared: map[string][]*target{},
		polled: map[string]*polled{}, ports: map[symptom.Subject]*portState{},
		board: probe.NewConditions(symptom.Collector(cfg.ID), cfg.Rules), guard: probe.NewGuard(cfg.Guard),
		held: map[*target]bool{}, doubted: map[*target]bool{}, classes: map[time.Duration]*class{},
		memory: memory, coverage: map[symptom.Place]string{}, dirty: map[symptom.Subject]bool{},
		expansion: rate{perSecond: 500, burst: 500},
	}
	c.metrics = newMetrics(reg)
	c.outbox = newOutbox(engines.Bus, c.log, c.metrics)
	c.asker = newAsker(engines, cfg.Confirm, c.HandleTallies, c.metrics)
	return c, nil
}

// Run publishes, asks and keeps time until ctx ends. Results are judged once
// the bus has told what an earlier life of this collector left there.
func (c *Collector) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.outbox.run(ctx) })
	g.Go(func() error { return c.asker.run(ctx) })
	g.Go(func() error { return c.adopt(ctx) })
	g.Go(func() error { return c.republish(ctx) })
	g.Go(func() error { return c.keepTime(ctx) })
	err := g.Wait()
	if saved := c.memory.save(); saved != nil {
		err = errors.Join(err, saved)
	}
	return err
}

// SetInventory makes a revision the one in force. Targets that it leaves as
// they are go on undisturbed. After an error the old one is still in force.
func (c *Collector) SetInventory(inv *inventory.Inventory) error {
	c.planning.Lock()
	defer c.planning.Unlock()
	return c.setInventory(c.cfg, inv)
}

// SetCredentials takes another set of credentials: devices whose own has
// changed are asked anew. After an error the old ones are still in force.
func (c *Collector) SetCredentials(all map[string]snmp.Credential) error {
	c.planning.Lock()
	defer c.planning.Unlock()
	next := c.cfg
	next.Credentials = all
	c.mu.Lock()
	plan := c.plan
	c.mu.Unlock()
	if plan != nil {
		if err := c.setInventory(next, plan.inv); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.cfg.Credentials = all
	c.mu.Unlock()
	return nil
}

// setInventory plans without the lock: for many lines that takes a while.
func (c *Collector) setInventory(cfg Config, inv *inventory.Inventory) error {
	next, err := newPlan(cfg, inv)
	if err != nil {
		return fmt.Errorf("collector %s: %w", cfg.ID, err)
	}
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	// Nothing is changed here before both engines have agreed.
	if c.engines.Poll != nil {
		if err := c.engines.Poll.Set(next.polls); err != nil {
			return fmt.Errorf("inventory %s: %w", inv.Revision, err)
		}
	}
	keys := c.assign(next)
	if err := c.engines.Ping.Set(c.pingTargets(next, keys)); err != nil {
		if c.plan != nil && c.engines.Poll != nil {
			err = errors.Join(err, c.engines.Poll.Set(c.plan.polls))
		}
		return fmt.Errorf("inventory %s: %w", inv.Revision, err)
	}
	c.adoptPlan(next, keys, now)
	c.log.Info("inventory in force", zap.String("revision", inv.Revision), zap.Int("targets", len(next.targets)),
		zap.Int("polled", len(next.polls)), zap.Int("lines", len(next.lines)))
	for device, why := range next.noPoll {
		if why != "" {
			c.log.Warn("device is not polled", zap.String("device", device), zap.String("reason", why))
		}
	}
	return nil
}

// Ready tells whether results are being judged, and what keeps them from it.
func (c *Collector) Ready() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.plan == nil:
		return errors.New("collector: no inventory yet")
	case !c.ready:
		return errors.New("collector: the bus has not told yet what was raised before")
	}
	return nil
}

// Isolated tells whether the collector takes itself for cut off from the network.
func (c *Collector) Isolated() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.isolated
}

// keepTime does what no result triggers.
func (c *Collector) keepTime(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	save := time.NewTicker(10 * time.Second)
	defer save.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			c.tick(time.Now())
		case <-save.C:
			if err := c.memory.save(); err != nil {
				c.log.Warn("which targets have answered cannot be saved", zap.Error(err))
			}
		}
	}
}

func (c *Collector) tick(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ready || c.plan == nil {
		return
	}
	c.watchOurselves(now)
	c.askHeld(now)
	c.askDue(now)
	c.say(c.board.Tick(now))
	c.sayCoverage(now)
	c.closeSweeps(now)
}

// say publishes, under the revision in force.
func (c *Collector) say(all []symptom.Symptom) {
	for _, s := range all {
		s.Revision = c.plan.inv.Revision
		c.outbox.symptom(s)
		c.metrics.symptoms.WithLabelValues(string(s.Kind), string(s.State)).Inc()
	}
}
