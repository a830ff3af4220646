package infer

import (
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
)

// jointWeight is what a severed stretch says of the roots that severed it.
const jointWeight = 10

// maxElements bounds how many elements of an area are tried in pairs.
const maxElements = 64

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
	for id := range m.segments {
		if m.segments[id].area != at {
			continue
		}
		var n, dark, well int32
		var pts []int32
		for _, p := range m.segPoints.of(int32(id)) {
			if !m.points[p].ping || s.blind[p] {
				continue
			}
			n++
			t.full = t.full && s.pingAsOf[m.points[p].station] >= newest
			switch {
			case s.mask[p]&evidence.Hard != 0:
				dark++
				if l := r.work.local[p]; l > 0 {
					pts = append(pts, l-1)
				}
			case s.healthy(p, newest) && s.dark[p] < r.epochs[0]:
				well++
			}
		}
		if n > 0 {
			t.segs, t.n, t.dark, t.well = append(t.segs, int32(id)), append(t.n, n), append(t.dark, dark), append(t.well, well)
			t.pts = append(t.pts, pts)
		}
	}
	r.tables[at] = t
	return t
}

// failedIn gives the roots that take something of an area away.
func (r *region) failedIn(a *area) (comps []int32, roots []int) {
	for i, h := range r.roots {
		c := r.cands[h.cand].comp
		if _, in := slices.BinarySearch(a.comps, c); in {
			comps, roots = append(comps, c), append(roots, i)
		}
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
		a := r.m.areas[at]
		comps, roots := r.failedIn(a)
		if len(comps) < 2 {
			continue
		}
		gain, cost, severed := r.joint2(at, comps)
		if gain <= 0 {
			continue
		}
		r.jointCost += cost
		t := r.table(at)
		needed := map[int]bool{}
		for _, i := range severed {
			fresh := false
			for _, p := range t.pts[i] {
				if r.expl[p] < jointWeight {
					r.expl[p], r.joint[p], fresh = jointWeight, true, true
				}
			}
			if !fresh {
				continue
			}
			s := &r.m.segments[t.segs[i]]
			for x := range comps {
				rest := slices.Delete(slices.Clone(comps), x, x+1)
				if !s.severed(a.labels(r.m, rest)) {
					needed[roots[x]] = true
				}
			}
		}
		if len(needed) > 1 {
			var group []int32
			for i := range r.roots {
				if needed[i] {
					group = append(group, r.roots[i].cand)
				}
			}
			r.groups = append(r.groups, group)
		}
	}
}

// joint2 is what failed components explain together that is not explained yet,
// what the silence of the rest of the severed segments costs, and which of the
// table's segments are severed.
func (r *region) joint2(at int32, comps []int32) (gain, cost float32, severed []int32) {
	t := r.table(at)
	labels := r.m.areas[at].labels(r.m, comps)
	var n, k, well int32
	for i, id := range t.segs {
		s := &r.m.segments[id]
		if !s.severed(labels) {
			continue
		}
		var g float32
		for _, p := range t.pts[i] {
			if d := jointWeight - r.expl[p]; d > 0 {
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

// score is the log posterior of the roots together, up to a constant.
func (r *region) score() float32 {
	var sum float32
	for _, h := range r.roots {
		c := &r.cands[h.cand]
		sum += r.m.comps[c.comp].prior + c.bonus + r.silence[c.silent+int32(h.epoch)]
	}
	for i := range r.expl {
		sum += r.expl[i] + r.neg[i]
	}
	return sum + r.jointCost
}

// pairs tries AND groups: where dark points have protection on the way, two
// failures together may explain what single ones do not, or do worse.
func (r *region) pairs() {
	if r.soft {
		return
	}
	for _, at := range r.areas {
		a := r.m.areas[at]
		_, roots := r.failedIn(a)
		open := false
		for _, pts := range r.table(at).pts {
			for _, p := range pts {
				open = open || r.expl[p] == 0
			}
		}
		if open || len(roots) > 1 {
			r.pairsIn(at)
		}
	}
}

// pairsIn looks for a better set of roots within one area: on top of the
// present ones, or instead of those of them that are nodes of it.
func (r *region) pairsIn(at int32) {
	a := r.m.areas[at]
	r.restore()
	best, bestRoots := r.score(), slices.Clone(r.roots)
	start := slices.Clone(r.roots)
	elements := r.elements(at)
	try := func(roots []root) {
		r.setRoots(roots)
		for range 3 {
			x, y := r.bestJoint(at, elements)
			if x < 0 {
				break
			}
			_, e := r.gain(x)
			r.hold(x, e)
			if y >= 0 {
				_, e = r.gain(y)
				r.hold(y, e)
			}
			r.restore()
			if s := r.score(); s > best+1e-3 {
				best, bestRoots = s, slices.Clone(r.roots)
			}
		}
	}
	try(start)
	var kept []root
	for _, h := range start {
		c := r.cands[h.cand].comp
		_, in := slices.BinarySearch(a.comps, c)
		k := r.m.comps[c].kind
		if in && (k == symptom.DeviceSubject || k == symptom.PowerSubject || k == symptom.BuildingSubject) {
			continue
		}
		kept = append(kept, h)
	}
	if len(kept) < len(start) {
		try(kept)
	}
	r.setRoots(bestRoots)
	r.thin()
}

func (r *region) setRoots(roots []root) {
	for _, h := range r.roots {
		r.cands[h.cand].root = false
	}
	r.roots = slices.Clone(roots)
	for _, h := range r.roots {
		r.cands[h.cand].root = true
	}
	r.restore()
}

// elements are the candidates for a part in a pair: what has evidence of its
// own, and the links and cables next to the nodes whose stretch is dark.
func (r *region) elements(at int32) []int32 {
	m, a := r.m, r.m.areas[at]
	var out []int32
	for _, c := range a.comps {
		if p := r.place(c); p >= 0 {
			out = append(out, p)
		}
	}
	names := map[string]bool{}
	t := r.table(at)
	for i, id := range t.segs {
		if len(t.pts[i]) == 0 {
			continue
		}
		for _, h := range a.next[m.segments[id].a] {
			names[m.inv.Links[a.edges[h.edge].link-int32(len(m.inv.Devices))].Protection] = true
		}
	}
	for _, e := range a.edges {
		if len(out) >= maxElements {
			break
		}
		if !names[m.inv.Links[e.link-int32(len(m.inv.Devices))].Protection] {
			continue
		}
		for _, c := range m.atomComps[e.link] {
			if k := m.comps[c].kind; (k == symptom.LinkSubject || k == symptom.CableSubject) && r.place(c) < 0 {
				out = append(out, r.addCand(c))
			}
		}
	}
	if len(out) > maxElements {
		out = out[:maxElements]
	}
	return out
}

// place finds a component among the candidates, or gives -1.
func (r *region) place(comp int32) int32 {
	at, ok := slices.BinarySearchFunc(r.cands[:r.sorted], comp, func(c cand, comp int32) int { return int(c.comp - comp) })
	if ok {
		return int32(at)
	}
	for i := r.sorted; i < len(r.cands); i++ {
		if r.cands[i].comp == comp {
			return int32(i)
		}
	}
	return -1
}

// addCand adds a candidate that nothing speaks for yet.
func (r *region) addCand(comp int32) int32 {
	at := int32(len(r.cands))
	r.cands = append(r.cands, cand{comp: comp, silent: int32(len(r.silence)), guess: -1})
	r.silence = append(r.silence, make([]float32, len(r.epochs))...)
	r.weighPorts(&r.cands[at])
	return at
}

// bestJoint finds the element, or the two, that add most together with the
// roots that stand, or -1.
func (r *region) bestJoint(at int32, elements []int32) (x, y int32) {
	a := r.m.areas[at]
	failed, _ := r.failedIn(a)
	best := float32(1e-3)
	x, y = -1, -1
	comps := append(slices.Clone(failed), 0, 0)
	n := len(failed)
	for i, e := range elements {
		if r.cands[e].root {
			continue
		}
		own, undo := r.suppose(e)
		comps[n] = r.cands[e].comp
		if n > 0 {
			gain, cost, _ := r.joint2(at, comps[:n+1])
			if g := own + gain + cost; gain > 0 && g > best {
				best, x, y = g, e, -1
			}
		}
		if x < 0 || y >= 0 { // two new ones only where no single one does
			for _, f := range elements[i+1:] {
				if r.cands[f].root {
					continue
				}
				also, undoAlso := r.suppose(f)
				comps[n+1] = r.cands[f].comp
				gain, cost, _ := r.joint2(at, comps[:n+2])
				if g := own + also + gain + cost; gain > 0 && g > best {
					best, x, y = g, e, f
				}
				r.undo(undoAlso)
			}
		}
		r.undo(undo)
	}
	return x, y
}

// was is what a point's explanation was before a supposition.
type was struct {
	p         int32
	expl, neg float32
}

// suppose explains what a candidate explains, for the time being, and gives
// what it gains.
func (r *region) suppose(at int32) (float32, []was) {
	gain, epoch := r.gain(at)
	c := &r.cands[at]
	var log []was
	for _, it := range r.items[c.list.from:c.list.to] {
		if r.epoch[it.p] >= epoch {
			log = append(log, was{it.p, r.expl[it.p], r.neg[it.p]})
		}
	}
	r.explain(at, epoch)
	return gain, log
}

func (r *region) undo(log []was) {
	for _, w := range log {
		r.expl[w.p], r.neg[w.p] = w.expl, w.neg
	}
}

// thin drops the roots without which the whole scores better.
func (r *region) thin() {
	if len(r.roots) > 24 {
		return
	}
	r.restore()
	best := r.score()
	for i := 0; i < len(r.roots); {
		if r.cands[r.roots[i].cand].bonus >= sureBonus {
			i++
			continue
		}
		all := slices.Clone(r.roots)
		r.setRoots(slices.Delete(slices.Clone(all), i, i+1))
		if s := r.score(); s > best {
			best = s
			continue
		}
		r.setRoots(all)
		i++
	}
}
