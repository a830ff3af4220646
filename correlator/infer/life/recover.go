package life

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/reach"
	"github.com/linewarden/linewarden/correlator/infer/search"
)

// A network that recovers does so piece by piece: the far end is back before
// the router behind it has booted, and each target is seen at its own next
// turn. Judged anew, what is left would look like other faults. So a verdict
// that has begun to recover keeps its roots and only loses lines, until
// nothing is left of it, something new is dark that its roots would explain,
// or a while has passed since its last recovery.

// Recover takes the recovery of faults that are said into account. It is to be
// called before a search.
func (b *Book) Recover(t int64) {
	for _, f := range b.faults {
		if f.fresh {
			f.fresh = false
			b.gather(f)
		}
		if f.stage == Recovering || f.stage == Open && b.stirred[f] {
			b.recover(f, t)
		}
	}
}

func (b *Book) recover(f *Fault, t int64) {
	all := len(f.claim.Points)
	if all == 0 {
		return
	}
	left := make([]int32, 0, all)
	for _, p := range f.claim.Points {
		if b.shows(f.claim, p) && b.faultOf[p] == f {
			left = append(left, p)
		}
	}
	if len(left) < all && f.workTil == 0 {
		f.enter(Recovering)
		f.recoverTil = t + int64(b.opt.Recovery)
	}
	switch {
	case f.stage != Recovering:
	case len(left) > 0 && b.spreads(f):
		f.reopen()
		b.stirred[f] = true
	case len(left) < all:
		b.shrink(f, left, t)
	}
}

// shrink leaves a recovering fault what is left of it. If nothing is, it is over as
// soon as no claim continues it.
func (b *Book) shrink(f *Fault, left []int32, t int64) {
	for _, p := range f.claim.Points {
		if !b.shows(f.claim, p) && b.faultOf[p] == f {
			b.faultOf[p] = nil
		}
	}
	if len(left) == 0 {
		return
	}
	c := *f.claim
	c.Points = left
	f.claim = &c
	f.lines = reach.Of(b.m, b.s, &c, []*search.Claim{&c})
	delete(b.stirred, f)
	b.compare(f, t)
	b.letGo(f, t)
}

// gather gives an adopted fault all that began with it and that its roots
// explain. Its verdict was given for less: what came in afterwards changed
// nothing in it.
func (b *Book) gather(f *Fault) {
	if f.claim == nil {
		return
	}
	roots := map[int32]bool{}
	for _, r := range f.said.Roots {
		if at, ok := b.m.CompOf(r.Subject); ok {
			roots[at] = true
		}
	}
	for _, p := range b.s.Raised() {
		if b.faultOf[p] != nil || !b.shows(f.claim, p) || b.s.Since(p) < f.began-int64(b.opt.MaxWait) {
			continue
		}
		if slices.ContainsFunc(b.m.Entries(p), func(en model.Entry) bool { return roots[en.Comp()] }) {
			b.faultOf[p] = f
			f.claim.Points = append(f.claim.Points, p)
		}
	}
	slices.Sort(f.claim.Points)
}

// spreads tells whether something has become dark that the fault's roots would
// explain.
func (b *Book) spreads(f *Fault) bool {
	for _, p := range b.changes.Points() {
		if b.faultOf[p] != nil || !b.shows(f.claim, p) {
			continue
		}
		if slices.ContainsFunc(b.m.Entries(p), func(en model.Entry) bool {
			return slices.Contains(f.claim.Roots, en.Comp())
		}) {
			return true
		}
	}
	return false
}

// EndRecoveries lets what is left of faults that have recovered no further for a
// while be judged anew. It tells whether there are any.
func (b *Book) EndRecoveries(t int64) bool {
	any := false
	for _, f := range b.faults {
		if f.recoverTil == 0 || f.recoverTil > t {
			continue
		}
		if f.stage == Recovering {
			f.reopen()
		}
		f.recoverTil = 0
		b.stirred[f], any = true, true
	}
	return any
}
