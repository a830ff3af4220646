package infer

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// affected are the lines that a fault touches, as numbers, sorted.
type affected struct {
	down, degraded, atRisk []int32
}

func (a affected) none() bool { return len(a.down)+len(a.degraded)+len(a.atRisk) == 0 }

// affected works out which lines a claim touches. A line is touched when the
// roots break its own way from A to Z, which is not the way of its observation;
// a watch that proves its service up beats what the roots would have it be.
func (e *Engine) affected(c *claim, all []*claim) affected {
	m := e.m
	if len(c.roots) == 0 {
		return affected{down: e.undeterminedLines(c)}
	}
	if m.comps[c.roots[0]].kind == symptom.StationSubject {
		return affected{}
	}
	seen := map[int32]bool{}
	for _, p := range c.pts {
		pt := &m.points[p]
		switch {
		case pt.line >= 0:
			seen[pt.line] = true
		case pt.device >= 0:
			for _, l := range m.endsAt[pt.device] {
				seen[l] = true
			}
		}
	}
	proof := e.provesAccess(c)
	hit := map[int32]bool{}
	if len(c.roots) == 1 {
		root := c.roots[0]
		for _, l := range m.compLines.of(root) {
			if seen[l] || e.allBreak(c.classes[0], l) {
				hit[l] = true
			}
		}
	}
	severed, risk := map[int32]bool{}, map[int32]bool{}
	e.crossing(c, all, severed, risk)
	for l := range severed {
		hit[l] = true
	}
	var a affected
	islands := map[int32][]int32{}
	for l := range hit {
		switch w := &m.lines[l]; {
		case !w.active:
		case e.provenUp(l, c, islands):
			if severed[l] {
				a.atRisk = append(a.atRisk, l) // it has not been seen to be down yet, if it ever will
			}
		case c.soft:
			a.degraded = append(a.degraded, l)
		case proof || e.lineRaised(l):
			a.down = append(a.down, l)
		case severed[l]:
			a.atRisk = append(a.atRisk, l)
		}
	}
	for l := range risk {
		if m.lines[l].active && !hit[l] {
			a.atRisk = append(a.atRisk, l)
		}
	}
	slices.Sort(a.down)
	slices.Sort(a.degraded)
	slices.Sort(a.atRisk)
	return a
}

// provesAccess tells whether a claim rests on more than one management address
// that does not answer: on ports, far ends, services, or several places.
func (e *Engine) provesAccess(c *claim) bool {
	places := map[int32]bool{}
	for _, p := range c.pts {
		pt := &e.m.points[p]
		if pt.line >= 0 || !pt.ping {
			return true
		}
		places[pt.device] = true
		if d := &e.m.inv.Devices[pt.device]; d.Kind != inventory.CPE && len(e.m.endsAt[pt.device]) == 0 {
			return true
		}
	}
	return len(places) > 1
}

// allBreak tells whether every believable root breaks the line.
func (e *Engine) allBreak(class []member, l int32) bool {
	w := &e.m.lines[l]
	comps := e.m.lineComps[w.comps.from:w.comps.to]
	for _, x := range believed(class) {
		if !slices.Contains(comps, x.comp) {
			return false
		}
	}
	return true
}

// believed are the members of a class that are within the margin of the best.
func believed(class []member) []member {
	for i, x := range class {
		if x.score < class[0].score-margin {
			return class[:i]
		}
	}
	return class
}

// crossing adds the lines that cross an area in which the roots broke
// something: those whose stretch is severed, and those that have lost their
// second way and are at risk.
func (e *Engine) crossing(c *claim, all []*claim, severed, risk map[int32]bool) {
	m := e.m
	tried := map[int32]bool{}
	for _, root := range c.roots {
		for _, at := range m.areasOf[root] {
			if tried[at] {
				continue
			}
			tried[at] = true
			a := m.areas[at]
			var failed []int32
			for _, o := range all {
				if o.soft {
					continue
				}
				for _, x := range o.roots {
					if _, in := slices.BinarySearch(a.comps, x); in && (len(o.roots) > 1) == (len(c.roots) > 1) {
						failed = append(failed, x)
					}
				}
			}
			if !slices.Contains(failed, root) {
				failed = append(failed, root)
			}
			if c.soft {
				continue // what works badly still carries
			}
			own := a.labels(m, c.roots)
			nodes, edges := a.gone(m, failed)
			after := map[int32]*tree{}
			for id := range m.segments {
				s := &m.segments[id]
				if s.area != at || len(m.segLines.of(int32(id))) == 0 {
					continue
				}
				if s.severed(own) {
					for _, l := range m.segLines.of(int32(id)) {
						severed[l] = true
					}
					continue
				}
				t, ok := after[s.z]
				if !ok {
					t = a.search(s.z, nodes, edges)
					after[s.z] = t
				}
				if t.reach[s.a] && t.sole[s.a] <= a.tree(m, s.z).sole[s.a] {
					continue
				}
				for _, l := range m.segLines.of(int32(id)) {
					if t.reach[s.a] || !e.lineRaised(l) { // what another fault has down is that one's
						risk[l] = true
					}
				}
			}
		}
	}
}

// provenUp tells whether the watches that prove the line's service are all
// known to be well since the claim's fault began. A reply exonerates the way
// that it took: one that does not pass the roots says nothing of them.
func (e *Engine) provenUp(l int32, c *claim, islands map[int32][]int32) bool {
	t := c.began
	any := false
	for st := range e.m.stationN {
		a, z := e.m.linePoints(st, l)
		for _, p := range [2]int32{a, z} {
			if !e.m.points[p].ping || !e.passes(p, c.roots, islands) {
				continue
			}
			if !e.s.healthy(p, t) || e.s.dark[p] >= t && e.s.alive[p] < e.s.dark[p] || c.soft && e.s.mask[p]&evidence.Soft != 0 {
				return false
			}
			any = true
		}
	}
	return any
}

// passes tells whether the way of an observation passes one of the roots, or
// a stretch that several of them together sever. islands remembers what is left
// of each area.
func (e *Engine) passes(p int32, roots []int32, islands map[int32][]int32) bool {
	pt := &e.m.points[p]
	for _, en := range e.m.entries[pt.entries.from:pt.entries.to] {
		if en.rel() != evidence.Way && slices.Contains(roots, en.comp()) {
			return true
		}
	}
	if len(roots) < 2 {
		return false
	}
	for _, id := range e.m.segsOf[pt.segs.from:pt.segs.to] {
		s := &e.m.segments[id]
		labels, ok := islands[s.area]
		if !ok {
			labels = e.m.areas[s.area].labels(e.m, roots)
			islands[s.area] = labels
		}
		if s.severed(labels) {
			return true
		}
	}
	return false
}

// lineRaised tells whether a watch of the line's service says that it is down.
func (e *Engine) lineRaised(l int32) bool {
	for st := range e.m.stationN {
		a, z := e.m.linePoints(st, l)
		if (e.s.mask[a]|e.s.mask[z])&evidence.Hard != 0 {
			return true
		}
	}
	return false
}

// undeterminedLines are the lines that are seen to be down without a root:
// those whose service is, and those without a service watch that end where
// more than a management address is dark.
func (e *Engine) undeterminedLines(c *claim) []int32 {
	var out []int32
	proof := e.provesAccess(c)
	for _, p := range c.pts {
		pt := &e.m.points[p]
		if pt.line >= 0 {
			out = append(out, pt.line)
			continue
		}
		if pt.device < 0 || !proof {
			continue
		}
		for _, l := range e.m.endsAt[pt.device] {
			if w := &e.m.lines[l]; w.active && !w.service {
				out = append(out, l)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// side is the end of the lines at which the roots lie, if all agree.
func (e *Engine) side(roots []verdict.RootCause, lines []int32, d verdict.Domain) string {
	if d != verdict.Premises && d != verdict.Tail {
		return ""
	}
	side := ""
	for _, r := range roots {
		at, ok := e.m.compAt[r.Subject]
		if !ok {
			return ""
		}
		for n, l := range lines {
			if n == 64 {
				break
			}
			here := e.sideOf(at, l)
			if here == "" {
				continue
			}
			if side != "" && side != here {
				return ""
			}
			side = here
		}
	}
	return side
}

// sideOf is the end of a line on whose side of the innermost part of its way a
// component takes something away.
func (e *Engine) sideOf(comp, line int32) string {
	way := e.m.lines[line].atoms
	deepest, first, last := -1, 0, 0
	for i, a := range way {
		switch d := e.m.depth(a); {
		case d > deepest:
			deepest, first, last = d, i, i
		case d == deepest:
			last = i
		}
	}
	for i, a := range way {
		if !slices.Contains(e.m.comps[comp].atoms, a) {
			continue
		}
		switch {
		case i < first || i == first && 2*i < len(way)-1:
			return string(inventory.EndA)
		case i > last || i == last && 2*i > len(way)-1:
			return string(inventory.EndZ)
		}
	}
	return ""
}
