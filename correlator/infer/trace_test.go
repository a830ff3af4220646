package infer_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
)

// write puts a version into the trace as an operator would read it.
func (w *stage) write(v verdict.Verdict) {
	var b strings.Builder
	fmt.Fprintf(&b, "%-11s %s.%d ", w.clock(v.Decided), w.names[v.ID], v.Version)
	if v.State == verdict.Cleared {
		fmt.Fprintf(&b, "cleared as of %s", w.clock(v.Cleared))
		if v.MergedInto != "" {
			fmt.Fprintf(&b, ", merged into %s", w.names[v.MergedInto])
		}
	} else {
		fmt.Fprintf(&b, "%s, %s%s, %s: %s", v.Outcome, v.FaultDomain, domains(v), percent(v.Confidence), rootsOf(v))
		for _, part := range []struct {
			is  string
			ids []string
		}{{"down", v.Lines.Down}, {"degraded", v.Lines.Degraded}, {"at risk", v.Lines.AtRisk}} {
			if len(part.ids) > 0 {
				fmt.Fprintf(&b, "; %s %s", part.is, short(part.ids))
			}
		}
		fmt.Fprintf(&b, "; %s", v.Severity)
		for _, part := range [][2]string{{"side", v.Side}, {"for", v.Technology}, {"split from", w.names[v.SplitFrom]}} {
			if part[1] != "" {
				fmt.Fprintf(&b, "; %s %s", part[0], part[1])
			}
		}
		fmt.Fprintf(&b, "; since %s", w.clock(v.Started))
		if v.Epoch != 0 {
			fmt.Fprintf(&b, "; epoch %d", v.Epoch)
		}
	}
	fmt.Fprintln(&w.trace, b.String())
}

// domains are the shares of the fault domains, where more than one has any.
func domains(v verdict.Verdict) string {
	var all []string
	for _, d := range v.Domains {
		if d.P >= 0.01 {
			all = append(all, fmt.Sprintf("%s %s", d.Domain, percent(d.P)))
		}
	}
	if len(all) < 2 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

func rootsOf(v verdict.Verdict) string {
	var all []string
	for _, r := range v.Roots {
		s := string(r.Subject)
		if r.Mode != verdict.Down {
			s += " " + string(r.Mode)
		}
		if r.P < 0.995 {
			s += " " + percent(r.P)
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return "no root"
	}
	return strings.Join(all, ", ")
}

func percent(p float64) string { return fmt.Sprintf("%.0f%%", 100*p) }

// short lists up to ten ids, and of more the first and the last.
func short(ids []string) string {
	if len(ids) > 10 {
		return fmt.Sprintf("%d lines %s..%s", len(ids), ids[0], ids[len(ids)-1])
	}
	return strings.Join(ids, " ")
}

// why VERDICT writes down what its last version rests on.
func (w *stage) why(rest []string, _ map[string]string) error {
	for id, name := range w.names {
		if name != rest[0] {
			continue
		}
		v := w.open[id]
		w.facts(name+" because", v.Evidence.For, v.Evidence.ForTotal)
		w.facts(name+" although", v.Evidence.Against, v.Evidence.AgainstTotal)
		w.facts(name+" not knowing", v.Evidence.Missing, v.Evidence.MissingTotal)
		for _, r := range v.Rivals {
			fmt.Fprintf(&w.trace, "%-11s %s or %s in %s, %s\n", "", name, r.Subjects[0], r.Domain, percent(r.P))
		}
		if v.NextTest != "" {
			fmt.Fprintf(&w.trace, "%-11s %s next: %s\n", "", name, v.NextTest)
		}
		return nil
	}
	return fmt.Errorf("no verdict %s", rest[0])
}

// facts writes down the first six.
func (w *stage) facts(head string, all []verdict.Fact, total int) {
	for _, f := range all[:min(len(all), 6)] {
		s := []string{string(f.Subject)}
		for _, part := range []string{f.End, string(f.Kind), f.State, f.Why} {
			if part != "" {
				s = append(s, part)
			}
		}
		if !f.Since.IsZero() {
			s = append(s, "since", w.clock(f.Since))
		}
		fmt.Fprintf(&w.trace, "%-11s %s %s (%+.1f)\n", "", head, strings.Join(s, " "), f.Weight)
	}
	if total > 6 {
		fmt.Fprintf(&w.trace, "%-11s %s %d in all\n", "", head, total)
	}
}

// clock shows time since the story began.
func (w *stage) clock(t time.Time) string {
	d := t.Sub(noon)
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	s := fmt.Sprintf("%s%d:%02d:%02d", sign, int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
	if ms := d.Milliseconds() % 1000; ms > 0 {
		s += fmt.Sprintf(".%03d", ms)
	}
	return s
}
