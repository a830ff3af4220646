package search

import (
	"slices"

	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/state"
	"github.com/linewarden/linewarden/correlator/infer/weight"
)

// span is a stretch of a flat array.
type span struct{ from, to int32 }

// cand is a component that explains something in the region.
type cand struct {
	comp   int32
	bonus  float32 // of a root that stands already, or a station that says so itself
	list   span    // into items: points that it says something of
	silent int32   // into silence: what silence costs it, by epoch
	root   bool
	guess  int32 // into guesses: the part of silent that rests on what is not known yet; -1
}

type item struct {
	p int32 // place in the region's points
	w float32
}

// root is a component held to have failed, and since which epoch.
type root struct {
	cand  int32
	epoch int8
}

// region is one independent search: its points do not share a believable
// cause with any other's.
type region struct {
	m    *model.Model
	s    *state.State
	soft bool
	work *work

	pts     []int32
	epochs  []int64 // when its symptoms began, oldest first
	epoch   []int8  // of each point
	cands   []cand
	items   []item
	byWay   []bool // item -> it stands on the line's own way, not on that of the observation
	silence []float32
	guesses []float32
	expl    []float32 // what the roots explain of each point
	neg     []float32 // what speaks against the roots
	joint   []bool    // explained by several roots together
	roots   []root

	sorted    int     // cands before this place are sorted by component
	areas     []int32 // that the way to some dark point crosses
	tables    map[int32]*segTable
	groups    [][]int32 // candidates that explain something only together
	jointCost float32
	inArea    map[int32][]int // area -> places among the roots; nil: not known at present
}

// newRegion prepares the search of some raised points. bonus is what speaks for
// a component apart from its prior and the evidence.
func newRegion(
	m *model.Model, s *state.State, wk *work, pts []int32, soft bool, bonus map[int32]float32,
) *region {
	r := &region{m: m, s: s, soft: soft, work: wk, pts: pts, tables: map[int32]*segTable{}}
	slices.Sort(r.pts)
	r.setEpochs()
	n := len(pts)
	r.expl, r.neg, r.joint = make([]float32, n), make([]float32, n), make([]bool, n)
	for i, p := range r.pts {
		wk.local[p] = int32(i) + 1
	}
	seen := map[int32]bool{}
	for _, p := range r.pts {
		for _, id := range m.PointSegments(p) {
			if at := m.Segment(id).Area; !seen[at] {
				seen[at] = true
				r.areas = append(r.areas, at)
			}
		}
	}
	slices.Sort(r.areas)
	r.findCands(bonus)
	r.sorted = len(r.cands)
	return r
}

// done gives the scratch back clean.
func (r *region) done() {
	for _, p := range r.pts {
		r.work.local[p] = 0
	}
}

// setEpochs groups the beginnings of symptoms: what began within two seconds
// of the one before is one time; more times than maxepochs are grouped coarser.
func (r *region) setEpochs() {
	times := make([]int64, len(r.pts))
	for i, p := range r.pts {
		times[i] = r.s.Since(p)
	}
	slices.Sort(times)
	for gap := weight.OneTime; ; gap *= 4 {
		r.epochs = r.epochs[:0]
		for i, t := range times {
			if i == 0 || t-times[i-1] > gap {
				r.epochs = append(r.epochs, t)
			}
		}
		if len(r.epochs) <= weight.MaxEpochs {
			break
		}
	}
	r.epoch = make([]int8, len(r.pts))
	for i, p := range r.pts {
		r.epoch[i] = r.epochOf(r.s.Since(p))
	}
}

// epochOf is the last epoch that began at t or before it, or -1.
func (r *region) epochOf(t int64) int8 {
	at, found := slices.BinarySearch(r.epochs, t)
	if !found {
		at--
	}
	return int8(at)
}

// findCands collects the components that some point speaks for.
func (r *region) findCands(bonus map[int32]float32) {
	m, wk := r.m, r.work
	r.countItems()
	total := int32(0)
	for _, c := range wk.touch {
		if m.Comp(c).Prior+bonus[c]+wk.sum[c] > 0 || m.InArea(c) {
			r.cands = append(r.cands, cand{comp: c, bonus: bonus[c], list: span{total, total}, silent: -1, guess: -1})
			wk.cand[c] = int32(len(r.cands))
			total += wk.count[c]
		}
	}
	r.fillItems(total)
	r.weighSilence()
	for _, c := range wk.touch {
		wk.cand[c], wk.count[c], wk.sum[c] = 0, 0, 0
	}
}

// countItems counts, in the scratch, the points that say something of each component.
func (r *region) countItems() {
	wk := r.work
	weigh := scale{soft: r.soft}
	wk.touch = wk.touch[:0]
	for _, p := range r.pts {
		w := weigh.of(r.s.Mask(p))
		for _, e := range r.m.Entries(p) {
			x := w[e.Rel()]
			if x == 0 {
				continue
			}
			c := e.Comp()
			if wk.count[c] == 0 {
				wk.touch = append(wk.touch, c)
			}
			wk.count[c]++
			if x > 0 {
				wk.sum[c] += x
			}
		}
	}
	slices.Sort(wk.touch)
}

// fillItems lists for each candidate the points that say something of it.
func (r *region) fillItems(total int32) {
	weigh := scale{soft: r.soft}
	r.items, r.byWay = make([]item, total), make([]bool, total)
	for i, p := range r.pts {
		w := weigh.of(r.s.Mask(p))
		for _, e := range r.m.Entries(p) {
			x := w[e.Rel()]
			at := r.work.cand[e.Comp()]
			if x == 0 || at == 0 {
				continue
			}
			c := &r.cands[at-1]
			r.items[c.list.to], r.byWay[c.list.to] = item{int32(i), x}, e.Rel() == evidence.Way
			c.list.to++
		}
	}
}
