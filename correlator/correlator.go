// Package correlator is the shell around the engine of correlator/infer: it
// follows symptoms, heartbeats and coverage on the bus, gives the engine the
// time, and publishes the verdicts that it says.
//
// It decides nothing. It keeps nothing either: everything it knows it hears
// again from the bus when it starts, and the open verdicts that it finds there
// it takes over, so that a restart opens nothing anew and clears nothing by
// mere absence.
package correlator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Symptoms tells the present state, Synced once, then changes, until ctx ends.
type Symptoms interface {
	Follow(ctx context.Context, f func(symptom.Report)) error
}

// Values are what the bus holds of one type. Follow tells what is there, then
// nil once, then what comes, until ctx ends or f returns an error.
type Values[T any] interface {
	Follow(ctx context.Context, f func(v *T, synced bool) error) error
}

// Verdicts is where verdicts are published, and found again after a restart.
type Verdicts interface {
	Values[verdict.Verdict]
	Put(ctx context.Context, v verdict.Verdict) error
}

// Tester asks a collector to probe now. No answer is inconclusive.
type Tester interface {
	Test(ctx context.Context, collector string, r symptom.TestRequest) symptom.TestResult
}

// Deps are what a correlator stands on.
type Deps struct {
	Inventory *inventory.Inventory
	Symptoms  Symptoms
	Verdicts  Verdicts
	Controls  Values[Controls]
	Tester    Tester // nil: nothing is asked
	Registry  prometheus.Registerer
	Log       *zap.Logger
}

// Correlator is one correlator. Its methods may be called from any goroutine.
type Correlator struct {
	cfg     Config
	deps    Deps
	log     *zap.Logger
	metrics *metrics
	reports chan symptom.Report
	outbox  *outbox
	asking  chan struct{}

	changed chan struct{}
	mu      sync.Mutex
	next    *inventory.Inventory // to be taken over by the loop
	windows []infer.Window
	replan  bool
}

// New makes a correlator that does nothing before Run.
func New(cfg Config, deps Deps) (*Correlator, error) {
	if err := problem.Error(cfg.Validate()); err != nil {
		return nil, fmt.Errorf("settings of the correlator: %w", err)
	}
	c := &Correlator{cfg: cfg, deps: deps, log: deps.Log.Named("correlator"), metrics: newMetrics(deps.Registry),
		reports: make(chan symptom.Report, 8192), changed: make(chan struct{}, 1), next: deps.Inventory,
		asking: make(chan struct{}, asksAtOnce)}
	c.outbox = newOutbox(deps.Verdicts, c.log, c.metrics)
	return c, nil
}

// SetInventory makes a revision the one in force; open verdicts go on.
func (c *Correlator) SetInventory(inv *inventory.Inventory) {
	c.mu.Lock()
	c.next = inv
	c.mu.Unlock()
	c.kick()
}

func (c *Correlator) kick() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// Run correlates until ctx ends; then it returns nil.
func (c *Correlator) Run(ctx context.Context) error {
	open, err := c.openVerdicts(ctx)
	if err != nil || ctx.Err() != nil {
		return err
	}
	c.mu.Lock()
	inv := c.next
	c.next = nil
	c.mu.Unlock()
	if inv == nil {
		return errors.New("correlator: no inventory")
	}
	engine := infer.New(inv, c.cfg.options())
	for _, v := range open {
		engine.Adopt(time.Now(), v)
	}
	c.log.Info("following symptoms", zap.Int("adopted", len(open)), zap.String("inventory", inv.Revision))

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		err := c.deps.Symptoms.Follow(ctx, func(r symptom.Report) {
			select {
			case c.reports <- r:
			case <-ctx.Done():
			}
		})
		return wrap("follow symptoms", err)
	})
	g.Go(func() error { return wrap("follow controls", c.deps.Controls.Follow(ctx, c.takeControls)) })
	g.Go(func() error { return c.outbox.run(ctx) })
	g.Go(func() error { c.loop(ctx, engine); return nil })
	return g.Wait()
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// errEnough ends following once the present state is known.
var errEnough = errors.New("enough")

// openVerdicts reads the open verdicts that an earlier correlator left.
func (c *Correlator) openVerdicts(ctx context.Context) ([]verdict.Verdict, error) {
	found := map[string]verdict.Verdict{}
	err := c.deps.Verdicts.Follow(ctx, func(v *verdict.Verdict, synced bool) error {
		if v == nil || synced {
			return errEnough
		}
		found[v.ID] = *v
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("read open verdicts: %w", err)
	}
	var open []verdict.Verdict
	for _, v := range found {
		if v.State == verdict.Open {
			open = append(open, v)
		}
	}
	slices.SortFunc(open, func(a, b verdict.Verdict) int { return strings.Compare(a.ID, b.ID) })
	return open, nil
}

// loop is the only goroutine that touches the engine. Before the present state
// has been told whole, it decides nothing.
func (c *Correlator) loop(ctx context.Context, engine *infer.Engine) {
	synced := false
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if at, ok := engine.Deadline(); ok && synced {
			timer.Reset(max(time.Until(at), 0))
		} else {
			timer.Reset(time.Hour)
		}
		select {
		case <-ctx.Done():
			return
		case r := <-c.reports:
			synced = c.apply(engine, r) || synced
		case <-c.changed:
			engine = c.change(engine)
		case <-timer.C:
		}
		if !synced {
			continue
		}
		begun := time.Now()
		for _, v := range engine.Advance(begun) {
			c.say(ctx, v)
		}
		c.metrics.observe(engine.Stats(), time.Since(begun))
	}
}

// apply gives the engine a report and all that wait behind it.
func (c *Correlator) apply(engine *infer.Engine, r symptom.Report) (synced bool) {
	for range cap(c.reports) {
		c.metrics.reports.Inc()
		synced = synced || r.Synced
		engine.Apply(time.Now(), r)
		select {
		case r = <-c.reports:
		default:
			return synced
		}
	}
	return synced
}

// change takes over a new inventory or new planned work.
func (c *Correlator) change(engine *infer.Engine) *infer.Engine {
	c.mu.Lock()
	inv, windows, replan := c.next, c.windows, c.replan
	c.next, c.replan = nil, false
	c.mu.Unlock()
	if inv != nil {
		engine = engine.Recompile(time.Now(), inv)
		c.log.Info("inventory changed", zap.String("inventory", inv.Revision))
	}
	if replan {
		engine.SetWindows(time.Now(), windows)
	}
	return engine
}

// say publishes a version and asks for what would make the next one better.
func (c *Correlator) say(ctx context.Context, v verdict.Verdict) {
	c.metrics.verdicts.WithLabelValues(string(v.Outcome), string(v.State)).Inc()
	if v.State == verdict.Open {
		c.metrics.delay.Observe(v.Decided.Sub(v.Started).Seconds())
	}
	c.log.Info("verdict", zap.String("verdict", v.ID), zap.Uint64("version", v.Version),
		zap.String("state", string(v.State)), zap.String("outcome", string(v.Outcome)),
		zap.String("domain", string(v.FaultDomain)), zap.Int("down", len(v.Lines.Down)),
		zap.Float64("confidence", v.Confidence))
	c.outbox.put(v)
	c.ask(ctx, v)
}
