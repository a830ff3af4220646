package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/collector"
	"github.com/linewarden/linewarden/collector/bus"
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/probe/trap"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/console"
	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
	"github.com/linewarden/linewarden/ticketing/web"
)

// startCollector joins the engines to the collector and runs them.
func startCollector(ctx context.Context, g *errgroup.Group, cfg *configs.Config, wire *bus.Bus, reg prometheus.Registerer, log *zap.Logger) (*collector.Collector, func(*inventory.Inventory) error, error) {
	section := cfg.Collector
	profiles, err := profilesOf(cfg)
	if err != nil {
		return nil, nil, err
	}
	credentials, err := credentialsOf(cfg)
	if err != nil {
		return nil, nil, err
	}
	c := collector.DefaultConfig()
	c.ID, c.Intervals, c.Timeout = section.ID, section.Intervals.ByGrade(), section.Timeout
	c.Confirm.Count, c.Confirm.Gap, c.Confirm.Timeout = section.Confirm.Count, section.Confirm.Gap, section.Confirm.Timeout
	c.PollInterval, c.PollPort, c.Credentials = section.SNMP.Interval, uint16(section.SNMP.Port), credentials
	c.Rules, c.Ping, c.Guard = section.Thresholds.Rules(), section.Thresholds.PingRules(), section.Thresholds.GuardRules()
	c.StateFile = filepath.Join(cfg.DataDir, "answered.json")

	// The engines tell the collector, and the collector asks the engines.
	var shell *collector.Collector
	pings := icmp.New(icmp.Config{Size: section.ICMP.Size, Batch: section.ICMP.Batch, ReceiveBuffer: section.ICMP.ReceiveBuffer,
		SendBuffer: section.ICMP.ReceiveBuffer, ProbeRate: section.ICMP.ProbeRate, ProbeBurst: section.ICMP.ProbeBurst},
		reg, func(r []icmp.Result) { shell.HandlePings(r) })
	polls, err := snmp.New(snmp.Config{Sockets: section.SNMP.Sockets, Tries: section.SNMP.Tries, Timeouts: snmp.Timeouts(section.SNMP.Timeouts)},
		profiles, func(r snmp.Result) { shell.HandlePoll(r) }, func(s snmp.Sweep) { shell.HandleSweep(s) }, reg, log)
	if err != nil {
		return nil, nil, err
	}
	shell, err = collector.New(c, collector.Engines{Ping: pings, Poll: polls, Bus: wire, Test: icmp.Test}, reg, log)
	if err != nil {
		return nil, nil, err
	}
	use := shell.SetInventory
	if section.Trap.Listen != "" {
		var communities []string
		for _, s := range section.Trap.Communities {
			communities = append(communities, s.Reveal())
		}
		traps, err := trap.New(trap.Config{Listen: section.Trap.Listen, Communities: communities, Rate: section.Trap.Rate, Burst: section.Trap.Burst},
			polls, func(e trap.Event) { shell.HandleTrap(e.Device, e.Samples) }, reg, log)
		if err != nil {
			return nil, nil, err
		}
		use = func(inv *inventory.Inventory) error {
			if err := shell.SetInventory(inv); err != nil {
				return err
			}
			traps.Set(inv)
			return nil
		}
		g.Go(func() error { return traps.Run(ctx) })
	}
	g.Go(func() error { return pings.Run(ctx) })
	g.Go(func() error { return polls.Run(ctx) })
	g.Go(func() error { return shell.Run(ctx) })
	g.Go(func() error { return wire.ServeTests(ctx, section.ID, shell.Test) })
	return shell, use, nil
}

func profilesOf(cfg *configs.Config) (*snmp.Profiles, error) {
	var files fs.FS = configs.Profiles()
	if dir := cfg.Collector.SNMP.Profiles; dir != "" {
		files = configs.Overlay(os.DirFS(dir), files)
	}
	p, err := snmp.LoadProfiles(files)
	if err != nil {
		return nil, fmt.Errorf("profiles:\n%w", err)
	}
	return p, nil
}

func credentialsOf(cfg *configs.Config) (map[string]snmp.Credential, error) {
	secrets, err := cfg.Secrets()
	if err != nil {
		return nil, err
	}
	all := map[string]snmp.Credential{}
	for name, c := range secrets.SNMP {
		if c.Version == "3" {
			return nil, fmt.Errorf("%s: snmp.%s: version 3 is not spoken yet; use 2c", cfg.SecretsFile, name)
		}
		all[name] = snmp.Credential{Version: string(c.Version), Community: c.Community.Reveal()}
	}
	return all, nil
}

// newDesk joins ticketing to its store, the bus and its ways out.
func newDesk(cfg *configs.Config, policy ticket.Policy, database store.Store, wire *bus.Bus, files *catalogue, reg prometheus.Registerer, now func() time.Time, log *zap.Logger) *ticketing.Desk {
	var channels []ticketing.Channel
	for _, w := range cfg.Notify.Webhooks {
		channels = append(channels, ticketing.Channel{Kind: "webhook", Name: "webhook/" + w.Name, Events: w.Events,
			Send: notify.NewWebhook(notify.WebhookConfig{Name: w.Name, URL: w.URL, Secret: w.Secret.Reveal(), Timeout: w.Timeout})})
	}
	if e := cfg.Notify.Email; e.Server != "" {
		channels = append(channels, ticketing.Channel{Kind: "email", Name: "email",
			Send: notify.NewEmail(notify.EmailConfig{Server: e.Server, From: e.From, Username: e.Username, Password: e.Password.Reveal(), TLS: e.TLS})})
	}
	local := ""
	if slices.Contains(cfg.Roles, configs.RoleCollector) {
		local = cfg.Collector.ID
	}
	return ticketing.New(ticketing.Deps{Collector: local, Store: database, Verdicts: wire, Tests: wire, Channels: channels, Policy: policy,
		Inventory: files.inventory, PublicURL: cfg.Web.PublicURL, Language: cfg.Web.Language, Now: now, Log: log, Registry: reg})
}

// boardView shows the board as the pages want it.
type boardView struct{ *ticketing.Board }

// Health is a line's health.
func (b boardView) Health(line string) console.Health {
	h := b.Line(line)
	return console.Health{State: string(h.State), Inferred: h.Inferred, Since: h.Since, Symptoms: h.Symptoms, Faults: h.Faults}
}

// subscription gives the desk's changes to the pages.
func subscription(desk *ticketing.Desk) func(context.Context) <-chan console.Event {
	return func(ctx context.Context) <-chan console.Event {
		changes, events := desk.Subscribe(ctx), make(chan console.Event)
		go func() {
			defer close(events)
			for c := range changes {
				select {
				case events <- console.Event{Topic: string(c.Topic), ID: c.ID}:
				case <-ctx.Done():
					return
				}
			}
		}()
		return events
	}
}

// health is what /readyz asks.
type health struct {
	mu     sync.Mutex
	checks []probeOf
}

type probeOf struct {
	part string
	ask  func(context.Context) error
}

func (h *health) check(part string, ask func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, probeOf{part, ask})
}

func (h *health) problems(ctx context.Context) []web.Problem {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	h.mu.Lock()
	checks := h.checks
	h.mu.Unlock()
	var all []web.Problem
	for _, c := range checks {
		if err := c.ask(ctx); err != nil {
			all = append(all, web.Problem{Part: c.part, Reason: err.Error()})
		}
	}
	return all
}

func databaseHealth(ctx context.Context, database store.Store, desk *ticketing.Desk) error {
	if err := database.Ping(ctx); err != nil {
		return err
	}
	if problem := desk.Problem(); problem != "" {
		return errors.New(problem)
	}
	return nil
}

// reloads reads the inventory and the rules anew on each signal. What is wrong
// is said, and the old ones stay in force.
func reloads(ctx context.Context, reload <-chan os.Signal, cfg *configs.Config, files *catalogue, desk *ticketing.Desk, log *zap.Logger) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-reload:
		}
		if desk == nil {
			log.Info("nothing to reload here: the daemon with the ticketing role publishes inventory and rules")
			continue
		}
		policy, err := cfg.Policy()
		if err != nil {
			log.Error("rules for tickets not reloaded; the old ones stay in force", zap.Error(err))
			continue
		}
		if err := files.publish(ctx); err != nil {
			log.Error("inventory not reloaded; the old one stays in force", zap.Error(err))
			continue
		}
		if err := desk.SetPolicy(ctx, policy); err != nil {
			log.Error("rules for tickets not reloaded; the old ones stay in force", zap.Error(err))
			continue
		}
		log.Info("reloaded", zap.String("rules", policy.Rev))
	}
}
