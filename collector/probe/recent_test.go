package probe

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestRecentIsTheLastFew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Float32Range(0, 10), 1, 40).Draw(t, "round trips")
		var r recent
		for i, x := range all {
			r.add(x)
			held := all[max(0, i+1-recentSize) : i+1]
			if r.last() != x {
				t.Fatalf("last is %v, not %v", r.last(), x)
			}
			if got, want := r.median(), lower(held); got != want {
				t.Fatalf("median of %v is %v, not %v", held, got, want)
			}
			var steps []float32
			for j := 1; j < len(held); j++ {
				steps = append(steps, abs(held[j]-held[j-1]))
			}
			if got, want := r.step(), lower(steps); got != want {
				t.Fatalf("step of %v is %v, not %v", held, got, want)
			}
		}
	})
}

// lower is the lower median, the slow way.
func lower(of []float32) float32 {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[(len(sorted)-1)/2]
}
