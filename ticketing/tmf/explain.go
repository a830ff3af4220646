package tmf

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// explainer tells which verdict explains a symptom: one that names it as its
// evidence, and else one that takes down every line that runs over the
// symptom's subject. Evidence is at most fifty facts, and what arrives later
// and changes no decision is not in it.
type explainer struct {
	inv    *inventory.Inventory
	faults []verdict.Verdict
	named  map[about]string
	hit    []map[string]bool // lines down or degraded by each fault; nil until asked for
}

type about struct {
	subject symptom.Subject
	kind    symptom.Kind
}

func newExplainer(faults []verdict.Verdict, inv *inventory.Inventory) *explainer {
	e := &explainer{inv: inv, faults: faults, named: map[about]string{}, hit: make([]map[string]bool, len(faults))}
	for _, v := range faults {
		for _, f := range v.Evidence.For {
			e.named[about{f.Subject, f.Kind}] = v.ID
		}
	}
	return e
}

// of is the id of the verdict that explains the symptom, or "".
func (e *explainer) of(s symptom.Symptom) string {
	if id := e.named[about{s.Subject, s.Kind}]; id != "" {
		return id
	}
	lines := e.over(s.Subject)
	if len(lines) == 0 {
		return ""
	}
	for i, v := range e.faults {
		during := !s.Since.Before(v.StartedAfter) && (v.State == verdict.Open || !s.Since.After(v.Cleared))
		if during && !slices.ContainsFunc(lines, func(line string) bool { return !e.hits(i, line) }) {
			return v.ID
		}
	}
	return ""
}

// over are the lines that run over the subject.
func (e *explainer) over(s symptom.Subject) []string {
	switch s.Kind() {
	case symptom.LineSubject:
		return []string{s.ID()}
	case symptom.DeviceSubject:
		return e.inv.LinesThrough(s.ID())
	case symptom.PortSubject, symptom.CardSubject:
		return e.inv.LinesThrough(s.Device())
	}
	return nil
}

// hits reports whether the i-th fault takes the line down or degrades it.
func (e *explainer) hits(i int, line string) bool {
	if e.hit[i] == nil {
		e.hit[i] = map[string]bool{}
		for _, id := range slices.Concat(e.faults[i].Lines.Down, e.faults[i].Lines.Degraded) {
			e.hit[i][id] = true
		}
	}
	return e.hit[i][line]
}
