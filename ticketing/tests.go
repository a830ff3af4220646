package ticketing

import (
	"context"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
)

// TestLine tests a line now and records who asked.
func (d *Desk) TestLine(ctx context.Context, by people.Person, line string) (symptom.TestResult, error) {
	if _, ok := d.Inventory().Line(line); !ok {
		return symptom.TestResult{}, store.ErrNotFound
	}
	result := d.test(ctx, "now/"+line+"/"+d.now().Format(time.RFC3339Nano), line, d.now().Add(20*time.Second))
	err := d.store.Audit(ctx, store.Audit{
		At: d.now(), By: by.ID, Action: "test_line", Subject: line, Fields: map[string]string{"outcome": string(result.Outcome)},
	})
	return result, d.reached(err)
}

// test asks a collector.
func (d *Desk) test(ctx context.Context, id, line string, deadline time.Time) symptom.TestResult {
	collector := d.tester()
	if collector == "" {
		return symptom.TestResult{
			ID: id, Outcome: symptom.Inconclusive, Reason: "no collector can be asked", At: d.now(),
		}
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	return d.tests.Test(ctx, collector, symptom.TestRequest{
		ID: id, Line: line, Target: symptom.Line(line), Test: "line", Deadline: deadline,
	})
}

// tester is a collector that trusts its own uplink. Until one has finished a
// sweep and said so, it is the one at hand, or one that the inventory names.
func (d *Desk) tester() string {
	cutOff := false
	for _, h := range d.Board.Collectors() {
		if h.Method == "icmp" && !h.Isolated {
			return h.Collector
		}
		cutOff = cutOff || h.Isolated
	}
	switch {
	case cutOff:
		return ""
	case d.collector != "":
		return d.collector
	}
	for _, s := range d.Inventory().Stations {
		if s.Collector != "" {
			return s.Collector
		}
	}
	return ""
}
