package infer

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
)

// record is one symptom as it was last told.
type record struct {
	s     symptom.Symptom
	point int32
	next  int32 // of the same point; -1
	live  bool
	lost  int64 // its entry disappeared then: unknown until a sweep begun later
}

// state is what is known of every point at present.
type state struct {
	m       *model
	mask    []evidence.Mask // kinds in force
	since   []int64         // of the first hard one, or else of the first soft one; 0
	alive   []int64         // known to be well then, apart from any sweep
	dark    []int64         // when the last darkness that has ended began
	head    []int32         // newest record of the point; -1
	capable []evidence.Mask // device -> kinds that can be observed there
	told    map[coverKey]symptom.Coverage
	covers  []bool  // station -> its collector says what it covers
	blind   []bool  // ping point -> cannot be observed at present
	blinds  []int32 // [component*S+station]: how many of its ping points are blind

	chunks [][]record // records, in pieces that never move
	count  int32
	free   []int32
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

type coverKey struct {
	point int32
	line  bool
}

type sweepKey struct{ collector, method, class string }

type sweep struct {
	station  int32
	started  int64
	at       int64
	interval int64
	ports    bool
	isolated bool
}

func newState(m *model) *state {
	n := len(m.points)
	s := &state{m: m, mask: make([]evidence.Mask, n), since: make([]int64, n), alive: make([]int64, n),
		dark: make([]int64, n), head: make([]int32, n), at: make([]int32, n), blind: make([]bool, n), inWell: make([]bool, n),
		capable: make([]evidence.Mask, len(m.inv.Devices)),
		blinds:  make([]int32, len(m.pings)), where: make(map[symptom.Subject]int32), told: make(map[coverKey]symptom.Coverage), covers: make([]bool, m.stationN), sweeps: make(map[sweepKey]sweep),
		pingAsOf: make([]int64, m.stationN), portAsOf: make([]int64, m.stationN), isolated: make([]int64, m.stationN)}
	for i := range s.head {
		s.head[i] = -1
	}
	return s
}

// stationOf is the number of the station where an observer stands, or -1.
func (s *state) stationOf(observer symptom.Subject) int32 {
	if at, ok := s.where[observer]; ok {
		return at
	}
	at := int32(-1)
	if st, ok := s.m.inv.StationOf(string(observer)); ok {
		at = int32(slices.Index(s.m.stations, s.m.compAt[symptom.Station(st.ID)]))
	}
	s.where[observer] = at
	return at
}

// pointFor finds what a symptom is about. What a near end says of an unmanaged
// far end is the same from wherever the near end is asked.
func (s *state) pointFor(sym *symptom.Symptom) (int32, bool) {
	station := s.stationOf(sym.Observer)
	if evidence.Of(sym.Kind)&evidence.FarEnd != 0 {
		station = 0
	}
	return s.m.pointOf(station, sym.Subject, sym.End)
}

// tell takes a symptom in, and says which point it changed.
func (s *state) tell(sym *symptom.Symptom) (int32, bool) {
	p, ok := s.pointFor(sym)
	if !ok {
		s.unknown++
		return -1, false
	}
	if l := s.m.points[p].line; l >= 0 && !s.m.lines[l].active {
		return -1, false // planned, suspended or closed: no fault
	}
	key := sym.Key()
	at, known := s.find(p, &key)
	live := sym.State == symptom.Raised
	switch {
	case !known && !live:
		s.wellAt(p, clearedAt(sym))
		return p, true
	case !known:
		at = s.alloc()
		*s.rec(at) = record{point: p, next: s.head[p]}
		s.head[p] = at
	}
	r := s.rec(at)
	was := *r
	if known && was.s.At.After(sym.At) {
		return p, false // older news
	}
	r.s, r.live, r.lost = *sym, live, 0
	if !live {
		if was.live {
			s.dark[p] = max(s.dark[p], was.s.Since.UnixNano())
		}
		s.wellAt(p, clearedAt(sym))
	}
	s.hostAlive(sym, p)
	if was.live == live && was.s.Since.Equal(sym.Since) && was.lost == 0 {
		return p, false
	}
	s.refresh(p)
	return p, true
}

func clearedAt(sym *symptom.Symptom) int64 {
	if !sym.ClearedAt.IsZero() {
		return sym.ClearedAt.UnixNano()
	}
	return sym.At.UnixNano()
}

// hostAlive notes that who tells something about its own ports or far ends
// answers, and what kinds can be observed there.
func (s *state) hostAlive(sym *symptom.Symptom, p int32) {
	bit := evidence.Of(sym.Kind)
	host := s.m.points[p].host
	if bit&evidence.Local == 0 || host < 0 {
		return
	}
	s.capable[host] |= bit
	station := max(s.stationOf(sym.Observer), 0)
	if hp := s.m.devicePoint(station, host); s.m.points[hp].ping {
		s.wellAt(hp, sym.Since.UnixNano())
		if !sym.Hint || sym.State == symptom.Cleared {
			s.wellAt(hp, min(sym.At.UnixNano(), clearedAt(sym)))
		}
	}
}

func (s *state) wellAt(p int32, t int64) {
	s.alive[p] = max(s.alive[p], t)
	if !s.inWell[p] {
		s.inWell[p] = true
		s.well = append(s.well, p)
	}
}

// chunk is how many records a piece has.
const chunk = 1024

func (s *state) rec(at int32) *record { return &s.chunks[at/chunk][at%chunk] }

func (s *state) alloc() int32 {
	if n := len(s.free); n > 0 {
		at := s.free[n-1]
		s.free = s.free[:n-1]
		return at
	}
	if s.count%chunk == 0 {
		s.chunks = append(s.chunks, make([]record, chunk))
	}
	s.count++
	return s.count - 1
}

// find gives the record of a key among those of its point.
func (s *state) find(p int32, key *symptom.Key) (int32, bool) {
	for at := s.head[p]; at >= 0; at = s.rec(at).next {
		if r := s.rec(at); r.s.Kind == key.Kind && r.s.Observer == key.Observer && r.s.Key() == *key {
			return at, true
		}
	}
	return -1, false
}

// forget takes a key's record away for good.
func (s *state) forget(at int32) {
	r := s.rec(at)
	p := r.point
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
	*s.rec(at) = record{next: -1}
	s.free = append(s.free, at)
	s.refresh(p)
}

// gone marks a symptom whose entry disappeared. What another system said is
// over; what a collector said is unknown until it has swept again.
func (s *state) gone(key symptom.Key, now int64) (int32, bool) {
	sym := symptom.Symptom{Observer: key.Observer, Subject: key.Place.Subject, End: key.Place.End, Kind: key.Kind}
	p, ok := s.pointFor(&sym)
	if !ok {
		return -1, false
	}
	at, ok := s.find(p, &key)
	if !ok {
		return -1, false
	}
	r := s.rec(at)
	if !r.live || key.Observer.Kind() == symptom.EMSSubject {
		if r.live {
			s.dark[p] = max(s.dark[p], r.s.Since.UnixNano())
			s.wellAt(p, now)
		}
		s.forget(at)
		return p, true
	}
	r.lost = now
	s.lost = append(s.lost, at)
	return p, false
}

// settle clears lost symptoms that a later sweep did not raise again, and
// returns their points.
func (s *state) settle() (changed []int32) {
	kept := s.lost[:0]
	for _, at := range s.lost {
		r := s.rec(at)
		if r.lost == 0 || !r.live {
			continue // told again meanwhile
		}
		asOf := s.asOf(r.point)
		if asOf < r.lost {
			kept = append(kept, at)
			continue
		}
		p := r.point
		s.dark[p] = max(s.dark[p], r.s.Since.UnixNano())
		s.wellAt(p, asOf)
		s.forget(at)
		changed = append(changed, p)
	}
	s.lost = kept
	return changed
}

// asOf is since when silence about a point would be health, as sweeps go.
func (s *state) asOf(p int32) int64 {
	pt := &s.m.points[p]
	station := max(pt.station, 0)
	if pt.ping {
		if s.blind[p] {
			return 0
		}
		return s.pingAsOf[station]
	}
	if pt.station >= 0 && pt.host < 0 {
		return s.pingAsOf[station]
	}
	return s.portAsOf[station]
}

// refresh recomputes a point from its records.
func (s *state) refresh(p int32) {
	var m evidence.Mask
	var hard, soft int64
	for at := s.head[p]; at >= 0; at = s.rec(at).next {
		r := s.rec(at)
		if !r.live {
			continue
		}
		bit := evidence.Of(r.s.Kind)
		m |= bit
		t := r.s.Since.UnixNano()
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

// beat takes a heartbeat in, and tells whether what is known as healthy changed.
func (s *state) beat(h *symptom.Heartbeat) bool {
	station := s.stationOf(symptom.Station(h.Station))
	if station < 0 {
		station = s.stationOf(symptom.Collector(h.Collector))
	}
	if station < 0 {
		return false
	}
	key := sweepKey{h.Collector, h.Method, h.Class}
	w := s.sweeps[key]
	if h.At.UnixNano() < w.at {
		return false
	}
	w.station, w.at, w.interval, w.isolated = station, h.At.UnixNano(), int64(h.Interval), h.Isolated
	w.ports = h.Method == "snmp"
	if !h.Isolated && !h.SweepStarted.IsZero() && !h.SweepEnded.Before(h.SweepStarted) {
		w.started = max(w.started, h.SweepStarted.UnixNano())
	}
	s.sweeps[key] = w
	return s.sum(station, h.At.UnixNano())
}

// sum finds since when a station's whole share has been swept.
func (s *state) sum(station int32, now int64) bool {
	var ping, port int64
	var pings, ports bool
	latest := map[string]sweep{} // the last word of each collector
	for key, w := range s.sweeps {
		if w.station != station || key.method == "trap" {
			continue
		}
		// A collector that has fallen silent long ago speaks for nothing now.
		if w.interval > 0 && now-w.at > 20*w.interval && now-w.at > int64(10*time.Minute) {
			continue
		}
		if old, ok := latest[key.collector]; !w.ports && (!ok || w.at > old.at || w.at == old.at && w.isolated) {
			latest[key.collector] = w
		}
		if w.ports {
			if !ports || w.started < port {
				port, ports = w.started, true
			}
		} else if !pings || w.started < ping {
			ping, pings = w.started, true
		}
	}
	isolated := len(latest) > 0
	for _, w := range latest {
		isolated = isolated && w.isolated
	}
	changed := s.pingAsOf[station] != ping || s.portAsOf[station] != port
	s.pingAsOf[station], s.portAsOf[station] = ping, port
	switch {
	case isolated && s.isolated[station] == 0:
		s.isolated[station], changed = now, true
	case !isolated && s.isolated[station] != 0:
		s.isolated[station], changed = 0, true
	}
	return changed
}

// cover takes in what can be observed on a device, or at a line's end.
func (s *state) cover(c *symptom.Coverage) {
	station := max(s.stationOf(symptom.Collector(c.Collector)), 0)
	var m evidence.Mask
	for _, k := range c.Kinds {
		m |= evidence.Of(k)
	}
	if c.Never || c.Skipped["snmp"] != "" {
		m &^= evidence.Local
	}
	blind := c.Never || m&evidence.Of(symptom.Unreachable) == 0 || c.Skipped["icmp"] != "" || c.Skipped["ping"] != ""
	if c.Line != "" {
		if p, ok := s.m.pointOf(station, symptom.Line(c.Line), c.End); ok {
			s.told[coverKey{p, true}] = *c
			s.setBlind(p, blind)
		}
		return
	}
	d, ok := s.m.deviceAt[c.Device]
	if !ok {
		return
	}
	if !s.covers[station] {
		// This collector says what it covers: what it has not spoken of is unknown.
		s.covers[station] = true
		for i := range s.m.inv.Devices {
			s.setBlind(s.m.devicePoint(station, int32(i)), true)
		}
	}
	p := s.m.devicePoint(station, d)
	s.told[coverKey{p, false}] = *c
	s.capable[d] = m
	s.setBlind(p, blind)
}

// setBlind notes that a ping point cannot be observed at present, or can again.
func (s *state) setBlind(p int32, blind bool) {
	pt := &s.m.points[p]
	if !pt.ping || s.blind[p] == blind {
		return
	}
	s.blind[p] = blind
	delta := int32(1)
	if !blind {
		delta = -1
	}
	for _, e := range s.m.entries[pt.entries.from:pt.entries.to] {
		if e.rel() != evidence.Way {
			s.blinds[e.comp()*s.m.stationN+pt.station] += delta
		}
	}
}

// healthy tells whether a point is known to be well since t, and not merely
// not known to be ill.
func (s *state) healthy(p int32, t int64) bool {
	if s.mask[p]&(evidence.Hard) != 0 {
		return false
	}
	if s.alive[p] >= t {
		return true
	}
	pt := &s.m.points[p]
	if pt.ping {
		return !s.blind[p] && s.pingAsOf[pt.station] >= t
	}
	if pt.host < 0 {
		return false
	}
	station := max(pt.station, 0)
	want := evidence.Dark
	if pt.station >= 0 {
		want = evidence.Of(symptom.FarEndMissing)
	}
	if (s.capable[pt.host]|s.capable[pt.device])&want == 0 || s.portAsOf[station] < t {
		return false
	}
	hp := s.m.devicePoint(station, pt.host)
	return s.mask[hp] == 0 // a device that does not answer says nothing of its ports
}

// prune forgets what is well once a sweep says as much, and what was dark
// before anything that is raised now.
func (s *state) prune() {
	oldest := int64(1<<63 - 1)
	for _, p := range s.raised {
		oldest = min(oldest, s.since[p])
	}
	kept := s.well[:0]
	for _, p := range s.well {
		if s.alive[p] < oldest && s.dark[p] < oldest || s.alive[p] <= s.asOf(p) && s.dark[p] < oldest {
			s.inWell[p] = false
			continue
		}
		kept = append(kept, p)
	}
	s.well = kept
}
