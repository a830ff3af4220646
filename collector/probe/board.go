package probe

import (
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Board holds everything that is, or may be about to be, abnormal in the eyes
// of one observer. What is healthy takes no room on it. Its methods return
// what is to be published: a raise, a clear, a change of band, a hint confirmed.
type Board struct {
	observer symptom.Subject
	rules    Rules

	conditions map[key]*condition
	onDevice   map[string]map[key]*condition // of devices, their ports and cards
	flaps      map[place]*flap
}

// place is a subject, and the end of it if it is a line.
type place struct {
	subject symptom.Subject
	end     string
}

type key struct {
	place
	kind symptom.Kind
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

// NewBoard makes an empty one.
func NewBoard(observer symptom.Subject, rules Rules) *Board {
	return &Board{observer: observer, rules: rules,
		conditions: map[key]*condition{}, onDevice: map[string]map[key]*condition{}, flaps: map[place]*flap{}}
}

// Step takes one sample. lastGood is when its subject was last seen well; zero
// where nobody knows.
func (b *Board) Step(s Sample, lastGood time.Time) []symptom.Symptom {
	k := key{place{s.Subject, s.End}, s.Kind}
	c := b.conditions[k]
	if c != nil && s.At.Before(c.last) {
		return nil // answered late: what came after it has been judged already
	}
	switch s.Judgement {
	case Abnormal:
		return b.abnormal(k, c, s, lastGood)
	case Normal:
		if c != nil && !s.Hint { // a trap that says well again only makes somebody ask
			return b.normal(k, c, s)
		}
	case Keep:
		if c != nil {
			c.last, c.adopted, c.good = s.At, false, 0
		}
	}
	return nil
}

func (b *Board) abnormal(k key, c *condition, s Sample, lastGood time.Time) []symptom.Symptom {
	if c == nil {
		c = &condition{since: s.At, unit: s.Unit}
		if lastGood.Before(s.At) {
			c.sinceAfter = lastGood
		}
		b.put(k, c)
	}
	c.last, c.good, c.adopted = s.At, 0, false
	c.bad++
	if !c.raised {
		if !s.Hint && c.bad < b.rules.raiseAfter(k.kind) {
			return nil
		}
		c.raised, c.hint, c.value = true, s.Hint, s.Value
		if c.hint {
			c.until = s.At.Add(b.rules.HintHold)
		}
		return append([]symptom.Symptom{b.say(k, c, s.At)}, b.flap(k.place, k.kind, c.since, s.At)...)
	}
	confirmed := c.hint && !s.Hint
	if confirmed {
		c.hint = false
	}
	if confirmed || !s.Hint && anotherBand(k.kind, c.value, s.Value) {
		c.value, c.unit = s.Value, s.Unit
		return []symptom.Symptom{b.say(k, c, s.At)}
	}
	return nil
}

func (b *Board) normal(k key, c *condition, s Sample) []symptom.Symptom {
	if !c.raised {
		b.drop(k)
		return nil
	}
	if s.At.Before(c.since) || c.hint && s.At.Before(c.since.Add(b.rules.HintGrace)) {
		return nil // asked before it happened
	}
	c.last, c.adopted = s.At, false
	if c.good++; c.good == 1 {
		c.firstGood = s.At
	}
	if c.good < b.rules.clearAfter(k.kind) {
		return nil
	}
	return []symptom.Symptom{b.clear(k, c, c.firstGood, s.At)}
}

func (b *Board) clear(k key, c *condition, well, at time.Time) symptom.Symptom {
	b.drop(k)
	s := b.say(k, c, at)
	s.State, s.ClearedAt = symptom.Cleared, well
	return s
}

func (b *Board) say(k key, c *condition, at time.Time) symptom.Symptom {
	return symptom.Symptom{
		Observer: b.observer, Subject: k.subject, End: k.end, Kind: k.kind, State: symptom.Raised,
		Value: c.value, Unit: c.unit, Since: c.since, SinceAfter: c.sinceAfter, At: at, Hint: c.hint,
	}
}

func (b *Board) put(k key, c *condition) {
	b.conditions[k] = c
	if device := k.subject.Device(); device != "" {
		if b.onDevice[device] == nil {
			b.onDevice[device] = map[key]*condition{}
		}
		b.onDevice[device][k] = c
	}
}

func (b *Board) drop(k key) {
	delete(b.conditions, k)
	if device := k.subject.Device(); device != "" {
		if delete(b.onDevice[device], k); len(b.onDevice[device]) == 0 {
			delete(b.onDevice, device)
		}
	}
}

// Adopt takes up a raised symptom that this observer published in an earlier
// life, with its times. The next sample confirms or clears it.
func (b *Board) Adopt(s symptom.Symptom) {
	k := key{place{s.Subject, s.Key().End}, s.Kind}
	if s.State != symptom.Raised || b.conditions[k] != nil && b.conditions[k].raised {
		return
	}
	if s.Kind == symptom.Flapping {
		f := newFlap(symptom.Flapping, b.rules.FlapRaise, s.Since, s.At)
		f.raised, b.flaps[k.place] = true, f
		return
	}
	c := &condition{raised: true, since: s.Since, sinceAfter: s.SinceAfter, value: s.Value, unit: s.Unit, hint: s.Hint, adopted: true}
	if c.hint {
		c.until = s.At.Add(b.rules.HintHold)
	}
	b.put(k, c)
}

// Raised tells whether this kind is raised on this subject.
func (b *Board) Raised(subject symptom.Subject, end string, kind symptom.Kind) bool {
	p := place{subject, end}
	if kind == symptom.Flapping {
		f := b.flaps[p]
		return f != nil && f.raised
	}
	c := b.conditions[key{p, kind}]
	return c != nil && c.raised
}

// Quiet tells whether nothing at all is or may be about to be wrong.
func (b *Board) Quiet() bool { return len(b.conditions) == 0 }

// Count is how many symptoms of each kind are raised.
func (b *Board) Count() map[symptom.Kind]int {
	n := map[symptom.Kind]int{}
	for k, c := range b.conditions {
		if c.raised {
			n[k.kind]++
		}
	}
	for _, f := range b.flaps {
		if f.raised {
			n[symptom.Flapping]++
		}
	}
	return n
}

// Present is everything that is raised, in a fixed order.
func (b *Board) Present(now time.Time) []symptom.Symptom {
	var all []symptom.Symptom
	for k, c := range b.conditions {
		if c.raised {
			all = append(all, b.say(k, c, now))
		}
	}
	for p, f := range b.flaps {
		if f.raised {
			all = append(all, b.sayFlap(p, f, now))
		}
	}
	sortSymptoms(all)
	return all
}

// Withdraw clears whatever match says is not ours to watch any more. adopted
// is true for what an earlier life raised and this one has not looked at.
func (b *Board) Withdraw(now time.Time, match func(subject symptom.Subject, end string, kind symptom.Kind, adopted bool) bool) []symptom.Symptom {
	var all []symptom.Symptom
	for k, c := range b.conditions {
		if !match(k.subject, k.end, k.kind, c.adopted) {
			continue
		}
		if c.raised {
			all = append(all, b.clear(k, c, now, now))
		} else {
			b.drop(k)
		}
	}
	for p, f := range b.flaps {
		if !match(p.subject, p.end, symptom.Flapping, false) {
			continue
		}
		delete(b.flaps, p)
		if f.raised {
			all = append(all, b.clearFlap(p, f, now))
		}
	}
	sortSymptoms(all)
	return all
}

// Swept says that a device has been looked at whole since asked: what was
// raised on it or its parts before, of a kind that was looked for, and was not
// mentioned, is not there any more (a port taken out, a row gone).
func (b *Board) Swept(device string, asked, now time.Time, lookedFor func(symptom.Kind) bool) []symptom.Symptom {
	var all []symptom.Symptom
	for k, c := range b.onDevice[device] {
		if !lookedFor(k.kind) || !c.last.Before(asked) || c.hint && now.Before(c.until) {
			continue
		}
		if c.raised {
			all = append(all, b.clear(k, c, now, now))
		} else {
			b.drop(k)
		}
	}
	sortSymptoms(all)
	return all
}

// Tick lets time pass: hints that nobody confirmed end, flapping dies down.
func (b *Board) Tick(now time.Time) []symptom.Symptom {
	var all []symptom.Symptom
	for k, c := range b.conditions {
		if !c.raised || !c.hint || now.Before(c.until) {
			continue
		}
		if b.otherwiseWrong(k) {
			c.until = now.Add(b.rules.HintHold)
			continue
		}
		all = append(all, b.clear(k, c, now, now))
	}
	all = append(all, b.calm(now)...)
	sortSymptoms(all)
	return all
}

// otherwiseWrong tells whether the subject has a confirmed symptom of another
// kind: a last gasp is not forgotten while the box is still missing.
func (b *Board) otherwiseWrong(k key) bool {
	for other, c := range b.onDevice[k.subject.Device()] {
		if other.subject == k.subject && other.kind != k.kind && c.raised && !c.hint {
			return true
		}
	}
	return false
}

func sortSymptoms(all []symptom.Symptom) {
	slices.SortFunc(all, func(a, b symptom.Symptom) int {
		if n := strings.Compare(string(a.Subject), string(b.Subject)); n != 0 {
			return n
		}
		if n := strings.Compare(a.End, b.End); n != 0 {
			return n
		}
		return strings.Compare(string(a.Kind), string(b.Kind))
	})
}
