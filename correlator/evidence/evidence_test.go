package evidence_test

import (
	"testing"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	. "github.com/linewarden/linewarden/correlator/evidence"
	"pgregory.net/rapid"
)

const ln20 = 2.9957

func mask(kinds ...symptom.Kind) Mask {
	var m Mask
	for _, k := range kinds {
		m |= Of(k)
	}
	return m
}

func TestWhatSymptomsProve(t *testing.T) {
	for _, c := range []struct {
		says          string
		better, worse Relation
		kinds         []symptom.Kind
		least, most   float32
	}{
		{"a last gasp is the customer's power, not fibre", SelfPower, Link,
			[]symptom.Kind{symptom.PowerFail, symptom.FarEndMissing}, ln20, 40},
		{"a last gasp is rather the power than the unit", SelfPower, Self,
			[]symptom.Kind{symptom.PowerFail, symptom.FarEndMissing}, ln20, 40},
		{"a far end missing leaves fibre and power tied", SelfPower, Link, []symptom.Kind{symptom.FarEndMissing}, -1, 1},
		{"loss of signal leaves fibre and the peer's power tied", Link, PeerPower, []symptom.Kind{symptom.LOS}, -1, 1},
		{"light that sloped down before it went was fibre", Link, PeerPower, []symptom.Kind{symptom.LOS, symptom.RxPowerLow},
			ln20, 40},
		{"an uptime that began again was power, not the link", SelfPower, Link,
			[]symptom.Kind{symptom.Unreachable, symptom.Rebooted}, ln20, 40},
		{"a copper port down is beyond the unit", Beyond, Self, []symptom.Kind{symptom.CustomerPortDown}, ln20, 40},
		{"no answer says the same of all that stands in the way", Path, Self, []symptom.Kind{symptom.Unreachable}, 0, 0},
	} {
		w := Raised(mask(c.kinds...))
		if d := w[c.better] - w[c.worse]; d < c.least || d > c.most {
			t.Errorf("%s: margin %v, want %v to %v", c.says, d, c.least, c.most)
		}
	}
}

func TestConsequencesAndManagementOpenNothing(t *testing.T) {
	priors := []float32{
		Prior(Part{Kind: symptom.DeviceSubject, Device: inventory.CPE}),
		Prior(Part{Kind: symptom.LinkSubject, Layer: inventory.Tail}),
		Prior(Part{Kind: symptom.PowerSubject, Customer: true}),
		Prior(Part{Kind: symptom.CableSubject, Layer: inventory.Tail}),
	}
	for _, k := range []symptom.Kind{symptom.AIS, symptom.RDI, symptom.AgentSilent, symptom.Rebooted} {
		if Of(k)&(Hard|Soft) != 0 {
			t.Errorf("%s asks for an explanation", k)
		}
		for r, w := range Raised(Of(k)) {
			for _, p := range priors {
				if w+p > 0 {
					t.Errorf("%s alone makes relation %d believable: %v", k, r, w+p)
				}
			}
		}
	}
}

func TestSilencePrefersTheCauseThatFits(t *testing.T) {
	if fits, wide := Silence(20, 20), Silence(300, 20); fits-wide < 20 {
		t.Errorf("20 of 20 %v against 20 of 300 %v", fits, wide)
	}
	if Silence(1, 1) < -1 {
		t.Errorf("one of one costs %v", Silence(1, 1))
	}
}

func TestSilenceIsAProbability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5000).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		if s := Silence(n, k); s > 0 || s != s {
			t.Fatalf("Silence(%d,%d) = %v", n, k, s)
		}
		if a, b := Silence(n, k), Silence(n, n-k); a-b > 0.01 || b-a > 0.01 {
			t.Fatalf("not symmetric: %v, %v", a, b)
		}
	})
}

func TestNoSubjectVetoesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Mask(rapid.Uint32().Draw(t, "mask"))
		for _, w := range []Weights{Raised(m), Impaired(m)} {
			for _, x := range w {
				if x > Clip || x < Veto {
					t.Fatalf("mask %b says %v", m, x)
				}
			}
		}
	})
}
