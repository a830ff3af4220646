package main

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/cmd/linewarden/check"
	"github.com/linewarden/linewarden/collector"
	"github.com/linewarden/linewarden/collector/bus"
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/probe/trap"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// watching is the collector and the engines that it asks.
type watching struct {
	shell *collector.Collector
	traps *trap.Receiver // nil: traps are not listened for
	runs  []func(context.Context) error
}

// setInventory makes a revision the one that is watched.
func (w *watching) setInventory(inv *inventory.Inventory) error {
	if err := w.shell.SetInventory(inv); err != nil {
		return err
	}
	if w.traps != nil {
		w.traps.Set(inv)
	}
	return nil
}

// newWatching joins the engines to the collector.
func newWatching(
	cfg *configs.Config, kit check.Kit, wire *bus.Bus, reg prometheus.Registerer, log *zap.Logger,
) (*watching, error) {
	section := cfg.Collector
	section.Credentials = kit.Credentials()

	// The engines tell the collector, and the collector asks the engines.
	var shell *collector.Collector
	pings := icmp.New(section.ICMP, reg, func(r []icmp.Result) { shell.HandlePings(r) })
	polls, err := snmp.New(section.Engine, kit.Profiles,
		func(r snmp.Result) { shell.HandlePoll(r) }, func(s snmp.Sweep) { shell.HandleSweep(s) }, reg, log)
	if err != nil {
		return nil, err
	}
	shell, err = collector.New(section, collector.Engines{Ping: pings, Poll: polls, Bus: wire, Test: icmp.Test}, reg, log)
	if err != nil {
		return nil, err
	}
	w := &watching{shell: shell, runs: []func(context.Context) error{pings.Run, polls.Run, shell.Run,
		func(ctx context.Context) error { return wire.ServeTests(ctx, section.ID, shell.Test) }}}
	if section.Trap.Listen != "" {
		w.traps, err = trap.New(section.Trap, polls, func(e trap.Event) { shell.HandleTrap(e.Device, e.Samples) }, reg, log)
		if err != nil {
			return nil, err
		}
		w.runs = append(w.runs, w.traps.Run)
	}
	return w, nil
}

// newDesk joins ticketing to its store, the bus and its ways out.
func newDesk(
	cfg *configs.Config, policy ticket.Policy, b *base, files *catalogue, now func() time.Time, log *zap.Logger,
) *ticketing.Desk {
	var channels []ticketing.Channel
	for _, w := range cfg.Notify.Webhooks {
		channels = append(channels, ticketing.Channel{
			Kind: "webhook", Name: "webhook/" + w.Name, Events: w.Events, Send: notify.NewWebhook(w),
		})
	}
	if e := cfg.Notify.Email; e.Server != "" {
		channels = append(channels, ticketing.Channel{Kind: "email", Name: "email", Send: notify.NewEmail(e)})
	}
	local := ""
	if has(cfg, configs.RoleCollector) {
		local = cfg.Collector.ID
	}
	return ticketing.New(ticketing.Deps{
		Name: daemonName(cfg), Collector: local, Store: b.database, Verdicts: b.verdicts, Tests: b.wire, Channels: channels,
		Policy: policy, Inventory: files.inventory, PublicURL: cfg.Web.PublicURL, Language: cfg.Web.Language,
		Now: now, Log: log, Registry: b.registry,
	})
}

// remind says again what only ticketing knows, the inventory and the open
// verdicts, each time the bus has lost what it held.
func remind(ctx context.Context, wire *bus.Bus, files *catalogue, desk *ticketing.Desk, log *zap.Logger) error {
	for {
		remade := wire.Remade()
		select {
		case <-ctx.Done():
			return nil
		case <-remade:
		}
		if err := errors.Join(files.publishAgain(ctx), desk.HandBack(ctx)); err != nil && ctx.Err() == nil {
			log.Warn("the bus could not be told again what it had lost", zap.Error(err))
		}
	}
}
