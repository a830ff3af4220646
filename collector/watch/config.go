package watch

import (
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/configs/problem"
)

// Config is by which rules a collector watches.
type Config struct {
	Intervals  Intervals     `yaml:"intervals" doc:"between pings, by the line's grade"`
	Timeout    time.Duration `yaml:"timeout" doc:"of a scheduled ping"`
	Confirm    Confirm       `yaml:"confirm" doc:"after the first miss, and of questions to neighbours"`
	Thresholds `yaml:"thresholds"`
}

// Intervals is how often a line is pinged, by its grade.
type Intervals struct {
	AAA      time.Duration `yaml:"AAA"`
	AA       time.Duration `yaml:"AA"`
	A        time.Duration `yaml:"A"`
	Standard time.Duration `yaml:"standard"`
}

// Confirm is a short series of pings, which ends with the first reply.
type Confirm struct {
	Count   int           `yaml:"count" doc:"pings to each target"`
	Gap     time.Duration `yaml:"gap" doc:"between two pings to the same target"`
	Timeout time.Duration `yaml:"timeout" doc:"of each"`
}

// Thresholds say when samples become symptoms, and when the collector takes
// itself to be cut off.
type Thresholds struct {
	Ping  probe.PingRules  `yaml:"ping"`
	Rules probe.Rules      `yaml:",inline"`
	Guard probe.GuardRules `yaml:"isolation" doc:"when the collector takes itself to be cut off"`
}

// DefaultConfig finds a cut within seconds on lines of the best grades.
func DefaultConfig() Config {
	return Config{
		Intervals: Intervals{AAA: 10 * time.Second, AA: 10 * time.Second, A: 30 * time.Second, Standard: time.Minute},
		Timeout:   time.Second,
		Confirm:   Confirm{Count: 2, Gap: 300 * time.Millisecond, Timeout: time.Second},
		Thresholds: Thresholds{
			Ping: probe.DefaultPingRules(), Rules: probe.DefaultRules(), Guard: probe.DefaultGuardRules(),
		},
	}
}

// Validate names everything that cannot work.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	wrong.Under("intervals", c.Intervals.validate())
	wrong.Within("timeout", c.Timeout, 10*time.Millisecond, 10*time.Second)
	shortest := min(c.Intervals.AAA, c.Intervals.AA, c.Intervals.A, c.Intervals.Standard)
	wrong.Check(shortest < time.Second || c.Timeout <= shortest, "timeout",
		"want at most the shortest interval (%s), got %s", problem.Brief(shortest), problem.Brief(c.Timeout))
	wrong.Between("confirm.count", c.Confirm.Count, 1, 10)
	wrong.Within("confirm.gap", c.Confirm.Gap, 10*time.Millisecond, 5*time.Second)
	wrong.Within("confirm.timeout", c.Confirm.Timeout, 10*time.Millisecond, time.Second)
	wrong.Under("thresholds.ping", c.Ping.Validate())
	wrong.Under("thresholds", c.Rules.Validate())
	wrong.Under("thresholds.isolation", c.Guard.Validate())
	return wrong
}

func (i Intervals) validate() []problem.Problem {
	var wrong problem.List
	wrong.Within("AAA", i.AAA, time.Second, time.Hour)
	wrong.Within("AA", i.AA, time.Second, time.Hour)
	wrong.Within("A", i.A, time.Second, time.Hour)
	wrong.Within("standard", i.Standard, time.Second, time.Hour)
	return wrong
}

// interval is the time between pings of a grade; of an unknown one, the
// standard's.
func (c Config) interval(g inventory.LineGrade) time.Duration {
	switch g {
	case inventory.AAA:
		return c.Intervals.AAA
	case inventory.AA:
		return c.Intervals.AA
	case inventory.A:
		return c.Intervals.A
	}
	return c.Intervals.Standard
}

// settle is how long after the end of a sweep its last question is decided.
func (c Config) settle() time.Duration {
	return c.Timeout + time.Duration(c.Confirm.Count-1)*c.Confirm.Gap + c.Confirm.Timeout + 500*time.Millisecond
}
