package verdict

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestAllLinesAreNamedOnceInTheOrderOfTheirTrouble(t *testing.T) {
	for what, c := range map[string]struct {
		lines Lines
		want  []string
	}{
		"no line": {Lines{}, nil},
		"sorted lists": {
			Lines{Down: []string{"b", "c"}, Degraded: []string{"a"}, AtRisk: []string{"d"}}, []string{"b", "c", "a", "d"},
		},
		"a line in two lists": {
			Lines{Down: []string{"b"}, Degraded: []string{"a", "b"}, AtRisk: []string{"a", "c"}}, []string{"b", "a", "c"},
		},
		"lists in no order": {
			Lines{Down: []string{"c", "b", "c"}, AtRisk: []string{"b", "a"}}, []string{"c", "b", "a"},
		},
		"a list that repeats one": {Lines{Down: []string{"b", "b"}}, []string{"b"}},
	} {
		if got := c.lines.All(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
		for _, id := range c.want {
			if !c.lines.Has(id) || c.lines.None() || c.lines.Has("z") {
				t.Errorf("%s: Has and None do not agree with it", what)
			}
		}
	}
}

// BenchmarkAllLines is a fault of 10,000 lines, against a map of them.
func BenchmarkAllLines(b *testing.B) {
	var l Lines
	for i := range 10_000 {
		id := fmt.Sprintf("LN-%05d", i)
		l.Down = append(l.Down, id)
		if i%10 == 0 {
			l.AtRisk = append(l.AtRisk, id)
		}
	}
	const runs = 20
	began := time.Now()
	for range runs {
		union([][]string{l.Down, l.Degraded, l.AtRisk})
	}
	mapped := time.Since(began) / runs
	for b.Loop() {
		l.All()
	}
	b.ReportMetric(float64(mapped)*float64(b.N)/float64(b.Elapsed()), "times-faster")
}
