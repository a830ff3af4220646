package search

import (
	"github.com/linewarden/linewarden/correlator/evidence"
)

// weighSilence works out for every candidate and epoch what it says that other
// points which its failure would have darkened are not dark: those swept since
// are healthy and speak against it; of the rest nothing is known, and they
// count as evidence.Silence says. What was dark meanwhile and is well again is
// neither: a fault may be repaired piece by piece.
func (r *region) weighSilence() {
	n := r.count()
	r.silence, r.guesses = make([]float32, len(r.cands)*len(r.epochs)), make([]float32, len(r.cands)*len(r.epochs))
	for i := range r.cands {
		c := &r.cands[i]
		c.silent = int32(i * len(r.epochs))
		c.guess = c.silent
		for st := range r.m.Stations() {
			r.weighPings(c, n.at(int32(i), st))
		}
		if !r.soft {
			r.weighPorts(c)
			r.weighOwn(c)
		}
	}
}

// counts are the ping points of each candidate by station and epoch.
type counts struct {
	stations, epochs int32
	lit              []int32 // raised, by when it began
	alive            []int32 // known to be well, by the last epoch before that
	neutral          []int32 // dark meanwhile
	old              []int32 // raised outside the region, or of the other sort; not by epoch
}

// sight is the part of the counts that concerns one candidate and one station.
type sight struct {
	station             int32
	lit, alive, neutral []int32 // by epoch
	old                 int32
}

func (n *counts) at(cand, station int32) sight {
	i := cand*n.stations + station
	from, to := i*n.epochs, (i+1)*n.epochs
	return sight{station, n.lit[from:to], n.alive[from:to], n.neutral[from:to], n.old[i]}
}

func (r *region) count() *counts {
	n := &counts{stations: r.m.Stations(), epochs: int32(len(r.epochs))}
	size := int32(len(r.cands)) * n.stations
	n.lit, n.alive, n.neutral = make([]int32, size*n.epochs), make([]int32, size*n.epochs), make([]int32, size*n.epochs)
	n.old = make([]int32, size)
	r.countLit(n)
	r.countWell(n)
	r.countOld(n)
	return n
}

func (r *region) countLit(n *counts) {
	for _, p := range r.pts {
		pt := r.m.Point(p)
		if !pt.Ping {
			continue
		}
		e := int32(r.epochOf(r.s.Since(p)))
		for _, en := range r.m.Entries(p) {
			if at := r.work.cand[en.Comp()]; at > 0 && en.Rel() != evidence.Way {
				n.lit[((at-1)*n.stations+pt.Station)*n.epochs+e]++
			}
		}
	}
}

func (r *region) countWell(n *counts) {
	for _, p := range r.s.Well() {
		pt := r.m.Point(p)
		if !pt.Ping || r.s.Hard(p) {
			continue
		}
		ea, ed := r.epochOf(r.s.Alive(p)), int8(-1)
		if r.s.Dark(p) > 0 {
			ed = r.epochOf(r.s.Dark(p))
		}
		if ea < 0 && ed < 0 {
			continue
		}
		for _, en := range r.m.Entries(p) {
			at := r.work.cand[en.Comp()]
			if at == 0 || en.Rel() == evidence.Way {
				continue
			}
			base := ((at-1)*n.stations + pt.Station) * n.epochs
			if ea >= 0 {
				n.alive[base+int32(ea)]++
			}
			if ed >= 0 {
				n.neutral[base+int32(ed)]++
			}
		}
	}
}

// countOld counts the points that are dark but searched elsewhere: they speak
// neither for nor against.
func (r *region) countOld(n *counts) {
	if len(r.pts) == len(r.s.Raised()) {
		return
	}
	for _, p := range r.s.Raised() {
		pt := r.m.Point(p)
		if !pt.Ping || r.work.local[p] != 0 || !r.s.Hard(p) {
			continue
		}
		for _, en := range r.m.Entries(p) {
			if at := r.work.cand[en.Comp()]; at > 0 && en.Rel() != evidence.Way {
				n.old[(at-1)*n.stations+pt.Station]++
			}
		}
	}
}

// weighPings adds what the silence of a candidate's ping points costs it, as one
// station sees them.
func (r *region) weighPings(c *cand, n sight) {
	total := r.s.Seen(c.comp, n.station) - n.old
	if total <= 0 {
		return
	}
	well := float32(evidence.HealthyPing)
	if r.soft {
		well = evidence.HealthySoft
	}
	all := int32(0)
	for _, k := range n.lit {
		all += k
	}
	k, spared, known := int32(0), int32(0), int32(0) // since this epoch
	for e := int32(len(r.epochs)) - 1; e >= 0; e-- {
		k += n.lit[e]
		spared += n.neutral[e]
		known += n.alive[e]
		rest := max(total-all-spared, 0)
		if r.s.PingAsOf(n.station) >= r.epochs[e] {
			r.silence[c.silent+e] += well * float32(rest)
			continue
		}
		sure := min(max(known-spared, 0), rest)
		r.silence[c.silent+e] += well * float32(sure)
		g := evidence.Silence(int(rest-sure+k), int(k))
		r.silence[c.silent+e] += g
		r.guesses[c.guess+e] += g
	}
}
