package infer

import (
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Adopt takes over an open verdict that an engine before this one published.
// The same fault goes on under its id. What the verdict rested on and what is
// not told again is unknown, not well: it clears only when everything has been
// swept afresh. Call it before the present symptoms are applied, or after; both
// come to the same.
func (e *Engine) Adopt(now time.Time, v verdict.Verdict) {
	if v.State != verdict.Open {
		return
	}
	for _, f := range e.faults {
		if f.id == v.ID {
			return
		}
	}
	t := now.UnixNano()
	f := &fault{id: v.ID, adopted: true, found: t, began: v.Started.UnixNano(), said: &v, saidAt: t, version: v.Version, splitFrom: v.SplitFrom}
	if len(v.Roots) == 1 && v.Roots[0].Subject.Kind() == symptom.CollectorSubject {
		f.forced, f.collector, f.claim = true, v.Roots[0].Subject.ID(), &claim{}
		e.faults = append(e.faults, f)
		e.sortFaults()
		return
	}
	c := &claim{began: f.began}
	for _, r := range v.Roots {
		if at, ok := e.m.compAt[r.Subject]; ok && len(c.roots) == 0 {
			c.roots = append(c.roots, at)
			c.classes = append(c.classes, []member{{comp: at, p: 1}})
			c.soft = r.Mode == verdict.Degraded || r.Mode == verdict.Flapping
		}
	}
	for _, fact := range v.Evidence.For {
		if fact.State != "raised" || fact.Observer == "" {
			continue
		}
		sym := symptom.Symptom{Observer: fact.Observer, Subject: fact.Subject, End: fact.End, Kind: fact.Kind, State: symptom.Raised,
			Value: fact.Value, Unit: fact.Unit, Since: fact.Since}
		p, known := e.remember(sym, t)
		if !known {
			continue
		}
		// What has cleared meanwhile is the fault's, too: recover sees by it
		// that the fault has begun to recover.
		if e.faultOf[p] == nil {
			e.faultOf[p] = f
			c.pts = append(c.pts, p)
		}
		e.mark(p)
	}
	f.claim = c
	f.saidSum = e.adoptedSum(&v)
	e.faults = append(e.faults, f)
	e.stirred[f] = true
	e.stir(t)
	e.sortFaults()
}

// remember puts a symptom in force that was in force when the last engine
// spoke, as one whose entry has disappeared, unless it has been told. It is
// false where the inventory has no such subject.
func (e *Engine) remember(sym symptom.Symptom, t int64) (int32, bool) {
	p, ok := e.s.pointFor(&sym)
	if !ok {
		return -1, false
	}
	key := sym.Key()
	if _, told := e.s.find(p, &key); told {
		return p, true
	}
	e.s.tell(&sym)
	at, ok := e.s.find(p, &key)
	if !ok {
		return -1, false
	}
	e.s.rec(at).lost = t
	e.s.lost = append(e.s.lost, at)
	return p, true
}

// adoptedSum is the digest of a verdict that another engine published.
func (e *Engine) adoptedSum(v *verdict.Verdict) digest {
	var a affected
	for _, part := range []struct {
		ids []string
		to  *[]int32
	}{{v.Lines.Down, &a.down}, {v.Lines.Degraded, &a.degraded}, {v.Lines.AtRisk, &a.atRisk}} {
		for _, id := range part.ids {
			if l, ok := e.m.lineAt[id]; ok {
				*part.to = append(*part.to, l)
			}
		}
	}
	d := digest{outcome: v.Outcome, domain: v.FaultDomain, lines: a.sum(), began: v.Started.UnixNano()}
	for _, r := range v.Roots {
		d.roots += string(r.Subject) + ";"
	}
	return d
}

// Recompile gives an engine for a new inventory that knows what this one
// knows: the symptoms in force, the sweeps, and the open verdicts, whose ids go on.
func (e *Engine) Recompile(now time.Time, inv *inventory.Inventory) *Engine {
	n := New(inv, e.opt)
	n.windows = e.windows
	for _, c := range e.s.told {
		n.s.cover(&c)
	}
	for key, w := range e.s.sweeps {
		st := n.s.stationOf(symptom.Station(e.m.inv.Stations[w.station].ID))
		if st < 0 {
			continue
		}
		w.station = st
		n.s.sweeps[key] = w
		n.s.sum(st, w.at)
	}
	for i := range e.s.count {
		r := e.s.rec(i)
		if r.s.Subject == "" || !r.live {
			continue
		}
		sym := r.s
		n.s.tell(&sym)
		if r.lost == 0 {
			continue
		}
		key := sym.Key()
		if p, ok := n.s.pointFor(&sym); ok {
			if at, ok := n.s.find(p, &key); ok {
				n.s.rec(at).lost = r.lost
				n.s.lost = append(n.s.lost, at)
			}
		}
	}
	for _, f := range e.faults {
		if f.said != nil && f.said.State == verdict.Open {
			n.Adopt(now, *f.said)
			n.keep(e, f)
		}
	}
	n.whole = true
	n.stir(now.UnixNano())
	return n
}

// keep gives an adopted fault all the points it had, beyond the facts that its
// verdict carries.
func (e *Engine) keep(old *Engine, was *fault) {
	for _, f := range e.faults {
		if f.id != was.id || f.claim == nil || was.claim == nil {
			continue
		}
		f.version, f.saidAt = was.version, was.saidAt
		for _, p := range was.claim.pts {
			s, end := old.m.subjectOf(p)
			st := max(old.m.points[p].station, 0)
			if at, ok := e.m.pointOf(st, s, end); ok && e.s.mask[at] != 0 && e.faultOf[at] == nil {
				e.faultOf[at] = f
				f.claim.pts = append(f.claim.pts, at)
			}
		}
	}
}

func (a affected) sum() uint64 {
	h := uint64(14695981039346656037)
	for _, part := range [][]int32{a.down, a.degraded, a.atRisk} {
		for _, l := range part {
			h = (h ^ uint64(l)) * 1099511628211
		}
		h = (h ^ 0xffffffff) * 1099511628211
	}
	return h
}

// Fresh gives an engine for the same inventory that has heard nothing. The
// compiled model is shared: it never changes.
func (e *Engine) Fresh() *Engine { return newEngine(e.m, e.opt) }
