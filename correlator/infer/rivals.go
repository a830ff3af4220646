package infer

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// member is a component with what it is worth as an explanation.
type member struct {
	comp  int32
	score float32 // log posterior up to a constant
	llr   float32 // the same without its prior
	sure  float32 // the same without what is merely not known yet
	p     float64
}

// claim is what the search says of one fault: its roots, who rivals them, and
// what they explain.
type claim struct {
	soft    bool
	roots   []int32    // one, or those that only together explain it; none: undetermined
	classes [][]member // for each root: itself and all that may stand in its place, best first
	pts     []int32    // the points it explains
	began   int64
	domains []verdict.DomainShare
	certain bool // what is still due cannot change the domain
	meets   bool // another fault breaks the same area: they may be one
}

// claims turns the roots of a searched region into claims.
func (r *region) claims() []*claim {
	wk := r.work
	for i := range r.cands {
		wk.cand[r.cands[i].comp] = int32(i) + 1
	}
	r.restore()
	first, second := r.topTwo()
	group := make([]int, len(r.roots)) // root -> claim
	for i := range group {
		group[i] = i
	}
	for _, g := range r.groups {
		lead := -1
		for i, h := range r.roots {
			if slices.Contains(g, h.cand) {
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
	}
	taken := make([]bool, len(r.pts))
	byGroup := map[int]*claim{}
	var out []*claim
	for i, h := range r.roots {
		c := byGroup[group[i]]
		if c == nil {
			c = &claim{soft: r.soft, began: math.MaxInt64}
			byGroup[group[i]] = c
			out = append(out, c)
		}
		c.roots = append(c.roots, r.cands[h.cand].comp)
		if r.meets(i) {
			c.meets = true
		}
		if r.inPair(h) || r.meets(i) {
			c.classes = append(c.classes, r.jointClass(i))
		} else {
			c.classes = append(c.classes, r.class(h, first, second))
		}
		cd := &r.cands[h.cand]
		for k := cd.list.from; k < cd.list.to; k++ {
			it := r.items[k]
			if it.w > 0 && r.epoch[it.p] >= h.epoch && !taken[it.p] && r.cover(k) >= r.expl[it.p]-0.75 {
				taken[it.p] = true
				c.pts = append(c.pts, r.pts[it.p])
			}
		}
	}
	r.shareJoint(byGroup, group, taken)
	out = append(out, r.unexplained(taken)...)
	for i := range r.cands {
		wk.cand[r.cands[i].comp] = 0
	}
	kept := out[:0]
	for _, c := range out {
		if len(c.pts) == 0 && !r.forced(c) {
			continue
		}
		slices.Sort(c.pts)
		c.began = r.beginning(c.pts)
		c.judge(r.m)
		kept = append(kept, c)
	}
	return kept
}

// stale is how long before everything else what shows in the management alone
// may have begun and still be the first sign of the same fault.
const stale = int64(2 * time.Minute)

// beginning is when the first of some points became dark. A management address
// that has not answered for longer was no outage then, and does not make one
// begin earlier.
func (r *region) beginning(pts []int32) int64 {
	first, management := int64(math.MaxInt64), int64(math.MaxInt64)
	for _, p := range pts {
		if r.m.management(p) {
			continue
		}
		first = min(first, r.s.since[p])
	}
	for _, p := range pts {
		if first == math.MaxInt64 || r.s.since[p] >= first-stale {
			management = min(management, r.s.since[p])
		}
	}
	return min(first, management)
}

// management tells whether a point shows the management of a customer's end
// and not its service or its access: the CPE's address, an unmanaged unit.
func (m *model) management(p int32) bool {
	pt := &m.points[p]
	if pt.line >= 0 || pt.device < 0 || p >= m.portBase {
		return false
	}
	d := &m.inv.Devices[pt.device]
	return d.Kind == inventory.CPE || !d.NearEnd.IsZero()
}

// meets tells whether another root breaks the same area: then what stands in
// this one's place may do so only together with that one.
func (r *region) meets(i int) bool {
	if r.soft || len(r.roots) > 64 {
		return false
	}
	for _, at := range r.areas {
		if _, roots := r.failedIn(r.m.areas[at]); len(roots) > 1 && slices.Contains(roots, i) {
			return true
		}
	}
	return false
}

func (r *region) forced(c *claim) bool {
	return len(c.roots) == 1 && r.m.comps[c.roots[0]].kind == symptom.StationSubject
}

// shareJoint gives the points that roots explain together to their claim.
func (r *region) shareJoint(byGroup map[int]*claim, group []int, taken []bool) {
	for _, g := range r.groups {
		for i, h := range r.roots {
			if !slices.Contains(g, h.cand) {
				continue
			}
			c := byGroup[group[i]]
			for p := range r.pts {
				if r.joint[p] && !taken[p] {
					taken[p] = true
					c.pts = append(c.pts, r.pts[p])
				}
			}
			break
		}
	}
}

// class ranks the components that could stand in a root's place, the other
// roots unchanged.
func (r *region) class(h root, first, second []float32) []member {
	m := r.m
	own := &r.cands[h.cand]
	acc, in := r.work.acc, r.work.in // by place among the candidates
	touched := []int32{h.cand}
	in[h.cand] = true
	weigh := scale{soft: r.soft}
	for k := own.list.from; k < own.list.to; k++ {
		it := r.items[k]
		if r.epoch[it.p] < h.epoch {
			continue
		}
		others := first[it.p]
		if it.w > 0 && r.cover(k) >= first[it.p] {
			others = second[it.p]
		}
		p := r.pts[it.p]
		w := weigh.of(r.s.mask[p])
		for _, e := range m.entries[m.points[p].entries.from:m.points[p].entries.to] {
			at := r.work.cand[e.comp()] - 1
			if at < 0 || r.cands[at].root && at != h.cand {
				continue
			}
			if !in[at] {
				in[at] = true
				touched = append(touched, at)
			}
			if x := w[e.rel()]; x > 0 {
				acc[at] += max(x-others, 0)
			} else {
				acc[at] += x
			}
		}
	}
	all := make([]member, 0, len(touched))
	for _, at := range touched {
		all = append(all, r.member(at, acc[at], int32(h.epoch)))
		acc[at], in[at] = 0, false
	}
	return rank(all)
}

func (r *region) member(at int32, sum float32, epoch int32) member {
	c := &r.cands[at]
	prior := r.m.comps[c.comp].prior
	if c.bonus != incumbent {
		prior += c.bonus // that it stood before is no reason that it should be right
	}
	quiet := r.silence[c.silent+epoch]
	guess := float32(0)
	if c.guess >= 0 && int(c.guess+epoch) < len(r.guesses) {
		guess = r.guesses[c.guess+epoch]
	}
	return member{comp: c.comp, score: prior + sum + quiet, llr: sum + quiet, sure: prior + sum + quiet - guess}
}

// jointClass ranks what could stand in the place of a root that explains
// something only together with others.
func (r *region) jointClass(i int) []member {
	saved := slices.Clone(r.roots)
	h := saved[i]
	r.setRoots(slices.Delete(slices.Clone(saved), i, i+1))
	var all []member
	for _, at := range r.areas {
		a := r.m.areas[at]
		failed, _ := r.failedIn(a)
		if _, in := slices.BinarySearch(a.comps, r.cands[h.cand].comp); !in {
			continue
		}
		for _, e := range r.elements(at) {
			if r.cands[e].root {
				continue
			}
			own, undo := r.suppose(e)
			gain, cost, _ := r.joint2(at, append(slices.Clone(failed), r.cands[e].comp))
			r.undo(undo)
			prior := r.m.comps[r.cands[e].comp].prior
			x := member{comp: r.cands[e].comp, score: own + gain + cost, llr: own + gain + cost - prior, sure: own + gain}
			if r.cands[e].bonus == incumbent {
				x.score, x.sure = x.score-incumbent, x.sure-incumbent
			}
			all = append(all, x)
		}
		break
	}
	// A single failure may do as well as the pair: a node between two cuts.
	for e := range r.cands {
		c := r.cands[e].comp
		if r.cands[e].root || slices.ContainsFunc(all, func(x member) bool { return x.comp == c }) {
			continue
		}
		if own, _ := r.gain(int32(e)); own > 0 {
			all = append(all, member{comp: c, score: own, llr: own - r.m.comps[c].prior, sure: own})
		}
	}
	if !slices.ContainsFunc(all, func(x member) bool { return x.comp == r.cands[h.cand].comp }) {
		all = append(all, member{comp: r.cands[h.cand].comp})
	}
	r.setRoots(saved)
	return rank(all)
}

// rank orders rivals and gives them their probabilities.
func rank(all []member) []member {
	if len(all) > 64 { // a hub has thousands of rivals, nearly all of them hopeless
		best := all[0].score
		for _, x := range all {
			best = max(best, x.score)
		}
		all = slices.DeleteFunc(all, func(x member) bool { return x.score < best-16 })
	}
	slices.SortFunc(all, func(a, b member) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.comp, b.comp))
	})
	sum := 0.0
	for i := range all {
		all[i].p = math.Exp(float64(all[i].score - all[0].score))
		sum += all[i].p
	}
	for i := range all {
		all[i].p /= sum
	}
	if len(all) > 32 {
		all = all[:32]
	}
	return all
}

// unexplained makes claims without a root of the hard symptoms that no root
// explains, by the device they are at.
func (r *region) unexplained(taken []bool) []*claim {
	if r.soft {
		return nil
	}
	byDevice := map[int32]*claim{}
	var out []*claim
	for i, p := range r.pts {
		if taken[i] || r.expl[i] > 0 {
			continue
		}
		d := r.m.points[p].device
		c := byDevice[d]
		if c == nil {
			c = &claim{began: math.MaxInt64}
			byDevice[d] = c
			out = append(out, c)
		}
		c.pts = append(c.pts, p)
	}
	for _, c := range out {
		acc := map[int32]float32{}
		for _, p := range c.pts {
			w := r.weights(r.s.mask[p])
			for _, e := range r.m.entries[r.m.points[p].entries.from:r.m.points[p].entries.to] {
				if at := r.work.cand[e.comp()]; at > 0 && !r.cands[at-1].root {
					acc[at-1] += w[e.rel()]
				}
			}
		}
		var all []member
		for at, sum := range acc {
			if r.m.comps[r.cands[at].comp].kind != symptom.StationSubject {
				all = append(all, r.member(at, sum, 0))
			}
		}
		if len(all) > 0 {
			c.classes = [][]member{rank(all)}
		}
	}
	return out
}

// judge sums the probabilities of the rivals by domain.
func (c *claim) judge(m *model) {
	share, sure := map[verdict.Domain]float64{}, map[verdict.Domain]float64{}
	for _, class := range c.classes {
		best := float32(math.Inf(-1))
		for _, x := range class {
			best = max(best, x.sure)
		}
		sum := 0.0
		part := map[verdict.Domain]float64{}
		for _, x := range class {
			p := math.Exp(float64(x.sure - best))
			part[m.comps[x.comp].domain] += p
			sum += p
			share[m.comps[x.comp].domain] += x.p / float64(len(c.classes))
		}
		for d, p := range part {
			sure[d] += p / sum / float64(len(c.classes))
		}
	}
	c.domains = nil
	for d, p := range share {
		c.domains = append(c.domains, verdict.DomainShare{Domain: d, P: math.Round(p*1e4) / 1e4})
	}
	slices.SortFunc(c.domains, func(a, b verdict.DomainShare) int {
		return cmp.Or(cmp.Compare(b.P, a.P), cmp.Compare(a.Domain, b.Domain))
	})
	c.certain = len(c.domains) > 0 && c.domains[0].P >= decided && sure[c.domains[0].Domain] >= decided
}

// sharp tells whether each root is sure, and not only the domain, and whether
// it would be so without what is merely not known yet.
func (c *claim) sharp() bool {
	for _, class := range c.classes {
		best, sum := class[0].sure, 0.0
		for _, x := range class {
			sum += math.Exp(min(float64(x.sure-best), 50))
		}
		if class[0].p < decided || 1/sum < decided {
			return false
		}
	}
	return true
}

// decided is the probability at which one explanation has the margin ln 20
// over all others together.
const decided = 0.95
