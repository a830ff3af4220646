package evidence_test

import (
	"testing"

	"github.com/linewarden/linewarden/collector/symptom"
	. "github.com/linewarden/linewarden/correlator/evidence"
)

// A kind that is in neither table would be raised and weighed as nothing.
func TestEveryKindOfSymptomSaysSomething(t *testing.T) {
	nothing := mask()
	for _, k := range symptom.Kinds() {
		m := Of(k)
		if m == nothing {
			t.Errorf("%s has no place in a mask", k)
		}
		if Raised(m) == Raised(nothing) && Impaired(m) == Impaired(nothing) {
			t.Errorf("%s says nothing about any component: it needs a row in the table of the hard or of the soft ones", k)
		}
		if Hard&m != 0 && Soft&m != 0 {
			t.Errorf("%s is hard and soft", k)
		}
	}
}
