package infer_test

import (
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

func TestABurstOfHubsIsAVerdictEach(t *testing.T) {
	inv := province(t, 8)
	e := infer.New(inv, infer.Defaults())
	for _, s := range hubsOff(3) {
		e.Apply(noon.Add(2*time.Second), symptom.Report{Symptom: &s})
	}
	open := map[string]verdict.Verdict{}
	for _, v := range settle(e) {
		if open[v.ID] = v; v.State == verdict.Cleared {
			delete(open, v.ID)
		}
	}
	if len(open) != 3 {
		t.Errorf("%d verdicts for three hubs", len(open))
	}
	for _, v := range open {
		if v.FaultDomain != verdict.Trunk || len(v.Lines.Down) != 1000 || len(v.Roots) == 0 || v.Roots[0].Kind == "station" {
			t.Errorf("want a hub and its thousand lines: %s %v %v", v.FaultDomain, len(v.Lines.Down), v.Roots)
		}
	}
}
