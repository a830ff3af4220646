package probe

import (
	"container/heap"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Deadline is when Tick next has something to look at; ok is false while
// nothing waits for time to pass.
func (cs *Conditions) Deadline() (at time.Time, ok bool) {
	if len(cs.due) == 0 {
		return time.Time{}, false
	}
	return cs.due[0].at, true
}

// Tick lets time pass: hints that nobody confirmed end, flapping dies down. It
// looks at nothing whose time has not come.
func (cs *Conditions) Tick(now time.Time) []symptom.Symptom {
	var all []symptom.Symptom
	for len(cs.due) > 0 && !now.Before(cs.due[0].at) {
		a := heap.Pop(&cs.due).(*alarm)
		if a.flap != nil {
			all = append(all, cs.calm(a, now)...)
		} else {
			all = append(all, cs.endHint(a, now)...)
		}
	}
	sortSymptoms(all)
	return all
}

// shortestHold keeps a rule of zero from asking for the same moment again.
const shortestHold = 100 * time.Millisecond

// believe holds a hint to be true for a while.
func (cs *Conditions) believe(k key, c *condition, from time.Time) {
	c.until = from.Add(max(cs.rules.Hint.Hold, shortestHold))
	heap.Push(&cs.due, &alarm{at: c.until, key: k, hint: c})
}

// endHint withdraws a hint that no poll has confirmed, unless the subject has
// another symptom that is confirmed.
func (cs *Conditions) endHint(a *alarm, now time.Time) []symptom.Symptom {
	c := a.hint
	if cs.conditions[a.key] != c || !c.hint || now.Before(c.until) {
		return nil // confirmed or withdrawn since
	}
	if cs.otherwiseWrong(a.key) {
		cs.believe(a.key, c, now)
		return nil
	}
	return []symptom.Symptom{cs.clear(a.key, c, now, now)}
}

// otherwiseWrong tells whether the subject has a confirmed symptom of another
// kind: a last gasp is not forgotten while the box is still missing.
func (cs *Conditions) otherwiseWrong(k key) bool {
	for other, c := range cs.onDevice[k.place.Subject.Device()] {
		if other.place.Subject == k.place.Subject && other.kind != k.kind && c.raised && !c.hint {
			return true
		}
	}
	return false
}

// alarm is a time at which a hint or a flap score is to be looked at. It is not
// taken back when its reason goes: whoever is woken looks whether it still holds.
type alarm struct {
	at   time.Time
	key  key        // of a flap, without a kind
	hint *condition // one of the two is set
	flap *flap
}

// alarms is a heap, the earliest first.
type alarms []*alarm

func (a alarms) Len() int           { return len(a) }
func (a alarms) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a alarms) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *alarms) Push(x any)        { *a = append(*a, x.(*alarm)) }
func (a *alarms) Pop() any {
	last := len(*a) - 1
	x := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	return x
}
