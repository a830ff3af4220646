package infer

import (
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
)

// weighSilence works out for every candidate and epoch what it says that other
// points which its failure would have darkened are not dark: those swept since
// are healthy and speak against it; of the rest nothing is known, and they
// count as evidence.Silence says. What was dark meanwhile and is well again is
// neither: a fault may be repaired piece by piece.
func (r *region) weighSilence() {
	m, s, wk := r.m, r.s, r.work
	E, S := int32(len(r.epochs)), m.stationN
	n := int32(len(r.cands))
	lit := make([]int32, n*S*E)     // raised ping points by epoch
	alive := make([]int32, n*S*E)   // known to be well, by the last epoch before that
	neutral := make([]int32, n*S*E) // dark meanwhile
	old := make([]int32, n*S)       // raised outside the region, or of the other sort
	for _, p := range r.pts {
		pt := &m.points[p]
		if !pt.ping {
			continue
		}
		e := int32(r.epochOf(s.since[p]))
		for _, en := range m.entries[pt.entries.from:pt.entries.to] {
			if at := wk.cand[en.comp()]; at > 0 && en.rel() != evidence.Way {
				lit[((at-1)*S+pt.station)*E+e]++
			}
		}
	}
	for _, p := range s.well {
		pt := &m.points[p]
		if !pt.ping || s.mask[p]&evidence.Hard != 0 {
			continue
		}
		ea, ed := r.epochOf(s.alive[p]), int8(-1)
		if s.dark[p] > 0 {
			ed = r.epochOf(s.dark[p])
		}
		if ea < 0 && ed < 0 {
			continue
		}
		for _, en := range m.entries[pt.entries.from:pt.entries.to] {
			if at := wk.cand[en.comp()]; at > 0 && en.rel() != evidence.Way {
				base := ((at-1)*S + pt.station) * E
				if ea >= 0 {
					alive[base+int32(ea)]++
				}
				if ed >= 0 {
					neutral[base+int32(ed)]++
				}
			}
		}
	}
	// Points that are dark but searched elsewhere neither speak for nor against.
	if len(r.pts) < len(s.raised) {
		for _, p := range s.raised {
			pt := &m.points[p]
			if !pt.ping || wk.local[p] != 0 || s.mask[p]&evidence.Hard == 0 {
				continue
			}
			for _, en := range m.entries[pt.entries.from:pt.entries.to] {
				if at := wk.cand[en.comp()]; at > 0 && en.rel() != evidence.Way {
					old[(at-1)*S+pt.station]++
				}
			}
		}
	}
	well := float32(evidence.HealthyPing)
	if r.soft {
		well = evidence.HealthySoft
	}
	r.silence, r.guesses = make([]float32, n*E), make([]float32, n*E)
	for i := range r.cands {
		c := &r.cands[i]
		c.silent, c.guess = int32(i)*E, int32(i)*E
		for st := range S {
			at := int32(i)*S + st
			total := m.pings[c.comp*S+st] - s.blinds[c.comp*S+st] - old[at]
			if total <= 0 {
				continue
			}
			all := int32(0)
			for e := range E {
				all += lit[at*E+e]
			}
			k, spared := int32(0), int32(0) // since this epoch
			known := int32(0)
			for e := E - 1; e >= 0; e-- {
				k += lit[at*E+e]
				spared += neutral[at*E+e]
				known += alive[at*E+e]
				rest := max(total-all-spared, 0)
				if s.pingAsOf[st] >= r.epochs[e] {
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
		if !r.soft {
			r.weighPorts(c)
			r.weighOwn(c)
		}
	}
}

// weighOwn counts that a device answers itself, and of a station that the box
// at which it stands answers it: then it is not the one that is cut off, however
// much else is dark.
func (r *region) weighOwn(c *cand) {
	m := r.m
	weigh := func(p int32, w float32) {
		for e, began := range r.epochs {
			if m.points[p].ping && r.s.healthy(p, began) && r.s.dark[p] < began {
				r.silence[c.silent+int32(e)] += w
			}
		}
	}
	switch m.comps[c.comp].kind {
	case symptom.StationSubject:
		weigh(m.uplinks[slices.Index(m.stations, c.comp)], evidence.HealthyUplink)
	case symptom.DeviceSubject:
		for st := range m.stationN {
			weigh(m.devicePoint(st, m.comps[c.comp].atoms[0]), evidence.HealthySelf/float32(m.stationN))
		}
	}
}

// portVeto bounds what healthy ports and far ends say against a component.
const portVeto = -14

// weighPorts counts the ports and far ends that are known to be well although
// the candidate's failure would show on them.
func (r *region) weighPorts(c *cand) {
	list := r.m.compPorts.of(c.comp)
	if len(list) > 512 {
		return // a place where so much meets is judged by what answers
	}
	var sum [maxEpochs]float32
	for _, p := range list {
		for e := range r.epochs {
			if !r.s.healthy(p, r.epochs[e]) || r.s.dark[p] >= r.epochs[e] {
				continue
			}
			sum[e] += wellPort(r.m, p, c.comp)
		}
	}
	for e := range r.epochs {
		r.silence[c.silent+int32(e)] += max(sum[e], portVeto)
	}
}

func wellPort(m *model, p, comp int32) float32 {
	pt := &m.points[p]
	for _, e := range m.entries[pt.entries.from:pt.entries.to] {
		if e.comp() != comp {
			continue
		}
		switch e.rel() {
		case evidence.Peer, evidence.PeerPower:
			return evidence.HealthyPeer
		case evidence.Link, evidence.Risk:
			if pt.station >= 0 {
				return evidence.HealthyFarEnd
			}
			return evidence.HealthyPort
		case evidence.Self, evidence.SelfPower:
			if pt.station >= 0 {
				return evidence.HealthyFarEnd
			}
		case evidence.Own:
			return evidence.HealthyPort
		}
	}
	return 0
}
