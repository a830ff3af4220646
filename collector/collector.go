// Package collector is the shell around package watch: it has the clock and the
// lock, hands the results of the engines to watch, and carries out what watch
// wants done. It publishes through an outbox that outlasts an absent bus. It
// decides nothing: what is to be probed, what a result means and what is said
// of it is in watch.
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

	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/collector/watch"
	"github.com/linewarden/linewarden/configs/problem"
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
	memory   *memory

	planning    sync.Mutex // one plan is made at a time; taken before mu
	credentials map[string]snmp.Credential
	polls       []snmp.Target // in force

	mu      sync.Mutex // guards all below
	state   *watch.State
	armed   time.Time     // when the next tick is due; zero: nobody waits for one
	earlier chan struct{} // it has become due earlier
	pings   []watch.Ping  // scratch
	lines   []lineView
	devices []deviceView
}

// New makes a collector that does nothing before Run.
func New(cfg Config, engines Engines, reg prometheus.Registerer, log *zap.Logger) (*Collector, error) {
	if err := problem.Error(cfg.Validate()); err != nil {
		return nil, fmt.Errorf("settings of the collector: %w", err)
	}
	memory, err := loadMemory(cfg.StateFile)
	if err != nil {
		return nil, err
	}
	observer := symptom.Collector(cfg.ID)
	c := &Collector{
		cfg: cfg, observer: observer, engines: engines, log: log.Named("collector"), metrics: newMetrics(reg),
		memory: memory, credentials: cfg.Credentials, state: watch.New(cfg.Config, observer, memory.known()),
		earlier: make(chan struct{}, 1),
	}
	c.outbox = newOutbox(engines.Bus, c.log, c.metrics)
	series := icmp.Plan{Count: cfg.Confirm.Count, Gap: cfg.Confirm.Gap, Timeout: cfg.Confirm.Timeout, Enough: 1}
	c.asker = newAsker(engines, series, c.HandleTallies, c.metrics)
	return c, nil
}

// Run publishes, asks and keeps time until ctx ends. Results are judged once
// the bus has told what an earlier life of this collector left there.
func (c *Collector) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.outbox.run(ctx) })
	g.Go(func() error { return c.asker.run(ctx) })
	g.Go(func() error { return c.follow(ctx) })
	g.Go(func() error { return c.republish(ctx) })
	g.Go(func() error { return c.keepTime(ctx) })
	err := g.Wait()
	if saved := c.memory.save(); saved != nil {
		err = errors.Join(err, saved)
	}
	return err
}

// Ready tells whether results are being judged, and what keeps them from it.
func (c *Collector) Ready() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if why := c.state.Waiting(); why != "" {
		return errors.New("collector: " + why)
	}
	return nil
}

// Isolated tells whether the collector takes itself for cut off from the network.
func (c *Collector) Isolated() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.Isolated()
}
