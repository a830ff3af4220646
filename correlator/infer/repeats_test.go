package infer_test

import (
	"encoding/json"
	"math/rand"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// sameAfter tells a history, changes each tick's reports, and tells it again.
func sameAfter(outer *testing.T, change func(t *rapid.T, reports []symptom.Report) []symptom.Report) {
	inv := town(outer)
	rapid.Check(outer, func(t *rapid.T) {
		steps := history(t)
		first, _ := json.Marshal(tell(infer.New(inv, infer.Defaults()), steps))
		for i := range steps {
			steps[i].reports = change(t, slices.Clone(steps[i].reports))
		}
		second, _ := json.Marshal(tell(infer.New(inv, infer.Defaults()), steps))
		if string(first) != string(second) {
			t.Fatalf("differs:\n%s\n%s", first, second)
		}
	})
}

func TestAnyOrderWithinATickGivesTheSameVerdicts(t *testing.T) {
	sameAfter(t, func(t *rapid.T, all []symptom.Report) []symptom.Report {
		r := rand.New(rand.NewSource(rapid.Int64().Draw(t, "order")))
		r.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
		return all
	})
}

func TestWhatIsSaidTwiceIsHeardOnce(t *testing.T) {
	sameAfter(t, func(_ *rapid.T, all []symptom.Report) (twice []symptom.Report) {
		for _, r := range all {
			twice = append(twice, r, r)
		}
		return twice
	})
}

func TestWithoutASymptomNothingIsSaid(t *testing.T) {
	inv := town(t)
	rapid.Check(t, func(t *rapid.T) {
		steps := history(t)
		for i := range steps {
			steps[i].reports = slices.DeleteFunc(steps[i].reports, func(r symptom.Report) bool {
				return r.Symptom != nil && r.Symptom.State == symptom.Raised
			})
		}
		if said := tell(infer.New(inv, infer.Defaults()), steps); len(said) > 0 {
			t.Fatalf("said: %s", show(said...))
		}
	})
}

// What is open again after its end says so under a higher version, also over
// restarts and changes of the inventory.
func TestVersionsRiseOverRestartsAndReloads(t *testing.T) {
	for name, inv := range towns(t) {
		for seed := range int64(seeds) {
			last := map[string]verdict.Verdict{}
			for _, v := range play(inv, seed) {
				if old, known := last[v.ID]; known && v.Version <= old.Version {
					t.Fatalf("%s, seed %d: %s has version %d after %d", name, seed, v.ID, v.Version, old.Version)
				}
				last[v.ID] = v
			}
		}
	}
}

func TestWhatAnEngineHoldsIsCounted(t *testing.T) {
	e := infer.New(infertest.Load(t, "use street\nuse street_lines"), infer.Defaults())
	for subject, want := range map[symptom.Subject]bool{"device/CE1": true, "line/L1": true, "port/CH/1": true,
		"cable/CBL-A": true, "station/default": true, "device/NO": false, "port/CH/9": false} {
		if got := e.Knows(subject); got != want {
			t.Errorf("%s is known: %v", subject, got)
		}
	}
	for _, s := range []symptom.Subject{"device/CE4", "line/L4", "line/NO"} {
		e.Apply(noon, symptom.Report{Symptom: &symptom.Symptom{Observer: "collector/c1", Subject: s,
			Kind: symptom.Unreachable, State: symptom.Raised, Since: noon, At: noon}})
	}
	if st := e.Stats(); st.Raised != 2 || st.Unknown != 1 || st.Open != 0 || st.Searches != 0 || st.Components == 0 {
		t.Errorf("before a search: %+v", st)
	}
	settle(e)
	if st := e.Stats(); st.Open != 1 || st.Searches == 0 {
		t.Errorf("after it: %+v", st)
	}
}
