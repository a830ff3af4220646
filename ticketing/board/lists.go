package board

import (
	"cmp"
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Symptoms lists what is raised, and what was cleared within the hour, newest first.
func (b *Board) Symptoms() []symptom.Symptom {
	all := make([]symptom.Symptom, 0, len(b.symptoms))
	for _, s := range b.symptoms {
		all = append(all, s)
	}
	sortSymptoms(all)
	return all
}

// Symptom is one of them.
func (b *Board) Symptom(key symptom.Key) (symptom.Symptom, bool) {
	s, ok := b.symptoms[key]
	return s, ok
}

// Of lists the symptoms on one subject, newest first.
func (b *Board) Of(subject symptom.Subject) []symptom.Symptom {
	return b.of(subject, func(symptom.Symptom) bool { return true })
}

func (b *Board) of(subject symptom.Subject, want func(symptom.Symptom) bool) []symptom.Symptom {
	var all []symptom.Symptom
	for key := range b.bySubject[subject] {
		if s := b.symptoms[key]; want(s) {
			all = append(all, s)
		}
	}
	sortSymptoms(all)
	return all
}

func sortSymptoms(all []symptom.Symptom) {
	slices.SortFunc(all, func(x, y symptom.Symptom) int {
		return cmp.Or(y.Since.Compare(x.Since), cmp.Compare(x.Subject, y.Subject), cmp.Compare(x.Kind, y.Kind),
			cmp.Compare(x.Observer, y.Observer), cmp.Compare(x.End, y.End))
	})
}

// Collectors lists the newest heartbeat of each collector, method and class.
func (b *Board) Collectors() []symptom.Heartbeat {
	all := make([]symptom.Heartbeat, 0, len(b.beats))
	for _, h := range b.beats {
		all = append(all, h)
	}
	slices.SortFunc(all, func(x, y symptom.Heartbeat) int {
		return cmp.Or(cmp.Compare(x.Collector, y.Collector), cmp.Compare(x.Method, y.Method), cmp.Compare(x.Class, y.Class))
	})
	return all
}

// Sweeping are the newest heartbeats without those of classes that a collector
// no longer has: since the inventory changed it has been speaking of others.
func (b *Board) Sweeping() []symptom.Heartbeat {
	all := b.Collectors()
	return slices.DeleteFunc(slices.Clone(all), func(h symptom.Heartbeat) bool {
		return slices.ContainsFunc(all, func(o symptom.Heartbeat) bool {
			return o.Collector == h.Collector && o.Method == h.Method && o.Revision != h.Revision &&
				o.At.Sub(h.At) > lateAfter(h)
		})
	})
}

// FaultClass is what open faults are counted by.
type FaultClass struct {
	Outcome verdict.Outcome
	Domain  verdict.Domain
}

// OpenFaults counts the open faults.
func (b *Board) OpenFaults() map[FaultClass]int {
	counts := map[FaultClass]int{}
	for _, v := range b.faults {
		counts[FaultClass{v.Outcome, v.FaultDomain}]++
	}
	return counts
}
