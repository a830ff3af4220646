package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/cmd/linewarden/check"
	"github.com/linewarden/linewarden/collector/bus"
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/console"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/tmf"
	"github.com/linewarden/linewarden/ticketing/web"
)

// daemon joins the rooms in one straight line and runs them until ctx ends.
func daemon(ctx context.Context, cfg *configs.Config, reload <-chan os.Signal, out io.Writer, log *zap.Logger) (err error) {
	has := func(role string) bool { return slices.Contains(cfg.Roles, role) }
	now := func() time.Time { return time.Now().UTC() }
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	// All that can be wrong with files is found before anything starts.
	policy, err := cfg.Policy()
	if err != nil {
		return fmt.Errorf("rules for tickets:\n%w", err)
	}
	kit, err := check.KitOf(cfg)
	if err != nil {
		return err
	}
	files := newCatalogue(cfg.Inventory.Dir, has(configs.RoleTicketing), log)
	var first edition
	if has(configs.RoleTicketing) {
		if first, err = files.read(kit.Fits); err != nil {
			return err
		}
	}
	socket, err := listener(cfg.Listen)
	if err != nil {
		return err
	}
	defer socket.Close()

	wire, err := bus.Open(ctx, bus.Config{URL: cfg.Bus.URL, Credentials: cfg.Bus.Credentials, Replicas: cfg.Bus.Replicas,
		Dir: filepath.Join(cfg.DataDir, "bus"), Sync: cfg.Bus.Sync, ClearedTTL: cfg.Bus.ClearedTTL}, registry, log)
	if err != nil {
		return err
	}
	closing := []func() error{wire.Close}
	verdicts, err := openVerdicts(ctx, wire)
	if err != nil {
		return errors.Join(err, wire.Close())
	}

	files.bus = wire
	reloads := newReloader(cfg, files, policy, registry, log)
	health := &health{}
	health.check("bus", wire.Health)
	health.check("inventory", func(context.Context) error { return files.health() })
	health.note("inventory", files.warning)
	health.note("reload", reloads.warning)

	// Everything that runs ends before what it stands on is closed.
	g, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)
	defer func() {
		if err != nil {
			stop()
		}
		// Whoever was interrupted by another's failure is not to blame.
		if running := g.Wait(); running != nil && errors.Is(err, context.Canceled) {
			err = running
		} else {
			err = errors.Join(err, running)
		}
		stop()
		for _, c := range slices.Backward(closing) {
			err = errors.Join(err, c())
		}
	}()
	var users []func(*inventory.Inventory) error
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})

	if has(configs.RoleCollector) {
		c, use, err := startCollector(ctx, g, cfg, kit, wire, registry, log)
		if err != nil {
			return err
		}
		users = append(users, use)
		reloads.collector = c
		metrics = c.Handler(registry)
		health.check("collector", func(context.Context) error { return c.Ready() })
	}
	leader := newLeader(cfg, wire, verdicts, files, registry, log)
	if has(configs.RoleCorrelator) {
		users = append(users, leader.setInventory)
	}
	if has(configs.RoleTicketing) {
		if err := files.publish(ctx, first); err != nil {
			return err
		}
	}
	front := func(accounts store.Accounts) *web.Server {
		return web.New(web.Config{SessionLifetime: cfg.Web.SessionLifetime, SessionIdle: cfg.Web.SessionIdle, SecureCookies: cfg.Web.SecureCookies,
			PublicMetrics: cfg.Web.PublicMetrics, ReadTimeout: cfg.Web.ReadTimeout, ShutdownTimeout: cfg.Web.ShutdownTimeout},
			web.Deps{Accounts: accounts, Ready: health.problems, Warnings: health.warnings, Metrics: metrics, Now: now, Log: log})
	}
	if !has(configs.RoleTicketing) {
		// The inventory comes from another daemon, perhaps much later; meanwhile
		// this one says what it is waiting for.
		server := front(nil)
		g.Go(func() error { return server.Run(ctx, socket) })
	}
	g.Go(func() error { return files.follow(ctx, users...) })
	select {
	case <-files.first:
	case <-ctx.Done():
		return nil
	}

	var desk *ticketing.Desk
	var database store.Store
	if has(configs.RoleTicketing) || has(configs.RoleCorrelator) {
		if database, err = storeOf(ctx, cfg, log); err != nil {
			return err
		}
		closing = append(closing, database.Close)
		health.check("database", func(ctx context.Context) error { return databaseHealth(ctx, database, desk) })
	}
	adopt := func(context.Context) error { return nil }
	if has(configs.RoleTicketing) {
		if err := firstAdmin(ctx, database, out, log); err != nil {
			return err
		}
		desk = newDesk(cfg, policy, database, wire, verdicts, files, registry, now, log)
		adopt = desk.HandBack
		if err := desk.Prepare(ctx); err != nil {
			return err
		}
		if !has(configs.RoleCorrelator) { // else the leader asks for it at the right moment
			if err := desk.HandBack(ctx); err != nil {
				return err
			}
		}
		g.Go(func() error { return desk.Run(ctx) })
		g.Go(func() error { return wire.Follow(ctx, desk.Board.Report) })
		g.Go(func() error { return remind(ctx, wire, files, desk, log) })
		reloads.desk = desk
	}
	if has(configs.RoleCorrelator) {
		leader.database, leader.adopt = database, adopt
		g.Go(func() error { return leader.run(ctx) })
	}

	if desk != nil {
		server := front(database)
		tmf.New(desk, desk.Board, now, log).Register(server.Mux)
		pages, err := console.New(console.Deps{Desk: desk, Board: boardView{desk.Board}, Door: server, Subscribe: subscription(desk), Now: now, Log: log})
		if err != nil {
			return err
		}
		pages.Register(server.Mux)
		g.Go(func() error { return server.Run(ctx, socket) })
	}
	g.Go(func() error { return reloads.run(ctx, reload) })
	return nil
}
