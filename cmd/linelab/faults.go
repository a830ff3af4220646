package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/world"
)

// on is a subject in a lab.
type on struct {
	where
	Subject string `arg:"" help:"What to hit, such as cable/CBL-F-0001."`
}

func (o on) inject(out output, f world.Fault) error {
	f.Subject = o.Subject
	done, err := o.client().Inject(f)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s %s%s at %s\n", done.Action, done.Subject, extent(done), since(done.Since))
	return nil
}

// extent tells by how much something is degraded.
func extent(f world.Fault) string {
	var by []string
	if f.DB > 0 {
		by = append(by, fmt.Sprintf("%g dB", f.DB))
	}
	if f.Loss > 0 {
		by = append(by, fmt.Sprintf("%.3g%% loss", f.Loss*100))
	}
	if f.Latency > 0 {
		by = append(by, f.Latency.String())
	}
	if by == nil {
		return ""
	}
	return " by " + strings.Join(by, ", ")
}

type cutCmd struct{ on }

func (c *cutCmd) Run(out output) error { return c.inject(out, world.Fault{Action: world.Cut}) }

type poweroffCmd struct {
	on
	NoGasp bool `help:"Without a last word."`
}

func (c *poweroffCmd) Run(out output) error {
	return c.inject(out, world.Fault{Action: world.Poweroff, NoGasp: c.NoGasp})
}

type degradeCmd struct {
	on
	DB             float64       `name:"db" help:"Attenuation to add, in decibels."`
	Loss           share         `help:"Share of round trips to lose: 0.05 or 5%."`
	Latency        time.Duration `help:"Time to add to a round trip."`
	ManagementOnly bool          `help:"Kill the device's management alone; the same as mute."`
}

func (c *degradeCmd) Run(out output) error {
	if c.ManagementOnly {
		return c.inject(out, world.Fault{Action: world.Mute})
	}
	return c.inject(out, world.Fault{Action: world.Degrade, DB: c.DB, Loss: float64(c.Loss), Latency: c.Latency})
}

// share is a number from 0 to 1, which people also write in per cent.
type share float64

// UnmarshalText reads 0.05 and 5%.
func (s *share) UnmarshalText(b []byte) error {
	text, percent := strings.CutSuffix(string(b), "%")
	v, err := strconv.ParseFloat(text, 64)
	if percent {
		v /= 100
	}
	if err != nil || v < 0 || v > 1 {
		return fmt.Errorf("%q is no share: write 0.05 or 5%%", b)
	}
	*s = share(v)
	return nil
}

type flapCmd struct {
	on
	Period time.Duration `help:"Of one down and one up." default:"10s"`
}

func (c *flapCmd) Run(out output) error {
	return c.inject(out, world.Fault{Action: world.Flap, Period: c.Period})
}

type rebootCmd struct{ on }

func (c *rebootCmd) Run(out output) error { return c.inject(out, world.Fault{Action: world.Reboot}) }

type isolateCmd struct{ on }

func (c *isolateCmd) Run(out output) error { return c.inject(out, world.Fault{Action: world.Isolate}) }

type muteCmd struct{ on }

func (c *muteCmd) Run(out output) error { return c.inject(out, world.Fault{Action: world.Mute}) }

type shutCmd struct{ on }

func (c *shutCmd) Run(out output) error { return c.inject(out, world.Fault{Action: world.Shut}) }

type healCmd struct {
	where
	Subject string `arg:"" optional:"" help:"What to mend."`
	All     bool   `help:"Mend everything."`
}

func (c *healCmd) Run(out output) error {
	if c.All == (c.Subject != "") {
		return fmt.Errorf("heal: name a subject, or give --all")
	}
	heal := func() ([]world.Fault, error) { return c.client().Heal(c.Subject) }
	if c.All {
		heal = c.client().HealAll
	}
	healed, err := heal()
	if err != nil {
		return err
	}
	if len(healed) == 0 && !c.All {
		fmt.Fprintf(out, "%s is not broken\n", c.Subject)
	}
	for _, f := range healed {
		fmt.Fprintf(out, "healed %s: %s since %s\n", f.Subject, f.Action, since(f.Since))
	}
	return nil
}
