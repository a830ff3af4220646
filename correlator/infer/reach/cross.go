package reach

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/search"
)

// cross adds the lines that cross an area in which the roots broke something:
// those whose stretch is severed, and those that have lost their second way and
// are at risk.
func (r *reacher) cross(all []*search.Claim, severed, risk map[int32]bool) {
	tried := map[int32]bool{}
	for _, root := range r.c.Roots {
		for _, area := range r.m.AreasOf(root) {
			if !tried[area] {
				tried[area] = true
				r.crossArea(area, r.missing(area, root, all), severed, risk)
			}
		}
	}
}

// missing are the components of an area that have failed: this claim's root, and
// those of the other claims of the same sort, single or joint.
func (r *reacher) missing(area, root int32, all []*search.Claim) []int32 {
	var failed []int32
	for _, o := range all {
		if o.Soft || (len(o.Roots) > 1) != (len(r.c.Roots) > 1) {
			continue
		}
		for _, x := range o.Roots {
			if _, in := slices.BinarySearch(r.m.AreaComps(area), x); in {
				failed = append(failed, x)
			}
		}
	}
	if !slices.Contains(failed, root) {
		failed = append(failed, root)
	}
	return failed
}

func (r *reacher) crossArea(area int32, failed []int32, severed, risk map[int32]bool) {
	own := r.left(area)
	rest := r.m.Without(area, failed)
	for _, id := range r.m.AreaSegments(area) {
		lines := r.m.SegmentLines(id)
		if len(lines) == 0 {
			continue
		}
		s := r.m.Segment(id)
		if s.Severed(own) {
			for _, l := range lines {
				severed[l] = true
			}
			continue
		}
		holds, weaker := rest.Weaker(s)
		if holds && !weaker {
			continue
		}
		for _, l := range lines {
			if holds || !r.raised(l) { // what another fault has down is that one's
				risk[l] = true
			}
		}
	}
}
