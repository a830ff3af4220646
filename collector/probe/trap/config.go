package trap

import (
	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/configs/secret"
)

// Config of the receiver.
type Config struct {
	Listen      string        `yaml:"listen" doc:"empty: no traps; usually 0.0.0.0:162"`
	Communities []secret.Text `yaml:"communities" doc:"the ones that are believed; empty: any"`
	Rate        float64       `yaml:"rate" doc:"a second from one device; beyond that it is polled instead"`
	Burst       int           `yaml:"burst" doc:"and at once"`
}

// DefaultConfig listens nowhere.
func DefaultConfig() Config { return Config{Rate: 20, Burst: 200} }

// Validate names what cannot work.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	if c.Listen != "" {
		wrong.HostPort("listen", c.Listen)
	}
	for i, community := range c.Communities {
		wrong.Check(community.Set(), problem.At("communities", i), "is empty")
	}
	wrong.Number("rate", c.Rate, 0.1, 1e6)
	wrong.Between("burst", c.Burst, 1, 1_000_000)
	return wrong
}
