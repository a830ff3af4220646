package collector

import (
	"time"

	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/probe/trap"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/collector/watch"
	"github.com/linewarden/linewarden/configs/problem"
)

// Config of a collector: its own, and that of the engines which whoever makes
// it gives it.
type Config struct {
	ID           string `yaml:"id" doc:"as in stations.csv, column collector"`
	watch.Config `yaml:",inline"`
	ICMP         icmp.Config `yaml:"icmp"`
	Polling      `yaml:"snmp"`
	Trap         trap.Config `yaml:"trap"`

	Credentials map[string]snmp.Credential `yaml:"-"` // by the name that devices.csv uses

	// StateFile remembers which targets have ever answered, so that one that
	// failed while the collector was away is a fault and not an inventory
	// finding. Empty: only the bus remembers.
	StateFile string `yaml:"-"`
}

// Polling is when devices are asked by SNMP, for what, and by which engine.
type Polling struct {
	PollInterval time.Duration `yaml:"interval"`
	PollPort     uint16        `yaml:"port"`
	Engine       snmp.Config   `yaml:",inline"`
	Profiles     string        `yaml:"profiles" doc:"directory with profiles of your own, beside the built-in ones"`
}

// DefaultConfig has everything but credentials and the state file.
func DefaultConfig() Config {
	return Config{
		ID:      "main",
		Config:  watch.DefaultConfig(),
		ICMP:    icmp.DefaultConfig(),
		Polling: Polling{PollInterval: time.Minute, PollPort: 161, Engine: snmp.DefaultConfig()},
		Trap:    trap.DefaultConfig(),
	}
}

// Validate names everything that cannot work.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	wrong.Check(symptom.ValidID(c.ID), "id",
		"want letters, digits, '_', '.' and '-', beginning with a letter or digit; got %q", c.ID)
	wrong.Under("", c.Config.Validate())
	wrong.Under("icmp", c.ICMP.Validate())
	wrong.Under("snmp", c.Polling.validate())
	wrong.Under("trap", c.Trap.Validate())
	return wrong
}

func (p Polling) validate() []problem.Problem {
	var wrong problem.List
	wrong.Within("interval", p.PollInterval, 5*time.Second, 24*time.Hour)
	wrong.Check(p.PollPort != 0, "port", "want 1 to 65535, got 0")
	wrong.Under("", p.Engine.Validate())
	slowest := p.Engine.Timeouts.Max
	wrong.Check(slowest < p.PollInterval, "timeouts.max",
		"want less than interval (%s), got %s", problem.Brief(p.PollInterval), problem.Brief(slowest))
	return wrong
}
