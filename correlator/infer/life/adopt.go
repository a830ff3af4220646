package life

import (
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/reach"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Adopt takes over an open verdict that an engine before this one published. What
// it rested on and is not told again is unknown, not well.
func (b *Book) Adopt(t int64, v verdict.Verdict) {
	if v.State != verdict.Open || b.holds(v.ID) {
		return
	}
	if len(v.Roots) == 1 && v.Roots[0].Subject.Kind() == symptom.CollectorSubject {
		b.silent = append(b.silent, &SilentCollector{name: v.Roots[0].Subject.ID(), id: v.ID, version: v.Version,
			found: t, began: v.Started.UnixNano(), said: &v})
	} else {
		b.adopt(t, v)
	}
	b.sort()
}

func (b *Book) adopt(t int64, v verdict.Verdict) *Fault {
	f := &Fault{stage: Open, id: v.ID, version: v.Version, splitFrom: v.SplitFrom, began: v.Started.UnixNano(),
		found: t, fresh: true, said: &v, saidAt: t, saidWhat: b.digestOf(&v)}
	f.claim = b.claimOf(&v)
	for _, fact := range v.Evidence.For {
		if fact.State == "raised" && fact.Observer != "" {
			b.rememberFact(f, fact, t)
		}
	}
	b.faults = append(b.faults, f)
	b.stirred[f] = true
	b.changes.Stir(t)
	return f
}

// holds tells whether a verdict is in the book.
func (b *Book) holds(id string) bool {
	for _, f := range b.faults {
		if f.id == id {
			return true
		}
	}
	for _, c := range b.silent {
		if c.id == id {
			return true
		}
	}
	return false
}

// claimOf is what another engine's verdict claims, as far as it can be told: its
// first root that is known.
func (b *Book) claimOf(v *verdict.Verdict) *search.Claim {
	c := &search.Claim{Began: v.Started.UnixNano()}
	for _, r := range v.Roots {
		if at, ok := b.m.CompOf(r.Subject); ok {
			c.Roots, c.Classes = []int32{at}, [][]search.Member{{{Comp: at, P: 1}}}
			c.Soft = r.Mode == verdict.Degraded || r.Mode == verdict.Flapping
			break
		}
	}
	return c
}

// rememberFact puts in force again what an adopted fault rested on. What has
// cleared meanwhile is the fault's, too: by it Recover sees that the fault has
// begun to recover.
func (b *Book) rememberFact(f *Fault, fact verdict.Fact, t int64) {
	p, known := b.s.Remember(symptom.Symptom{Observer: fact.Observer, Subject: fact.Subject, End: fact.End,
		Kind: fact.Kind, State: symptom.Raised, Value: fact.Value, Unit: fact.Unit, Since: fact.Since}, t)
	if !known {
		return
	}
	if b.faultOf[p] == nil {
		b.faultOf[p] = f
		f.claim.Points = append(f.claim.Points, p)
	}
	b.changes.Mark(p)
}

// digestOf is the digest of a verdict that another engine published.
func (b *Book) digestOf(v *verdict.Verdict) digest {
	return digest{outcome: v.Outcome, domain: v.FaultDomain, roots: rootNames(v.Roots), lines: b.linesOf(v).Sum(),
		began: v.Started.UnixNano()}
}

// linesOf are the lines of a verdict that the inventory still has.
func (b *Book) linesOf(v *verdict.Verdict) reach.Lines {
	numbers := func(ids []string) (out []int32) {
		for _, id := range ids {
			if l, ok := b.m.LineOf(id); ok {
				out = append(out, l)
			}
		}
		return out
	}
	return reach.Lines{Down: numbers(v.Lines.Down), Degraded: numbers(v.Lines.Degraded),
		AtRisk: numbers(v.Lines.AtRisk)}
}

// Carry takes over the open verdicts of a book of an inventory before this one,
// with all the points that they had, beyond the facts that they carry.
func (b *Book) Carry(t int64, old *Book) {
	for _, c := range old.silent {
		if c.said != nil {
			b.Adopt(t, *c.said)
		}
	}
	for _, was := range old.faults {
		if was.out() {
			b.carryPoints(b.adopt(t, *was.said), old, was)
		}
	}
	b.sort()
}

func (b *Book) carryPoints(f *Fault, old *Book, was *Fault) {
	if was.claim == nil {
		return
	}
	f.version, f.saidAt = was.version, was.saidAt
	if was.stage == Recovering {
		f.enter(Recovering)
		f.recoverTil, f.lines = was.recoverTil, b.linesOf(was.said)
		delete(b.stirred, f) // what is left of it is not to be searched
	}
	for _, p := range was.claim.Points {
		s, end := old.m.SubjectOf(p)
		st := max(old.m.Point(p).Station, 0)
		if at, ok := b.m.PointOf(st, s, end); ok && b.s.Mask(at) != 0 && b.faultOf[at] == nil {
			b.faultOf[at] = f
			f.claim.Points = append(f.claim.Points, at)
		}
	}
}
