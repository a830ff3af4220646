// Package life is the life of faults: which claim of a search continues which
// fault, how long one is held before it is said, when it is revised, how it
// recovers, and when it is over. Its verdicts follow their roots, and then their
// symptoms; a fault that recovers piece by piece keeps its roots, and one whose
// root fails again within minutes goes on under its id.
//
// A sure root is said at once, the rest after a hold by class (Options), and a
// revision of root or domain only when it is sure or has stood for a while.
// Collectors that have fallen silent are faults of another kind (SilentCollector).
//
// Time is an argument: nanoseconds since 1970, and 0 is never.
package life

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/state"
	"github.com/linewarden/linewarden/correlator/infer/statement"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// Book holds the faults of one model.
type Book struct {
	m       *model.Model
	s       *state.State
	changes *state.Changes
	writer  *statement.Writer
	opt     Options
	plan    *state.Plan

	faults  []*Fault // in the order of their rank
	silent  []*SilentCollector
	over    []*Fault        // cleared not long ago
	faultOf []*Fault        // point -> fault that explains it
	stirred map[*Fault]bool // something of them has changed since the last search
	nextID  uint64
}

// NewBook is empty.
func NewBook(m *model.Model, s *state.State, changes *state.Changes, opt Options) *Book {
	_, points, _ := m.Size()
	return &Book{m: m, s: s, changes: changes, writer: statement.New(m, s), opt: opt, plan: state.NewPlan(m, nil),
		faultOf: make([]*Fault, points), stirred: map[*Fault]bool{}}
}

// SetPlan replaces the planned work.
func (b *Book) SetPlan(plan *state.Plan) { b.plan = plan }

// Open counts the faults that are said and not over.
func (b *Book) Open() int {
	n := 0
	for _, f := range b.faults {
		if f.out() {
			n++
		}
	}
	for _, c := range b.silent {
		if c.said != nil {
			n++
		}
	}
	return n
}

// Touch notes that a point has changed, and so its fault.
func (b *Book) Touch(p int32, t int64) {
	b.changes.Mark(p)
	if f := b.faultOf[p]; f != nil {
		b.stirred[f] = true
	}
	b.changes.Stir(t)
}

// StirStations has the faults of stations judged anew: a sweep has said something.
func (b *Book) StirStations() {
	for _, f := range b.faults {
		if f.claim != nil && len(f.claim.Roots) == 1 && b.m.IsStation(f.claim.Roots[0]) {
			b.stirred[f] = true
		}
	}
}

// Recovers tells whether a point belongs to a fault that recovers: it is not to be
// searched.
func (b *Book) Recovers(p int32) bool {
	f := b.faultOf[p]
	return f != nil && f.stage == Recovering
}

// Stale tells whether a region must be searched again.
func (b *Book) Stale(pts []int32) bool {
	for _, p := range pts {
		if f := b.faultOf[p]; f == nil || b.stirred[f] || b.changes.Touch(p, b.s.Since(p)) {
			return true
		}
	}
	return false
}

// Bonuses are what speaks for components beside prior and evidence: that an open
// verdict names them, and that work is planned on them.
func (b *Book) Bonuses(pts []int32, soft bool, t int64) map[int32]float32 {
	out := map[int32]float32{}
	for _, p := range pts {
		if f := b.faultOf[p]; f != nil && f.said != nil && f.claim != nil && f.claim.Soft == soft {
			for _, c := range f.claim.Roots {
				out[c] = weight.Incumbent
			}
		}
	}
	for _, c := range b.plan.Open(t) {
		out[c] += weight.Planned
	}
	return out
}

func (b *Book) sort() {
	slices.SortStableFunc(b.faults, func(x, y *Fault) int { return x.rank().compare(y.rank()) })
	slices.SortStableFunc(b.silent, func(x, y *SilentCollector) int { return x.rank().compare(y.rank()) })
}

// release takes from a fault the points that are still its own.
func (b *Book) release(f *Fault) {
	for _, p := range f.claim.Points {
		if b.faultOf[p] == f {
			b.faultOf[p] = nil
		}
	}
}

// shows tells whether a point still shows what a claim explains.
func (b *Book) shows(c *search.Claim, p int32) bool {
	if c.Soft {
		return b.s.Soft(p)
	}
	return b.s.Hard(p)
}
