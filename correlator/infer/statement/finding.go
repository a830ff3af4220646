// Package statement puts a claim into the words of a verdict: what can be said of
// where the fault lies and how surely, what speaks for and against it, what else it
// could be, and what would tell. It knows no verdict that was published before, but
// for the one whose place a recovering fault keeps.
//
// Within the margin of ln 20 a root is sure; a set that nothing tells apart is a
// root_set; a tie within a domain domain_only, across two two_domains; else
// undetermined.
package statement

import (
	"cmp"
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/reach"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/state"
	"github.com/linewarden/linewarden/correlator/infer/weight"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Writer writes statements about one model and what is known of it.
type Writer struct {
	m *model.Model
	s *state.State
}

// New makes a writer.
func New(m *model.Model, s *state.State) *Writer { return &Writer{m: m, s: s} }

// Finding is the heart of a verdict: what can be said of where a fault lies.
type Finding struct {
	Outcome verdict.Outcome
	Domain  verdict.Domain
	Roots   []verdict.RootCause
}

// Find says what can be said of a claim: a root, a set that cannot be told apart,
// a domain, two domains, or that it cannot be told yet.
func (w *Writer) Find(c *search.Claim, lines reach.Lines, planned bool) Finding {
	switch {
	case len(c.Roots) == 0:
		return Finding{Outcome: verdict.Undetermined, Domain: verdict.UndeterminedDomain}
	case w.m.IsStation(c.Roots[0]):
		roots := w.rootCauses(c, []search.Member{{Comp: c.Roots[0], P: 1}})
		return Finding{verdict.MonitoringFault, verdict.Monitoring, roots}
	}
	f := w.weigh(c)
	switch {
	case planned:
		f.Outcome = verdict.Maintenance
	case f.Domain != verdict.UndeterminedDomain && onlyAtRisk(lines):
		f.Outcome = verdict.LostProtection
	}
	return f
}

func onlyAtRisk(l reach.Lines) bool { return len(l.AtRisk) > 0 && len(l.Down)+len(l.Degraded) == 0 }

// Recovering is what is said of a fault that recovers: what was said of its place
// stands, but lines may come back before protection does, and fall before it is
// back.
func Recovering(said *verdict.Verdict, lines reach.Lines) Finding {
	f := Finding{said.Outcome, said.FaultDomain, said.Roots}
	hurt := len(lines.Down)+len(lines.Degraded) > 0
	switch said.Outcome {
	case verdict.LostProtection:
		if hurt && len(said.Roots) == 1 {
			f.Outcome = verdict.Root
		} else if hurt {
			f.Outcome = verdict.RootSet
		}
	case verdict.Root, verdict.RootSet, verdict.DomainOnly:
		if onlyAtRisk(lines) {
			f.Outcome = verdict.LostProtection
		}
	}
	return f
}

func (w *Writer) weigh(c *search.Claim) Finding {
	if len(c.Roots) > 1 {
		return w.weighJoint(c)
	}
	top, near := c.Domains[0], search.Believed(c.Classes[0])
	if top.P < weight.Decided {
		if len(c.Domains) > 1 && top.P+c.Domains[1].P >= weight.Decided {
			return Finding{verdict.TwoDomains, top.Domain, w.rootCauses(c, near)}
		}
		return Finding{verdict.Undetermined, verdict.UndeterminedDomain, w.rootCauses(c, near)}
	}
	var own []search.Member
	alike := true
	for _, x := range near {
		if w.m.Comp(x.Comp).Domain == top.Domain {
			own = append(own, x)
			d := x.LLR - own[0].LLR
			alike = alike && d < weight.Alike && d > -weight.Alike
		}
	}
	switch {
	case len(own) == 0:
		return Finding{Outcome: verdict.DomainOnly, Domain: top.Domain}
	case len(own) == 1 || own[0].P/sumP(own) >= weight.Decided:
		return Finding{verdict.Root, top.Domain, w.rootCauses(c, own[:1])}
	case alike && len(own) <= weight.AlikeMost:
		return Finding{verdict.RootSet, top.Domain, w.rootCauses(c, own)}
	}
	return Finding{verdict.DomainOnly, top.Domain, w.rootCauses(c, own)}
}

// weighJoint is the finding of roots that only together explain something.
func (w *Writer) weighJoint(c *search.Claim) Finding {
	top := c.Domains[0]
	var all []search.Member
	outcome := verdict.Root
	for i, root := range c.Roots {
		near := search.Believed(c.Classes[i])
		if near[0].P < weight.Decided && len(near) > 1 {
			outcome = verdict.RootSet
		}
		found := false
		for _, x := range near {
			if w.m.Comp(x.Comp).Domain == top.Domain || x.Comp == root {
				all = append(all, x)
			}
			found = found || x.Comp == root
		}
		if !found {
			all = append(all, search.Member{Comp: root})
		}
	}
	if top.P < weight.Decided && len(c.Domains) > 1 {
		outcome = verdict.TwoDomains
	}
	return Finding{outcome, top.Domain, w.rootCauses(c, all)}
}

func sumP(all []search.Member) float64 {
	sum := 0.0
	for _, x := range all {
		sum += x.P
	}
	return sum
}

// rootCauses writes members down, most probable first.
func (w *Writer) rootCauses(c *search.Claim, all []search.Member) []verdict.RootCause {
	mode := verdict.Down
	if c.Soft {
		mode = verdict.Degraded
		for _, p := range c.Points {
			if w.s.Mask(p)&evidence.Of(symptom.Flapping) != 0 {
				mode = verdict.Flapping
			}
		}
	}
	out := make([]verdict.RootCause, 0, len(all))
	seen := map[int32]bool{}
	for _, x := range all {
		if seen[x.Comp] {
			continue
		}
		seen[x.Comp] = true
		comp := w.m.Comp(x.Comp)
		out = append(out, verdict.RootCause{Subject: comp.Subject, Kind: string(comp.Kind), Mode: mode, P: Round(x.P)})
	}
	slices.SortStableFunc(out, func(a, b verdict.RootCause) int {
		return cmp.Or(cmp.Compare(b.P, a.P), cmp.Compare(a.Subject, b.Subject))
	})
	return out
}
