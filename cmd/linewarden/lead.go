package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/bus"
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/correlator"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/store"
)

// Of several correlators one leads: the holder of a lease in the database. Its
// epoch is on every verdict, and ticketing refuses an older one's.
const (
	leaseName  = "correlator"
	leaseFor   = 15 * time.Second
	leaseRenew = 5 * time.Second

	releaseWithin = 2 * time.Second
)

// leader runs the correlator while this process holds the lease.
type leader struct {
	leaderDeps
	log    *zap.Logger
	failed atomic.Pointer[string] // why it could not take over

	mu        sync.Mutex
	inventory *inventory.Inventory   // the newest
	current   *correlator.Correlator // the one at work; nil: another process leads
}

type leaderDeps struct {
	config   correlator.Config
	holder   string // this process, among those that ask for the lease
	wire     *bus.Bus
	verdicts *bus.Bucket[verdict.Verdict]
	leases   leases
	handBack func(context.Context) error // puts on the bus what the correlator is to find there
	renew    time.Duration               // how often the lease is asked for
	registry prometheus.Registerer
}

// leases is what a leader needs of the database.
type leases interface {
	Lease(ctx context.Context, now time.Time, name, holder string, ttl time.Duration) (epoch uint64, ok bool, err error)
	Release(ctx context.Context, now time.Time, name, holder string) error
}

var _ leases = store.Store(nil)

func newLeader(deps leaderDeps, log *zap.Logger) (*leader, error) {
	if err := problem.Error(deps.config.Validate()); err != nil {
		return nil, err
	}
	return &leader{leaderDeps: deps, log: log.Named("lease")}, nil
}

// setInventory makes a revision the newest. The correlator at work goes on with
// it, and one that is about to start begins with it.
func (l *leader) setInventory(inv *inventory.Inventory) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inventory = inv
	if l.current != nil {
		l.current.SetInventory(inv)
	}
	return nil
}

// warning is why this process holds the lease and could not take over.
func (l *leader) warning() string {
	if why := l.failed.Load(); why != nil {
		return *why
	}
	return ""
}

// run waits for the lease, leads while it lasts, and waits again.
func (l *leader) run(ctx context.Context) error {
	waiting := false
	for ctx.Err() == nil {
		epoch, ok, err := l.lease(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			l.log.Warn("lease of the correlator cannot be asked for", zap.Error(err))
		case err == nil && ok:
			waiting = false
			err := l.lead(ctx, epoch)
			l.release(ctx)
			if err != nil {
				return err
			}
		case err == nil && !waiting:
			waiting = true
			l.log.Info("another correlator leads; standing by")
		}
		select {
		case <-ctx.Done():
		case <-time.After(l.renew):
		}
	}
	return nil
}

func (l *leader) lease(ctx context.Context) (epoch uint64, ok bool, err error) {
	return l.leases.Lease(ctx, time.Now().UTC(), leaseName, l.holder, leaseFor)
}

// release lets another daemon lead at once, instead of when the lease runs out.
func (l *leader) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseWithin)
	defer cancel()
	if err := l.leases.Release(ctx, time.Now().UTC(), leaseName, l.holder); err != nil {
		l.log.Warn("lease of the correlator is not released; it runs out by itself", zap.Error(err))
	}
}

// lead takes over and runs the correlator until ctx ends or another holds the
// lease. Where it cannot take over, because the database or the bus does not
// answer, it says so and returns nil: the lease is to be asked for again.
func (l *leader) lead(ctx context.Context, epoch uint64) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	controls, err := l.takeOver(ctx)
	if err != nil {
		if ctx.Err() == nil {
			why := fmt.Sprintf("the correlator could not take over: %v", err)
			l.failed.Store(&why)
			l.log.Warn("the correlator could not take over; asking for the lease again", zap.Error(err))
		}
		return nil
	}
	l.failed.Store(nil)

	// Metrics of this turn, taken back at its end: there may be another.
	turn := prometheus.NewRegistry()
	c, err := l.start(epoch, controls, turn)
	if err != nil {
		return err
	}
	defer l.ended()
	if err := l.registry.Register(turn); err != nil {
		return err
	}
	defer l.registry.Unregister(turn)
	l.log.Info("leading", zap.Uint64("epoch", epoch))

	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return l.keep(ctx, stop, done)
}

// takeOver brings the bus into the state that a correlator needs to find.
func (l *leader) takeOver(ctx context.Context) (*bus.Bucket[correlator.Controls], error) {
	controls, err := openControls(ctx, l.wire)
	return controls, errors.Join(err, l.handBack(ctx))
}

// start makes a correlator with the newest inventory, and the one that hears of
// the next.
func (l *leader) start(
	epoch uint64, controls *bus.Bucket[correlator.Controls], reg prometheus.Registerer,
) (*correlator.Correlator, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	cfg := l.config
	cfg.Epoch = epoch
	c, err := correlator.New(cfg, correlator.Deps{
		Inventory: l.inventory, Symptoms: l.wire, Verdicts: l.verdicts, Controls: controls, Tester: l.wire,
		Registry: reg, Log: l.log,
	})
	if err != nil {
		return nil, err
	}
	l.current = c
	return c, nil
}

func (l *leader) ended() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = nil
}

// keep renews the lease until the correlator has ended, and stops it when
// another has the lease. While the database cannot be reached nobody else can
// take it, so the work goes on.
func (l *leader) keep(ctx context.Context, stop context.CancelFunc, done <-chan error) error {
	renew := time.NewTicker(l.renew)
	defer renew.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("correlator: %w", err)
			}
			return nil
		case <-renew.C:
			if _, ok, err := l.lease(ctx); err == nil && !ok {
				l.log.Warn("another correlator has taken over; standing by")
				stop()
			}
		}
	}
}

// daemonName names this daemon. It is the same after a restart, so that a
// daemon takes its own lease and its own claims back at once.
func daemonName(cfg *configs.Config) string {
	host, _ := os.Hostname()
	return host + ":" + cfg.DataDir
}
