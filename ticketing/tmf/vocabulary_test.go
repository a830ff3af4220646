package tmf

import (
	"testing"

	"github.com/linewarden/linewarden/collector/symptom"
)

func TestEveryKindOfSymptomHasItsWords(t *testing.T) {
	for _, kind := range symptom.Kinds() {
		if w := vocabulary[kind]; w.alarmType == "" || w.probableCause == "" || w.severity == "" {
			t.Errorf("%s has no alarm type, probable cause and severity: %+v", kind, w)
		}
	}
	if len(vocabulary) != len(symptom.Kinds()) {
		t.Errorf("%d kinds have words, there are %d", len(vocabulary), len(symptom.Kinds()))
	}
}
