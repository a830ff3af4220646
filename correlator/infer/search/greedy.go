package search

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// better is a heap of candidates by worth, ties by component. A burst takes
// tens of thousands of them out of it, so that it is spelt out.
type better struct {
	worth []float32
	at    []int32
}

func (h *better) less(i, j int) bool {
	if h.worth[i] != h.worth[j] {
		return h.worth[i] > h.worth[j]
	}
	return h.at[i] < h.at[j]
}

func (h *better) heapify() {
	for i := len(h.at)/2 - 1; i >= 0; i-- {
		h.sink(i)
	}
}

// sink moves an entry down to where it belongs.
func (h *better) sink(i int) {
	for {
		c := 2*i + 1
		if c >= len(h.at) {
			return
		}
		if c+1 < len(h.at) && h.less(c+1, c) {
			c++
		}
		if !h.less(c, i) {
			return
		}
		h.worth[i], h.worth[c] = h.worth[c], h.worth[i]
		h.at[i], h.at[c] = h.at[c], h.at[i]
		i = c
	}
}

// drop takes the best out.
func (h *better) drop() {
	n := len(h.at) - 1
	h.worth[0], h.at[0] = h.worth[n], h.at[n]
	h.worth, h.at = h.worth[:n], h.at[:n]
	h.sink(0)
}

// greedy takes the worthiest component again and again, while one gains
// anything. Worth only falls as more is explained, so that a stale one is an
// upper bound.
func (r *region) greedy() {
	h := &better{}
	for i := range r.cands {
		if r.cands[i].root {
			continue
		}
		if w, g, _ := r.worth(int32(i)); g > 0 {
			h.worth, h.at = append(h.worth, w), append(h.at, int32(i))
		}
	}
	h.heapify()
	for len(h.at) > 0 {
		at := h.at[0]
		w, g, epoch := r.worth(at)
		if g <= 0 {
			h.drop()
			continue
		}
		if w < h.worth[0]-1e-4 {
			h.worth[0] = w
			h.sink(0)
			continue
		}
		h.drop()
		r.hold(at, epoch)
	}
}

// run searches: forward, jointly, and back again.
func (r *region) run() {
	for i := range r.cands {
		if r.cands[i].bonus >= weight.Sure {
			_, epoch := r.gain(int32(i))
			r.hold(int32(i), epoch)
		}
	}
	r.greedy()
	r.pairs()
	for range 2 {
		if !r.eliminate() {
			break
		}
		r.greedy()
	}
}

// eliminate drops roots that the later ones made needless. It tells whether
// anything changed.
func (r *region) eliminate() bool {
	if len(r.roots) < 2 || len(r.roots) > weight.MaxEliminated {
		return false
	}
	changed := false
	first, second := r.topTwo()
	for i := len(r.roots) - 1; i >= 0; i-- {
		h := r.roots[i]
		c := &r.cands[h.cand]
		if c.bonus >= weight.Sure {
			continue
		}
		worth := r.m.Comp(c.comp).Prior + c.bonus + r.silence[c.silent+int32(h.epoch)]
		alone := false
		for k := c.list.from; k < c.list.to; k++ {
			it := r.items[k]
			if r.epoch[it.p] < h.epoch {
				continue
			}
			if it.w > 0 {
				if r.joint[it.p] {
					alone = true // a part of an AND pair stays as long as the pair does
					break
				}
				if first[it.p] <= r.cover(k) {
					worth += max(it.w-second[it.p], 0)
				}
			} else {
				worth += it.w
			}
		}
		if alone || worth > 0 || r.inPair(h) {
			continue
		}
		r.roots, r.inArea = slices.Delete(r.roots, i, i+1), nil
		c.root = false
		r.restore()
		first, second = r.topTwo()
		changed = true
	}
	return changed
}
