package infer

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// A network that recovers does so piece by piece: the far end is back before
// the router behind it has booted, and each target is seen at its own next
// turn. Judged anew, what is left would look like other faults. So a verdict
// that has begun to recover keeps its roots and only loses lines, until
// nothing is left of it, something new is dark that its roots would explain,
// or a while has passed since its last recovery.

// recover takes the recovery of published faults into account before a search.
func (e *Engine) recover(t int64) {
	for _, f := range e.faults {
		if f.adopted {
			f.adopted = false
			e.gather(f)
		}
		if f.said == nil || f.said.State != verdict.Open || f.claim == nil || f.forced || len(f.claim.pts) == 0 || !e.stirred[f] && f.thawAt == 0 {
			continue
		}
		left := make([]int32, 0, len(f.claim.pts))
		for _, p := range f.claim.pts {
			if e.in(f.claim, p) && e.faultOf[p] == f {
				left = append(left, p)
			}
		}
		if len(left) < len(f.claim.pts) && f.windowEnd == 0 {
			f.thawAt = t + int64(e.opt.Thaw)
		}
		if f.thawAt == 0 {
			continue
		}
		if len(left) > 0 && e.spreads(f) {
			f.thawAt = 0
			e.stirred[f] = true
			continue
		}
		if len(left) == len(f.claim.pts) {
			continue
		}
		for _, p := range f.claim.pts {
			if !e.in(f.claim, p) && e.faultOf[p] == f {
				e.faultOf[p] = nil
			}
		}
		if len(left) == 0 {
			continue // over: match lets it go
		}
		c := *f.claim
		c.pts = left
		f.claim = &c
		f.lines = e.affected(&c, []*claim{&c})
		delete(e.stirred, f)
		e.note(f, t)
		e.letGo(f, t)
	}
}

// gather gives an adopted fault all that began with it and that its roots
// explain. Its verdict was given for less: what came in afterwards changed
// nothing in it.
func (e *Engine) gather(f *fault) {
	if f.forced || f.claim == nil {
		return
	}
	roots := map[int32]bool{}
	for _, r := range f.said.Roots {
		if at, ok := e.m.compAt[r.Subject]; ok {
			roots[at] = true
		}
	}
	for _, p := range e.s.raised {
		if e.faultOf[p] != nil || !e.in(f.claim, p) || e.s.since[p] < f.began-int64(e.opt.Patience) {
			continue
		}
		pt := &e.m.points[p]
		if slices.ContainsFunc(e.m.entries[pt.entries.from:pt.entries.to], func(en entry) bool { return roots[en.comp()] }) {
			e.faultOf[p] = f
			f.claim.pts = append(f.claim.pts, p)
		}
	}
	slices.Sort(f.claim.pts)
}

// in tells whether a point still shows what a claim explains.
func (e *Engine) in(c *claim, p int32) bool {
	if c.soft {
		return e.s.mask[p]&evidence.Soft != 0
	}
	return e.s.mask[p]&evidence.Hard != 0
}

// spreads tells whether something has become dark that the fault's roots would
// explain.
func (e *Engine) spreads(f *fault) bool {
	for _, p := range e.dirty {
		if e.faultOf[p] != nil || !e.in(f.claim, p) {
			continue
		}
		pt := &e.m.points[p]
		for _, en := range e.m.entries[pt.entries.from:pt.entries.to] {
			if slices.Contains(f.claim.roots, en.comp()) {
				return true
			}
		}
	}
	return false
}

// thawEdge is when the next recovering fault is judged anew.
func (e *Engine) thawEdge() int64 {
	at := int64(0)
	for _, f := range e.faults {
		if f.thawAt > 0 && f.claim != nil && (at == 0 || f.thawAt < at) {
			at = f.thawAt
		}
	}
	return at
}

// thaw lets what is left of a recovering fault be judged anew.
func (e *Engine) thaw(t int64) {
	for _, f := range e.faults {
		if f.thawAt > 0 && f.thawAt <= t {
			f.thawAt = 0
			e.stirred[f] = true
			e.first, e.last = t-int64(e.opt.Patience), t-int64(e.opt.Quiet)
		}
	}
}
