package infer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// nodeOff raises what an access node's death shows from the station.
func nodeOff(n *noc) {
	n.raise("device/N3", symptom.Unreachable)
	n.raise("port/N2/e", symptom.LinkDown)
	n.raise("port/N4/w", symptom.LinkDown)
	n.raise("device/CH3", symptom.Unreachable)
	for _, s := range []string{"1", "2", "3", "4"} {
		n.silence("3-" + s)
		n.wait(30 * time.Millisecond)
	}
}

// A verdict was said before the lines were seen to be dark: what is left of it is
// its own all the same.
func TestARestartWhileItRecoversWithLittleEvidenceOpensNothingElse(t *testing.T) {
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
