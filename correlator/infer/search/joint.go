package search

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// segTable is what is seen on an area's segments: how many could be seen, how
// many are dark, how many are known to be well.
type segTable struct {
	segs []int32 // with points
	n    []int32
	dark []int32
	well []int32
	full bool      // all that could be seen has been swept since
	pts  [][]int32 // the region's dark points, as places in pts
}

// table gathers what is seen on the segments of an area.
func (r *region) table(at int32) *segTable {
	if t, ok := r.tables[at]; ok {
		return t
	}
	m, s := r.m, r.s
	t := &segTable{full: true}
	newest := r.epochs[len(r.epochs)-1]
	for _, id := range m.AreaSegments(at) {
		var n, dark, well int32
		var pts []int32
		for _, p := range m.SegmentPoints(id) {
			if !m.Point(p).Ping || s.Blind(p) {
				continue
			}
			n++
			t.full = t.full && s.PingAsOf(m.Point(p).Station) >= newest
			switch {
			case s.Hard(p):
				dark++
				if l := r.work.local[p]; l > 0 {
					pts = append(pts, l-1)
				}
			case s.Healthy(p, newest) && s.Dark(p) < r.epochs[0]:
				well++
			}
		}
		if n > 0 {
			t.segs, t.n, t.dark = append(t.segs, id), append(t.n, n), append(t.dark, dark)
			t.well, t.pts = append(t.well, well), append(t.pts, pts)
		}
	}
	r.tables[at] = t
	return t
}

// failedIn gives the roots that take something of an area away, and their places.
func (r *region) failedIn(area int32) (comps []int32, roots []int) {
	if r.inArea == nil {
		r.inArea = map[int32][]int{}
		for i, h := range r.roots {
			for _, at := range r.m.AreasOf(r.cands[h.cand].comp) {
				r.inArea[at] = append(r.inArea[at], i)
			}
		}
	}
	roots = r.inArea[area]
	for _, i := range roots {
		comps = append(comps, r.cands[r.roots[i].cand].comp)
	}
	return comps, roots
}

// explainJointly lets the roots of an area explain together what none of them
// explains alone, and notes which of them are needed for it.
func (r *region) explainJointly() {
	r.jointCost = 0
	r.groups = r.groups[:0]
	if r.soft {
		return
	}
	for _, at := range r.areas {
		comps, roots := r.failedIn(at)
		if len(comps) < 2 {
			continue
		}
		gain, cost, severed := r.joint2(at, comps)
		if gain <= 0 {
			continue
		}
		r.jointCost += cost
		needed := r.explainSevered(at, comps, severed)
		if len(needed) < 2 {
			continue
		}
		var group []int32
		for x, i := range roots {
			if needed[x] {
				group = append(group, r.roots[i].cand)
			}
		}
		r.groups = append(r.groups, group)
	}
}

// explainSevered explains the dark points on severed segments, and tells which of
// the failed components each of these segments needs to be severed.
func (r *region) explainSevered(at int32, comps, severed []int32) map[int]bool {
	t := r.table(at)
	needed := map[int]bool{}
	for _, i := range severed {
		fresh := false
		for _, p := range t.pts[i] {
			if r.expl[p] < weight.Joint {
				r.expl[p], r.joint[p], fresh = weight.Joint, true, true
			}
		}
		if !fresh {
			continue
		}
		s := r.m.Segment(t.segs[i])
		for x := range comps {
			rest := slices.Delete(slices.Clone(comps), x, x+1)
			if !s.Severed(r.m.Islands(at, rest)) {
				needed[x] = true
			}
		}
	}
	return needed
}

// joint2 is what failed components explain together that is not explained yet,
// what the silence of the rest of the severed segments costs, and which of the
// table's segments are severed.
func (r *region) joint2(at int32, comps []int32) (gain, cost float32, severed []int32) {
	t := r.table(at)
	labels := r.m.Islands(at, comps)
	var n, k, well int32
	for i, id := range t.segs {
		s := r.m.Segment(id)
		if !s.Severed(labels) {
			continue
		}
		var g float32
		for _, p := range t.pts[i] {
			if d := weight.Joint - r.expl[p]; d > 0 {
				g += d
			}
		}
		if g == 0 && t.dark[i] > 0 {
			continue // dark for reasons of its own
		}
		severed = append(severed, int32(i))
		gain += g
		n, k, well = n+t.n[i], k+t.dark[i], well+t.well[i]
	}
	if gain > 0 || well > 0 {
		cost = evidence.HealthyPing * float32(well)
		if !t.full {
			cost += evidence.Silence(int(n-well), int(k))
		}
	}
	return gain, cost, severed
}

// inPair tells whether a root is needed in a joint explanation.
func (r *region) inPair(h root) bool {
	for _, g := range r.groups {
		if slices.Contains(g, h.cand) {
			return true
		}
	}
	return false
}
