package probe

import (
	"container/heap"
	"math"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// flap is how restless a subject has been. Each kind of symptom is counted on
// its own, since one event raises several at once; the worst of them counts.
type flap struct {
	kinds  map[symptom.Kind]score
	since  time.Time // first raise of the episode
	raised bool
	due    time.Time // when it is looked at next
}

// score halves with time; it was value at the given time.
type score struct {
	value float64
	at    time.Time
}

func newFlap(kind symptom.Kind, value float64, since, at time.Time) *flap {
	return &flap{kinds: map[symptom.Kind]score{kind: {value, at}}, since: since}
}

func (r Rules) left(s score, now time.Time) float64 {
	if !now.After(s.at) {
		return s.value
	}
	return s.value * math.Exp2(-float64(now.Sub(s.at))/float64(r.Flap.HalfLife))
}

// below is when a score will have fallen to a limit.
func (r Rules) below(s score, limit float64) time.Time {
	if s.value <= limit {
		return s.at
	}
	return s.at.Add(time.Duration(math.Log2(s.value/limit) * float64(r.Flap.HalfLife)))
}

func (r Rules) decayed(f *flap, now time.Time) float64 {
	worst := 0.0
	for _, s := range f.kinds {
		worst = max(worst, r.left(s, now))
	}
	return worst
}

// calmBelow is the score under which flapping ends, and under which a score
// that never reached it is forgotten.
func (r Rules) calmBelow(f *flap) float64 {
	if f.raised {
		return r.Flap.Clear
	}
	return r.Flap.Clear / 4
}

// flap counts one raise of a kind.
func (cs *Conditions) flap(p symptom.Place, kind symptom.Kind, since, now time.Time) []symptom.Symptom {
	f := cs.flaps[p]
	if f == nil {
		f = newFlap(kind, 0, since, now)
		cs.flaps[p] = f
	}
	f.kinds[kind] = score{cs.rules.left(f.kinds[kind], now) + 1, now}
	if f.raised || cs.rules.decayed(f, now) < cs.rules.Flap.Raise {
		cs.wakeFor(p, f, now)
		return nil
	}
	f.raised = true
	cs.raised[symptom.Flapping]++
	cs.wakeFor(p, f, now)
	return []symptom.Symptom{cs.sayFlap(p, f, now)}
}

// flapPause is how much later than its computed time a score is looked at, so
// that rounding does not wake anybody too early.
const flapPause = time.Millisecond

// wakeFor has a score looked at when it will have died down. A time that is set
// already and earlier is left as it is: then it is worked out anew.
func (cs *Conditions) wakeFor(p symptom.Place, f *flap, now time.Time) {
	calm, limit := now, cs.rules.calmBelow(f)
	if limit <= 0 {
		return // by this rule it never dies down
	}
	for _, s := range f.kinds {
		if at := cs.rules.below(s, limit); at.After(calm) {
			calm = at
		}
	}
	calm = calm.Add(flapPause)
	if !f.due.IsZero() && !calm.Before(f.due) {
		return
	}
	f.due = calm
	heap.Push(&cs.due, &alarm{at: calm, key: key{place: p}, flap: f})
}

// calm ends flapping that has died down, and forgets a score that is long quiet.
func (cs *Conditions) calm(a *alarm, now time.Time) []symptom.Symptom {
	p, f := a.key.place, a.flap
	if cs.flaps[p] != f || !f.due.Equal(a.at) {
		return nil // withdrawn, or to be looked at another time
	}
	if cs.rules.decayed(f, now) >= cs.rules.calmBelow(f) {
		f.due = time.Time{}
		cs.wakeFor(p, f, now)
		return nil
	}
	delete(cs.flaps, p)
	if !f.raised {
		return nil
	}
	return []symptom.Symptom{cs.clearFlap(p, f, now)}
}

func (cs *Conditions) sayFlap(p symptom.Place, f *flap, now time.Time) symptom.Symptom {
	return symptom.Symptom{
		Observer: cs.observer, Subject: p.Subject, End: p.End, Kind: symptom.Flapping, State: symptom.Raised,
		Value: math.Round(cs.rules.decayed(f, now)), Unit: "1", Since: f.since, At: now,
	}
}

func (cs *Conditions) clearFlap(p symptom.Place, f *flap, now time.Time) symptom.Symptom {
	cs.raised[symptom.Flapping]--
	s := cs.sayFlap(p, f, now)
	s.State, s.ClearedAt = symptom.Cleared, now
	return s
}
