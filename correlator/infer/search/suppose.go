package search

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/weight"
)

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
	if len(r.roots) > weight.MaxThinned {
		return
	}
	r.restore()
	best := r.score()
	for i := 0; i < len(r.roots); {
		if r.cands[r.roots[i].cand].bonus >= weight.Sure {
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
