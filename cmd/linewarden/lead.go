package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/bus"
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/correlator"
	"github.com/linewarden/linewarden/ticketing/store"
)

// Of several correlators one leads: the holder of a lease in the database. Its
// epoch is on every verdict, and ticketing refuses an older one's.
const (
	leaseName  = "correlator"
	leaseFor   = 15 * time.Second
	leaseRenew = 5 * time.Second
)

// leader runs the correlator while this process holds the lease.
type leader struct {
	cfg      *configs.Config
	database store.Store
	wire     *bus.Bus
	verdicts correlator.Verdicts
	files    *catalogue
	registry *prometheus.Registry
	log      *zap.Logger

	adopt func(context.Context) error // what must be on the bus before the correlator looks there
	mind  chan *correlator.Correlator // the one at work, or nil
}

func newLeader(cfg *configs.Config, wire *bus.Bus, verdicts correlator.Verdicts, files *catalogue, reg *prometheus.Registry, log *zap.Logger) *leader {
	l := &leader{cfg: cfg, wire: wire, verdicts: verdicts, files: files, registry: reg, log: log.Named("lease"), mind: make(chan *correlator.Correlator, 1)}
	l.mind <- nil
	return l
}

// setInventory gives the correlator at work a new revision.
func (l *leader) setInventory(inv *inventory.Inventory) error {
	mind := <-l.mind
	if mind != nil {
		mind.SetInventory(inv)
	}
	l.mind <- mind
	return nil
}

// run waits for the lease, leads while it lasts, and waits again.
func (l *leader) run(ctx context.Context) error {
	waiting := false
	for ctx.Err() == nil {
		epoch, ok, err := l.database.Lease(ctx, time.Now().UTC(), leaseName, holder(l.cfg), leaseFor)
		switch {
		case err != nil && ctx.Err() == nil:
			l.log.Warn("lease of the correlator cannot be asked for", zap.Error(err))
		case err == nil && ok:
			waiting = false
			if err := l.lead(ctx, uint64(epoch)); err != nil {
				return err
			}
			continue
		case err == nil && !waiting:
			waiting = true
			l.log.Info("another correlator leads; standing by")
		}
		select {
		case <-ctx.Done():
		case <-time.After(leaseRenew):
		}
	}
	return nil
}

// lead runs the correlator until ctx ends or another holds the lease. While the
// database cannot be reached nobody else can take it, so the work goes on.
func (l *leader) lead(ctx context.Context, epoch uint64) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := l.adopt(ctx); err != nil {
		return err
	}
	// Metrics of this turn, taken back at its end: there may be another.
	turn := prometheus.NewRegistry()
	controls, err := openControls(ctx, l.wire)
	if err != nil {
		return err
	}
	c := l.cfg.Correlator
	mind, err := correlator.New(correlator.Config{Quiet: c.Quiet, MaxWait: c.MaxWait, MultiLine: c.Hold.MultiLine,
		SingleLine: c.Hold.SingleLine, Degraded: c.Hold.Degraded, Epoch: epoch},
		correlator.Deps{Inventory: l.files.inventory(), Symptoms: l.wire, Verdicts: l.verdicts, Controls: controls, Tester: l.wire, Registry: turn, Log: l.log})
	if err != nil {
		return err
	}
	if err := l.registry.Register(turn); err != nil {
		return err
	}
	defer l.registry.Unregister(turn)
	<-l.mind
	l.mind <- mind
	defer func() { <-l.mind; l.mind <- nil }()
	l.log.Info("leading", zap.Uint64("epoch", epoch))

	done := make(chan error, 1)
	go func() { done <- mind.Run(ctx) }()
	renew := time.NewTicker(leaseRenew)
	defer renew.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("correlator: %w", err)
			}
			return nil
		case <-renew.C:
			if _, ok, err := l.database.Lease(ctx, time.Now().UTC(), leaseName, holder(l.cfg), leaseFor); err == nil && !ok {
				l.log.Warn("another correlator has taken over; standing by")
				stop()
			}
		}
	}
}

// holder names this daemon. It is the same after a restart, so that a daemon
// takes its own lease and its own claims back at once.
func holder(cfg *configs.Config) string {
	host, _ := os.Hostname()
	return host + ":" + cfg.DataDir
}
