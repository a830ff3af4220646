package collector

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/symptom"
)

// target is one pinged address and what is known of it.
type target struct {
	*planned
	key     uint32
	ping    probe.Ping
	asked   time.Time // last question beside the schedule
	unknown string    // why its pings have no outcome, at present
	tries   int       // scheduled pings with an outcome, until it has ever answered
	swept   int64     // number of the sweep of its class in which it was counted last
}

// class is all targets of one interval, and their sweep in progress.
type class struct {
	interval time.Duration
	targets  int
	started  time.Time
	number   int64
	counted  int // targets with an outcome in this sweep
	unknown  int
	closing  []sweep
	said     time.Time // last heartbeat
}

// target finds by key, if the address is still the same.
func (c *Collector) target(key uint32, addr netip.Addr) *target {
	if int(key) >= len(c.targets) {
		return nil
	}
	t := c.targets[key]
	if t == nil || t.at.addr != addr {
		return nil
	}
	return t
}

// assign finds a key for each planned target: its old one, or a free one.
func (c *Collector) assign(p *plan) []uint32 {
	keys := make([]uint32, len(p.targets))
	free := slices.Clone(c.free)
	next := uint32(len(c.targets))
	for i, t := range p.targets {
		if old := c.at[t.at]; old != nil {
			keys[i] = old.key
			continue
		}
		if n := len(free); n > 0 {
			keys[i], free = free[n-1], free[:n-1]
			continue
		}
		keys[i] = next
		next++
	}
	return keys
}

func (c *Collector) pingTargets(p *plan, keys []uint32) []icmp.Target {
	all := make([]icmp.Target, 0, len(p.targets))
	for i, t := range p.targets {
		if t.skip == "" {
			all = append(all, icmp.Target{Key: keys[i], Addr: t.at.addr, Interval: t.interval, Timeout: c.cfg.Timeout})
		}
	}
	return all
}

// adoptPlan puts a plan that the engines have taken into force.
func (c *Collector) adoptPlan(p *plan, keys []uint32, now time.Time) {
	before := c.at
	c.plan = p
	c.at = make(map[place]*target, len(p.targets))
	c.byDevice = map[string]*target{}
	c.shared = map[string][]*target{}
	size := len(c.targets)
	for _, key := range keys {
		size = max(size, int(key)+1)
	}
	c.targets = make([]*target, size)
	for i, planned := range p.targets {
		t := before[planned.at]
		if t == nil {
			t = &target{key: keys[i]}
		}
		t.planned = planned
		c.recall(t)
		c.targets[t.key], c.at[planned.at] = t, t
		if planned.device != "" {
			c.byDevice[planned.device] = t
		}
		for _, s := range planned.shared {
			c.shared[s] = append(c.shared[s], t)
		}
		for _, a := range planned.about {
			c.dirty[a.Subject] = true
		}
	}
	c.free = c.free[:0]
	for key, t := range c.targets {
		if t == nil {
			c.free = append(c.free, uint32(key))
		}
	}
	removed := func(t *target, _ bool) bool { return c.at[t.at] != t || t.skip != "" }
	maps.DeleteFunc(c.held, removed)
	maps.DeleteFunc(c.doubted, removed)
	c.startClasses(now)
	c.countAlive()
	polls := map[string]*polled{}
	for _, t := range p.polls {
		if polls[t.ID] = c.polled[t.ID]; polls[t.ID] == nil {
			polls[t.ID] = &polled{}
		}
		c.dirty[symptom.Device(t.ID)] = true
	}
	c.polled = polls
	c.askNew(now)
	c.planPorts(p)
	if c.ready {
		c.withdrawForeign(now)
	}
}

// startClasses begins the sweeps anew: what was added has its first ping
// within one interval.
func (c *Collector) startClasses(now time.Time) {
	clear(c.classes)
	counts := map[time.Duration]int{}
	for _, t := range c.targets {
		if t == nil || t.skip != "" {
			continue
		}
		counts[t.interval]++
		t.swept = 0
	}
	for interval, n := range counts {
		c.classes[interval] = &class{interval: interval, targets: n, started: now, number: 1}
	}
	c.metrics.targets.Reset()
	for interval, n := range counts {
		c.metrics.targets.WithLabelValues(interval.String()).Set(float64(n))
	}
}

// countAlive tells the guard who there is to vouch for us.
func (c *Collector) countAlive() {
	c.alive, c.gateways = 0, nil
	for _, t := range c.targets {
		if t != nil && t.skip == "" && t.ping.Ever {
			c.alive++
			if t.gateway {
				c.gateways = append(c.gateways, t.key)
			}
		}
	}
	c.guard.Network(c.gateways, c.alive)
}

// countOne adds a target that has answered for the first time.
func (c *Collector) countOne(t *target) {
	c.alive++
	if t.gateway {
		c.gateways = append(c.gateways, t.key)
	}
	c.guard.Network(c.gateways, c.alive)
}

// withdrawForeign clears what is raised on subjects that nobody watches any
// more: taken out of the inventory, a line suspended, an end that has lost its
// target, an address that cannot be pinged any longer.
func (c *Collector) withdrawForeign(now time.Time) {
	pinged := map[symptom.Place]bool{}
	for _, t := range c.plan.targets {
		if t.skip != "" {
			continue
		}
		for _, a := range t.about {
			pinged[a] = true
		}
	}
	c.say(c.board.Withdraw(now, func(place symptom.Place, kind symptom.Kind, _ bool) bool {
		subject := place.Subject
		switch {
		case subject == symptom.Station(c.plan.station), pinged[place]:
			return false
		case subject.Device() == "" || slices.Contains(pingKinds, kind):
			return true
		}
		d, ok := c.plan.inv.Device(subject.Device())
		return !ok || c.polled[c.reporter(d.ID)] == nil
	}))
}
