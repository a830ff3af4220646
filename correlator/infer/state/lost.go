package state

import (
	"maps"
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Gone marks a symptom whose entry disappeared. What another system said is
// over; what a collector said is unknown until it has swept again.
func (s *State) Gone(key symptom.Key, now int64) (int32, bool) {
	sym := symptom.Symptom{Observer: key.Observer, Subject: key.Place.Subject, End: key.Place.End, Kind: key.Kind}
	p, ok := s.PointFor(&sym)
	if !ok {
		return -1, false
	}
	at, ok := s.find(p, &key)
	if !ok {
		return -1, false
	}
	r := s.rec(at)
	if !r.Live || key.Observer.Kind() == symptom.EMSSubject {
		if r.Live {
			s.dark[p] = max(s.dark[p], r.Symptom.Since.UnixNano())
			s.wellAt(p, now)
		}
		s.forget(at)
		return p, true
	}
	s.lose(at, now)
	return p, false
}

// Settle clears lost symptoms that a later sweep did not raise again, and
// returns their points.
func (s *State) Settle() (changed []int32) {
	kept := s.lost[:0]
	for _, at := range s.lost {
		r := s.rec(at)
		if r.lost == 0 || !r.Live {
			continue // told again meanwhile
		}
		asOf := s.AsOf(r.Point)
		if asOf < r.lost {
			kept = append(kept, at)
			continue
		}
		p := r.Point
		s.dark[p] = max(s.dark[p], r.Symptom.Since.UnixNano())
		s.wellAt(p, asOf)
		s.forget(at)
		changed = append(changed, p)
	}
	s.lost = kept
	return changed
}

// Remember puts a symptom in force that was in force when an engine before this
// one spoke, as one whose entry has disappeared, unless it has been told. It is
// false where the inventory has no such subject.
func (s *State) Remember(sym symptom.Symptom, t int64) (int32, bool) {
	p, ok := s.PointFor(&sym)
	if !ok {
		return -1, false
	}
	key := sym.Key()
	if _, told := s.find(p, &key); told {
		return p, true
	}
	s.Tell(&sym)
	at, ok := s.find(p, &key)
	if !ok {
		return -1, false
	}
	s.lose(at, t)
	return p, true
}

// lose notes that a record's entry disappeared at t.
func (s *State) lose(at int32, t int64) {
	s.rec(at).lost = t
	s.lost = append(s.lost, at)
}

// Carry takes over what a state of an inventory before this one knows: what can be
// observed, the sweeps, the symptoms in force, and those that have cleared: they
// are not to be remembered as in force.
func (s *State) Carry(old *State) {
	for _, p := range slices.Sorted(maps.Keys(old.told)) {
		c := old.told[p]
		s.Cover(&c)
	}
	for key, w := range old.sweeps {
		st := s.stationOf(symptom.Station(old.m.Inventory().Stations[w.station].ID))
		if st < 0 {
			continue
		}
		w.station = st
		s.sweeps[key] = w
		s.sum(st, w.at)
	}
	for i := range old.count {
		r := old.rec(i)
		if r.Symptom.Subject == "" {
			continue
		}
		sym := r.Symptom
		s.Tell(&sym)
		if r.lost == 0 {
			continue
		}
		key := sym.Key()
		if p, ok := s.PointFor(&sym); ok {
			if at, ok := s.find(p, &key); ok {
				s.lose(at, r.lost)
			}
		}
	}
}
