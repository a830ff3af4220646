package console

import (
	"testing"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

func TestAHopIsMarkedByWhatIsTrueOfItNow(t *testing.T) {
	link := symptom.Link("L-1")
	at := func(state verdict.State, outcome verdict.Outcome) verdict.Verdict {
		return verdict.Verdict{State: state, Outcome: outcome, Roots: []verdict.RootCause{{Subject: link}}}
	}
	for _, c := range []struct {
		what   string
		faults []verdict.Verdict
		dark   bool
		want   string
	}{
		{"an open root is the break", []verdict.Verdict{at(verdict.Open, verdict.Root)}, true, "broken"},
		{"one of several that cannot be told apart is suspect", []verdict.Verdict{at(verdict.Open, verdict.RootSet)}, true, "suspect"},
		{"a root whose fault has cleared is mended", []verdict.Verdict{at(verdict.Cleared, verdict.Root)}, false, "mended"},
		{"but not while an alarm stands on it", []verdict.Verdict{at(verdict.Cleared, verdict.Root)}, true, "dark"},
		{"and it is the break again with the next fault", []verdict.Verdict{at(verdict.Cleared, verdict.Root), at(verdict.Open, verdict.Root)}, true, "broken"},
		{"without a fault it is well", nil, false, ""},
	} {
		if got := marked(&inventory.Inventory{}, c.faults).of(link, c.dark); got != c.want {
			t.Errorf("%s: marked %q, want %q", c.what, got, c.want)
		}
	}
}

func TestBothEndsOfALinkSayAThingOnce(t *testing.T) {
	h := hop{Symptoms: []symptom.Symptom{{Kind: symptom.LOS}, {Kind: symptom.LinkDown}, {Kind: symptom.LOS}}}
	if got := h.Shown(); len(got) != 2 || got[0].Kind != symptom.LOS || got[1].Kind != symptom.LinkDown {
		t.Errorf("shown %v", got)
	}
}
