package correlator

import (
	"time"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/correlator/infer"
)

// Config says how long the correlator waits before it speaks, and who it is.
type Config struct {
	Quiet   time.Duration `yaml:"quiet" doc:"decide when nothing has changed for so long ..."`
	MaxWait time.Duration `yaml:"max_wait" doc:"... or at the latest after this"`
	Hold    `yaml:"hold" doc:"how long an undecided fault waits for more evidence"`
	Epoch   uint64 `yaml:"-"` // of the lease under which it speaks
}

// Hold is for how long at most a fault that is not sure yet is withheld.
type Hold struct {
	MultiLine  time.Duration `yaml:"multi_line"`  // a hard fault of several lines
	SingleLine time.Duration `yaml:"single_line"` // of one line
	Degraded   time.Duration `yaml:"degraded"`
}

// DefaultConfig gives the times of infer.Defaults.
func DefaultConfig() Config {
	o := infer.Defaults()
	return Config{
		Quiet: o.Quiet, MaxWait: o.MaxWait, Epoch: 1,
		Hold: Hold{MultiLine: o.MultiLine, SingleLine: o.SingleLine, Degraded: o.Degraded},
	}
}

// Validate names what cannot work.
func (c Config) Validate() []problem.Problem {
	var wrong problem.List
	wrong.Within("quiet", c.Quiet, time.Millisecond, 10*time.Second)
	wrong.Within("max_wait", c.MaxWait, c.Quiet, time.Minute)
	wrong.Within("hold.multi_line", c.MultiLine, 0, 10*time.Minute)
	wrong.Within("hold.single_line", c.SingleLine, 0, 10*time.Minute)
	wrong.Within("hold.degraded", c.Degraded, 0, time.Hour)
	return wrong
}

func (c Config) options() infer.Options {
	o := infer.Defaults()
	o.Quiet, o.MaxWait, o.Epoch = c.Quiet, c.MaxWait, c.Epoch
	o.MultiLine, o.SingleLine, o.Degraded = c.MultiLine, c.SingleLine, c.Degraded
	return o
}
