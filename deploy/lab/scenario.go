package lab

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/linewarden/linewarden/deploy/lab/world"
)

// Step is one line of a scenario: at a time after its start, do something.
type Step struct {
	At      time.Duration `yaml:"at"`
	Do      world.Action  `yaml:"do"` // an action, heal or heal-all
	Subject string        `yaml:"subject"`
	DB      float64       `yaml:"db"`
	Loss    float64       `yaml:"loss"`
	Latency time.Duration `yaml:"latency"`
	Period  time.Duration `yaml:"period"`
	NoGasp  bool          `yaml:"no_gasp"`
}

// What a step can do beside breaking things.
const (
	heal    world.Action = "heal"
	healAll world.Action = "heal-all"
)

var actions = []world.Action{
	world.Cut, world.Poweroff, world.Degrade, world.Flap, world.Reboot, world.Isolate, world.Mute, world.Shut, heal, healAll,
}

// ParseScenario reads a scenario: a YAML list of steps. It returns them in the
// order of their times.
func ParseScenario(b []byte) ([]Step, error) {
	var steps []Step
	if err := yaml.UnmarshalWithOptions(b, &steps, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("scenario: %s", yaml.FormatError(err, false, true))
	}
	var errs []error
	for i, s := range steps {
		switch {
		case !slices.Contains(actions, s.Do):
			errs = append(errs, fmt.Errorf("scenario, step %d: cannot do %q: know %v", i+1, s.Do, actions))
		case s.At < 0:
			errs = append(errs, fmt.Errorf("scenario, step %d: at %v lies before the start", i+1, s.At))
		case (s.Subject == "") != (s.Do == healAll):
			errs = append(errs, fmt.Errorf("scenario, step %d: %s needs a subject, and only heal-all has none", i+1, s.Do))
		}
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
	return steps, errors.Join(errs...)
}

// Play does one step.
func (c Client) Play(s Step) error {
	var err error
	switch s.Do {
	case heal:
		_, err = c.Heal(s.Subject)
	case healAll:
		_, err = c.HealAll()
	default:
		f := world.Fault{Subject: s.Subject, Action: s.Do, DB: s.DB, Loss: s.Loss, Latency: s.Latency, Period: s.Period, NoGasp: s.NoGasp}
		_, err = c.Inject(f)
	}
	return err
}

func (s Step) String() string {
	if s.Subject == "" {
		return string(s.Do)
	}
	return string(s.Do) + " " + s.Subject
}
