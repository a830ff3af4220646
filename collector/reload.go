package collector

import (
	"errors"
	"fmt"
	"net/netip"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/watch"
)

// SetInventory makes a revision the one in force. Targets that it leaves as
// they are go on undisturbed. After an error the old one is still in force.
func (c *Collector) SetInventory(inv *inventory.Inventory) error {
	c.planning.Lock()
	defer c.planning.Unlock()
	return c.reload(inv, c.credentials)
}

// SetCredentials takes another set of credentials: devices whose own has
// changed are asked anew. After an error the old ones are still in force.
func (c *Collector) SetCredentials(all map[string]snmp.Credential) error {
	c.planning.Lock()
	defer c.planning.Unlock()
	c.mu.Lock()
	plan := c.state.Plan()
	c.mu.Unlock()
	if plan != nil {
		if err := c.reload(plan.Inventory, all); err != nil {
			return err
		}
	}
	c.credentials = all
	return nil
}

// reload plans without the lock: for many lines that takes a while.
func (c *Collector) reload(inv *inventory.Inventory, credentials map[string]snmp.Credential) error {
	known := make(map[string]bool, len(credentials))
	for name := range credentials {
		known[name] = true
	}
	plan, err := watch.NewPlan(c.cfg.Config, c.observer, inv, known)
	if err != nil {
		return fmt.Errorf("collector %s: %w", c.cfg.ID, err)
	}
	polls := c.pollTargets(plan, credentials)
	lines, devices := viewLines(plan), viewDevices(inv)
	if err := c.adoptPlan(plan, polls, lines, devices); err != nil {
		return fmt.Errorf("inventory %s: %w", inv.Revision, err)
	}
	targets := c.metrics.setTargets(plan.Targets())
	c.log.Info("inventory in force", zap.String("revision", inv.Revision), zap.Int("targets", targets),
		zap.Int("polled", len(polls)), zap.Int("lines", len(plan.Lines)))
	for device, why := range plan.Unpolled {
		if why != "" {
			c.log.Warn("device is not polled", zap.String("device", device), zap.String("reason", why))
		}
	}
	return nil
}

// adoptPlan changes nothing before both engines have agreed.
func (c *Collector) adoptPlan(plan *watch.Plan, polls []snmp.Target, lines []lineView, devices []deviceView) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engines.Poll != nil {
		if err := c.engines.Poll.Set(polls); err != nil {
			return err
		}
	}
	if err := c.engines.Ping.Set(c.pingTargets(plan)); err != nil {
		if c.state.Plan() != nil && c.engines.Poll != nil {
			err = errors.Join(err, c.engines.Poll.Set(c.polls))
		}
		return err
	}
	c.stepLocked(watch.Planned{Plan: plan})
	c.polls, c.lines, c.devices = polls, lines, devices
	return nil
}

func (c *Collector) pingTargets(plan *watch.Plan) []icmp.Target {
	scheduled := c.state.Schedule(plan)
	all := make([]icmp.Target, len(scheduled))
	for i, t := range scheduled {
		all[i] = icmp.Target{Key: t.Key, Addr: t.Addr, Interval: t.Interval, Timeout: c.cfg.Timeout}
	}
	return all
}

func (c *Collector) pollTargets(plan *watch.Plan, credentials map[string]snmp.Credential) []snmp.Target {
	all := make([]snmp.Target, 0, len(plan.Polls))
	for _, t := range snmp.Targets(plan.Inventory) {
		if _, not := plan.Unpolled[t.ID]; not {
			continue
		}
		d, _ := plan.Inventory.Device(t.ID)
		t.Credential, t.Interval = credentials[d.Credential], c.cfg.PollInterval
		if c.cfg.PollPort != 0 {
			t.Address = netip.AddrPortFrom(t.Address.Addr(), c.cfg.PollPort)
		}
		all = append(all, t)
	}
	return all
}
