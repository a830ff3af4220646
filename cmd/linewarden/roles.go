package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/console"
	"github.com/linewarden/linewarden/ticketing/tmf"
	"github.com/linewarden/linewarden/ticketing/web"
)

// roles is what this process does. Each part is complete when it is made, and
// nothing runs before run.
type roles struct {
	log       *zap.Logger
	files     files
	base      *base
	catalogue *catalogue
	watching  *watching       // nil: another process's role
	desk      *ticketing.Desk // nil: another process's role
	leader    *leader         // nil: another process's role
	reloads   *reloader
	server    *web.Server
}

// newRoles makes the parts, in the order in which they need each other.
func newRoles(cfg *configs.Config, f files, b *base, log *zap.Logger) (_ *roles, err error) {
	r := &roles{log: log, files: f, base: b}
	r.catalogue = newCatalogue(has(cfg, configs.RoleTicketing), b.wire, log)
	if has(cfg, configs.RoleCollector) {
		if r.watching, err = newWatching(cfg, f.kit, b.wire, b.registry, log); err != nil {
			return nil, err
		}
	}
	if has(cfg, configs.RoleTicketing) {
		r.desk = newDesk(cfg, f.policy, b, r.catalogue, utcNow, log)
	}
	if has(cfg, configs.RoleCorrelator) {
		if r.leader, err = newLeader(r.leaderDeps(cfg), log); err != nil {
			return nil, err
		}
	}
	r.reloads = newReloader(r.reloaderDeps(cfg), b.registry, log)
	r.server = r.newServer(cfg)
	return r, r.addPages()
}

func (r *roles) leaderDeps(cfg *configs.Config) leaderDeps {
	handBack := func(context.Context) error { return nil } // the daemon with the ticketing role does it
	if r.desk != nil {
		handBack = r.desk.HandBack
	}
	return leaderDeps{
		config: cfg.Correlator,
		holder: daemonName(cfg), wire: r.base.wire, verdicts: r.base.verdicts, leases: r.base.database,
		handBack: handBack, renew: leaseRenew, registry: r.base.registry,
	}
}

func (r *roles) reloaderDeps(cfg *configs.Config) reloaderDeps {
	deps := reloaderDeps{cfg: cfg, catalogue: r.catalogue, desk: r.desk, policy: r.files.policy}
	if r.watching != nil {
		deps.collector = r.watching.shell
	}
	return deps
}

// readiness gathers what /readyz asks of the parts.
func (r *roles) readiness() *readiness {
	ready := &readiness{
		needs: []need{
			{"bus", r.base.wire.Health},
			{"inventory", func(context.Context) error { return r.catalogue.health() }},
		},
		warnings: []warning{{"inventory", r.catalogue.warning}, {"reload", r.reloads.warning}},
	}
	if r.watching != nil {
		ready.needs = append(ready.needs, need{"collector", func(context.Context) error { return r.watching.shell.Ready() }})
	}
	if r.base.database != nil {
		ready.needs = append(ready.needs, need{"database", func(ctx context.Context) error {
			return databaseHealth(ctx, r.base.database, r.desk)
		}})
	}
	if r.leader != nil {
		ready.warnings = append(ready.warnings, warning{"correlator", r.leader.warning})
	}
	return ready
}

// metrics answers /metrics. The collector's lines are rendered by itself.
func (r *roles) metrics() http.Handler {
	if r.watching != nil {
		return r.watching.shell.Handler(r.base.registry)
	}
	return promhttp.HandlerFor(r.base.registry, promhttp.HandlerOpts{})
}

// newServer makes the HTTP server. Where ticketing is another process's there
// is nobody who could sign in.
func (r *roles) newServer(cfg *configs.Config) *web.Server {
	ready := r.readiness()
	deps := web.Deps{Ready: ready.problems, Warnings: ready.warned, Metrics: r.metrics(), Now: utcNow, Log: r.log}
	if r.desk != nil {
		deps.Accounts = r.base.database
	}
	return web.New(cfg.Web, deps)
}

// addPages hangs ticketing's API and console on the server.
func (r *roles) addPages() error {
	if r.desk == nil {
		return nil
	}
	tmf.New(r.desk, r.desk.Board, utcNow, r.log).Register(r.server.Mux)
	pages, err := console.New(console.Deps{
		Desk: r.desk, Board: r.desk.Board, Sessions: r.server, Now: utcNow, Log: r.log,
		Subscribe: func() console.Changes { return r.desk.Subscribe() },
	})
	if err != nil {
		return fmt.Errorf("make the console: %w", err)
	}
	pages.Register(r.server.Mux)
	return nil
}
