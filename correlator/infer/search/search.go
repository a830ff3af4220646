// Package search finds what explains the raised points of a model: it splits them
// into regions that share no believable cause, and within one takes the worthiest
// component again and again, the most evidence for its cost, where the cost is its
// prior and the silence of what it should have darkened. Where two roots or more
// break one protection domain, or a point with protection on its way stays
// unexplained, pairs are tried; what has become needless is dropped. The posterior
// of every root is taken over all that could stand in its place, the other roots
// unchanged.
//
// A root explains only what began when it failed or later, so that an old fault
// and a new one behind the same hub stay two (epochs).
//
// The package knows of time only that one symptom began before another, and
// nothing of what has been published: what speaks for a root beside the evidence
// is told to it as a bonus.
package search

import (
	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/state"
)

// Searcher searches one model and what is known of it. It keeps scratch between
// searches, and nothing else.
type Searcher struct {
	m    *model.Model
	s    *state.State
	work *work
}

// New makes a searcher.
func New(m *model.Model, s *state.State) *Searcher { return &Searcher{m: m, s: s, work: newWork(m)} }

// Search finds what explains the raised points of a region: those that work
// badly (soft), or those that do not work at all. bonus is what speaks for a
// component apart from its prior and the evidence. The points get sorted.
func (x *Searcher) Search(pts []int32, soft bool, bonus map[int32]float32) []*Claim {
	r := newRegion(x.m, x.s, x.work, pts, soft, bonus)
	defer r.done()
	r.run()
	return r.claims()
}

// work is the scratch of searches: arrays as long as there are components.
type work struct {
	cand   []int32 // component -> 1 + place in cands
	count  []int32
	sum    []float32
	touch  []int32
	local  []int32 // point -> 1 + place in pts
	newest []int64
	lead   []int32 // component -> 1 + place of a point
	may    []int8  // component -> 1 believable, 2 not
	acc    []float32
	in     []bool
}

func newWork(m *model.Model) *work {
	comps, points, _ := m.Size()
	return &work{cand: make([]int32, comps), count: make([]int32, comps), sum: make([]float32, comps),
		local: make([]int32, points), newest: make([]int64, comps), lead: make([]int32, comps),
		may: make([]int8, comps), acc: make([]float32, comps), in: make([]bool, comps)}
}
