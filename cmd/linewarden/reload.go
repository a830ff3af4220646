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
	cfg       *configs.Config
	files     *catalogue
	collector *collector.Collector // nil: not this process's
	desk      *ticketing.Desk      // nil: not this process's
	policy    ticket.Policy        // in force
	log       *zap.Logger
	good      prometheus.Gauge
	failed    atomic.Pointer[string]
}

func newReloader(cfg *configs.Config, files *catalogue, policy ticket.Policy, reg prometheus.Registerer, log *zap.Logger) *reloader {
	r := &reloader{cfg: cfg, files: files, policy: policy, log: log.Named("reload")}
	r.good = promauto.With(reg).NewGauge(prometheus.GaugeOpts{
		Name: "linewarden_config_last_reload_successful", Help: "Whether the last reload of credentials, rules and inventory was taken (1) or refused (0)."})
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

// reload logs each thing that is wrong and returns them all.
func (r *reloader) reload(ctx context.Context) error {
	var wrong []error
	refuse := func(what string, err error) {
		wrong = append(wrong, err)
		r.log.Error(what, zap.Error(err))
	}
	kit, err := check.KitOf(r.cfg)
	if err != nil {
		refuse("credentials not reloaded; the old ones stay in force", err)
	}
	var policy ticket.Policy
	var next edition
	if r.desk != nil {
		if policy, err = r.cfg.Policy(); err != nil {
			refuse("rules for tickets not reloaded; the old ones stay in force", err)
		}
		if next, err = r.files.read(kit.Fits); err != nil {
			refuse("inventory not reloaded; the old one stays in force", err)
		}
	}
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}

	// What can still fail is the database and the bus.
	if r.desk != nil {
		if err := r.desk.SetPolicy(ctx, policy); err != nil {
			refuse("rules for tickets not reloaded; the old ones stay in force", err)
			return err
		}
	}
	if r.collector != nil {
		if err := r.collector.SetCredentials(kit.Credentials()); err != nil {
			refuse("credentials not reloaded; the old ones stay in force", err)
		}
	}
	if r.desk != nil && len(wrong) == 0 {
		if err := r.files.publish(ctx, next); err != nil {
			refuse("inventory not reloaded; the old one stays in force", err)
		}
	}
	if r.desk != nil && len(wrong) > 0 {
		return errors.Join(append(wrong, r.desk.SetPolicy(ctx, r.policy))...)
	}
	r.policy = policy
	return errors.Join(wrong...)
}
