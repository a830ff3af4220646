package infer

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
)

// fault is one verdict's life: what the search says of it now, and what has
// been said about it.
type fault struct {
	id        string
	claim     *claim // nil: nothing explains itself by it any more
	lines     affected
	found     int64 // first seen by the engine
	began     int64
	differs   int64 // since when the claim is not what was said; 0
	idle      int64 // since when there is no claim; 0
	windowEnd int64
	thawAt    int64 // recovering: what is left of it is not judged anew before then; 0
	adopted   bool  // from an engine before this one, and not looked at yet
	mergeInto *fault
	splitFrom string
	forced    bool // of a collector that has fallen silent
	collector string
	said      *verdict.Verdict
	saidSum   digest
	saidAt    int64
	version   uint64
	most      []int32 // what it explained at its widest
	wasSoft   bool    // of what it said last
}

// match gives each claim to the fault that it continues: the one whose roots it
// names, or else the earliest begun that shares its symptoms. touched are the
// points of all regions that were searched.
func (e *Engine) match(t int64, claims []*claim, touched []int32) {
	old := map[*fault]bool{}
	for f := range e.stirred {
		old[f] = true
	}
	for _, p := range touched {
		if f := e.faultOf[p]; f != nil {
			old[f] = true
		}
	}
	for f := range old {
		if f.forced {
			delete(old, f)
		}
	}
	e.reunite(claims, old)
	pairs := e.pairings(claims, old)
	var homes = make([]*fault, len(claims))
	for _, p := range pairs {
		if homes[p.claim] == nil && old[p.fault] {
			homes[p.claim] = p.fault
			delete(old, p.fault)
		}
	}
	sources := make([]*fault, len(claims))
	for i, c := range claims {
		sources[i] = e.source(c)
	}
	for i := range claims {
		f := homes[i]
		if f == nil {
			f = &fault{found: t}
			e.faults = append(e.faults, f)
		} else if f.claim != nil {
			for _, p := range f.claim.pts {
				if e.faultOf[p] == f {
					e.faultOf[p] = nil
				}
			}
		}
		homes[i] = f
	}
	for i, c := range claims {
		f := homes[i]
		if f.said == nil {
			if from := sources[i]; from != nil && from != f {
				f.splitFrom = from.id
			}
		}
		f.claim, f.idle, f.mergeInto = c, 0, nil
		if f.version == 0 || c.began < f.began {
			f.began = c.began
		}
		if len(c.pts) >= len(f.most) {
			f.most = c.pts
		}
		for _, p := range c.pts {
			e.faultOf[p] = f
		}
		f.lines = e.affected(c, claims)
		f.windowEnd = e.hidden(c, f.lines.down, t)
		e.resume(f, t)
		e.note(f, t)
		e.letGo(f, t)
	}
	for f := range old {
		if f.claim != nil {
			f.mergeInto = e.absorber(f)
			for _, p := range f.claim.pts {
				if e.faultOf[p] == f {
					e.faultOf[p] = nil
				}
			}
		}
		f.claim, f.windowEnd = nil, 0
		if f.idle == 0 {
			f.idle = t
		}
	}
	e.faults = slices.DeleteFunc(e.faults, func(f *fault) bool { return f.claim == nil && f.said == nil })
	e.sortFaults()
}

// letGo ends a fault that has been said and now concerns nobody: the service is
// up, and what is left, such as a management address, would not have been said.
func (e *Engine) letGo(f *fault, t int64) {
	if f.said == nil || e.worthSaying(f) {
		return
	}
	for _, p := range f.claim.pts {
		if e.faultOf[p] == f {
			e.faultOf[p] = nil
		}
	}
	f.claim, f.idle, f.windowEnd, f.mergeInto = nil, t, 0, nil
}

// resume gives a fault that is new, and worth saying, the identity of one whose
// root recovered a moment ago, if most of this was its doing: a thing that flaps
// is one fault.
func (e *Engine) resume(f *fault, t int64) {
	if f.said != nil {
		return
	}
	if !e.worthSaying(f) {
		f.id, f.version, f.splitFrom, f.began = "", 0, "", f.claim.began
		return
	}
	f.found = max(f.found, f.claim.began) // what was dark before concerned nobody
	if f.id != "" {
		return
	}
	for _, g := range e.ended {
		if t > g.idle+int64(e.opt.Again) || g.wasSoft != f.claim.soft || !e.sameRoot(f.claim, g) || slices.ContainsFunc(e.faults, func(f *fault) bool { return f.id == g.id }) {
			continue
		}
		shared := 0
		for _, p := range f.claim.pts {
			if _, in := slices.BinarySearch(g.most, p); in {
				shared++
			}
		}
		if 2*shared >= len(f.claim.pts) {
			f.id, f.version, f.splitFrom, f.began = g.id, g.version, g.splitFrom, g.began
			return
		}
	}
}

// reunite lets a claim take up the open fault of the same root that this search
// has not looked at: one that is recovering when its root fails again, or that
// has just recovered and not been cleared yet. What is left of it is explained
// by the claim, too.
func (e *Engine) reunite(claims []*claim, old map[*fault]bool) {
	for _, f := range e.faults {
		if f.said == nil || f.said.State != verdict.Open || f.forced || old[f] {
			continue
		}
		for _, c := range claims {
			if f.claim != nil && c.soft != f.claim.soft || !e.sameRoot(c, f) {
				continue
			}
			if f.claim != nil {
				c.pts = slices.Concat(c.pts, f.claim.pts)
				slices.Sort(c.pts)
				c.pts = slices.Compact(c.pts)
				c.began = min(c.began, f.claim.began)
			}
			f.thawAt = 0
			old[f] = true
			break
		}
	}
}

func (e *Engine) sortFaults() {
	slices.SortStableFunc(e.faults, func(a, b *fault) int {
		return cmp.Or(cmp.Compare(a.began, b.began), cmp.Compare(a.first(), b.first()), cmp.Compare(a.id, b.id))
	})
}

// first is the fault's first point, for a fixed order.
func (f *fault) first() int32 {
	if f.claim != nil && len(f.claim.pts) > 0 {
		return f.claim.pts[0]
	}
	return -1
}

type pairing struct {
	claim  int
	fault  *fault
	root   bool
	said   bool
	shared int
}

// pairings lists which claims may continue which faults, best first.
func (e *Engine) pairings(claims []*claim, old map[*fault]bool) []pairing {
	var out []pairing
	for i, c := range claims {
		shared := map[*fault]int{}
		for _, p := range c.pts {
			if f := e.faultOf[p]; f != nil && old[f] {
				shared[f]++
			}
		}
		for f := range old {
			n := shared[f]
			root := f.said != nil && e.sameRoot(c, f)
			if n > 0 || root && f.said.State == verdict.Open {
				out = append(out, pairing{i, f, root, f.said != nil, n})
			}
		}
	}
	slices.SortFunc(out, func(a, b pairing) int {
		return cmp.Or(boolCmp(b.root, a.root), boolCmp(b.said, a.said), cmp.Compare(a.fault.began, b.fault.began),
			cmp.Compare(b.shared, a.shared), cmp.Compare(a.fault.id, b.fault.id), cmp.Compare(a.fault.first(), b.fault.first()),
			cmp.Compare(a.claim, b.claim))
	})
	return out
}

func boolCmp(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// sameRoot tells whether a claim names a root that the fault's verdict names.
func (e *Engine) sameRoot(c *claim, f *fault) bool {
	for _, root := range c.roots {
		s := e.m.comps[root].subject
		for _, r := range f.said.Roots {
			if r.Subject == s {
				return true
			}
		}
	}
	return false
}

// source is the published fault that most of a claim's symptoms belong to.
func (e *Engine) source(c *claim) *fault {
	var best, last *fault
	count := map[*fault]int{}
	run := 0
	for _, p := range c.pts {
		f := e.faultOf[p]
		if f == last {
			run++
			continue
		}
		if last != nil {
			count[last] += run
		}
		last, run = f, 1
	}
	if last != nil {
		count[last] += run
	}
	for f, n := range count {
		if f.said == nil || f.said.State != verdict.Open {
			continue
		}
		if best == nil || n > count[best] || n == count[best] && f.id < best.id {
			best = f
		}
	}
	return best
}

// absorber is the fault that explains now what this one explained.
func (e *Engine) absorber(f *fault) *fault {
	for _, p := range f.claim.pts {
		if g := e.faultOf[p]; g != nil && g != f {
			return g
		}
	}
	return nil
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// newID is 26 characters that sort by time, like a ULID, but made of what the
// verdict is about, so that the same input gives the same id.
func (e *Engine) newID(f *fault, t int64) string {
	e.nextID++
	h := sha256.New()
	fmt.Fprintf(h, "%s %d %d\n", f.collector, e.nextID, t)
	for _, p := range f.claim.pts {
		s, end := e.m.subjectOf(p)
		h.Write([]byte(string(s) + " " + end + "\n"))
	}
	for _, c := range f.claim.roots {
		h.Write([]byte(e.m.comps[c].subject))
	}
	var b [16]byte
	ms := uint64(f.began / int64(time.Millisecond))
	binary.BigEndian.PutUint64(b[:8], ms<<16)
	copy(b[6:], h.Sum(nil)[:10])
	return "V" + strings.ToUpper(crockford.EncodeToString(b[:]))
}
