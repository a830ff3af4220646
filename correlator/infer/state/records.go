package state

import (
	"iter"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Record is one symptom as it was last told.
type Record struct {
	Symptom symptom.Symptom
	Point   int32
	Live    bool
	next    int32 // of the same point; -1
	lost    int64 // its entry disappeared then: unknown until a sweep begun later
}

// records hold the symptoms, in pieces that never move.
type records struct {
	chunks [][]Record
	count  int32
	free   []int32
}

// chunk is how many records a piece has.
const chunk = 1024

func (s *records) rec(at int32) *Record { return &s.chunks[at/chunk][at%chunk] }

func (s *records) alloc() int32 {
	if n := len(s.free); n > 0 {
		at := s.free[n-1]
		s.free = s.free[:n-1]
		return at
	}
	if s.count%chunk == 0 {
		s.chunks = append(s.chunks, make([]Record, chunk))
	}
	s.count++
	return s.count - 1
}

// find gives the record of a key among those of its point.
func (s *State) find(p int32, key *symptom.Key) (int32, bool) {
	for at := s.head[p]; at >= 0; at = s.rec(at).next {
		if r := s.rec(at); r.Symptom.Kind == key.Kind && r.Symptom.Observer == key.Observer && r.Symptom.Key() == *key {
			return at, true
		}
	}
	return -1, false
}

// forget takes a key's record away for good.
func (s *State) forget(at int32) {
	r := s.rec(at)
	p := r.Point
	if s.head[p] == at {
		s.head[p] = r.next
	} else {
		for i := s.head[p]; i >= 0; i = s.rec(i).next {
			if s.rec(i).next == at {
				s.rec(i).next = r.next
				break
			}
		}
	}
	*s.rec(at) = Record{next: -1}
	s.free = append(s.free, at)
	s.refresh(p)
}

// Records are the symptoms told of a point, newest first, in force or not.
func (s *State) Records(p int32) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		for at := s.head[p]; at >= 0; at = s.rec(at).next {
			if !yield(s.rec(at)) {
				return
			}
		}
	}
}
