package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/cmd/linewarden/check"
	"github.com/linewarden/linewarden/collector"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// reloader reads credentials, rules and inventory anew on each signal. All of
// it is read before anything is changed; what is wrong is said, in the log and
// in the health, and the old state stays in force.
type reloader struct {
	reloaderDeps
	log    *zap.Logger
	good   prometheus.Gauge
	failed atomic.Pointer[string]
}

type reloaderDeps struct {
	cfg       *configs.Config
	catalogue *catalogue
	collector *collector.Collector // nil: not this process's
	desk      *ticketing.Desk      // nil: not this process's
	policy    ticket.Policy        // in force
}

func newReloader(deps reloaderDeps, reg prometheus.Registerer, log *zap.Logger) *reloader {
	r := &reloader{reloaderDeps: deps, log: log.Named("reload"), good: promauto.With(reg).NewGauge(prometheus.GaugeOpts{
		Name: "linewarden_config_last_reload_successful",
		Help: "Whether the last reload of credentials, rules and inventory was taken (1) or refused (0).",
	})}
	r.good.Set(1)
	return r
}

func (r *reloader) run(ctx context.Context, signals <-chan os.Signal) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-signals:
		}
		if err := r.reload(ctx); err != nil {
			why := fmt.Sprintf("the last reload was refused, and the old state is in force: %v", err)
			r.failed.Store(&why)
			r.good.Set(0)
			continue
		}
		r.failed.Store(nil)
		r.good.Set(1)
		r.log.Info("reloaded", zap.String("rules", r.policy.Rev))
	}
}

// warning is what was wrong with the last reload.
func (r *reloader) warning() string {
	if why := r.failed.Load(); why != nil {
		return *why
	}
	return ""
}

// fresh is what a reload has read. policy and inventory are ticketing's.
type fresh struct {
	kit       check.Kit
	policy    ticket.Policy
	inventory edition
}

// reload logs each thing that is wrong and returns them all.
func (r *reloader) reload(ctx context.Context) error {
	next, err := r.read()
	if err != nil {
		return err
	}
	return r.adopt(ctx, next)
}

// refuse logs what stays as it was, and why.
func (r *reloader) refuse(what string, err error) error {
	if err != nil {
		r.log.Error(what, zap.Error(err))
	}
	return err
}

const (
	oldCredentials = "credentials not reloaded; the old ones stay in force"
	oldRules       = "rules for tickets not reloaded; the old ones stay in force"
	oldInventory   = "inventory not reloaded; the old one stays in force"
)

// read reads everything before anything is changed.
func (r *reloader) read() (fresh, error) {
	var next fresh
	var kitErr, policyErr, inventoryErr error
	next.kit, kitErr = check.KitOf(r.cfg)
	if r.desk != nil {
		next.policy, policyErr = r.cfg.Policy()
		next.inventory, inventoryErr = readEdition(r.cfg.Inventory.Dir, next.kit.Fits)
	}
	return next, errors.Join(r.refuse(oldCredentials, kitErr), r.refuse(oldRules, policyErr),
		r.refuse(oldInventory, inventoryErr))
}

// adopt puts in force what was read. What can still fail is the database and
// the bus; then the old rules are put back.
func (r *reloader) adopt(ctx context.Context, next fresh) error {
	if r.desk != nil {
		if err := r.refuse(oldRules, r.desk.SetPolicy(ctx, next.policy)); err != nil {
			return err
		}
	}
	var err error
	if r.collector != nil {
		err = r.refuse(oldCredentials, r.collector.SetCredentials(next.kit.Credentials()))
	}
	if r.desk != nil && err == nil {
		err = r.refuse(oldInventory, r.catalogue.publish(ctx, next.inventory))
	}
	if err != nil {
		if r.desk != nil {
			err = errors.Join(err, r.desk.SetPolicy(ctx, r.policy))
		}
		return err
	}
	r.policy = next.policy
	return nil
}
