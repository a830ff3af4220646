package search

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

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

func (r *region) weights(mask evidence.Mask) evidence.Weights {
	if r.soft {
		return evidence.Impaired(mask)
	}
	return evidence.Raised(mask)
}

// cover is how far an item explains its point. What stands on a line's own way
// is less likely to show there, but where it has failed no more is to be said.
func (r *region) cover(k int32) float32 {
	if r.byWay[k] {
		return max(r.items[k].w, weight.Joint)
	}
	return r.items[k].w
}

// gain is what a component adds to what the roots explain already, and the
// epoch since which it is best held to have failed.
func (r *region) gain(at int32) (float32, int8) {
	c := &r.cands[at]
	var by [weight.MaxEpochs]float32
	for _, it := range r.items[c.list.from:c.list.to] {
		if it.w > 0 {
			if d := it.w - r.expl[it.p]; d > 0 {
				by[r.epoch[it.p]] += d
			}
		} else if d := it.w - r.neg[it.p]; d < 0 {
			by[r.epoch[it.p]] += d
		}
	}
	prior := r.m.Comp(c.comp).Prior + c.bonus
	best, bestAt := float32(-1e30), int8(0)
	sum := float32(0)
	for e := len(r.epochs) - 1; e >= 0; e-- {
		if by[e] == 0 && e > 0 {
			continue // nothing of it began then
		}
		sum += by[e]
		if g := prior + sum + r.silence[c.silent+int32(e)]; g > best {
			best, bestAt = g, int8(e)
		}
	}
	return best, bestAt
}

// worth is how much of the evidence a candidate explains for what it costs to
// believe in it: its prior, and the silence of what it should have darkened.
// Taking the greatest gain first would let a station, or a router on every way,
// swallow a dozen faults and then leave nothing for their true roots to gain.
func (r *region) worth(at int32) (worth, gain float32, epoch int8) {
	gain, epoch = r.gain(at)
	c := &r.cands[at]
	cost := max(-(r.m.Comp(c.comp).Prior + c.bonus + r.silence[c.silent+int32(epoch)]), weight.LeastCost)
	return (gain + cost) / cost, gain, epoch
}

// hold makes a component a root.
func (r *region) hold(at int32, epoch int8) {
	r.roots, r.inArea = append(r.roots, root{at, epoch}), nil
	r.cands[at].root = true
	r.explain(at, epoch)
}

func (r *region) explain(at int32, epoch int8) {
	c := &r.cands[at]
	for k := c.list.from; k < c.list.to; k++ {
		it := r.items[k]
		if r.epoch[it.p] < epoch {
			continue
		}
		if it.w > 0 {
			r.expl[it.p] = max(r.expl[it.p], r.cover(k))
		} else {
			r.neg[it.p] = min(r.neg[it.p], it.w)
		}
	}
}

// restore computes what the present roots explain from scratch.
func (r *region) restore() {
	clear(r.expl)
	clear(r.neg)
	clear(r.joint)
	for _, h := range r.roots {
		r.explain(h.cand, h.epoch)
	}
	r.explainJointly()
}

// score is the log posterior of the roots together, up to a constant.
func (r *region) score() float32 {
	var sum float32
	for _, h := range r.roots {
		c := &r.cands[h.cand]
		sum += r.m.Comp(c.comp).Prior + c.bonus + r.silence[c.silent+int32(h.epoch)]
	}
	for i := range r.expl {
		sum += r.expl[i] + r.neg[i]
	}
	return sum + r.jointCost
}

func (r *region) setRoots(roots []root) {
	for _, h := range r.roots {
		r.cands[h.cand].root = false
	}
	r.roots, r.inArea = slices.Clone(roots), nil
	for _, h := range r.roots {
		r.cands[h.cand].root = true
	}
	r.restore()
}

// topTwo gives for each point the best and the second best explanation.
func (r *region) topTwo() (first, second []float32) {
	first, second = make([]float32, len(r.pts)), make([]float32, len(r.pts))
	for _, h := range r.roots {
		c := &r.cands[h.cand]
		for k := c.list.from; k < c.list.to; k++ {
			it := r.items[k]
			if it.w <= 0 || r.epoch[it.p] < h.epoch {
				continue
			}
			if w := r.cover(k); w > first[it.p] {
				second[it.p] = first[it.p]
				first[it.p] = w
			} else {
				second[it.p] = max(second[it.p], w)
			}
		}
	}
	return first, second
}
