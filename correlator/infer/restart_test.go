package infer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// restart puts a new engine in the place of the old one, which adopts what is open.
func (n *noc) restart(t *testing.T) {
	n.e = infer.New(town(t), infer.Defaults())
	for _, v := range n.open() {
		n.e.Adopt(n.now, v)
	}
}

func TestARestartGoesOnUnderTheSameID(t *testing.T) {
	n := newNOC(t, town(t))
	nodeOff(n)
	n.wait(10 * time.Second)
	v := n.one()
	since := n.now.Add(-10 * time.Second)

	n.restart(t)
	for _, s := range []string{"device/N3", "device/CH3", "device/CPE-3-1", "line/LN-3-1", "device/CPE-3-2", "line/LN-3-2", "line/LN-3-3", "line/LN-3-4", "device/CPE-3-3", "device/CPE-3-4"} {
		n.tell(symptom.Raised, since, s, symptom.Unreachable)
	}
	n.e.Apply(n.now, symptom.Report{Synced: true})
	n.wait(time.Minute)
	if got := n.one(); got.ID != v.ID {
		t.Errorf("want %s:%s", v.ID, show(got))
	}
}

func TestWhatHealedMeanwhileClearsOnlyWhenSweptAfresh(t *testing.T) {
	n := newNOC(t, town(t))
	nodeOff(n)
	n.wait(10 * time.Second)
	v := n.one()

	n.restart(t)
	n.e.Apply(n.now, symptom.Report{Synced: true})
	n.wait(time.Hour)
	if got := n.one(); got.ID != v.ID || got.State != verdict.Open {
		t.Fatalf("absence clears nothing:%s", show(got))
	}
	n.sweep()
	n.wait(time.Minute)
	n.none()
	if got := n.last[v.ID]; got.State != verdict.Cleared || len(n.last) != 1 {
		t.Errorf("want the same verdict cleared:%s", show(n.said...))
	}
}

// What is left of a fault whose root is mended already would look like other
// faults to an engine that knows only the present.
func TestARestartWhileItRecoversOpensNothingElse(t *testing.T) {
	for _, later := range []bool{false, true} { // the verdict is adopted before or after the symptoms are told
		n := newNOC(t, town(t))
		nodeOff(n)
		n.wait(10 * time.Second)
		v := n.one()
		since := n.now.Add(-10 * time.Second)
		// It was said before the lines were seen to be dark.
		v.Evidence.For = slices.DeleteFunc(slices.Clone(v.Evidence.For), func(f verdict.Fact) bool { return f.Subject != "device/N3" && f.Subject != "device/CH3" })
		if len(v.Evidence.For) == 0 {
			t.Fatal("the verdict does not rest on the node")
		}
		n.e = infer.New(town(t), infer.Defaults())
		adopt := func() { n.e.Adopt(n.now, v) }
		if !later {
			adopt()
		}
		for _, s := range []string{"device/N3", "device/CH3"} {
			n.tell(symptom.Cleared, since, s, symptom.Unreachable)
		}
		for _, s := range []string{"device/CPE-3-1", "line/LN-3-1", "line/LN-3-3", "device/CPE-3-3"} {
			n.tell(symptom.Raised, since, s, symptom.Unreachable)
		}
		if later {
			adopt()
		}
		n.e.Apply(n.now, symptom.Report{Synced: true})
		n.wait(30 * time.Second)
		if got := n.one(); got.ID != v.ID || len(n.last) != 1 {
			t.Errorf("want %s alone:%s", v.ID, show(n.said...))
		}
		for _, s := range []string{"device/CPE-3-1", "line/LN-3-1", "line/LN-3-3", "device/CPE-3-3"} {
			n.tell(symptom.Cleared, n.now, s, symptom.Unreachable)
		}
		n.sweep()
		n.wait(time.Minute)
		n.none()
		if len(n.last) != 1 {
			t.Errorf("want %s alone:%s", v.ID, show(n.said...))
		}
	}
}

func TestASecondFaultAfterARestartIsAnother(t *testing.T) {
	n := newNOC(t, town(t))
	nodeOff(n)
	n.wait(10 * time.Second)
	v := n.one()
	n.restart(t)
	n.e.Apply(n.now, symptom.Report{Synced: true})
	n.wait(time.Second)
	n.darken("5-4")
	n.silence("5-4")
	n.wait(10 * time.Second)
	if len(n.open()) != 2 || n.last[v.ID].State != verdict.Open {
		t.Errorf("want both:%s", show(n.open()...))
	}
}

func TestANewInventoryKeepsTheVerdict(t *testing.T) {
	n := newNOC(t, town(t))
	nodeOff(n)
	n.wait(10 * time.Second)
	v := n.one()
	inv := town(t)
	inv.Customers[0].Name = "renamed"
	if err := inv.Build(); err != nil {
		t.Fatal(err)
	}
	n.e = n.e.Recompile(n.now, inv)
	n.wait(10 * time.Second)
	if got := n.one(); got.ID != v.ID || len(got.Lines.Down) != 4 {
		t.Errorf("want %s:%s", v.ID, show(n.open()...))
	}
}

func TestAnEntryThatVanishesIsUnknownNotWell(t *testing.T) {
	n := newNOC(t, town(t))
	n.darken("1-1")
	n.silence("1-1")
	n.wait(10 * time.Second)
	v := n.one()
	for _, k := range []symptom.Key{
		{Observer: "collector/c1", Kind: symptom.LOS, Place: symptom.PlaceOf("port/CH1/1/1", "")},
		{Observer: "collector/c1", Kind: symptom.FarEndMissing, Place: symptom.PlaceOf("device/FE-1-1", "")},
		{Observer: "collector/c1", Kind: symptom.Unreachable, Place: symptom.PlaceOf("device/CPE-1-1", "")},
		{Observer: "collector/c1", Kind: symptom.Unreachable, Place: symptom.PlaceOf("line/LN-1-1", "")},
	} {
		n.e.Apply(n.now, symptom.Report{Gone: &k})
	}
	n.wait(time.Hour)
	if got := n.one(); got.ID != v.ID {
		t.Errorf("absence clears nothing:%s", show(got))
	}
	n.sweep()
	n.wait(time.Minute)
	n.none()
}
