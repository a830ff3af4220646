package state

import (
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
)

// Tell takes a symptom in, and says which point it is about and whether that changed.
func (s *State) Tell(sym *symptom.Symptom) (int32, bool) {
	p, ok := s.PointFor(sym)
	if !ok {
		s.unknown++
		return -1, false
	}
	if l := s.m.Point(p).Line; l >= 0 && !s.m.Line(l).Active {
		return -1, false // planned, suspended or closed: no fault
	}
	key := sym.Key()
	at, known := s.find(p, &key)
	if !known {
		at = s.alloc()
		*s.rec(at) = Record{Point: p, next: s.head[p]}
		s.head[p] = at
	}
	if !known && sym.State == symptom.Cleared {
		s.rec(at).Symptom = *sym // so that nobody remembers it as in force
		s.wellAt(p, clearedAt(sym))
		return p, true
	}
	return p, s.renew(at, sym, known)
}

// renew puts the newest word into a record and tells whether it changed its point.
func (s *State) renew(at int32, sym *symptom.Symptom, known bool) bool {
	r := s.rec(at)
	p, was, live := r.Point, *r, sym.State == symptom.Raised
	if known && was.Symptom.At.After(sym.At) {
		return false // older news
	}
	r.Symptom, r.Live, r.lost = *sym, live, 0
	if !live {
		if was.Live {
			s.dark[p] = max(s.dark[p], was.Symptom.Since.UnixNano())
		}
		s.wellAt(p, clearedAt(sym))
	}
	s.hostAlive(sym, p)
	if was.Live == live && was.Symptom.Since.Equal(sym.Since) && was.lost == 0 {
		return false
	}
	s.refresh(p)
	return true
}

func clearedAt(sym *symptom.Symptom) int64 {
	if !sym.ClearedAt.IsZero() {
		return sym.ClearedAt.UnixNano()
	}
	return sym.At.UnixNano()
}

// hostAlive notes that who tells something about its own ports or far ends
// answers, and what kinds can be observed there.
func (s *State) hostAlive(sym *symptom.Symptom, p int32) {
	bit := evidence.Of(sym.Kind)
	host := s.m.Point(p).Host
	if bit&evidence.Local == 0 || host < 0 {
		return
	}
	s.capable[host] |= bit
	station := max(s.stationOf(sym.Observer), 0)
	if hp := s.m.DevicePoint(station, host); s.m.Point(hp).Ping {
		s.wellAt(hp, sym.Since.UnixNano())
		if !sym.Hint || sym.State == symptom.Cleared {
			s.wellAt(hp, min(sym.At.UnixNano(), clearedAt(sym)))
		}
	}
}

func (s *State) wellAt(p int32, t int64) {
	s.alive[p] = max(s.alive[p], t)
	if !s.inWell[p] {
		s.inWell[p] = true
		s.well = append(s.well, p)
	}
}

// refresh recomputes a point from its records.
func (s *State) refresh(p int32) {
	var m evidence.Mask
	var hard, soft int64
	for at := s.head[p]; at >= 0; at = s.rec(at).next {
		r := s.rec(at)
		if !r.Live {
			continue
		}
		bit := evidence.Of(r.Symptom.Kind)
		m |= bit
		t := r.Symptom.Since.UnixNano()
		if bit&evidence.Hard != 0 && (hard == 0 || t < hard) {
			hard = t
		}
		if soft == 0 || t < soft {
			soft = t
		}
	}
	s.mask[p] = m
	if s.since[p] = hard; hard == 0 {
		s.since[p] = soft
	}
	switch place := s.at[p]; {
	case m != 0 && place == 0:
		s.raised = append(s.raised, p)
		s.at[p] = int32(len(s.raised))
	case m == 0 && place != 0:
		last := s.raised[len(s.raised)-1]
		s.raised[place-1] = last
		s.at[last] = place
		s.at[p] = 0
		s.raised = s.raised[:len(s.raised)-1]
	}
}
