package search

import (
	"math"
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// claims turns the roots of a searched region into claims.
func (r *region) claims() []*Claim {
	wk := r.work
	for i := range r.cands {
		wk.cand[r.cands[i].comp] = int32(i) + 1
	}
	r.restore()
	taken := make([]bool, len(r.pts))
	out := r.rooted(taken)
	out = append(out, r.unexplained(taken)...)
	for i := range r.cands {
		wk.cand[r.cands[i].comp] = 0
	}
	kept := out[:0]
	for _, c := range out {
		if len(c.Points) == 0 && !r.blamesStation(c) {
			continue
		}
		slices.Sort(c.Points)
		c.Began = r.beginning(c.Points)
		c.judge(r.m)
		kept = append(kept, c)
	}
	return kept
}

// rooted makes a claim of each root, and one of those that only together explain
// something. taken marks the points that have their claim.
func (r *region) rooted(taken []bool) []*Claim {
	first, second := r.topTwo()
	group := r.grouped()
	byGroup := map[int]*Claim{}
	var out []*Claim
	for i, h := range r.roots {
		c := byGroup[group[i]]
		if c == nil {
			c = &Claim{Soft: r.soft, Began: math.MaxInt64}
			byGroup[group[i]] = c
			out = append(out, c)
		}
		c.Roots = append(c.Roots, r.cands[h.cand].comp)
		meets := r.meets(i)
		c.Meets = c.Meets || meets
		if meets || r.inPair(h) {
			c.Classes = append(c.Classes, r.jointClass(i))
		} else {
			c.Classes = append(c.Classes, r.class(h, first, second))
		}
		r.take(c, h, taken)
	}
	r.shareJoint(byGroup, group, taken)
	return out
}

// grouped gives each root the number of its claim: the place of its first root.
func (r *region) grouped() []int {
	group := make([]int, len(r.roots))
	for i := range group {
		group[i] = i
	}
	for _, g := range r.groups {
		lead := -1
		for i, h := range r.roots {
			if !slices.Contains(g, h.cand) {
				continue
			}
			if lead < 0 {
				lead = group[i]
			}
			from := group[i]
			for j := range group {
				if group[j] == from {
					group[j] = lead
				}
			}
		}
	}
	return group
}

// take gives a claim the points that one of its roots explains, or nearly so, as
// well as any other.
func (r *region) take(c *Claim, h root, taken []bool) {
	cd := &r.cands[h.cand]
	for k := cd.list.from; k < cd.list.to; k++ {
		it := r.items[k]
		if it.w <= 0 || r.epoch[it.p] < h.epoch || taken[it.p] || r.cover(k) < r.expl[it.p]-weight.NearlySame {
			continue
		}
		taken[it.p] = true
		c.Points = append(c.Points, r.pts[it.p])
	}
}

// beginning is when the first of some points became dark. A management address
// that has not answered for longer was no outage then, and does not make one
// begin earlier.
func (r *region) beginning(pts []int32) int64 {
	first, management := int64(math.MaxInt64), int64(math.MaxInt64)
	for _, p := range pts {
		if r.m.Management(p) {
			continue
		}
		first = min(first, r.s.Since(p))
	}
	for _, p := range pts {
		if first == math.MaxInt64 || r.s.Since(p) >= first-weight.Stale {
			management = min(management, r.s.Since(p))
		}
	}
	return min(first, management)
}

// meets tells whether another root breaks the same area: then what stands in
// this one's place may do so only together with that one.
func (r *region) meets(i int) bool {
	if r.soft || len(r.roots) > weight.MaxMeeting {
		return false
	}
	for _, at := range r.areas {
		if _, roots := r.failedIn(at); len(roots) > 1 && slices.Contains(roots, i) {
			return true
		}
	}
	return false
}

// blamesStation tells whether a claim's root is a station: it needs no points.
func (r *region) blamesStation(c *Claim) bool { return len(c.Roots) == 1 && r.m.IsStation(c.Roots[0]) }

// shareJoint gives the points that roots explain together to their claim.
func (r *region) shareJoint(byGroup map[int]*Claim, group []int, taken []bool) {
	for _, g := range r.groups {
		for i, h := range r.roots {
			if !slices.Contains(g, h.cand) {
				continue
			}
			c := byGroup[group[i]]
			for p := range r.pts {
				if r.joint[p] && !taken[p] {
					taken[p] = true
					c.Points = append(c.Points, r.pts[p])
				}
			}
			break
		}
	}
}

// unexplained makes claims without a root of the hard symptoms that no root
// explains, by the device they are at.
func (r *region) unexplained(taken []bool) []*Claim {
	if r.soft {
		return nil
	}
	byDevice := map[int32]*Claim{}
	var out []*Claim
	for i, p := range r.pts {
		if taken[i] || r.expl[i] > 0 {
			continue
		}
		d := r.m.Point(p).Device
		c := byDevice[d]
		if c == nil {
			c = &Claim{Began: math.MaxInt64}
			byDevice[d] = c
			out = append(out, c)
		}
		c.Points = append(c.Points, p)
	}
	for _, c := range out {
		if all := r.guess(c.Points); len(all) > 0 {
			c.Classes = [][]Member{rank(all)}
		}
	}
	return out
}

// guess are the candidates that some points speak for, although not enough.
func (r *region) guess(pts []int32) []Member {
	acc := map[int32]float32{}
	for _, p := range pts {
		w := r.weights(r.s.Mask(p))
		for _, e := range r.m.Entries(p) {
			if at := r.work.cand[e.Comp()]; at > 0 && !r.cands[at-1].root {
				acc[at-1] += w[e.Rel()]
			}
		}
	}
	var all []Member
	for at, sum := range acc {
		if !r.m.IsStation(r.cands[at].comp) {
			all = append(all, r.member(at, sum, 0))
		}
	}
	return all
}
