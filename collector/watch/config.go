package watch

import (
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
)

// Config is by which rules a collector watches.
type Config struct {
	Intervals map[inventory.LineGrade]time.Duration // between pings, by the line's grade
	Timeout   time.Duration                         // of a scheduled ping
	Confirm   Confirm                               // the series of pings that a question is

	Rules probe.Rules
	Ping  probe.PingRules
	Guard probe.GuardRules
}

// Confirm is a short series of pings, which ends with the first reply.
type Confirm struct {
	Count   int
	Gap     time.Duration // between two pings
	Timeout time.Duration
}

// interval is the pace of a grade; of an unknown one, the standard's.
func (c Config) interval(g inventory.LineGrade) time.Duration {
	if i, ok := c.Intervals[g]; ok {
		return i
	}
	return c.Intervals[inventory.StandardLine]
}

// settle is how long after the end of a sweep its last question is decided.
func (c Config) settle() time.Duration {
	return c.Timeout + time.Duration(c.Confirm.Count-1)*c.Confirm.Gap + c.Confirm.Timeout + 500*time.Millisecond
}
