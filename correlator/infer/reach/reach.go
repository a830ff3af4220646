// Package reach works out which lines a fault touches, and how. A line is touched
// when the roots break its own way from A to Z, which is not the way of its
// observation; a watch that proves its service up beats what the roots would have
// it be, and a management address that does not answer is nobody's outage.
package reach

import (
	"maps"
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/state"
)

// Lines are the lines that a fault touches, as numbers, sorted.
type Lines struct {
	Down, Degraded, AtRisk []int32
}

// None tells whether nobody's line is touched.
func (l Lines) None() bool { return len(l.Down)+len(l.Degraded)+len(l.AtRisk) == 0 }

// Hit are the lines out of order: down, then degraded.
func (l Lines) Hit() []int32 { return slices.Concat(l.Down, l.Degraded) }

// Sum is a hash of the lines, for finding out that they have changed.
func (l Lines) Sum() uint64 {
	h := uint64(14695981039346656037)
	for _, part := range [][]int32{l.Down, l.Degraded, l.AtRisk} {
		for _, n := range part {
			h = (h ^ uint64(n)) * 1099511628211
		}
		h = (h ^ 0xffffffff) * 1099511628211
	}
	return h
}

// reacher looks at one claim.
type reacher struct {
	m       *model.Model
	s       *state.State
	c       *search.Claim
	islands map[int32][]int32 // area -> what the claim's roots leave of it
}

// Of works out which lines a claim touches. all are the claims that were made
// together: what several of them took from an area is missing from it at once.
func Of(m *model.Model, s *state.State, c *search.Claim, all []*search.Claim) Lines {
	r := &reacher{m: m, s: s, c: c, islands: map[int32][]int32{}}
	switch {
	case len(c.Roots) == 0:
		return Lines{Down: r.undetermined()}
	case m.IsStation(c.Roots[0]):
		return Lines{}
	}
	severed, risk := map[int32]bool{}, map[int32]bool{}
	if !c.Soft { // what works badly still carries
		r.cross(all, severed, risk)
	}
	hit := r.broken()
	maps.Copy(hit, severed)
	lines := r.sort(hit, severed)
	for l := range risk {
		if m.Line(l).Active && !hit[l] {
			lines.AtRisk = append(lines.AtRisk, l)
		}
	}
	slices.Sort(lines.Down)
	slices.Sort(lines.Degraded)
	slices.Sort(lines.AtRisk)
	return lines
}

// sort says of each line that the roots break how it is, in no order. A severed
// one that has not been seen to be down yet, if it ever will be, is at risk.
func (r *reacher) sort(hit, severed map[int32]bool) (lines Lines) {
	proof := r.provesAccess()
	for l := range hit {
		switch {
		case !r.m.Line(l).Active:
		case r.provenUp(l):
			if severed[l] {
				lines.AtRisk = append(lines.AtRisk, l)
			}
		case r.c.Soft:
			lines.Degraded = append(lines.Degraded, l)
		case proof || r.raised(l):
			lines.Down = append(lines.Down, l)
		case severed[l]:
			lines.AtRisk = append(lines.AtRisk, l)
		}
	}
	return lines
}

// broken are the lines in whose series a single root stands, if one of the dark
// points is at them, or whatever is believed would break them.
func (r *reacher) broken() map[int32]bool {
	hit := map[int32]bool{}
	if len(r.c.Roots) != 1 {
		return hit
	}
	seen := map[int32]bool{}
	for _, p := range r.c.Points {
		switch pt := r.m.Point(p); {
		case pt.Line >= 0:
			seen[pt.Line] = true
		case pt.Device >= 0:
			for _, l := range r.m.LinesAt(pt.Device) {
				seen[l] = true
			}
		}
	}
	for _, l := range r.m.LinesOf(r.c.Roots[0]) {
		if seen[l] || r.allBreak(l) {
			hit[l] = true
		}
	}
	return hit
}

// allBreak tells whether every believable root breaks the line.
func (r *reacher) allBreak(l int32) bool {
	comps := r.m.LineComps(l)
	for _, x := range search.Believed(r.c.Classes[0]) {
		if !slices.Contains(comps, x.Comp) {
			return false
		}
	}
	return true
}

// provesAccess tells whether a claim rests on more than one management address
// that does not answer: on ports, far ends, services, or several places.
func (r *reacher) provesAccess() bool {
	places := map[int32]bool{}
	for _, p := range r.c.Points {
		pt := r.m.Point(p)
		if pt.Line >= 0 || !pt.Ping {
			return true
		}
		places[pt.Device] = true
		d := &r.m.Inventory().Devices[pt.Device]
		if d.Kind != inventory.CPE && len(r.m.LinesAt(pt.Device)) == 0 {
			return true
		}
	}
	return len(places) > 1
}

// raised tells whether a watch of the line's service says that it is down.
func (r *reacher) raised(l int32) bool {
	for st := range r.m.Stations() {
		a, z := r.m.LinePoints(st, l)
		if (r.s.Mask(a)|r.s.Mask(z))&evidence.Hard != 0 {
			return true
		}
	}
	return false
}

// undetermined are the lines that are seen to be down without a root: those whose
// service is, and those without a service watch that end where more than a
// management address is dark.
func (r *reacher) undetermined() []int32 {
	var out []int32
	proof := r.provesAccess()
	for _, p := range r.c.Points {
		pt := r.m.Point(p)
		if pt.Line >= 0 {
			out = append(out, pt.Line)
			continue
		}
		if pt.Device < 0 || !proof {
			continue
		}
		for _, l := range r.m.LinesAt(pt.Device) {
			if w := r.m.Line(l); w.Active && !w.Service {
				out = append(out, l)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
