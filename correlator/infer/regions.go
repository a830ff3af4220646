package infer

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/evidence"
)

// regions splits the raised points so that points of different regions share
// no believable cause. A component that would have darkened much more than is
// dark joins nothing, so that a station or a core router, which stands on every
// way, does not make one region of everything.
func (e *Engine) regions(soft bool) [][]int32 {
	m, s, wk := e.m, e.s, e.work
	var pts []int32
	for _, p := range s.raised {
		mask := s.mask[p]
		if f := e.faultOf[p]; f != nil && f.thawAt != 0 {
			continue
		}
		if hard := mask&evidence.Hard != 0; hard != soft && (hard || mask&evidence.Soft != 0) {
			pts = append(pts, p)
		}
	}
	if len(pts) == 0 {
		return nil
	}
	slices.Sort(pts)
	weigh := scale{soft: soft}
	wk.touch = wk.touch[:0]
	for _, p := range pts {
		w := weigh.of(s.mask[p])
		for _, en := range m.entries[m.points[p].entries.from:m.points[p].entries.to] {
			x := w[en.rel()]
			if x <= 0 {
				continue
			}
			if wk.count[en.comp()] == 0 {
				wk.touch = append(wk.touch, en.comp())
			}
			wk.count[en.comp()]++
			wk.sum[en.comp()] += x
			wk.newest[en.comp()] = max(wk.newest[en.comp()], s.since[p])
		}
	}
	set := newSets(len(pts))
	areas := map[int32]int32{}
	live := e.liveAreas(pts)
	for i, p := range pts {
		w := weigh.of(s.mask[p])
		pt := &m.points[p]
		for _, en := range m.entries[pt.entries.from:pt.entries.to] {
			if w[en.rel()] <= 0 || wk.count[en.comp()] < 2 || !e.believable(en.comp(), wk, soft) {
				continue
			}
			if j := wk.lead[en.comp()]; j > 0 {
				set.join(int32(i), j-1)
			} else {
				wk.lead[en.comp()] = int32(i) + 1
			}
		}
		if soft {
			continue
		}
		join := func(at int32) {
			if j, ok := areas[at]; ok {
				set.join(int32(i), j)
			} else {
				areas[at] = int32(i)
			}
		}
		for _, id := range m.segsOf[pt.segs.from:pt.segs.to] {
			if at := m.segments[id].area; live[at] {
				join(at)
			}
		}
		for _, en := range m.entries[pt.entries.from:pt.entries.to] {
			if w[en.rel()] <= 0 || en.rel() < evidence.Peer || !m.inArea(en.comp()) {
				continue
			}
			for _, at := range m.areasOf[en.comp()] {
				if live[at] {
					join(at)
				}
			}
		}
	}
	for _, c := range wk.touch {
		wk.count[c], wk.sum[c], wk.newest[c], wk.lead[c], wk.may[c] = 0, 0, 0, 0, 0
	}
	return set.split(pts)
}

// scale gives the weights of masks; most points in a row have the same one.
type scale struct {
	soft bool
	mask evidence.Mask
	w    evidence.Weights
}

func (s *scale) of(m evidence.Mask) *evidence.Weights {
	if m != s.mask {
		if s.mask, s.w = m, evidence.Raised(m); s.soft {
			s.w = evidence.Impaired(m)
		}
	}
	return &s.w
}

// believable tells whether a component may be a cause at all, given that what
// was swept after the newest of its symptoms was well.
func (e *Engine) believable(c int32, wk *work, soft bool) bool {
	if known := wk.may[c]; known != 0 {
		return known == 1
	}
	newest := wk.newest[c]
	g := e.m.comps[c].prior + incumbent + wk.sum[c]
	for st := range e.m.stationN {
		if e.s.pingAsOf[st] < newest || soft {
			continue
		}
		at := c*e.m.stationN + st
		if n := e.m.pings[at] - e.s.blinds[at] - wk.count[c]; n > 0 {
			g += evidence.HealthyPing * float32(n)
		}
	}
	wk.may[c] = 2
	if g > 0 {
		wk.may[c] = 1
	}
	return g > 0
}

// liveAreas finds the protection domains in which something itself is dark: a
// node of it, or a port on one of its links. Elsewhere no two failures can
// explain what is dark.
func (e *Engine) liveAreas(pts []int32) map[int32]bool {
	live := map[int32]bool{}
	for _, p := range pts {
		pt := &e.m.points[p]
		if pt.line >= 0 {
			continue
		}
		for _, en := range e.m.entries[pt.entries.from:pt.entries.to] {
			if en.rel() == evidence.Self || en.rel() == evidence.Link || en.rel() == evidence.Own {
				for _, at := range e.m.areasOf[en.comp()] {
					live[at] = true
				}
			}
		}
	}
	return live
}

// sets is a union of sets of places.
type sets []int32

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

func (s sets) find(i int32) int32 {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

func (s sets) join(i, j int32) {
	i, j = s.find(i), s.find(j)
	if i < j {
		s[j] = i
	} else {
		s[i] = j
	}
}

// split gives the members of each set, in the order of their first.
func (s sets) split(pts []int32) [][]int32 {
	var out [][]int32
	at := map[int32]int{}
	for i, p := range pts {
		lead := s.find(int32(i))
		place, ok := at[lead]
		if !ok {
			place = len(out)
			at[lead] = place
			out = append(out, nil)
		}
		out[place] = append(out[place], p)
	}
	return out
}
