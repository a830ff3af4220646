package icmp

import (
	"math"
	"slices"
	"time"
)

// golden spreads the phases of targets: the k-th new one starts at the
// fractional part of k/φ of its interval. However many come or go, the gaps
// stay nearly even (the three-gap theorem), nobody who stays is moved, and
// neighbours in the list are far apart in time.
const golden = 1 / math.Phi

func (ent *entry) timeout() time.Duration {
	if ent.series != nil {
		return ent.series.plan.Timeout
	}
	return ent.target.Timeout
}

func (ent *entry) interval() time.Duration {
	if ent.series != nil {
		return max(ent.series.plan.Gap, time.Second)
	}
	return ent.target.Interval
}

// replace makes targets the scheduled ones.
func (e *Engine) replace(targets []Target, zones map[string]uint32, now int64) {
	e.generation++
	e.load = 0
	e.grow(len(targets) - len(e.byKey))
	for _, t := range targets {
		e.load += float64(tick) / float64(t.Interval)
		index, known := e.byKey[t.Key]
		if known && e.entries[index].target.Addr != t.Addr {
			e.retire(index)
			known = false
		}
		if !known {
			index = e.newEntry(entry{target: t, zone: zones[t.Addr.Zone()]})
			e.byKey[t.Key] = index
			e.firstPing(index, now)
		}
		ent := &e.entries[index]
		ent.generation = e.generation
		rescheduled := ent.target.Interval != t.Interval
		ent.target = t
		if rescheduled && !ent.queued {
			e.due.remove(index)
			e.firstPing(index, now)
		}
	}
	for key, index := range e.byKey {
		if e.entries[index].generation != e.generation {
			e.retire(index)
			delete(e.byKey, key)
		}
	}
	e.metrics.targets.Set(float64(len(e.byKey)))
}

// firstPing gives a scheduled entry its place in the interval.
func (e *Engine) firstPing(index int32, now int64) {
	ent := &e.entries[index]
	ent.next = now + int64(e.phase*float64(ent.target.Interval))
	_, e.phase = math.Modf(e.phase + golden)
	e.due.add(index, ent.next)
}

// retire takes an entry out of service; what it has under way is forgotten.
func (e *Engine) retire(index int32) {
	e.entries[index].gone = true
	e.due.remove(index)
	e.release(index)
}

// release frees an entry that is gone once nothing refers to it any more.
func (e *Engine) release(index int32) {
	ent := &e.entries[index]
	if ent.gone && ent.flying == 0 && !ent.queued {
		*ent = entry{}
		e.freeEntries = append(e.freeEntries, index)
	}
}

// grow makes room for n more entries in one step.
func (e *Engine) grow(n int) {
	n -= len(e.freeEntries)
	if n <= 0 {
		return
	}
	e.entries = slices.Grow(e.entries, n)
	e.queue = slices.Grow(e.queue, n)
	e.due.grow(len(e.entries) + n)
}

func (e *Engine) newEntry(ent entry) int32 {
	if n := len(e.freeEntries); n > 0 {
		index := e.freeEntries[n-1]
		e.freeEntries = e.freeEntries[:n-1]
		e.entries[index] = ent
		return index
	}
	e.entries = append(e.entries, ent)
	return int32(len(e.entries) - 1)
}
