package statement

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/reach"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/weight"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Write makes the verdict of a claim, but for its identity, its times and its
// confidence. StartedAfter is the last good observation before the fault began.
func (w *Writer) Write(c *search.Claim, lines reach.Lines, f Finding, began int64) verdict.Verdict {
	v := verdict.Verdict{Outcome: f.Outcome, FaultDomain: f.Domain, Domains: c.Domains, Roots: f.Roots,
		Revision: w.m.Inventory().Revision, StartedAfter: w.startedAfter(c, began)}
	if v.Roots == nil {
		v.Roots = []verdict.RootCause{}
	}
	if v.Domains == nil {
		v.Domains = []verdict.DomainShare{}
	}
	if f.Outcome == verdict.MonitoringFault {
		v.Domains = []verdict.DomainShare{{Domain: verdict.Monitoring, P: 1}}
	}
	v.Lines = verdict.Lines{Down: w.ids(lines.Down), Degraded: w.ids(lines.Degraded), AtRisk: w.ids(lines.AtRisk)}
	v.Side, v.Technology = w.side(f, lines), w.technology(f)
	v.Severity = w.severity(lines, f.Outcome)
	w.explain(&v, c)
	return v
}

// side is the end of the lines where the roots lie, of what lies at an end at all.
func (w *Writer) side(f Finding, lines reach.Lines) string {
	if f.Domain != verdict.Premises && f.Domain != verdict.Tail {
		return ""
	}
	var comps []int32
	for _, r := range f.Roots {
		c, ok := w.m.CompOf(r.Subject)
		if !ok {
			break
		}
		comps = append(comps, c)
	}
	if len(comps) < len(f.Roots) {
		return ""
	}
	return reach.Side(w.m, comps, lines.Hit())
}

// technology is the group that repairs the first root.
func (w *Writer) technology(f Finding) string {
	if len(f.Roots) == 0 {
		return ""
	}
	c, ok := w.m.CompOf(f.Roots[0].Subject)
	if !ok {
		return ""
	}
	return w.m.Comp(c).Tech
}

// Confidence is the probability of what a finding about a claim says.
func Confidence(c *search.Claim, f Finding) float64 {
	switch {
	case f.Outcome == verdict.MonitoringFault:
		return monitoringSure
	case len(c.Domains) == 0:
		return 0
	}
	p := c.Domains[0].P
	switch f.Outcome {
	case verdict.Root:
		p = 1
		for _, class := range c.Classes {
			p = min(p, class[0].P)
		}
	case verdict.TwoDomains:
		p += c.Domains[1].P
	}
	return Round(min(p, 1))
}

func (w *Writer) severity(a reach.Lines, outcome verdict.Outcome) verdict.Severity {
	aaa := func(lines []int32) bool {
		return slices.ContainsFunc(lines, func(l int32) bool {
			return w.m.Inventory().Lines[l].Grade == inventory.AAA
		})
	}
	switch {
	case outcome == verdict.MonitoringFault:
		return verdict.Major
	case len(a.Down) >= weight.ManyDown || aaa(a.Down):
		return verdict.Critical
	case len(a.Down) > 0:
		return verdict.Major
	case len(a.Degraded) > 0 || len(a.AtRisk) > 0:
		return verdict.Minor
	}
	return verdict.Warning
}

// startedAfter is the last good observation before the fault began.
func (w *Writer) startedAfter(c *search.Claim, began int64) time.Time {
	best := int64(0)
	for _, p := range c.Points {
		for r := range w.s.Records(p) {
			if !r.Live || r.Symptom.SinceAfter.IsZero() {
				continue
			}
			if t := r.Symptom.SinceAfter.UnixNano(); t <= began {
				best = max(best, t)
			}
		}
	}
	if best == 0 {
		return time.Time{}
	}
	return UTC(best)
}

func (w *Writer) ids(lines []int32) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = w.m.Inventory().Lines[l].ID
	}
	slices.Sort(out)
	return out
}

// UTC is a time of the engine as verdicts have it.
func UTC(t int64) time.Time { return time.Unix(0, t).UTC() }

// Round keeps four places of a probability.
func Round(p float64) float64 { return float64(int64(p*1e4+0.5)) / 1e4 }

// monitoringSure is the confidence of a fault of the monitoring itself.
const monitoringSure = 0.99

// Silent is the verdict on a collector that has fallen silent, but for its identity
// and its times.
func (w *Writer) Silent(collector string) verdict.Verdict {
	return verdict.Verdict{Outcome: verdict.MonitoringFault, FaultDomain: verdict.Monitoring,
		Domains: []verdict.DomainShare{{Domain: verdict.Monitoring, P: 1}},
		Roots: []verdict.RootCause{{Subject: symptom.Collector(collector), Kind: string(symptom.CollectorSubject),
			Mode: verdict.Down, P: 1}},
		Confidence: monitoringSure, Severity: verdict.Major, Revision: w.m.Inventory().Revision,
		Lines:    verdict.Lines{Down: []string{}, Degraded: []string{}, AtRisk: []string{}},
		Evidence: verdict.Evidence{For: []verdict.Fact{}, Against: []verdict.Fact{}, Missing: []verdict.Fact{}},
		Rivals:   []verdict.Rival{}, NextTest: "see whether the collector runs and reaches the bus"}
}
