package probe

import (
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Raised tells whether this kind is raised at this place.
func (cs *Conditions) Raised(place symptom.Place, kind symptom.Kind) bool {
	if kind == symptom.Flapping {
		f := cs.flaps[place]
		return f != nil && f.raised
	}
	c := cs.conditions[key{place, kind}]
	return c != nil && c.raised
}

// Quiet tells whether nothing at all is or may be about to be wrong.
func (cs *Conditions) Quiet() bool { return len(cs.conditions) == 0 }

// Count is how many symptoms of each kind are raised.
func (cs *Conditions) Count() map[symptom.Kind]int {
	n := map[symptom.Kind]int{}
	for kind, raised := range cs.raised {
		if raised > 0 {
			n[kind] = raised
		}
	}
	return n
}

// Present is everything that is raised, in a fixed order.
func (cs *Conditions) Present(now time.Time) []symptom.Symptom {
	var all []symptom.Symptom
	for k, c := range cs.conditions {
		if c.raised {
			all = append(all, cs.say(k, c, now))
		}
	}
	for p, f := range cs.flaps {
		if f.raised {
			all = append(all, cs.sayFlap(p, f, now))
		}
	}
	sortSymptoms(all)
	return all
}

// Find is the symptom of this kind at this place, if it is raised.
func (cs *Conditions) Find(now time.Time, place symptom.Place, kind symptom.Kind) (found symptom.Symptom, ok bool) {
	if kind == symptom.Flapping {
		if f := cs.flaps[place]; f != nil && f.raised {
			return cs.sayFlap(place, f, now), true
		}
		return symptom.Symptom{}, false
	}
	k := key{place, kind}
	if c := cs.conditions[k]; c != nil && c.raised {
		return cs.say(k, c, now), true
	}
	return symptom.Symptom{}, false
}

// Clear withdraws one kind at one place.
func (cs *Conditions) Clear(now time.Time, place symptom.Place, kind symptom.Kind) []symptom.Symptom {
	k := key{place, kind}
	c := cs.conditions[k]
	if c == nil {
		return nil
	}
	if !c.raised {
		cs.drop(k)
		return nil
	}
	return []symptom.Symptom{cs.clear(k, c, now, now)}
}

// Withdraw clears whatever match says is not ours to watch any more. adopted
// is true for what an earlier life raised and this one has not looked at.
func (cs *Conditions) Withdraw(
	now time.Time, match func(place symptom.Place, kind symptom.Kind, adopted bool) bool,
) []symptom.Symptom {
	var all []symptom.Symptom
	for k, c := range cs.conditions {
		if !match(k.place, k.kind, c.adopted) {
			continue
		}
		if c.raised {
			all = append(all, cs.clear(k, c, now, now))
		} else {
			cs.drop(k)
		}
	}
	for p, f := range cs.flaps {
		if !match(p, symptom.Flapping, false) {
			continue
		}
		delete(cs.flaps, p)
		if f.raised {
			all = append(all, cs.clearFlap(p, f, now))
		}
	}
	sortSymptoms(all)
	return all
}

// Swept says that a device has been looked at whole since asked: what was
// raised on it or its parts before, of a kind that was looked for, and was not
// mentioned, is not there any more (a port taken out, a row gone).
func (cs *Conditions) Swept(device string, asked, now time.Time, lookedFor func(symptom.Kind) bool) []symptom.Symptom {
	var all []symptom.Symptom
	for k, c := range cs.onDevice[device] {
		if !lookedFor(k.kind) || !c.last.Before(asked) || c.hint && now.Before(c.until) {
			continue
		}
		if c.raised {
			all = append(all, cs.clear(k, c, now, now))
		} else {
			cs.drop(k)
		}
	}
	sortSymptoms(all)
	return all
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
