// Package state is what is known of every point of a model at present: symptoms
// in force, what was swept and when, what can be observed, planned work, and which
// points have changed since the last search. It is told things and draws no
// conclusion as to where a fault lies.
//
// A point that is not raised is healthy only if something says so: a sweep of its
// whole share that began after the fault did, its own recovery, or, of a device,
// that it has told us something about its own ports. Everything else is unknown.
//
// Times are nanoseconds since 1970, and 0 is never.
package state

import (
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/model"
)

// State is what is known of every point at present.
type State struct {
	m       *model.Model
	mask    []evidence.Mask            // kinds in force
	since   []int64                    // of the first hard one, or else of the first soft one; 0
	alive   []int64                    // known to be well then, apart from any sweep
	dark    []int64                    // when the last darkness that has ended began
	head    []int32                    // newest record of the point; -1
	capable []evidence.Mask            // device -> kinds that can be observed there
	told    map[int32]symptom.Coverage // point -> what was last said of it
	covers  []bool                     // station -> its collector says what it covers
	blind   []bool                     // ping point -> cannot be observed at present
	blinds  []int32                    // [component*S+station]: how many of its ping points are blind

	records
	where  map[symptom.Subject]int32 // observer -> station
	raised []int32                   // points with a mask, in no order
	at     []int32                   // point -> 1 + place in raised
	well   []int32                   // points with alive or dark set, in no order
	inWell []bool
	lost   []int32 // records whose entry disappeared

	sweeps   map[sweepKey]sweep
	pingAsOf []int64 // station -> every ping target has been swept since
	portAsOf []int64
	isolated []int64 // station -> says so since; 0
	unknown  int     // symptoms about subjects that the inventory does not know
}

// New knows nothing yet.
func New(m *model.Model) *State {
	_, n, _ := m.Size()
	stations := m.Stations()
	comps, _, _ := m.Size()
	s := &State{m: m, mask: make([]evidence.Mask, n), since: make([]int64, n), alive: make([]int64, n),
		dark: make([]int64, n), head: make([]int32, n), at: make([]int32, n), blind: make([]bool, n),
		inWell: make([]bool, n), capable: make([]evidence.Mask, len(m.Inventory().Devices)),
		blinds: make([]int32, comps*int(stations)), where: make(map[symptom.Subject]int32),
		told: make(map[int32]symptom.Coverage), covers: make([]bool, stations), sweeps: make(map[sweepKey]sweep),
		pingAsOf: make([]int64, stations), portAsOf: make([]int64, stations), isolated: make([]int64, stations)}
	for i := range s.head {
		s.head[i] = -1
	}
	return s
}

// Mask are the kinds in force on a point, and Since is when the first hard one of
// them began, or else the first soft one; 0 if there is none.
func (s *State) Mask(p int32) evidence.Mask { return s.mask[p] }
func (s *State) Since(p int32) int64        { return s.since[p] }

// Hard tells whether something does not work at all on a point.
func (s *State) Hard(p int32) bool { return s.mask[p]&evidence.Hard != 0 }

// Soft tells whether something works badly on it.
func (s *State) Soft(p int32) bool { return s.mask[p]&evidence.Soft != 0 }

// Alive is when a point was last known to be well, apart from any sweep, and Dark
// when the last darkness that has ended began there.
func (s *State) Alive(p int32) int64 { return s.alive[p] }
func (s *State) Dark(p int32) int64  { return s.dark[p] }

// Raised are the points with a kind in force, and Well those of which more is
// known than a sweep says; in no order, and not to be kept.
func (s *State) Raised() []int32 { return s.raised }
func (s *State) Well() []int32   { return s.well }

// Blind tells whether a ping point cannot be observed at present.
func (s *State) Blind(p int32) bool { return s.blind[p] }

// Seen is how many ping points of a station, of those that a component's failure
// would darken, can be observed at present.
func (s *State) Seen(comp, station int32) int32 {
	return s.m.Pings(comp, station) - s.blinds[comp*s.m.Stations()+station]
}

// PingAsOf is since when every ping target of a station has been swept.
func (s *State) PingAsOf(station int32) int64 { return s.pingAsOf[station] }

// Isolated is since when a station says that it is cut off; 0 if it does not.
func (s *State) Isolated(station int32) int64 { return s.isolated[station] }

// Unknown counts the symptoms about subjects that the inventory does not know.
func (s *State) Unknown() int { return s.unknown }

// stationOf is the number of the station where an observer stands, or -1.
func (s *State) stationOf(observer symptom.Subject) int32 {
	if at, ok := s.where[observer]; ok {
		return at
	}
	at := int32(-1)
	if st, ok := s.m.Inventory().StationOf(string(observer)); ok {
		at = s.m.StationNamed(st.ID)
	}
	s.where[observer] = at
	return at
}

// PointFor finds what a symptom is about. What a near end says of an unmanaged
// far end is the same from wherever the near end is asked.
func (s *State) PointFor(sym *symptom.Symptom) (int32, bool) {
	station := s.stationOf(sym.Observer)
	if evidence.Of(sym.Kind)&evidence.FarEnd != 0 {
		station = 0
	}
	return s.m.PointOf(station, sym.Subject, sym.End)
}
