package infer

import (
	"cmp"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// digest is what makes a version different from the one before. Confidence and
// evidence move all the time and are no news on their own.
type digest struct {
	outcome verdict.Outcome
	domain  verdict.Domain
	roots   string
	lines   uint64
	began   int64 // later evidence may move it, only earlier
}

// publish gives the versions that are due.
func (e *Engine) publish(t int64) []verdict.Verdict {
	var out []verdict.Verdict
	for _, f := range e.faults {
		if at := e.due(f); at == 0 || at > t {
			continue
		}
		if f.claim == nil && !f.forced {
			out = append(out, e.clear(f, t))
			continue
		}
		if v, ok := e.say(f, t); ok {
			out = append(out, v)
		}
	}
	e.ended = slices.DeleteFunc(e.ended, func(f *fault) bool {
		return t > f.idle+int64(e.opt.Again) || slices.ContainsFunc(e.faults, func(g *fault) bool { return g.id == f.id && g.said != nil && g.said.State == verdict.Open })
	})
	e.faults = slices.DeleteFunc(e.faults, func(f *fault) bool {
		over := f.said != nil && f.said.State == verdict.Cleared
		if over && !f.forced && f.said.MergedInto == "" {
			e.ended = append(e.ended, f)
		}
		return over
	})
	return out
}

// due is when a fault has something to say; 0 if it has not.
func (e *Engine) due(f *fault) int64 {
	switch {
	case f.forced:
		if f.said == nil {
			return f.found
		}
		if f.idle > 0 {
			return f.idle
		}
		return 0
	case f.claim == nil:
		if f.said == nil {
			return 0
		}
		if f.mergeInto != nil {
			if f.mergeInto.said == nil {
				return max(e.due(f.mergeInto), f.idle)
			}
			return f.idle
		}
		return f.idle + int64(e.opt.Clear)
	case f.said == nil:
		if !e.worthSaying(f) {
			return 0
		}
		return e.hold(f)
	case f.differs == 0:
		return 0
	}
	now := e.digest(f)
	if now.outcome != f.saidSum.outcome || now.domain != f.saidSum.domain || now.roots != f.saidSum.roots {
		if f.claim.certain && f.windowEnd == 0 {
			return max(f.differs, f.saidAt+int64(200*time.Millisecond))
		}
		return f.differs + int64(e.opt.Revise)
	}
	return max(f.differs, f.saidAt+int64(e.opt.Lines))
}

// hold is until when a new fault waits for what could reverse its verdict.
func (e *Engine) hold(f *fault) int64 {
	c := f.claim
	single := len(f.lines.down)+len(f.lines.degraded) <= 1 && len(f.lines.atRisk) == 0
	switch {
	case c.soft:
		return f.found + int64(e.opt.Weak)
	case e.mayYetAnswer(c):
		return f.found + int64(e.opt.Eyes)
	case len(f.lines.down)+len(f.lines.degraded) == 0 && e.mayBeShut(c):
		return f.found + int64(e.opt.Spare)
	case single:
		if c.certain && len(c.pts) > 1 {
			return f.found
		}
		if e.confirmed(c) && c.certain {
			return f.found
		}
		return f.found + int64(e.opt.One)
	case c.certain && c.sharp():
		return f.found
	case c.meets && len(c.roots) == 1:
		return f.found + int64(e.opt.Spare)
	}
	return f.found + int64(e.opt.Many)
}

// mayYetAnswer tells whether a station is thought to be cut off, without saying
// so itself, while the box at which it stands is not known to be dark: if that
// answers, the network behind it has failed.
func (e *Engine) mayYetAnswer(c *claim) bool {
	if len(c.roots) != 1 {
		return false
	}
	st := slices.Index(e.m.stations, c.roots[0])
	if st < 0 || e.s.isolated[st] != 0 {
		return false
	}
	p := e.m.uplinks[st]
	return !e.m.points[p].ping || e.s.mask[p]&evidence.Hard == 0
}

// mayBeShut tells whether all that is known is what one end of a link says of
// it: the port at the other end may have been shut, and its device be about to
// tell us so.
func (e *Engine) mayBeShut(c *claim) bool {
	ends := int32(2 * len(e.m.inv.Links))
	if len(c.pts) == 0 {
		return false
	}
	for _, p := range c.pts {
		end := p - e.m.portBase
		if end < 0 || end >= ends || slices.Contains(c.pts, e.m.portBase+(end^1)) {
			return false
		}
	}
	return true
}

// confirmed tells whether a sweep that began after the fault still found it.
func (e *Engine) confirmed(c *claim) bool {
	for _, p := range c.pts {
		if e.s.asOf(p) > c.began {
			return true
		}
	}
	return false
}

// worthSaying tells whether a fault concerns anybody: lines, protection, the
// network itself, or our own eyes. A customer's management address that does
// not answer, while the service does, concerns nobody.
func (e *Engine) worthSaying(f *fault) bool {
	if !f.lines.none() {
		return true
	}
	c := f.claim
	if len(c.roots) == 0 {
		return false
	}
	switch e.m.comps[c.roots[0]].domain {
	case verdict.Premises, verdict.Tail:
		return false
	}
	return true
}

// note compares a fault's claim with what was said of it.
func (e *Engine) note(f *fault, t int64) {
	if f.said == nil {
		return
	}
	if e.digest(f) == f.saidSum {
		f.differs = 0
	} else if f.differs == 0 {
		f.differs = t
	}
}

func (e *Engine) digest(f *fault) digest {
	outcome, domain, roots := e.outcome(f)
	d := digest{outcome: outcome, domain: domain}
	for _, r := range roots {
		d.roots += string(r.Subject) + ";"
	}
	d.lines, d.began = f.lines.sum(), f.began
	return d
}

// frozen tells whether the fault is recovering: what was said of its place
// stands as it was said, domains and confidence with it. Our own eyes are
// another matter: what they see when they open again is judged anew.
func (f *fault) frozen() bool {
	return f.thawAt != 0 && f.said != nil && f.said.Outcome != verdict.MonitoringFault
}

// lately is the outcome of a fault that is recovering: what was said, but that
// lines may come back before protection does, and fall before it is back.
func (f *fault) lately() verdict.Outcome {
	hurt := len(f.lines.down)+len(f.lines.degraded) > 0
	switch was := f.said.Outcome; {
	case was == verdict.LostProtection && hurt && len(f.said.Roots) == 1:
		return verdict.Root
	case was == verdict.LostProtection && hurt:
		return verdict.RootSet
	case (was == verdict.Root || was == verdict.RootSet || was == verdict.DomainOnly) && !hurt && len(f.lines.atRisk) > 0:
		return verdict.LostProtection
	default:
		return was
	}
}

// outcome says what can be said: a root, a set that cannot be told apart, a
// domain, two domains, or that it cannot be told yet.
func (e *Engine) outcome(f *fault) (verdict.Outcome, verdict.Domain, []verdict.RootCause) {
	c := f.claim
	if f.forced {
		return verdict.MonitoringFault, verdict.Monitoring, f.said.Roots
	}
	if f.frozen() {
		return f.lately(), f.said.FaultDomain, f.said.Roots
	}
	if len(c.roots) == 0 {
		return verdict.Undetermined, verdict.UndeterminedDomain, nil
	}
	if k := e.m.comps[c.roots[0]].kind; k == symptom.StationSubject || k == symptom.CollectorSubject {
		return verdict.MonitoringFault, verdict.Monitoring, e.rootCauses(c, []member{{comp: c.roots[0], p: 1}})
	}
	outcome, domain, roots := e.weigh(c)
	switch {
	case f.windowEnd > 0:
		outcome = verdict.Maintenance
	case domain != verdict.UndeterminedDomain && len(f.lines.atRisk) > 0 && len(f.lines.down)+len(f.lines.degraded) == 0:
		outcome = verdict.LostProtection
	}
	return outcome, domain, roots
}

func (e *Engine) weigh(c *claim) (verdict.Outcome, verdict.Domain, []verdict.RootCause) {
	top := c.domains[0]
	if len(c.roots) > 1 {
		var all []member
		set := false
		for i, root := range c.roots {
			near := believed(c.classes[i])
			if near[0].p < decided && len(near) > 1 {
				set = true
			}
			found := false
			for _, x := range near {
				if e.m.comps[x.comp].domain == top.Domain || x.comp == root {
					all = append(all, x)
				}
				found = found || x.comp == root
			}
			if !found {
				all = append(all, member{comp: root, p: 0})
			}
		}
		outcome := verdict.Root
		if set {
			outcome = verdict.RootSet
		}
		if top.P < decided && len(c.domains) > 1 {
			return verdict.TwoDomains, top.Domain, e.rootCauses(c, all)
		}
		return outcome, top.Domain, e.rootCauses(c, all)
	}
	near := believed(c.classes[0])
	if top.P < decided {
		if len(c.domains) > 1 && top.P+c.domains[1].P >= decided {
			return verdict.TwoDomains, top.Domain, e.rootCauses(c, near)
		}
		return verdict.Undetermined, verdict.UndeterminedDomain, e.rootCauses(c, near)
	}
	var own []member
	alike := true
	for _, x := range near {
		if e.m.comps[x.comp].domain == top.Domain {
			own = append(own, x)
			d := x.llr - own[0].llr
			alike = alike && d < 1.5 && d > -1.5
		}
	}
	switch {
	case len(own) == 0:
		return verdict.DomainOnly, top.Domain, nil
	case len(own) == 1 || own[0].p/sumP(own) >= decided:
		return verdict.Root, top.Domain, e.rootCauses(c, own[:1])
	case alike && len(own) <= 8:
		return verdict.RootSet, top.Domain, e.rootCauses(c, own)
	}
	return verdict.DomainOnly, top.Domain, e.rootCauses(c, own)
}

func sumP(all []member) float64 {
	sum := 0.0
	for _, x := range all {
		sum += x.p
	}
	return sum
}

// rootCauses writes members down, most probable first.
func (e *Engine) rootCauses(c *claim, all []member) []verdict.RootCause {
	mode := verdict.Down
	if c.soft {
		mode = verdict.Degraded
		for _, p := range c.pts {
			if e.s.mask[p]&evidence.Of(symptom.Flapping) != 0 {
				mode = verdict.Flapping
			}
		}
	}
	out := make([]verdict.RootCause, 0, len(all))
	seen := map[int32]bool{}
	for _, x := range all {
		if seen[x.comp] {
			continue
		}
		seen[x.comp] = true
		comp := &e.m.comps[x.comp]
		out = append(out, verdict.RootCause{Subject: comp.subject, Kind: string(comp.kind), Mode: mode, P: round(x.p)})
	}
	slices.SortStableFunc(out, func(a, b verdict.RootCause) int {
		return cmp.Or(cmp.Compare(b.P, a.P), cmp.Compare(a.Subject, b.Subject))
	})
	return out
}

// say makes the next version of a fault's verdict.
func (e *Engine) say(f *fault, t int64) (verdict.Verdict, bool) {
	if f.forced {
		return e.sayForced(f, t), true
	}
	sum := e.digest(f)
	if f.said != nil && sum == f.saidSum {
		f.differs = 0
		return verdict.Verdict{}, false
	}
	if f.id == "" {
		f.id = e.newID(f, t)
	}
	outcome, domain, roots := e.outcome(f)
	f.version++
	v := verdict.Verdict{ID: f.id, Epoch: e.opt.Epoch, Version: f.version, State: verdict.Open, Outcome: outcome,
		FaultDomain: domain, Domains: f.claim.domains, Roots: roots, SplitFrom: f.splitFrom,
		Started: utc(f.began), Decided: utc(t), Revision: e.m.inv.Revision}
	if v.Roots == nil {
		v.Roots = []verdict.RootCause{}
	}
	if v.Domains == nil {
		v.Domains = []verdict.DomainShare{}
	}
	if outcome == verdict.MonitoringFault {
		v.Domains = []verdict.DomainShare{{Domain: verdict.Monitoring, P: 1}}
	}
	v.Lines = verdict.Lines{Down: e.ids(f.lines.down), Degraded: e.ids(f.lines.degraded), AtRisk: e.ids(f.lines.atRisk)}
	v.Side = e.side(roots, append(slices.Clone(f.lines.down), f.lines.degraded...), domain)
	if len(roots) > 0 {
		v.Technology = e.m.comps[e.m.compAt[roots[0].Subject]].tech
	}
	if f.frozen() {
		v.Domains, v.Confidence = f.said.Domains, f.said.Confidence
	} else {
		v.Confidence = e.confidence(f.claim, outcome, domain)
	}
	v.Severity = e.severity(f.lines, outcome)
	v.StartedAfter = e.startedAfter(f.claim, f.began)
	e.explain(&v, f)
	f.said, f.saidSum, f.saidAt, f.differs, f.wasSoft = &v, sum, t, 0, f.claim.soft
	return v, true
}

// clear ends a fault: what it explained is well again, or another explains it.
func (e *Engine) clear(f *fault, t int64) verdict.Verdict {
	v := *f.said
	f.version++
	v.Version, v.State, v.Decided, v.Cleared, v.Epoch = f.version, verdict.Cleared, utc(t), utc(f.idle), e.opt.Epoch
	if f.mergeInto != nil && f.mergeInto.id != "" {
		v.MergedInto = f.mergeInto.id
	}
	v.NextTest = ""
	f.said = &v
	return v
}

func (e *Engine) ids(lines []int32) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = e.m.inv.Lines[l].ID
	}
	slices.Sort(out)
	return out
}

// confidence is the probability of what the outcome says.
func (e *Engine) confidence(c *claim, outcome verdict.Outcome, domain verdict.Domain) float64 {
	if outcome == verdict.MonitoringFault {
		return 0.99
	}
	if len(c.domains) == 0 {
		return 0
	}
	p := c.domains[0].P
	switch outcome {
	case verdict.Root:
		p = 1
		for _, class := range c.classes {
			p = min(p, class[0].p)
		}
	case verdict.TwoDomains:
		p += c.domains[1].P
	case verdict.Undetermined:
		return round(c.domains[0].P)
	}
	return round(min(p, 1))
}

func (e *Engine) severity(a affected, outcome verdict.Outcome) verdict.Severity {
	aaa := func(lines []int32) bool {
		return slices.ContainsFunc(lines, func(l int32) bool { return e.m.inv.Lines[l].Grade == inventory.AAA })
	}
	switch {
	case outcome == verdict.MonitoringFault:
		return verdict.Major
	case len(a.down) >= 10 || aaa(a.down):
		return verdict.Critical
	case len(a.down) > 0:
		return verdict.Major
	case len(a.degraded) > 0 || len(a.atRisk) > 0:
		return verdict.Minor
	}
	return verdict.Warning
}

// startedAfter is the last good observation before the fault began.
func (e *Engine) startedAfter(c *claim, began int64) time.Time {
	best := int64(0)
	for _, p := range c.pts {
		for at := e.s.head[p]; at >= 0; at = e.s.rec(at).next {
			if r := e.s.rec(at); r.live && !r.s.SinceAfter.IsZero() {
				if t := r.s.SinceAfter.UnixNano(); t <= began {
					best = max(best, t)
				}
			}
		}
	}
	if best == 0 {
		return time.Time{}
	}
	return utc(best)
}

func utc(t int64) time.Time { return time.Unix(0, t).UTC() }

func round(p float64) float64 { return float64(int64(p*1e4+0.5)) / 1e4 }
