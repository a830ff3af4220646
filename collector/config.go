package collector

import (
	"errors"
	"fmt"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/collector/watch"
)

// Config of a collector.
type Config struct {
	ID        string                                // as in stations.csv
	Intervals map[inventory.LineGrade]time.Duration // between pings, by the line's grade
	Timeout   time.Duration                         // of a scheduled ping
	Confirm   icmp.Plan                             // after the first miss, and of questions to neighbours

	PollInterval time.Duration
	PollPort     uint16                     // 0: 161
	Credentials  map[string]snmp.Credential // by the name that devices.csv uses

	Rules probe.Rules
	Ping  probe.PingRules
	Guard probe.GuardRules

	// StateFile remembers which targets have ever answered, so that one that
	// failed while the collector was away is a fault and not an inventory
	// finding. Empty: only the bus remembers.
	StateFile string
}

// DefaultConfig has everything but credentials and the state file.
func DefaultConfig() Config {
	return Config{
		ID: "main",
		Intervals: map[inventory.LineGrade]time.Duration{
			inventory.AAA: 10 * time.Second, inventory.AA: 10 * time.Second,
			inventory.A: 30 * time.Second, inventory.StandardLine: 60 * time.Second,
		},
		Timeout:      time.Second,
		Confirm:      icmp.Plan{Count: 2, Gap: 300 * time.Millisecond, Timeout: time.Second, Enough: 1},
		PollInterval: 60 * time.Second,
		Rules:        probe.DefaultRules(), Ping: probe.DefaultPingRules(), Guard: probe.DefaultGuardRules(),
	}
}

// Validate names everything that cannot work.
func (c Config) Validate() error {
	var wrong []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf("collector: "+format, args...))
		}
	}
	check(symptom.ValidID(c.ID), "id %q: want letters, digits, '_', '.', '-'", c.ID)
	for _, g := range []inventory.LineGrade{inventory.AAA, inventory.AA, inventory.A, inventory.StandardLine} {
		i := c.Intervals[g]
		check(i >= 10*time.Millisecond && i <= time.Hour, "interval of %s: %s is not within 10ms and 1h", g, i)
		check(c.Timeout <= i, "timeout %s is longer than the interval of %s, %s", c.Timeout, g, i)
	}
	check(c.Timeout >= time.Millisecond, "timeout %s is below 1ms", c.Timeout)
	check(c.Confirm.Count >= 1 && c.Confirm.Count <= 10, "confirm count %d is not within 1 and 10", c.Confirm.Count)
	check(c.Confirm.Timeout >= time.Millisecond && c.Confirm.Timeout <= time.Second, "confirm timeout %s is not within 1ms and 1s", c.Confirm.Timeout)
	check(c.PollInterval > 0, "poll interval %s: want more than 0", c.PollInterval)
	check(c.Ping.Misses >= 1, "misses %d: want at least 1", c.Ping.Misses)
	return errors.Join(wrong...)
}

// rules are what package watch is to go by.
func (c Config) rules() watch.Config {
	return watch.Config{
		Intervals: c.Intervals, Timeout: c.Timeout, Rules: c.Rules, Ping: c.Ping, Guard: c.Guard,
		Confirm: watch.Confirm{Count: c.Confirm.Count, Gap: c.Confirm.Gap, Timeout: c.Confirm.Timeout},
	}
}
