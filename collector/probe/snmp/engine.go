// Package snmp polls devices: many agents over a few shared sockets, each at
// its own pace, none delayed by another. What the values mean is in profiles,
// which are data. It judges single values and leaves counting, confirming and
// publishing to the collector; it never writes to a device.
package snmp

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs/problem"
)

// Result is what one poll of one device found.
type Result struct {
	Device      string
	Sent        time.Time // when the first question was sent
	Took        time.Duration
	RTT         time.Duration // of the last answer
	Requests    int
	Answered    bool  // anything at all
	Err         error // why the poll is incomplete; ErrNoAnswer: silence
	SysObjectID string
	Profile     string
	Samples     []probe.Sample
	Readings    []probe.Reading
	Covers      map[string][]symptom.Kind // by device (far ends, too): kinds of which this poll saw values
	Missing     []string                  // ports that the inventory names and the device does not have
}

// Sweep is one full round over all targets of one interval.
type Sweep struct {
	Interval time.Duration
	Started  time.Time // no poll of the round was sent before
	Ended    time.Time
	Targets  int
	Answered int
}

// Engine polls. Make it with New, and let Run run.
type Engine struct {
	config   Config
	profiles *Profiles
	log      *zap.Logger
	metrics  *metrics
	handle   func(Result)
	swept    func(Sweep)
	parser   *gosnmp.GoSNMP

	ready     chan struct{} // closed once the sockets are open
	transport *transport
	running   context.Context // of Run; set before ready
	polls     sync.WaitGroup
	work      chan *agent // to a worker that has nothing to do

	mu       sync.Mutex
	stopped  bool
	agents   map[string]*agent
	schedule schedule
	changed  chan struct{}
	silent   atomic.Int64
}

// New makes an engine that does nothing before Run. handle is called for every
// poll, from many goroutines, but never twice at once for one device; swept,
// which may be nil, after every full round.
func New(config Config, profiles *Profiles, handle func(Result), swept func(Sweep), reg prometheus.Registerer,
	log *zap.Logger) (*Engine, error) {
	if err := problem.Error(config.Validate()); err != nil {
		return nil, fmt.Errorf("settings of the SNMP engine: %w", err)
	}
	if handle == nil {
		handle = func(Result) {}
	}
	if swept == nil {
		swept = func(Sweep) {}
	}
	return &Engine{config: config, profiles: profiles, log: log.Named("snmp"), metrics: newMetrics(reg), handle: handle,
		swept:  swept,
		parser: newParser(), ready: make(chan struct{}), work: make(chan *agent), agents: map[string]*agent{},
		changed: make(chan struct{}, 1), schedule: newSchedule()}, nil
}

// Run opens the sockets and polls until ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	t, err := openTransport(e.config.Sockets, e.metrics)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	e.transport, e.running = t, ctx
	close(e.ready)
	done := make(chan error, 1)
	go func() { done <- t.run(ctx) }()
	e.pace(ctx)
	stop()
	e.mu.Lock()
	e.stopped = true
	e.mu.Unlock()
	e.polls.Wait()
	return <-done
}

// Set replaces the targets. What is known of a device survives as long as its
// address and credential do not change. If any target is unusable nothing changes.
func (e *Engine) Set(targets []Target) error {
	agents := make(map[string]*agent, len(targets))
	for _, t := range targets {
		if _, err := newCodec(t.Credential, e.parser); err != nil {
			return fmt.Errorf("device %s: SNMP: %w", t.ID, err)
		}
		if t.Profile != "" && !e.profiles.Has(t.Profile) {
			return fmt.Errorf("device %s: there is no SNMP profile %q (have %v)", t.ID, t.Profile, e.profiles.Names())
		}
		if !t.Address.IsValid() {
			return fmt.Errorf("device %s: no address to poll", t.ID)
		}
		if _, twice := agents[t.ID]; twice {
			return fmt.Errorf("device %s: listed twice", t.ID)
		}
		agents[t.ID] = newAgent(t)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, a := range agents {
		old := e.agents[id]
		if old == nil || !old.keep(a.target.Load()) {
			continue
		}
		agents[id] = old
	}
	for id, old := range e.agents {
		if agents[id] != old {
			old.gone.Store(true)
			if old.silent.Load() > 0 {
				e.silent.Add(-1)
			}
		}
	}
	e.agents = agents
	e.schedule.set(agents, time.Now())
	e.metrics.targets.Set(float64(len(agents)))
	e.metrics.silent.Set(float64(e.silent.Load()))
	select {
	case e.changed <- struct{}{}:
	default:
	}
	return nil
}

// Poll asks a device now. While one poll is running, all further requests
// share the next one, which starts when that ends.
func (e *Engine) Poll(ctx context.Context, device string) (Result, error) {
	select {
	case <-e.ready:
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	e.mu.Lock()
	a := e.agents[device]
	e.mu.Unlock()
	if a == nil {
		return Result{}, fmt.Errorf("device %s is not polled by SNMP", device)
	}
	f := e.start(a, true)
	select {
	case <-f.done:
		return f.result, nil
	case <-ctx.Done():
		return Result{}, ctx.Err()
	case <-e.running.Done():
		return Result{}, fmt.Errorf("poll %s: the engine has stopped", device)
	}
}

// idleWorker is how long a goroutine waits for another poll to do. Its stack
// has grown to what a poll needs, and a new one's would have to.
const idleWorker = 5 * time.Second

// launch has a poll done, unless the engine has stopped. There are as many
// workers as polls are under way: no device waits for another.
func (e *Engine) launch(a *agent) {
	select {
	case e.work <- a:
		return
	default:
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.stopped {
		e.polls.Go(func() { e.worker(a) })
	}
}

func (e *Engine) worker(a *agent) {
	idle := time.NewTimer(idleWorker)
	defer idle.Stop()
	for {
		e.fly(a)
		idle.Reset(idleWorker)
		select {
		case a = <-e.work:
		case <-idle.C:
			return
		case <-e.running.Done():
			return
		}
	}
}

func (e *Engine) agent(device string) *agent {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.agents[device]
}
