package life

import (
	"cmp"
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/reach"
	"github.com/linewarden/linewarden/correlator/infer/search"
)

// Match gives each claim to the fault that it continues: the one whose roots it
// names, or else the earliest begun that shares its symptoms. touched are the
// points of all regions that were searched.
func (b *Book) Match(t int64, claims []*search.Claim, touched []int32) {
	old := map[*Fault]bool{} // that this search has looked at
	for f := range b.stirred {
		old[f] = true
	}
	for _, p := range touched {
		if f := b.faultOf[p]; f != nil {
			old[f] = true
		}
	}
	b.reunite(claims, old)
	homes := b.homes(claims, old)
	sources := make([]*Fault, len(claims))
	for i, c := range claims {
		sources[i] = b.source(c)
	}
	for i := range claims {
		if homes[i] == nil {
			homes[i] = &Fault{found: t}
			b.faults = append(b.faults, homes[i])
		} else if homes[i].claim != nil {
			b.release(homes[i])
		}
	}
	for i, c := range claims {
		if from := sources[i]; homes[i].said == nil && from != nil && from != homes[i] {
			homes[i].splitFrom = from.id
		}
		b.carryOn(homes[i], c, claims, t)
	}
	for _, f := range b.faults {
		if old[f] {
			b.leave(f, t)
		}
	}
	b.faults = slices.DeleteFunc(b.faults, func(f *Fault) bool { return f.claim == nil && f.said == nil })
	b.sort()
	clear(b.stirred)
}

// homes finds the fault that each claim continues, if any, and takes it from old.
func (b *Book) homes(claims []*search.Claim, old map[*Fault]bool) []*Fault {
	homes := make([]*Fault, len(claims))
	for _, p := range b.pairings(claims, old) {
		if homes[p.claim] == nil && old[p.fault] {
			homes[p.claim] = p.fault
			delete(old, p.fault)
		}
	}
	return homes
}

// carryOn lets a claim be what a fault explains.
func (b *Book) carryOn(f *Fault, c *search.Claim, all []*search.Claim, t int64) {
	if f.stage == Ending {
		f.reopen()
	}
	f.claim, f.into = c, nil
	if f.version == 0 || c.Began < f.began {
		f.began = c.Began
	}
	if len(c.Points) >= len(f.most) {
		f.most = c.Points
	}
	for _, p := range c.Points {
		b.faultOf[p] = f
	}
	f.lines = reach.Of(b.m, b.s, c, all)
	f.workTil = b.workOn(c, f.lines.Down, t)
	if f.said == nil {
		b.concern(f, t)
	}
	b.compare(f, t)
	b.letGo(f, t)
}

// leave ends a fault that no claim continues.
func (b *Book) leave(f *Fault, t int64) {
	var into *Fault
	if f.claim != nil {
		into = b.absorber(f)
		b.release(f)
	} else {
		into = f.into
	}
	if f.said == nil {
		f.claim = nil
		f.enter(New) // forgotten, and has nothing to say to one that it had absorbed
		return
	}
	f.end(t, into)
}

// letGo ends a fault that has been said and now concerns nobody: the service is
// up, and what is left, such as a management address, would not have been said.
func (b *Book) letGo(f *Fault, t int64) {
	if f.said == nil || b.concerns(f) {
		return
	}
	b.release(f)
	f.end(t, nil)
}

type pairing struct {
	claim  int
	fault  *Fault
	root   bool // the claim names a root that the fault's verdict names
	shared int  // points
}

// pairings lists which claims may continue which faults, best first.
func (b *Book) pairings(claims []*search.Claim, old map[*Fault]bool) []pairing {
	named := map[symptom.Subject][]*Fault{}
	for f := range old {
		if f.out() {
			for _, r := range f.said.Roots {
				named[r.Subject] = append(named[r.Subject], f)
			}
		}
	}
	var out []pairing
	for i, c := range claims {
		shared := map[*Fault]int{}
		for _, p := range c.Points {
			if f := b.faultOf[p]; f != nil && old[f] {
				shared[f]++
			}
		}
		root := map[*Fault]bool{}
		for _, r := range c.Roots {
			for _, f := range named[b.m.Comp(r).Subject] {
				root[f] = true
				shared[f] += 0
			}
		}
		for f, n := range shared {
			out = append(out, pairing{i, f, root[f], n})
		}
	}
	slices.SortFunc(out, func(x, y pairing) int {
		return cmp.Or(first(x.root, y.root), first(x.fault.said != nil, y.fault.said != nil),
			cmp.Compare(x.fault.began, y.fault.began), cmp.Compare(y.shared, x.shared),
			cmp.Compare(x.fault.id, y.fault.id), cmp.Compare(x.fault.rank().first, y.fault.rank().first),
			cmp.Compare(x.claim, y.claim))
	})
	return out
}

// first orders what is true before what is not.
func first(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}
