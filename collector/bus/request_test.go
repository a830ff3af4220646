package bus

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

func TestATestIsAnsweredByItsCollector(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- b.ServeTests(ctx, "branch.1", func(ctx context.Context, req symptom.TestRequest) symptom.TestResult {
				if req.Test == "slow" {
					<-ctx.Done()
					return symptom.TestResult{ID: req.ID, Outcome: symptom.Inconclusive, Reason: "deadline"}
				}
				return symptom.TestResult{ID: req.ID, Outcome: symptom.Pass}
			})
		}()
		ask := func(collector, test string) symptom.TestResult {
			soon := time.Now().Add(time.Second)
			return b.Test(t.Context(), collector, symptom.TestRequest{ID: "T1", Test: test, Deadline: soon})
		}
		var r symptom.TestResult
		wait.For(t, "branch.1 answers", func() bool { r = ask("branch.1", "ping"); return r.Outcome == symptom.Pass })
		if r.ID != "T1" || r.Collector != "branch.1" {
			t.Errorf("want a pass from branch.1, got %+v", r)
		}
		r = ask("branch.2", "ping")
		if r.Outcome != symptom.Inconclusive || !strings.Contains(r.Reason, "branch.2 is not on the bus") {
			t.Errorf("no collector: want inconclusive with the reason, got %+v", r)
		}
		if r := ask("branch.1", "slow"); r.Outcome != symptom.Inconclusive || r.Reason != "deadline" {
			t.Errorf("slow: want the collector's own inconclusive at the deadline, got %+v", r)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func FuzzParseTest(f *testing.F) {
	f.Add([]byte(`{"id":"T1","target":"port/R1/GE0/0/1","test":"poll","deadline":"2026-03-01T08:00:00Z"}`))
	f.Add([]byte(`{"id":"T1","line":"LN-1","target":"line/LN-1","test":"line"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		req, err := parseTest(data)
		if err != nil {
			return
		}
		if _, err := symptom.ParseSubject(string(req.Target)); req.Target != "" && err != nil {
			t.Errorf("a target that cannot be got through: %v", err)
		}
	})
}

func FuzzParseResult(f *testing.F) {
	f.Add([]byte(`{"id":"T1","outcome":"pass","checks":[{"method":"ping","outcome":"pass"}]}`))
	f.Add([]byte(`{"outcome":"perhaps"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseResult(data)
		if err != nil {
			return
		}
		if !slices.Contains([]symptom.TestOutcome{symptom.Pass, symptom.Fail, symptom.Inconclusive}, r.Outcome) {
			t.Errorf("outcome %q got through", r.Outcome)
		}
	})
}
