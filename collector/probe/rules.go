package probe

import (
	"math"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Rules says how many samples it takes, and how flapping is scored.
type Rules struct {
	// Raise and Clear are how many samples in a row raise or clear a kind.
	// A kind that is not listed takes one.
	Raise, Clear map[symptom.Kind]int

	// A subject's flap score grows by one each time one of its symptoms is
	// raised, and halves every FlapHalfLife. From FlapRaise on it is flapping,
	// until the score is below FlapClear.
	FlapRaise, FlapClear float64
	FlapHalfLife         time.Duration

	// HintGrace is how long after a trap a poll may still see the world as it
	// was before; a good answer within it does not withdraw the hint.
	HintGrace time.Duration
	// HintHold is how long a trap that no poll confirms is believed, and again
	// as long as something else is wrong with the same subject.
	HintHold time.Duration
}

// DefaultRules suits polls of 10 s to 60 s.
func DefaultRules() Rules {
	return Rules{
		Raise: map[symptom.Kind]int{
			symptom.AgentSilent: 2, symptom.RxPowerLow: 2, symptom.Errors: 2, symptom.BitErrors: 2,
			symptom.Saturated: 3, symptom.Overheated: 2,
		},
		Clear: map[symptom.Kind]int{
			symptom.Unreachable: 2, symptom.RxPowerLow: 2, symptom.Errors: 2, symptom.BitErrors: 2,
			symptom.Saturated: 3, symptom.Overheated: 2,
		},
		FlapRaise: 2.5, FlapClear: 1, FlapHalfLife: 10 * time.Minute,
		HintGrace: 2 * time.Second, HintHold: 10 * time.Minute,
	}
}

func (r Rules) raiseAfter(k symptom.Kind) int { return max(1, r.Raise[k]) }
func (r Rules) clearAfter(k symptom.Kind) int { return max(1, r.Clear[k]) }

// PingRules says when what comes back, or does not, is abnormal.
type PingRules struct {
	Misses int // in a row, until the target is unreachable

	Window               int     // pings over which loss is counted, at most 64
	Fewest               int     // pings before loss, latency and jitter are judged
	LossRaise, LossClear float64 // share

	// Latency is abnormal from Raise on, or, where Raise is 0, from
	// LatencyFactor times the target's own baseline plus LatencyMargin. It is
	// normal again below LatencyEase of that.
	LatencyRaise  time.Duration
	LatencyFactor float64
	LatencyMargin time.Duration
	LatencyEase   float64

	JitterRaise, JitterClear time.Duration
}

// DefaultPingRules suits lines from a metro ring to a national backbone.
func DefaultPingRules() PingRules {
	return PingRules{
		Misses: 3,
		Window: 30, Fewest: 10, LossRaise: 0.15, LossClear: 0.05,
		LatencyFactor: 3, LatencyMargin: 20 * time.Millisecond, LatencyEase: 0.7,
		JitterRaise: 50 * time.Millisecond, JitterClear: 25 * time.Millisecond,
	}
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
