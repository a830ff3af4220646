package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/symptom"
)

// testsAtOnce is how many tests one collector runs at a time. What exceeds it
// is answered as inconclusive, at once.
const testsAtOnce = 64

// defaultTest is how long a test without a deadline may take.
const defaultTest = 30 * time.Second

// testSubject is probe.COLLECTOR. An id with dots would be several words there.
func testSubject(collector string) string {
	if strings.Contains(collector, ".") {
		return "probe._" + symptom.Word(collector)
	}
	return "probe." + collector
}

// ServeTests answers the test requests for a collector until ctx ends; then it
// waits for the running ones and returns nil. Each runs on its own goroutine,
// with a context that ends at the request's deadline.
func (b *Bus) ServeTests(
	ctx context.Context, collector string, run func(context.Context, symptom.TestRequest) symptom.TestResult,
) error {
	slots := make(chan struct{}, testsAtOnce)
	var running sync.WaitGroup
	answer := func(m *nats.Msg, r symptom.TestResult) {
		if r.Collector == "" {
			r.Collector = collector
		}
		data, err := json.Marshal(r)
		if err == nil {
			err = m.Respond(data)
		}
		if err != nil {
			b.log.Warn("test not answered", zap.String("test", r.ID), zap.Error(err))
		}
	}
	sub, err := b.nc.Subscribe(testSubject(collector), func(m *nats.Msg) {
		req, err := parseTest(m.Data)
		if err != nil {
			b.unreadable("probe", m.Subject, err)
			answer(m, inconclusive(req.ID, err.Error()))
			return
		}
		select {
		case slots <- struct{}{}:
		default:
			answer(m, inconclusive(req.ID, fmt.Sprintf("the collector is busy with %d other tests", testsAtOnce)))
			return
		}
		running.Add(1)
		go func() {
			defer running.Done()
			defer func() { <-slots }()
			deadline := req.Deadline
			if deadline.IsZero() {
				deadline = time.Now().Add(defaultTest)
			}
			ctx, cancel := context.WithDeadline(ctx, deadline)
			defer cancel()
			answer(m, run(ctx, req))
		}()
	})
	if err != nil {
		return fmt.Errorf("serve tests of %s: %w", collector, err)
	}
	if err := b.nc.Flush(); err != nil {
		b.log.Warn("test service not announced yet", zap.Error(err))
	}
	<-ctx.Done()
	_ = sub.Unsubscribe()
	running.Wait()
	return nil
}

func parseTest(data []byte) (symptom.TestRequest, error) {
	var req symptom.TestRequest
	if err := json.Unmarshal(data, &req); err != nil {
		return symptom.TestRequest{}, fmt.Errorf("unreadable request: %w", err)
	}
	if req.Target != "" {
		if _, err := symptom.ParseSubject(string(req.Target)); err != nil {
			return symptom.TestRequest{ID: req.ID}, fmt.Errorf("unreadable request: %w", err)
		}
	}
	return req, nil
}

// Test asks a collector to probe now. Whatever keeps an answer from coming
// makes the result inconclusive, with the reason.
func (b *Bus) Test(ctx context.Context, collector string, req symptom.TestRequest) symptom.TestResult {
	if req.Deadline.IsZero() {
		req.Deadline = time.Now().Add(defaultTest)
	}
	data, err := json.Marshal(req)
	if err != nil {
		return inconclusive(req.ID, err.Error())
	}
	// The collector stops at the deadline; its answer needs a moment more.
	ctx, cancel := context.WithDeadline(ctx, req.Deadline.Add(time.Second))
	defer cancel()
	m, err := b.nc.RequestWithContext(ctx, testSubject(collector), data)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return inconclusive(req.ID, fmt.Sprintf("collector %s is not on the bus", collector))
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return inconclusive(req.ID, fmt.Sprintf("collector %s did not answer in time", collector))
	case err != nil:
		return inconclusive(req.ID, fmt.Sprintf("ask collector %s: %v", collector, err))
	}
	result, err := parseResult(m.Data)
	if err != nil {
		b.unreadable("probe", m.Subject, err)
		return inconclusive(req.ID, fmt.Sprintf("unreadable answer of collector %s: %v", collector, err))
	}
	return result
}

func parseResult(data []byte) (symptom.TestResult, error) {
	var result symptom.TestResult
	if err := json.Unmarshal(data, &result); err != nil {
		return symptom.TestResult{}, err
	}
	switch result.Outcome {
	case symptom.Pass, symptom.Fail, symptom.Inconclusive:
		return result, nil
	}
	return symptom.TestResult{}, fmt.Errorf("outcome %q: want pass, fail or inconclusive", result.Outcome)
}

func inconclusive(id, reason string) symptom.TestResult {
	return symptom.TestResult{ID: id, Outcome: symptom.Inconclusive, Reason: reason, At: time.Now().UTC()}
}
