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
	At      time.Duration
	Do      world.Action // an action, heal or heal-all
	Subject string
	DB      float64
	Loss    float64
	Latency time.Duration
	Period  time.Duration
	NoGasp  bool
}

// written is a step as it stands in the file.
type written struct {
	At      string       `yaml:"at"`
	Do      world.Action `yaml:"do"`
	Subject string       `yaml:"subject"`
	DB      float64      `yaml:"db"`
	Loss    float64      `yaml:"loss"`
	Latency string       `yaml:"latency"`
	Period  string       `yaml:"period"`
	NoGasp  bool         `yaml:"no_gasp"`
}

// step reads the durations; what is left out is nought.
func (w written) step() (s Step, err error) {
	s = Step{Do: w.Do, Subject: w.Subject, DB: w.DB, Loss: w.Loss, NoGasp: w.NoGasp}
	for _, d := range []struct {
		text string
		into *time.Duration
	}{{w.At, &s.At}, {w.Latency, &s.Latency}, {w.Period, &s.Period}} {
		if d.text != "" && err == nil {
			*d.into, err = time.ParseDuration(d.text)
		}
	}
	return s, err
}

// What a step can do beside breaking things.
const (
	heal    world.Action = "heal"
	healAll world.Action = "heal-all"
)

var actions = []world.Action{
	world.Cut, world.Poweroff, world.Degrade, world.Flap, world.Reboot, world.Isolate, world.Mute, world.Shut, heal,
	healAll,
}

// ParseScenario reads a scenario: a YAML list of steps. It returns them in the
// order of their times.
func ParseScenario(b []byte) ([]Step, error) {
	file, err := decode(b)
	if err != nil {
		return nil, fmt.Errorf("scenario: %w", err)
	}
	var steps []Step
	var errs []error
	for i, w := range file {
		s, err := w.step()
		if err == nil {
			err = s.check()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("scenario, step %d: %w", i+1, err))
		}
		steps = append(steps, s)
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
	return steps, errors.Join(errs...)
}

// decode reads the YAML. The library panics on a few documents that are not
// what they are decoded into, such as a tagged scalar for a list.
func decode(b []byte) (file []written, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("this is no YAML list of steps")
		}
	}()
	if err := yaml.UnmarshalWithOptions(b, &file, yaml.Strict()); err != nil {
		return nil, errors.New(yaml.FormatError(err, false, true))
	}
	return file, nil
}

func (s Step) check() error {
	switch {
	case !slices.Contains(actions, s.Do):
		return fmt.Errorf("cannot do %q: know %v", s.Do, actions)
	case s.At < 0:
		return fmt.Errorf("at %v lies before the start", s.At)
	case (s.Subject == "") != (s.Do == healAll):
		return fmt.Errorf("%s needs a subject, and only heal-all has none", s.Do)
	}
	return nil
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
		f := world.Fault{Subject: s.Subject, Action: s.Do, DB: s.DB, Loss: s.Loss, Latency: s.Latency, Period: s.Period,
			NoGasp: s.NoGasp}
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
