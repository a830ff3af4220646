package board_test

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/ticketing/board"
)

var now = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

// network is an inventory with lines that can be pinged.
func network(t testing.TB, lines int) *inventory.Inventory {
	t.Helper()
	p, err := plan.Generate(lines, 3)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for name, data := range p.Inventory() {
		files[name] = &fstest.MapFile{Data: data}
	}
	inv, err := inventory.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// watched is a line that a ping proves at its A end alone.
func watched(t testing.TB, inv *inventory.Inventory) *inventory.Line {
	t.Helper()
	for i := range inv.Lines {
		l := &inv.Lines[i]
		if l.Target.IsValid() && !l.TargetZ.IsValid() && (l.State == "" || l.State == inventory.Active) {
			return l
		}
	}
	t.Fatal("no line is pinged at its A end alone")
	return nil
}

type step func(*board.Board)

func beat(at time.Time, isolated bool) step {
	return func(b *board.Board) {
		b.Report(symptom.Report{Heartbeat: &symptom.Heartbeat{
			Collector: "c1", Method: "icmp", Class: "10s", Interval: 10 * time.Second, At: at, Isolated: isolated,
		}})
	}
}

func says(line string, kind symptom.Kind, since time.Duration) step {
	return func(b *board.Board) {
		b.Report(symptom.Report{Symptom: &symptom.Symptom{Observer: "collector/c1", Subject: symptom.Line(line),
			Kind: kind, State: symptom.Raised, Since: now.Add(-since)}})
	}
}

func fault(id string, lines verdict.Lines, since time.Duration) step {
	return func(b *board.Board) {
		b.Fault(verdict.Verdict{ID: id, State: verdict.Open, Lines: lines, Started: now.Add(-since)})
	}
}

func gone(line string, kind symptom.Kind) step {
	return func(b *board.Board) {
		s := symptom.Symptom{Observer: "collector/c1", Subject: symptom.Line(line), Kind: kind}
		key := s.Key()
		b.Report(symptom.Report{Gone: &key})
	}
}

func covers(line string, kinds ...symptom.Kind) step {
	return func(b *board.Board) {
		b.Report(symptom.Report{Coverage: &symptom.Coverage{Collector: "c1", Line: line, End: "a", Kinds: kinds}})
	}
}

func TestALineIsJudgedFromWhatIsProvenToWhatIsInferred(t *testing.T) {
	inv := network(t, 60)
	id := watched(t, inv).ID
	down, degraded := verdict.Lines{Down: []string{id}}, verdict.Lines{Degraded: []string{id}}
	atRisk := verdict.Lines{AtRisk: []string{id}}
	const minute = time.Minute
	for _, c := range []struct {
		what     string
		steps    []step
		state    board.State
		inferred bool
		since    time.Duration // before now; 0: no time
	}{
		{what: "nobody has looked yet", state: board.Unknown},
		{what: "a collector looks and sees nothing wrong", steps: []step{beat(now, false)}, state: board.Up},
		{what: "the collector fell silent", steps: []step{beat(now.Add(-30*time.Second), false)}, state: board.Unknown},
		{what: "the collector takes itself for cut off", steps: []step{beat(now, true)}, state: board.Unknown},
		{what: "a watch gets no answer", steps: []step{beat(now, false), says(id, symptom.Unreachable, minute)},
			state: board.Down, since: minute},
		{what: "a watch complains of less", steps: []step{says(id, symptom.Loss, minute)},
			state: board.Degraded, since: minute},
		{what: "the newest complaint counts",
			steps: []step{says(id, symptom.Loss, 2*minute), says(id, symptom.Latency, minute)},
			state: board.Degraded, since: minute},
		{what: "a complaint that went leaves the line well",
			steps: []step{beat(now, false), says(id, symptom.Loss, minute), gone(id, symptom.Loss)},
			state: board.Up},
		{what: "a fault names it down before its watch has missed an answer", steps: []step{fault("V1", down, minute)},
			state: board.Down, inferred: true, since: minute},
		{what: "the watch knows better than the fault since when",
			steps: []step{fault("V1", down, 2*minute), says(id, symptom.Unreachable, minute)},
			state: board.Down, since: minute},
		{what: "the worst of several faults counts",
			steps: []step{fault("V1", atRisk, minute), fault("V2", degraded, 2*minute)},
			state: board.Degraded, since: 2 * minute},
		{what: "a line whose protection is lost is at risk", steps: []step{fault("V1", atRisk, minute)},
			state: board.AtRisk, since: minute},
		{what: "a complaint weighs more than a risk",
			steps: []step{fault("V1", atRisk, 2*minute), says(id, symptom.Loss, minute)},
			state: board.Degraded, since: minute},
		{what: "a newer version of the fault has let go of it",
			steps: []step{beat(now, false), fault("V1", down, minute), fault("V1", verdict.Lines{}, minute)},
			state: board.Up},
		{what: "its collector cannot look at it", steps: []step{beat(now, false), covers(id)}, state: board.Unknown},
		{what: "its collector can look at it again",
			steps: []step{beat(now, false), covers(id), covers(id, symptom.Unreachable)}, state: board.Up},
	} {
		b := board.New()
		for _, s := range c.steps {
			s(b)
		}
		got := b.Line(inv, now, id)
		want := time.Time{}
		if c.since > 0 {
			want = now.Add(-c.since)
		}
		if got.State != c.state || got.Inferred != c.inferred || !got.Since.Equal(want) {
			t.Errorf("%s: %s since %v, inferred: %v", c.what, got.State, got.Since, got.Inferred)
		}
	}
}

func TestAClearedOrMergedFaultLeavesTheBoard(t *testing.T) {
	inv := network(t, 60)
	id := watched(t, inv).ID
	for what, end := range map[string]func(*verdict.Verdict){
		"cleared": func(v *verdict.Verdict) { v.State = verdict.Cleared },
		"merged":  func(v *verdict.Verdict) { v.MergedInto = "V2" },
	} {
		b := board.New()
		v := verdict.Verdict{ID: "V1", State: verdict.Open, Lines: verdict.Lines{Down: []string{id}}, Started: now}
		b.Fault(v)
		end(&v)
		b.Fault(v)
		if got := b.Line(inv, now, id); len(got.Faults) > 0 || len(b.OpenFaults()) > 0 {
			t.Errorf("%s: the line still names %v, %d are open", what, got.Faults, len(b.OpenFaults()))
		}
	}
}

func TestALineThatIsNotInTheInventoryIsUnknown(t *testing.T) {
	if got := board.New().Line(network(t, 20), now, "LN-NONE"); got.State != board.Unknown {
		t.Errorf("it is %s", got.State)
	}
}
