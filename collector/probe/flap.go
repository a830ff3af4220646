package probe

import (
	"math"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// flap is how restless a subject has been. The score halves with time.
type flap struct {
	score  float64
	at     time.Time // when score was true
	since  time.Time // first raise of the episode
	raised bool
}

func (r Rules) decayed(f *flap, now time.Time) float64 {
	if !now.After(f.at) {
		return f.score
	}
	return f.score * math.Exp2(-float64(now.Sub(f.at))/float64(r.FlapHalfLife))
}

// flap counts one raise.
func (b *Board) flap(p place, since, now time.Time) []symptom.Symptom {
	f := b.flaps[p]
	if f == nil {
		f = &flap{since: since, at: now}
		b.flaps[p] = f
	}
	f.score, f.at = b.rules.decayed(f, now)+1, now
	if f.raised || f.score < b.rules.FlapRaise {
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
