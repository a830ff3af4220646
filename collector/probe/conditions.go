package probe

import (
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Conditions is everything that one observer finds abnormal, or may be about to.
// What is healthy takes no room. The methods return what is to be published:
// a raise, a clear, a change of band, a hint confirmed.
type Conditions struct {
	observer symptom.Subject
	rules    Rules

	conditions map[key]*condition
	onDevice   map[string]map[key]*condition // of devices, their ports and cards
	flaps      map[symptom.Place]*flap
	raised     map[symptom.Kind]int
	due        alarms // when a hint ends unconfirmed, or a flap score has died down
}

type key struct {
	place symptom.Place
	kind  symptom.Kind
}

// condition is one kind of trouble with one subject.
type condition struct {
	raised bool
	bad    int // abnormal samples in a row, until raised
	good   int // normal samples in a row, once raised

	since, sinceAfter time.Time
	firstGood         time.Time
	last              time.Time // newest sample
	hint              bool
	until             time.Time // how long a hint is believed
	adopted           bool      // found on the bus, not seen by ourselves yet

	value float64 // as published
	unit  string
}

// NewConditions holds nothing yet.
func NewConditions(observer symptom.Subject, rules Rules) *Conditions {
	return &Conditions{observer: observer, rules: rules,
		conditions: map[key]*condition{}, onDevice: map[string]map[key]*condition{},
		flaps: map[symptom.Place]*flap{}, raised: map[symptom.Kind]int{}}
}

// Step takes one sample. lastGood is when its subject was last seen well; zero
// where nobody knows.
func (cs *Conditions) Step(s Sample, lastGood time.Time) []symptom.Symptom {
	k := key{symptom.PlaceOf(s.Subject, s.End), s.Kind}
	c := cs.conditions[k]
	if c != nil && s.At.Before(c.last) {
		return nil // answered late: what came after it has been judged already
	}
	switch s.Judgement {
	case Abnormal:
		return cs.abnormal(k, c, s, lastGood)
	case Normal:
		if c != nil && !s.Hint { // a trap that says well again only makes somebody ask
			return cs.normal(k, c, s)
		}
	case Keep:
		if c != nil {
			c.last, c.adopted, c.good = s.At, false, 0
		}
	}
	return nil
}

func (cs *Conditions) abnormal(k key, c *condition, s Sample, lastGood time.Time) []symptom.Symptom {
	if c == nil {
		c = &condition{since: s.At, unit: s.Unit}
		if lastGood.Before(s.At) {
			c.sinceAfter = lastGood
		}
		cs.put(k, c)
	}
	c.last, c.good, c.adopted = s.At, 0, false
	c.bad++
	if !c.raised {
		if !s.Hint && c.bad < cs.rules.raiseAfter(k.kind) {
			return nil
		}
		c.raised, c.hint, c.value = true, s.Hint, s.Value
		cs.raised[k.kind]++
		if c.hint {
			cs.believe(k, c, s.At)
		}
		return append([]symptom.Symptom{cs.say(k, c, s.At)}, cs.flap(k.place, k.kind, c.since, s.At)...)
	}
	confirmed := c.hint && !s.Hint
	if confirmed {
		c.hint = false
	}
	if confirmed || !s.Hint && anotherBand(k.kind, c.value, s.Value) {
		c.value, c.unit = s.Value, s.Unit
		return []symptom.Symptom{cs.say(k, c, s.At)}
	}
	return nil
}

func (cs *Conditions) normal(k key, c *condition, s Sample) []symptom.Symptom {
	if !c.raised {
		cs.drop(k)
		return nil
	}
	if s.At.Before(c.since) || c.hint && s.At.Before(c.since.Add(cs.rules.Hint.Grace)) {
		return nil // asked before it happened
	}
	c.last, c.adopted = s.At, false
	if c.good++; c.good == 1 {
		c.firstGood = s.At
	}
	if c.good < cs.rules.clearAfter(k.kind) {
		return nil
	}
	return []symptom.Symptom{cs.clear(k, c, c.firstGood, s.At)}
}

func (cs *Conditions) clear(k key, c *condition, well, at time.Time) symptom.Symptom {
	cs.drop(k)
	cs.raised[k.kind]--
	s := cs.say(k, c, at)
	s.State, s.ClearedAt = symptom.Cleared, well
	return s
}

func (cs *Conditions) say(k key, c *condition, at time.Time) symptom.Symptom {
	return symptom.Symptom{
		Observer: cs.observer, Subject: k.place.Subject, End: k.place.End, Kind: k.kind, State: symptom.Raised,
		Value: c.value, Unit: c.unit, Since: c.since, SinceAfter: c.sinceAfter, At: at, Hint: c.hint,
	}
}

func (cs *Conditions) put(k key, c *condition) {
	cs.conditions[k] = c
	if device := k.place.Subject.Device(); device != "" {
		if cs.onDevice[device] == nil {
			cs.onDevice[device] = map[key]*condition{}
		}
		cs.onDevice[device][k] = c
	}
}

func (cs *Conditions) drop(k key) {
	delete(cs.conditions, k)
	if device := k.place.Subject.Device(); device != "" {
		if delete(cs.onDevice[device], k); len(cs.onDevice[device]) == 0 {
			delete(cs.onDevice, device)
		}
	}
}

// Adopt takes up a raised symptom that this observer published in an earlier
// life, with its times. The next sample confirms or clears it.
func (cs *Conditions) Adopt(s symptom.Symptom) {
	k := key{s.Place(), s.Kind}
	if s.State != symptom.Raised || cs.Raised(k.place, k.kind) {
		return
	}
	cs.raised[k.kind]++
	if s.Kind == symptom.Flapping {
		f := newFlap(symptom.Flapping, cs.rules.Flap.Raise, s.Since, s.At)
		f.raised, cs.flaps[k.place] = true, f
		cs.wakeFor(k.place, f, s.At)
		return
	}
	c := &condition{
		raised: true, since: s.Since, sinceAfter: s.SinceAfter,
		value: s.Value, unit: s.Unit, hint: s.Hint, adopted: true,
	}
	if c.hint {
		cs.believe(k, c, s.At)
	}
	cs.put(k, c)
}
