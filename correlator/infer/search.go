package infer

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/correlator/evidence"
)

// margin is ln 20: how much better than its best rival an explanation must be
// to be believed.
const margin = 2.9957

// maxEpochs bounds the times at which a fault of a region may have begun.
const maxEpochs = 16

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
	m    *model
	s    *state
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

func newWork(m *model) *work {
	return &work{cand: make([]int32, len(m.comps)), count: make([]int32, len(m.comps)),
		sum: make([]float32, len(m.comps)), local: make([]int32, len(m.points)),
		newest: make([]int64, len(m.comps)), lead: make([]int32, len(m.comps)), may: make([]int8, len(m.comps)), acc: make([]float32, len(m.comps)), in: make([]bool, len(m.comps))}
}

func (r *region) weights(mask evidence.Mask) evidence.Weights {
	if r.soft {
		return evidence.Impaired(mask)
	}
	return evidence.Raised(mask)
}

// newRegion prepares the search of some raised points. bonus is what speaks for
// a component apart from its prior and the evidence.
func newRegion(m *model, s *state, wk *work, pts []int32, soft bool, bonus map[int32]float32) *region {
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
		for _, id := range m.segsOf[m.points[p].segs.from:m.points[p].segs.to] {
			if at := m.segments[id].area; !seen[at] {
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
// of the one before is one time; more times than maxEpochs are grouped coarser.
func (r *region) setEpochs() {
	times := make([]int64, len(r.pts))
	for i, p := range r.pts {
		times[i] = r.s.since[p]
	}
	slices.Sort(times)
	for gap := int64(2 * time.Second); ; gap *= 4 {
		r.epochs = r.epochs[:0]
		for i, t := range times {
			if i == 0 || t-times[i-1] > gap {
				r.epochs = append(r.epochs, t)
			}
		}
		if len(r.epochs) <= maxEpochs {
			break
		}
	}
	r.epoch = make([]int8, len(r.pts))
	for i, p := range r.pts {
		r.epoch[i] = r.epochOf(r.s.since[p])
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
	weigh := scale{soft: r.soft}
	wk.touch = wk.touch[:0]
	for _, p := range r.pts {
		w := weigh.of(r.s.mask[p])
		for _, e := range m.entries[m.points[p].entries.from:m.points[p].entries.to] {
			x := w[e.rel()]
			if x == 0 {
				continue
			}
			if wk.count[e.comp()] == 0 {
				wk.touch = append(wk.touch, e.comp())
			}
			wk.count[e.comp()]++
			if x > 0 {
				wk.sum[e.comp()] += x
			}
		}
	}
	slices.Sort(wk.touch)
	total := int32(0)
	for _, c := range wk.touch {
		if m.comps[c].prior+bonus[c]+wk.sum[c] > 0 || m.inArea(c) {
			r.cands = append(r.cands, cand{comp: c, bonus: bonus[c], list: span{total, total}, silent: -1, guess: -1})
			wk.cand[c] = int32(len(r.cands))
			total += wk.count[c]
		}
	}
	r.items, r.byWay = make([]item, total), make([]bool, total)
	for i, p := range r.pts {
		w := weigh.of(r.s.mask[p])
		for _, e := range m.entries[m.points[p].entries.from:m.points[p].entries.to] {
			x := w[e.rel()]
			at := wk.cand[e.comp()]
			if x == 0 || at == 0 {
				continue
			}
			c := &r.cands[at-1]
			r.items[c.list.to], r.byWay[c.list.to] = item{int32(i), x}, e.rel() == evidence.Way
			c.list.to++
		}
	}
	r.weighSilence()
	for _, c := range wk.touch {
		wk.cand[c], wk.count[c], wk.sum[c] = 0, 0, 0
	}
}

// cover is how far an item explains its point. What stands on a line's own way
// is less likely to show there, but where it has failed no more is to be said.
func (r *region) cover(k int32) float32 {
	if r.byWay[k] {
		return max(r.items[k].w, jointWeight)
	}
	return r.items[k].w
}

// gain is what a component adds to what the roots explain already, and the
// epoch since which it is best held to have failed.
func (r *region) gain(at int32) (float32, int8) {
	c := &r.cands[at]
	var by [maxEpochs]float32
	for _, it := range r.items[c.list.from:c.list.to] {
		if it.w > 0 {
			if d := it.w - r.expl[it.p]; d > 0 {
				by[r.epoch[it.p]] += d
			}
		} else if d := it.w - r.neg[it.p]; d < 0 {
			by[r.epoch[it.p]] += d
		}
	}
	prior := r.m.comps[c.comp].prior + c.bonus
	best, bestAt := float32(-1e30), int8(0)
	sum := float32(0)
	for e := len(r.epochs) - 1; e >= 0; e-- {
		if by[e] == 0 && e > 0 {
			continue // nothing of it began then
		}
		sum += by[e]
		if g := prior + sum + r.silence[c.silent+int32(e)]; g > best {
			best, bestAt = g, int8(e)
		}
	}
	return best, bestAt
}

// hold makes a component a root.
func (r *region) hold(at int32, epoch int8) {
	r.roots = append(r.roots, root{at, epoch})
	r.cands[at].root = true
	r.explain(at, epoch)
}

func (r *region) explain(at int32, epoch int8) {
	c := &r.cands[at]
	for k := c.list.from; k < c.list.to; k++ {
		it := r.items[k]
		if r.epoch[it.p] < epoch {
			continue
		}
		if it.w > 0 {
			r.expl[it.p] = max(r.expl[it.p], r.cover(k))
		} else {
			r.neg[it.p] = min(r.neg[it.p], it.w)
		}
	}
}

// restore computes what the present roots explain from scratch.
func (r *region) restore() {
	clear(r.expl)
	clear(r.neg)
	clear(r.joint)
	for _, h := range r.roots {
		r.explain(h.cand, h.epoch)
	}
	r.explainJointly()
}

// worth is how much of the evidence a candidate explains for what it costs to
// believe in it: its prior, and the silence of what it should have darkened.
// Taking the greatest gain first would let a station, or a router on every way,
// swallow a dozen faults and then leave nothing for their true roots to gain.
func (r *region) worth(at int32) (worth, gain float32, epoch int8) {
	gain, epoch = r.gain(at)
	c := &r.cands[at]
	cost := max(-(r.m.comps[c.comp].prior + c.bonus + r.silence[c.silent+int32(epoch)]), 0.5)
	return (gain + cost) / cost, gain, epoch
}

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
		if r.cands[i].bonus >= sureBonus {
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

// incumbent is the bonus of a root that a published verdict names: it takes the
// full margin to turn it over.
const incumbent = margin

// sureBonus holds a component without asking: a station that says itself that
// it is cut off.
const sureBonus = 15

// eliminate drops roots that the later ones made needless. It tells whether
// anything changed.
func (r *region) eliminate() bool {
	if len(r.roots) < 2 || len(r.roots) > 4096 {
		return false
	}
	changed := false
	first, second := r.topTwo()
	for i := len(r.roots) - 1; i >= 0; i-- {
		h := r.roots[i]
		c := &r.cands[h.cand]
		if c.bonus >= sureBonus {
			continue
		}
		worth := r.m.comps[c.comp].prior + c.bonus + r.silence[c.silent+int32(h.epoch)]
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
		r.roots = slices.Delete(r.roots, i, i+1)
		c.root = false
		r.restore()
		first, second = r.topTwo()
		changed = true
	}
	return changed
}

// topTwo gives for each point the best and the second best explanation.
func (r *region) topTwo() (first, second []float32) {
	first, second = make([]float32, len(r.pts)), make([]float32, len(r.pts))
	for _, h := range r.roots {
		c := &r.cands[h.cand]
		for k := c.list.from; k < c.list.to; k++ {
			it := r.items[k]
			if it.w <= 0 || r.epoch[it.p] < h.epoch {
				continue
			}
			if w := r.cover(k); w > first[it.p] {
				second[it.p] = first[it.p]
				first[it.p] = w
			} else {
				second[it.p] = max(second[it.p], w)
			}
		}
	}
	return first, second
}
