package search

import (
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// pairs tries AND groups: where dark points have protection on the way, two
// failures together may explain what single ones do not, or do worse.
func (r *region) pairs() {
	if r.soft {
		return
	}
	for _, at := range r.areas {
		_, roots := r.failedIn(at)
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
		_, in := slices.BinarySearch(r.m.AreaComps(at), c)
		k := r.m.Comp(c).Kind
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

// bestJoint finds the element, or the two, that add most together with the
// roots that stand, or -1.
func (r *region) bestJoint(at int32, elements []int32) (x, y int32) {
	failed, _ := r.failedIn(at)
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

// elements are the candidates for a part in a pair: what has evidence of its
// own, and the links and cables next to the nodes whose stretch is dark.
func (r *region) elements(at int32) []int32 {
	var out []int32
	for _, c := range r.m.AreaComps(at) {
		if p := r.place(c); p >= 0 {
			out = append(out, p)
		}
	}
	t := r.table(at)
	var dark []int32
	for i, id := range t.segs {
		if len(t.pts[i]) > 0 {
			dark = append(dark, id)
		}
	}
	for _, link := range r.m.Beside(at, dark) {
		if len(out) >= weight.MaxElements {
			break
		}
		for _, c := range link {
			if r.place(c) < 0 {
				out = append(out, r.addCand(c))
			}
		}
	}
	return out[:min(len(out), weight.MaxElements)]
}

// place finds a component among the candidates, or gives -1.
func (r *region) place(comp int32) int32 {
	at, ok := slices.BinarySearchFunc(r.cands[:r.sorted], comp, func(c cand, comp int32) int {
		return int(c.comp - comp)
	})
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
