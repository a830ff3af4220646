package probe

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs/problem"
)

// Rules say when samples of polls and traps become symptoms.
type Rules struct {
	Raise map[symptom.Kind]int `yaml:"raise" doc:"polls in a row that raise a kind of symptom, such as {rx_power_low: 3}"`
	Clear map[symptom.Kind]int `yaml:"clear" doc:"and that clear it; kinds that are not named keep their usual number"`
	Flap  Flap                 `yaml:"flap" doc:"when something that comes and goes is flapping"`
	Hint  Hint                 `yaml:"hint" doc:"how far a trap is believed without a poll that confirms it"`
}

// Flap is the score of a subject. It grows by one each time one of the
// subject's symptoms is raised, and halves every HalfLife.
type Flap struct {
	HalfLife time.Duration `yaml:"half_life" doc:"in which the score of a subject halves; each change adds one"`
	Raise    float64       `yaml:"raise" doc:"score from which on it is flapping"`
	Clear    float64       `yaml:"clear" doc:"score below which it is not any more"`
}

// Hint is how long a trap is believed.
type Hint struct {
	Grace time.Duration `yaml:"grace" doc:"so long after it a poll may still see the state before it"`
	Hold  time.Duration `yaml:"hold" doc:"so long it is believed, and again while more is wrong with the same subject"`
}

// DefaultRules suits polls of 10 s to 60 s.
func DefaultRules() Rules {
	return Rules{
		Flap: Flap{HalfLife: 10 * time.Minute, Raise: 2.5, Clear: 1},
		Hint: Hint{Grace: 2 * time.Second, Hold: 10 * time.Minute},
	}
}

// Validate names what cannot work.
func (r Rules) Validate() []problem.Problem {
	var wrong problem.List
	wrong.Under("raise", validateCounts(r.Raise))
	wrong.Under("clear", validateCounts(r.Clear))
	wrong.Within("flap.half_life", r.Flap.HalfLife, time.Second, 24*time.Hour)
	wrong.Number("flap.raise", r.Flap.Raise, 1, 1000)
	wrong.Below("flap.clear", r.Flap.Clear, r.Flap.Raise)
	wrong.Within("hint.grace", r.Hint.Grace, 0, time.Minute)
	wrong.Within("hint.hold", r.Hint.Hold, time.Second, 24*time.Hour)
	return wrong
}

func validateCounts(counts map[symptom.Kind]int) []problem.Problem {
	var wrong problem.List
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		known := slices.Contains(symptom.Kinds(), kind)
		wrong.Check(known, string(kind), "%q is no kind of symptom; there are %v", kind, symptom.Kinds())
		wrong.Between(string(kind), counts[kind], 1, 100)
	}
	return wrong
}

// How many samples in a row it usually takes. A kind that is not listed takes
// one.
var (
	usualRaise = map[symptom.Kind]int{
		symptom.AgentSilent: 2, symptom.RxPowerLow: 2, symptom.Errors: 2, symptom.BitErrors: 2,
		symptom.Saturated: 3, symptom.Overheated: 2,
	}
	usualClear = map[symptom.Kind]int{
		symptom.Unreachable: 2, symptom.RxPowerLow: 2, symptom.Errors: 2, symptom.BitErrors: 2,
		symptom.Saturated: 3, symptom.Overheated: 2,
	}
)

func (r Rules) raiseAfter(k symptom.Kind) int { return cmp.Or(r.Raise[k], usualRaise[k], 1) }
func (r Rules) clearAfter(k symptom.Kind) int { return cmp.Or(r.Clear[k], usualClear[k], 1) }

// PingRules say when what comes back, or does not, is abnormal.
type PingRules struct {
	Misses  int     `yaml:"misses" doc:"in a row, until a target is unreachable"`
	Window  int     `yaml:"window" doc:"pings over which loss is counted, at most 64"`
	Fewest  int     `yaml:"fewest" doc:"pings before loss, latency and jitter are judged"`
	Loss    Loss    `yaml:"loss"`
	Latency Latency `yaml:"latency"`
	Jitter  Jitter  `yaml:"jitter"`
}

// Loss has its limits in percent, as people write them.
type Loss struct {
	Raise float64 `yaml:"raise" doc:"percent"`
	Clear float64 `yaml:"clear" doc:"percent"`
}

// Latency is abnormal from Raise on or, where Raise is 0, from Factor times
// the target's own baseline plus Margin. It is normal again below Ease of that.
type Latency struct {
	Raise  time.Duration `yaml:"raise" doc:"0s: from factor times the target's own baseline plus margin"`
	Factor float64       `yaml:"factor"`
	Margin time.Duration `yaml:"margin"`
	Ease   float64       `yaml:"ease" doc:"normal again below this share of it"`
}

// Jitter is abnormal from Raise on, and normal again below Clear.
type Jitter struct {
	Raise time.Duration `yaml:"raise"`
	Clear time.Duration `yaml:"clear"`
}

// DefaultPingRules suits lines from a metro ring to a national backbone.
func DefaultPingRules() PingRules {
	return PingRules{
		Misses: 3, Window: 30, Fewest: 10,
		Loss:    Loss{Raise: 15, Clear: 5},
		Latency: Latency{Factor: 3, Margin: 20 * time.Millisecond, Ease: 0.7},
		Jitter:  Jitter{Raise: 50 * time.Millisecond, Clear: 25 * time.Millisecond},
	}
}

// Validate names what cannot work.
func (r PingRules) Validate() []problem.Problem {
	var wrong problem.List
	wrong.Between("misses", r.Misses, 1, 100)
	wrong.Between("window", r.Window, 1, 64)
	wrong.Between("fewest", r.Fewest, 1, max(1, r.Window))
	wrong.Number("loss.raise", r.Loss.Raise, 0.1, 100)
	wrong.Below("loss.clear", r.Loss.Clear, r.Loss.Raise)
	wrong.Within("latency.raise", r.Latency.Raise, 0, time.Minute)
	wrong.Number("latency.factor", r.Latency.Factor, 1, 1000)
	wrong.Within("latency.margin", r.Latency.Margin, 0, time.Minute)
	wrong.Number("latency.ease", r.Latency.Ease, 0.01, 1)
	raise, clear := r.Jitter.Raise, r.Jitter.Clear
	wrong.Check(raise > 0, "jitter.raise", "want a duration above zero, got %s", problem.Brief(raise))
	wrong.Check(clear >= 0 && clear < raise, "jitter.clear", "want less than raise (%s), got %s",
		problem.Brief(raise), problem.Brief(clear))
	return wrong
}

// band is the coarse step that a value is in. Within a band nothing new is
// published: a reader is told when things become another order of bad.
func band(kind symptom.Kind, value float64) int {
	switch kind {
	case symptom.Loss, symptom.Saturated:
		n := 0
		for _, edge := range []float64{0.05, 0.2, 0.5, 0.8, 0.95} {
			if value >= edge {
				n++
			}
		}
		return n
	case symptom.Latency, symptom.Jitter, symptom.Errors, symptom.BitErrors:
		if value <= 0 {
			return math.MinInt32
		}
		return int(math.Floor(math.Log2(value)))
	case symptom.RxPowerLow:
		return int(math.Floor(value / 3)) // halving of the light
	case symptom.Overheated:
		return int(math.Floor(value / 10))
	}
	return 0
}

// anotherBand tells whether value is worth saying after said: in another band,
// and not just across its edge.
func anotherBand(kind symptom.Kind, said, value float64) bool {
	return band(kind, said) != band(kind, value) && math.Abs(value-said) > 0.1*max(math.Abs(said), math.Abs(value))
}
