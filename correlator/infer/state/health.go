package state

import (
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
)

// Healthy tells whether a point is known to be well since t, and not merely
// not known to be ill.
func (s *State) Healthy(p int32, t int64) bool {
	if s.mask[p]&(evidence.Hard) != 0 {
		return false
	}
	if s.alive[p] >= t {
		return true
	}
	pt := s.m.Point(p)
	if pt.Ping {
		return !s.blind[p] && s.pingAsOf[pt.Station] >= t
	}
	if pt.Host < 0 {
		return false
	}
	station := max(pt.Station, 0)
	want := evidence.Dark
	if pt.Station >= 0 {
		want = evidence.Of(symptom.FarEndMissing)
	}
	if (s.capable[pt.Host]|s.capable[pt.Device])&want == 0 || s.portAsOf[station] < t {
		return false
	}
	hp := s.m.DevicePoint(station, pt.Host)
	return s.mask[hp] == 0 // a device that does not answer says nothing of its ports
}

// AsOf is since when silence about a point would be health, as sweeps go.
func (s *State) AsOf(p int32) int64 {
	pt := s.m.Point(p)
	station := max(pt.Station, 0)
	if pt.Ping {
		if s.blind[p] {
			return 0
		}
		return s.pingAsOf[station]
	}
	if pt.Station >= 0 && pt.Host < 0 {
		return s.pingAsOf[station]
	}
	return s.portAsOf[station]
}

// Prune forgets what is well once a sweep says as much, and what was dark
// before anything that is raised now.
func (s *State) Prune() {
	oldest := int64(1<<63 - 1)
	for _, p := range s.raised {
		oldest = min(oldest, s.since[p])
	}
	kept := s.well[:0]
	for _, p := range s.well {
		if s.alive[p] < oldest && s.dark[p] < oldest || s.alive[p] <= s.AsOf(p) && s.dark[p] < oldest {
			s.inWell[p] = false
			continue
		}
		kept = append(kept, p)
	}
	s.well = kept
}
