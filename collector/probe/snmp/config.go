package snmp

import (
	"time"

	"github.com/linewarden/linewarden/configs/problem"
)

// Config of the engine. The zero value is not usable; start from DefaultConfig.
type Config struct {
	Sockets  int      `yaml:"sockets" doc:"per address family"`
	Tries    int      `yaml:"tries" doc:"datagrams sent before a device's agent counts as silent"`
	Timeouts Timeouts `yaml:"timeouts" doc:"of one try; what an agent is used to take moves it between min and max"`
}

// Timeouts of one try.
type Timeouts struct {
	Initial time.Duration `yaml:"initial"` // before anything is known of the agent
	Min     time.Duration `yaml:"min"`
	Max     time.Duration `yaml:"max"`
}

// DefaultConfig is fit for agents that answer within a few seconds.
func DefaultConfig() Config {
	return Config{
		Sockets: 2, Tries: 3,
		Timeouts: Timeouts{Initial: time.Second, Min: 500 * time.Millisecond, Max: 5 * time.Second},
	}
}

// Validate names what cannot work.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	wrong.Between("sockets", c.Sockets, 1, 64)
	wrong.Between("tries", c.Tries, 1, 10)
	t := c.Timeouts
	wrong.Within("timeouts.min", t.Min, 10*time.Millisecond, 30*time.Second)
	wrong.Within("timeouts.initial", t.Initial, t.Min, 30*time.Second)
	wrong.Within("timeouts.max", t.Max, t.Initial, time.Minute)
	return wrong
}
