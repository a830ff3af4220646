package life

import (
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// workOn is until when planned work explains a claim that hits some lines; 0 if
// it does not. Each root must be worked on, or a believable rival in its place;
// or else each of the lines.
func (b *Book) workOn(c *search.Claim, down []int32, t int64) int64 {
	if until := b.workOnRoots(c, t); until > 0 {
		return until
	}
	return b.plan.Lines(down, c.Began, t)
}

func (b *Book) workOnRoots(c *search.Claim, t int64) int64 {
	planned := b.plan.Parts(c.Began, t)
	until := int64(0)
	for i, root := range c.Roots {
		to := planned[root]
		for _, x := range c.Classes[i] {
			if x.P > weight.PlannedShare {
				to = max(to, planned[x.Comp])
			}
		}
		if to == 0 {
			return 0
		}
		until = max(until, to)
	}
	return until
}

// EndWork lets faults that planned work has explained until now be judged anew:
// what outlives its window is a fault. It tells whether there are any.
func (b *Book) EndWork(t int64) bool {
	any := false
	for _, f := range b.faults {
		if f.workTil > 0 && f.workTil <= t {
			f.workTil = 0
			b.stirred[f], any = true, true
		}
	}
	return any
}
