package life

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/correlator/infer/search"
)

// concern sees whether a fault that has not been said concerns somebody now. If it
// is new, it takes the identity of one whose root recovered a moment ago, if most
// of this was its doing: a thing that flaps is one fault.
func (b *Book) concern(f *Fault, t int64) {
	if !b.concerns(f) {
		f.enter(New)
		f.id, f.version, f.splitFrom, f.began = "", 0, "", f.claim.Began
		return
	}
	f.enter(Held)
	f.found = max(f.found, f.claim.Began) // what was dark before concerned nobody
	if f.id != "" {
		return
	}
	if g := b.before(f, t); g != nil {
		f.id, f.version, f.splitFrom, f.began = g.id, g.version, g.splitFrom, g.began
	}
}

// before is the fault, over not long ago, that this one is once more; or nil.
func (b *Book) before(f *Fault, t int64) *Fault {
	for _, g := range b.over {
		if t > g.ended+int64(b.opt.Flap) || g.saidSoft != f.claim.Soft || !b.sameRoot(f.claim, g) ||
			slices.ContainsFunc(b.faults, func(f *Fault) bool { return f.id == g.id }) {
			continue
		}
		shared := 0
		for _, p := range f.claim.Points {
			if _, in := slices.BinarySearch(g.most, p); in {
				shared++
			}
		}
		if 2*shared >= len(f.claim.Points) {
			return g
		}
	}
	return nil
}

// sameRoot tells whether a claim names a root that the fault's verdict names.
func (b *Book) sameRoot(c *search.Claim, f *Fault) bool {
	return slices.ContainsFunc(c.Roots, func(root int32) bool { return f.names(b.m.Comp(root).Subject) })
}

// reunite lets a claim take up the fault of the same root that is said and that
// this search has not looked at: one that is recovering when its root fails again,
// or that has just recovered and not been cleared yet. What is left of it is
// explained by the claim, too.
func (b *Book) reunite(claims []*search.Claim, old map[*Fault]bool) {
	byRoot := map[int32][]int{} // component -> claims
	for i, c := range claims {
		for _, root := range c.Roots {
			byRoot[root] = append(byRoot[root], i)
		}
	}
	for _, f := range b.faults {
		if !f.out() || old[f] {
			continue
		}
		if c := b.sibling(f, claims, byRoot); c != nil {
			if f.claim != nil {
				c.Points = slices.Concat(c.Points, f.claim.Points)
				slices.Sort(c.Points)
				c.Points = slices.Compact(c.Points)
				c.Began = min(c.Began, f.claim.Began)
			}
			if f.stage == Recovering {
				f.reopen()
			}
			old[f] = true
		}
	}
}

// sibling is the first claim that names a root of the fault's, of the same sort.
func (b *Book) sibling(f *Fault, claims []*search.Claim, byRoot map[int32][]int) *search.Claim {
	best := len(claims)
	for _, r := range f.said.Roots {
		root, ok := b.m.CompOf(r.Subject)
		if !ok {
			continue
		}
		for _, i := range byRoot[root] {
			if f.claim == nil || claims[i].Soft == f.claim.Soft {
				best = min(best, i)
				break
			}
		}
	}
	if best == len(claims) {
		return nil
	}
	return claims[best]
}

// source is the fault, said and not over, that most of a claim's symptoms belong to.
func (b *Book) source(c *search.Claim) *Fault {
	count := map[*Fault]int{}
	for i := 0; i < len(c.Points); { // a burst has long runs of one fault
		f, from := b.faultOf[c.Points[i]], i
		for i < len(c.Points) && b.faultOf[c.Points[i]] == f {
			i++
		}
		if f != nil && f.out() {
			count[f] += i - from
		}
	}
	var best *Fault
	for f, n := range count {
		if best == nil || n > count[best] || n == count[best] && f.id < best.id {
			best = f
		}
	}
	return best
}

// absorber is the fault that explains now what this one explained.
func (b *Book) absorber(f *Fault) *Fault {
	for _, p := range f.claim.Points {
		if g := b.faultOf[p]; g != nil && g != f {
			return g
		}
	}
	return nil
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// newID is 26 characters that sort by time, like a ULID, but made of what the
// verdict is about, so that the same input gives the same id. A ULID library
// would bring a random source and the clock into a package that has neither.
func (b *Book) newID(collector string, c *search.Claim, began, t int64) string {
	b.nextID++
	h := sha256.New()
	fmt.Fprintf(h, "%s %d %d\n", collector, b.nextID, t)
	for _, p := range c.Points {
		s, end := b.m.SubjectOf(p)
		h.Write([]byte(string(s) + " " + end + "\n"))
	}
	for _, root := range c.Roots {
		h.Write([]byte(b.m.Comp(root).Subject))
	}
	var id [16]byte
	ms := uint64(began / int64(time.Millisecond))
	binary.BigEndian.PutUint64(id[:8], ms<<16)
	copy(id[6:], h.Sum(nil)[:10])
	return "V" + strings.ToUpper(crockford.EncodeToString(id[:]))
}
