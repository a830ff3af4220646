package infer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// maxFacts is how many facts a verdict carries each way.
const maxFacts = 50

// explain writes down what speaks for and against a verdict, what is missing,
// what else could be, and what would tell them apart.
func (e *Engine) explain(v *verdict.Verdict, f *fault) {
	c := f.claim
	v.Evidence.For, v.Evidence.ForTotal = e.factsFor(c)
	v.Evidence.Against, v.Evidence.Missing = e.factsAgainst(c)
	v.Evidence.AgainstTotal, v.Evidence.MissingTotal = len(v.Evidence.Against), len(v.Evidence.Missing)
	v.Evidence.For = cut(v.Evidence.For)
	v.Evidence.Against = cut(v.Evidence.Against)
	v.Evidence.Missing = cut(v.Evidence.Missing)
	v.Rivals = e.rivals(c, v.Roots)
	if v.Outcome == verdict.TwoDomains || v.Outcome == verdict.Undetermined || v.Outcome == verdict.DomainOnly || v.Outcome == verdict.RootSet {
		v.NextTest = e.nextTest(c)
	}
}

func cut(all []verdict.Fact) []verdict.Fact {
	if len(all) > maxFacts {
		all = all[:maxFacts]
	}
	if all == nil {
		return []verdict.Fact{}
	}
	return all
}

// raisedFact is a symptom in force and its weight, before it is written out.
type raisedFact struct {
	r *record
	w float32
}

// factsFor are the symptoms that the claim explains, strongest and earliest
// first, and the devices that answer and so prove what lies before them good;
// and how many there are.
func (e *Engine) factsFor(c *claim) ([]verdict.Fact, int) {
	var found []raisedFact
	hosts := map[int32]bool{}
	total := 0
	order := func(a, b raisedFact) int {
		return cmp.Or(cmp.Compare(b.w, a.w), a.r.s.Since.Compare(b.r.s.Since), cmp.Compare(a.r.point, b.r.point),
			cmp.Compare(a.r.s.Kind, b.r.s.Kind), cmp.Compare(a.r.s.Observer, b.r.s.Observer))
	}
	weigh := scale{soft: c.soft}
	for _, p := range c.pts {
		pt := &e.m.points[p]
		if pt.host >= 0 {
			hosts[pt.host] = true
		}
		for at := e.s.head[p]; at >= 0; at = e.s.rec(at).next {
			r := e.s.rec(at)
			if !r.live {
				continue
			}
			w := weigh.of(evidence.Of(r.s.Kind))
			best := float32(0)
			for _, en := range e.m.entries[pt.entries.from:pt.entries.to] {
				if x := w[en.rel()]; (best == 0 || x > best) && slices.Contains(c.roots, en.comp()) {
					best = x
				}
			}
			if best == 0 && len(c.roots) > 1 {
				best = jointWeight
			}
			total++
			if found = append(found, raisedFact{r, best}); len(found) == 4*maxFacts {
				slices.SortFunc(found, order)
				found = found[:maxFacts]
			}
		}
	}
	slices.SortFunc(found, order)
	var out []verdict.Fact
	for _, x := range found[:min(len(found), maxFacts)] {
		end := ""
		if e.m.points[x.r.point].line >= 0 {
			_, end = e.m.subjectOf(x.r.point)
		}
		s := &x.r.s
		out = append(out, verdict.Fact{Observer: s.Observer, Subject: s.Subject, End: end, Kind: s.Kind, State: "raised",
			Value: s.Value, Unit: s.Unit, Since: s.Since.UTC(), Weight: round2(x.w)})
	}
	for h := range hosts {
		p := e.m.devicePoint(0, h)
		if e.s.mask[p] == 0 && e.s.healthy(p, c.began) {
			total++
			out = append(out, verdict.Fact{Subject: symptom.Device(e.m.inv.Devices[h].ID), Kind: symptom.Unreachable, State: "healthy",
				Since: utc(max(e.s.alive[p], e.s.asOf(p))), Weight: -evidence.HealthyPing, Why: "it answers, so that all before it is good"})
		}
	}
	slices.SortFunc(out, factOrder)
	return out, total
}

func factOrder(a, b verdict.Fact) int {
	return cmp.Or(cmp.Compare(b.Weight, a.Weight), a.Since.Compare(b.Since), cmp.Compare(a.Subject, b.Subject),
		cmp.Compare(a.End, b.End), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Observer, b.Observer))
}

// factsAgainst are the services that stayed up although the roots would have
// them down, and those of which nothing is known.
func (e *Engine) factsAgainst(c *claim) (against, missing []verdict.Fact) {
	if len(c.roots) != 1 || c.soft {
		return nil, nil
	}
	for _, l := range e.m.compLines.of(c.roots[0]) {
		if !e.m.lines[l].active {
			continue
		}
		a, z := e.m.linePoints(0, l)
		for _, p := range [2]int32{a, z} {
			if !e.m.points[p].ping || e.s.mask[p]&evidence.Hard != 0 {
				continue
			}
			s, end := e.m.subjectOf(p)
			if e.s.healthy(p, c.began) {
				against = append(against, verdict.Fact{Subject: s, End: end, Kind: symptom.Unreachable, State: "healthy",
					Since: utc(max(e.s.alive[p], e.s.asOf(p))), Weight: evidence.HealthyPing, Why: "it stayed up"})
			} else {
				missing = append(missing, verdict.Fact{Subject: s, End: end, Kind: symptom.Unreachable, State: "unknown",
					Why: "not swept since the fault began"})
			}
		}
	}
	slices.SortFunc(against, factOrder)
	slices.SortFunc(missing, factOrder)
	return against, missing
}

// rivals are the explanations that are not among the roots, best first.
func (e *Engine) rivals(c *claim, roots []verdict.RootCause) []verdict.Rival {
	out := []verdict.Rival{}
	for _, class := range c.classes {
		for _, x := range class {
			comp := &e.m.comps[x.comp]
			if x.p < 0.0005 || len(out) == 8 || slices.ContainsFunc(roots, func(r verdict.RootCause) bool { return r.Subject == comp.subject }) {
				continue
			}
			out = append(out, verdict.Rival{Subjects: []symptom.Subject{comp.subject}, Domain: comp.domain, P: round(x.p)})
		}
	}
	slices.SortStableFunc(out, func(a, b verdict.Rival) int { return cmp.Compare(b.P, a.P) })
	return out
}

// nextTest names the observation that would best tell the rivals apart.
func (e *Engine) nextTest(c *claim) string {
	var hosts []string
	for _, p := range c.pts {
		pt := &e.m.points[p]
		if pt.device < 0 {
			continue
		}
		d := &e.m.inv.Devices[pt.device]
		if near := d.NearEnd; !near.IsZero() {
			return "poll port/" + near.String()
		}
		if pt.host >= 0 && !pt.ping {
			s, _ := e.m.subjectOf(p)
			return "poll " + string(s)
		}
		if pt.ping {
			hosts = append(hosts, d.ID)
		}
	}
	if len(hosts) == 0 {
		return ""
	}
	// What the management address hides, the first device inwards that can
	// speak for itself shows: its port towards the customer.
	if chain, ok := e.m.inv.Chain(e.m.inv.Stations[0].ID, hosts[0]); ok {
		for i := len(chain.Devices) - 2; i >= 0; i-- {
			d, _ := e.m.inv.Device(chain.Devices[i])
			if d == nil || !d.Address.IsValid() {
				continue
			}
			if p := e.m.devicePoint(0, e.m.deviceAt[d.ID]); e.s.mask[p] != 0 {
				continue
			}
			l, _ := e.m.inv.Link(chain.Links[i])
			port := l.A
			if port.Device != d.ID {
				port = l.Z
			}
			return fmt.Sprintf("poll port/%s", port)
		}
	}
	return "ping device/" + hosts[0]
}

func round2(x float32) float64 { return float64(int64(float64(x)*100)) / 100 }
