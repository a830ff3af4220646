package search

import (
	"cmp"
	"math"
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// class ranks the components that could stand in a root's place, the other
// roots unchanged.
func (r *region) class(h root, first, second []float32) []Member {
	m := r.m
	own := &r.cands[h.cand]
	acc, in := r.work.acc, r.work.in // by place among the candidates
	touched := []int32{h.cand}
	in[h.cand] = true
	weigh := scale{soft: r.soft}
	for k := own.list.from; k < own.list.to; k++ {
		it := r.items[k]
		if r.epoch[it.p] < h.epoch {
			continue
		}
		others := first[it.p]
		if it.w > 0 && r.cover(k) >= first[it.p] {
			others = second[it.p]
		}
		p := r.pts[it.p]
		w := weigh.of(r.s.Mask(p))
		for _, e := range m.Entries(p) {
			at := r.work.cand[e.Comp()] - 1
			if at < 0 || r.cands[at].root && at != h.cand {
				continue
			}
			if !in[at] {
				in[at] = true
				touched = append(touched, at)
			}
			if x := w[e.Rel()]; x > 0 {
				acc[at] += max(x-others, 0)
			} else {
				acc[at] += x
			}
		}
	}
	all := make([]Member, 0, len(touched))
	for _, at := range touched {
		all = append(all, r.member(at, acc[at], int32(h.epoch)))
		acc[at], in[at] = 0, false
	}
	return rank(all)
}

func (r *region) member(at int32, sum float32, epoch int32) Member {
	c := &r.cands[at]
	prior := r.m.Comp(c.comp).Prior
	if c.bonus != weight.Incumbent {
		prior += c.bonus // that it stood before is no reason that it should be right
	}
	quiet := r.silence[c.silent+epoch]
	guess := float32(0)
	if c.guess >= 0 && int(c.guess+epoch) < len(r.guesses) {
		guess = r.guesses[c.guess+epoch]
	}
	return Member{Comp: c.comp, Score: prior + sum + quiet, LLR: sum + quiet, Sure: prior + sum + quiet - guess}
}

// jointClass ranks what could stand in the place of a root that explains
// something only together with others.
func (r *region) jointClass(i int) []Member {
	saved := slices.Clone(r.roots)
	own := r.cands[saved[i].cand].comp
	r.setRoots(slices.Delete(slices.Clone(saved), i, i+1))
	all := r.jointRivals(own)
	known := map[int32]bool{}
	for _, x := range all {
		known[x.Comp] = true
	}
	// A single failure may do as well as the pair: a node between two cuts.
	for e := range r.cands {
		c := r.cands[e].comp
		if r.cands[e].root || known[c] {
			continue
		}
		if gain, _ := r.gain(int32(e)); gain > 0 {
			known[c] = true
			all = append(all, Member{Comp: c, Score: gain, LLR: gain - r.m.Comp(c).Prior, Sure: gain})
		}
	}
	if !known[own] {
		all = append(all, Member{Comp: own})
	}
	r.setRoots(saved)
	return rank(all)
}

// jointRivals are the elements of a component's area, each with what it explains
// together with the roots that stand.
func (r *region) jointRivals(own int32) []Member {
	var all []Member
	for _, at := range r.areas {
		if _, in := slices.BinarySearch(r.m.AreaComps(at), own); !in {
			continue
		}
		failed, _ := r.failedIn(at)
		for _, e := range r.elements(at) {
			c := r.cands[e].comp
			if r.cands[e].root {
				continue
			}
			alone, undo := r.suppose(e)
			gain, cost, _ := r.joint2(at, append(slices.Clone(failed), c))
			r.undo(undo)
			score := alone + gain + cost
			x := Member{Comp: c, Score: score, LLR: score - r.m.Comp(c).Prior, Sure: alone + gain}
			if r.cands[e].bonus == weight.Incumbent {
				x.Score, x.Sure = x.Score-weight.Incumbent, x.Sure-weight.Incumbent
			}
			all = append(all, x)
		}
		break
	}
	return all
}

// rank orders rivals and gives them their probabilities.
func rank(all []Member) []Member {
	if len(all) > weight.ManyRivals { // a hub has thousands of rivals, nearly all of them hopeless
		best := all[0].Score
		for _, x := range all {
			best = max(best, x.Score)
		}
		all = slices.DeleteFunc(all, func(x Member) bool { return x.Score < best-weight.Hopeless })
	}
	slices.SortFunc(all, func(a, b Member) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Comp, b.Comp))
	})
	sum := 0.0
	for i := range all {
		all[i].P = math.Exp(float64(all[i].Score - all[0].Score))
		sum += all[i].P
	}
	for i := range all {
		all[i].P /= sum
	}
	if len(all) > weight.KeptRivals {
		all = all[:weight.KeptRivals]
	}
	return all
}
