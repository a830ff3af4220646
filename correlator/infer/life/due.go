package life

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/weight"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Deadline is when the book has something to do next; 0 if it has not.
func (b *Book) Deadline() int64 {
	at := int64(0)
	soonest := func(t int64) {
		if t > 0 && (at == 0 || t < at) {
			at = t
		}
	}
	for _, f := range b.faults {
		soonest(b.due(f))
		soonest(f.workTil)
		if f.stage == Recovering {
			soonest(f.recoverTil)
		}
	}
	for _, c := range b.silent {
		soonest(c.due())
	}
	soonest(b.nextSilent())
	return at
}

// due is when a fault has something to say; 0 if it has not.
func (b *Book) due(f *Fault) int64 {
	switch f.stage {
	case Held:
		return b.hold(f)
	case Ending:
		switch {
		case f.into == nil:
			return f.ended + int64(b.opt.Clear)
		case f.into.said == nil:
			return max(b.due(f.into), f.ended)
		}
		return f.ended
	case Open, Recovering:
		return b.revise(f)
	}
	return 0
}

// revise is when the difference between a fault and what was said of it is to be
// said; 0 if there is none.
func (b *Book) revise(f *Fault) int64 {
	switch {
	case f.differs == 0:
		return 0
	case b.digest(f).samePlace(f.saidWhat):
		return max(f.differs, f.saidAt+int64(b.opt.Lines))
	case f.claim.Certain && f.workTil == 0:
		return max(f.differs, f.saidAt+weight.Resay)
	}
	return f.differs + int64(b.opt.Revise)
}

// hold is until when a new fault waits for what could reverse its verdict.
func (b *Book) hold(f *Fault) int64 {
	c := f.claim
	hit := len(f.lines.Down) + len(f.lines.Degraded)
	switch {
	case c.Soft:
		return f.found + int64(b.opt.Degraded)
	case b.mayYetAnswer(c):
		return f.found + int64(b.opt.Station)
	case hit == 0 && b.mayBeShut(c):
		return f.found + int64(b.opt.OneEnd)
	case hit <= 1 && len(f.lines.AtRisk) == 0:
		if c.Certain && (len(c.Points) > 1 || b.confirmed(c)) {
			return f.found
		}
		return f.found + int64(b.opt.SingleLine)
	case c.Certain && c.Sharp():
		return f.found
	case c.Meets && len(c.Roots) == 1:
		return f.found + int64(b.opt.OneEnd)
	}
	return f.found + int64(b.opt.MultiLine)
}

// mayYetAnswer tells whether a station is thought to be cut off, without saying
// so itself, while the box at which it stands is not known to be dark: if that
// answers, the network behind it has failed.
func (b *Book) mayYetAnswer(c *search.Claim) bool {
	if len(c.Roots) != 1 {
		return false
	}
	st := b.m.StationOf(c.Roots[0])
	if st < 0 || b.s.Isolated(st) != 0 {
		return false
	}
	p := b.m.Uplink(st)
	return !b.m.Point(p).Ping || !b.s.Hard(p)
}

// mayBeShut tells whether all that is known is what one end of a link says of
// it: the port at the other end may have been shut, and its device be about to
// tell us so.
func (b *Book) mayBeShut(c *search.Claim) bool {
	for _, p := range c.Points {
		other, ok := b.m.OtherEnd(p)
		if !ok {
			return false
		}
		if _, in := slices.BinarySearch(c.Points, other); in {
			return false
		}
	}
	return len(c.Points) > 0
}

// confirmed tells whether a sweep that began after the fault still found it.
func (b *Book) confirmed(c *search.Claim) bool {
	return slices.ContainsFunc(c.Points, func(p int32) bool { return b.s.AsOf(p) > c.Began })
}

// concerns tells whether a fault concerns anybody: lines, protection, the network
// itself, or what we see of it. A customer's management address that does not
// answer, while the service does, concerns nobody.
func (b *Book) concerns(f *Fault) bool {
	if !f.lines.None() {
		return true
	}
	if len(f.claim.Roots) == 0 {
		return false
	}
	d := b.m.Comp(f.claim.Roots[0]).Domain
	return d != verdict.Premises && d != verdict.Tail
}
