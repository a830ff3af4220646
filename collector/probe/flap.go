package probe

import (
	"math"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// flap is how restless a subject has been. Each kind of symptom is counted on
// its own, since one event raises several at once; the worst of them counts.
type flap struct {
	kinds  map[symptom.Kind]tally
	since  time.Time // first raise of the episode
	raised bool
}

// tally is a score that halves with time; it was true at the given time.
type tally struct {
	score float64
	at    time.Time
}

func newFlap(kind symptom.Kind, score float64, since, at time.Time) *flap {
	return &flap{kinds: map[symptom.Kind]tally{kind: {score, at}}, since: since}
}

func (r Rules) left(t tally, now time.Time) float64 {
	if !now.After(t.at) {
		return t.score
	}
	return t.score * math.Exp2(-float64(now.Sub(t.at))/float64(r.FlapHalfLife))
}

func (r Rules) decayed(f *flap, now time.Time) float64 {
	worst := 0.0
	for _, t := range f.kinds {
		worst = max(worst, r.left(t, now))
	}
	return worst
}

// flap counts one raise of a kind.
func (b *Board) flap(p place, kind symptom.Kind, since, now time.Time) []symptom.Symptom {
	f := b.flaps[p]
	if f == nil {
		f = newFlap(kind, 0, since, now)
		b.flaps[p] = f
	}
	f.kinds[kind] = tally{b.rules.left(f.kinds[kind], now) + 1, now}
	if f.raised || b.rules.decayed(f, now) < b.rules.FlapRaise {
		return nil
	}
	f.raised = true
	return []symptom.Symptom{b.sayFlap(p, f, now)}
}

// calm ends flapping that has died down, and forgets what is long quiet.
func (b *Board) calm(now time.Time) []symptom.Symptom {
	var all []symptom.Symptom
	for p, f := range b.flaps {
		if b.rules.decayed(f, now) >= b.rules.FlapClear {
			continue
		}
		switch {
		case f.raised:
			all = append(all, b.clearFlap(p, f, now))
			delete(b.flaps, p)
		case b.rules.decayed(f, now) < b.rules.FlapClear/4:
			delete(b.flaps, p)
		}
	}
	return all
}

func (b *Board) sayFlap(p place, f *flap, now time.Time) symptom.Symptom {
	return symptom.Symptom{Observer: b.observer, Subject: p.subject, End: p.end, Kind: symptom.Flapping, State: symptom.Raised,
		Value: math.Round(b.rules.decayed(f, now)), Unit: "1", Since: f.since, At: now}
}

func (b *Board) clearFlap(p place, f *flap, now time.Time) symptom.Symptom {
	s := b.sayFlap(p, f, now)
	s.State, s.ClearedAt = symptom.Cleared, now
	return s
}
