package search

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// Regions splits the raised points, without those that skip names, so that points
// of different regions share no believable cause. A component that would have
// darkened much more than is dark joins nothing, so that a station or a core
// router, which stands on every way, does not make one region of everything.
func (x *Searcher) Regions(soft bool, skip func(p int32) bool) [][]int32 {
	var pts []int32
	for _, p := range x.s.Raised() {
		if hard := x.s.Hard(p); hard != soft && (hard || x.s.Soft(p)) && !skip(p) {
			pts = append(pts, p)
		}
	}
	if len(pts) == 0 {
		return nil
	}
	slices.Sort(pts)
	x.gather(pts, soft)
	set := newSets(len(pts))
	x.joinByCause(set, pts, soft)
	if !soft {
		x.joinByArea(set, pts)
	}
	wk := x.work
	for _, c := range wk.touch {
		wk.count[c], wk.sum[c], wk.newest[c], wk.lead[c], wk.may[c] = 0, 0, 0, 0, 0
	}
	return set.split(pts)
}

// gather adds up in the scratch what the points say for each component.
func (x *Searcher) gather(pts []int32, soft bool) {
	weigh, wk := scale{soft: soft}, x.work
	wk.touch = wk.touch[:0]
	for _, p := range pts {
		w := weigh.of(x.s.Mask(p))
		for _, en := range x.m.Entries(p) {
			g := w[en.Rel()]
			if g <= 0 {
				continue
			}
			c := en.Comp()
			if wk.count[c] == 0 {
				wk.touch = append(wk.touch, c)
			}
			wk.count[c]++
			wk.sum[c] += g
			wk.newest[c] = max(wk.newest[c], x.s.Since(p))
		}
	}
}

// joinByCause joins the points that share a believable cause.
func (x *Searcher) joinByCause(set sets, pts []int32, soft bool) {
	weigh, wk := scale{soft: soft}, x.work
	for i, p := range pts {
		w := weigh.of(x.s.Mask(p))
		for _, en := range x.m.Entries(p) {
			c := en.Comp()
			if w[en.Rel()] <= 0 || wk.count[c] < 2 || !x.believable(c, soft) {
				continue
			}
			if j := wk.lead[c]; j > 0 {
				set.join(int32(i), j-1)
			} else {
				wk.lead[c] = int32(i) + 1
			}
		}
	}
}

// joinByArea joins the points whose way crosses a protection domain in which
// something itself is dark, or that speak of a part of it.
func (x *Searcher) joinByArea(set sets, pts []int32) {
	live := x.liveAreas(pts)
	if len(live) == 0 {
		return
	}
	lead := map[int32]int32{}
	weigh := scale{}
	for i, p := range pts {
		join := func(at int32) {
			if !live[at] {
				return
			}
			if j, ok := lead[at]; ok {
				set.join(int32(i), j)
			} else {
				lead[at] = int32(i)
			}
		}
		for _, id := range x.m.PointSegments(p) {
			join(x.m.Segment(id).Area)
		}
		w := weigh.of(x.s.Mask(p))
		for _, en := range x.m.Entries(p) {
			if w[en.Rel()] <= 0 || en.Rel() < evidence.Peer || !x.m.InArea(en.Comp()) {
				continue
			}
			for _, at := range x.m.AreasOf(en.Comp()) {
				join(at)
			}
		}
	}
}

// believable tells whether a component may be a cause at all, given that what
// was swept after the newest of its symptoms was well.
func (x *Searcher) believable(c int32, soft bool) bool {
	wk := x.work
	if known := wk.may[c]; known != 0 {
		return known == 1
	}
	g := x.m.Comp(c).Prior + weight.Incumbent + wk.sum[c]
	for st := range x.m.Stations() {
		if x.s.PingAsOf(st) < wk.newest[c] || soft {
			continue
		}
		if n := x.s.Seen(c, st) - wk.count[c]; n > 0 {
			g += evidence.HealthyPing * float32(n)
		}
	}
	wk.may[c] = 2
	if g > 0 {
		wk.may[c] = 1
	}
	return g > 0
}

// liveAreas finds the protection domains in which something itself is dark: a
// node of it, or a port on one of its links. Elsewhere no two failures can
// explain what is dark.
func (x *Searcher) liveAreas(pts []int32) map[int32]bool {
	live := map[int32]bool{}
	for _, p := range pts {
		if x.m.Point(p).Line >= 0 {
			continue
		}
		for _, en := range x.m.Entries(p) {
			if en.Rel() == evidence.Self || en.Rel() == evidence.Link || en.Rel() == evidence.Own {
				for _, at := range x.m.AreasOf(en.Comp()) {
					live[at] = true
				}
			}
		}
	}
	return live
}
