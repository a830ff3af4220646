package reach

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/evidence"
)

// provenUp tells whether the watches that prove the line's service are all
// known to be well since the claim's fault began. A reply exonerates the way
// that it took: one that does not pass the roots says nothing of them.
func (r *reacher) provenUp(l int32) bool {
	proven := false
	for st := range r.m.Stations() {
		a, z := r.m.LinePoints(st, l)
		for _, p := range [2]int32{a, z} {
			if !r.m.Point(p).Ping || !r.passes(p) {
				continue
			}
			if !r.well(p) {
				return false
			}
			proven = true
		}
	}
	return proven
}

// well tells whether a point has been well ever since the claim's fault began.
func (r *reacher) well(p int32) bool {
	t := r.c.Began
	switch {
	case !r.s.Healthy(p, t):
		return false
	case r.s.Dark(p) >= t && r.s.Alive(p) < r.s.Dark(p):
		return false
	}
	return !r.c.Soft || !r.s.Soft(p)
}

// passes tells whether the way of an observation passes one of the roots, or
// a stretch that several of them together sever.
func (r *reacher) passes(p int32) bool {
	for _, en := range r.m.Entries(p) {
		if en.Rel() != evidence.Way && slices.Contains(r.c.Roots, en.Comp()) {
			return true
		}
	}
	if len(r.c.Roots) < 2 {
		return false
	}
	for _, id := range r.m.PointSegments(p) {
		s := r.m.Segment(id)
		if s.Severed(r.left(s.Area)) {
			return true
		}
	}
	return false
}

// left are the islands that the claim's roots leave of an area.
func (r *reacher) left(area int32) []int32 {
	labels, ok := r.islands[area]
	if !ok {
		labels = r.m.Islands(area, r.c.Roots)
		r.islands[area] = labels
	}
	return labels
}
