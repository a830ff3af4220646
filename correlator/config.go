package correlator

import (
	"errors"
	"time"

	"github.com/linewarden/linewarden/correlator/infer"
)

// Config says how long the correlator waits before it speaks, and who it is.
type Config struct {
	Quiet      time.Duration // a search waits until nothing changed for so long
	MaxWait    time.Duration // or until so long after the first change
	MultiLine  time.Duration // hold of a hard fault of several lines that is not sure yet
	SingleLine time.Duration // hold of a single line's fault
	Degraded   time.Duration // hold of a degradation
	Epoch      uint64        // of the lease under which it speaks
}

// DefaultConfig gives the times of infer.Defaults.
func DefaultConfig() Config {
	o := infer.Defaults()
	return Config{Quiet: o.Quiet, MaxWait: o.MaxWait, MultiLine: o.MultiLine, SingleLine: o.SingleLine, Degraded: o.Degraded, Epoch: 1}
}

// Validate names what is wrong.
func (c Config) Validate() error {
	switch {
	case c.Quiet <= 0:
		return errors.New("correlator: quiet must be above zero")
	case c.MaxWait < c.Quiet:
		return errors.New("correlator: max_wait must not be shorter than quiet")
	case c.MultiLine < 0 || c.SingleLine < 0 || c.Degraded < 0:
		return errors.New("correlator: a hold cannot be negative")
	}
	return nil
}

func (c Config) options() infer.Options {
	o := infer.Defaults()
	o.Quiet, o.MaxWait, o.Epoch = c.Quiet, c.MaxWait, c.Epoch
	o.MultiLine, o.SingleLine, o.Degraded = c.MultiLine, c.SingleLine, c.Degraded
	return o
}
