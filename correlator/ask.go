package correlator

import (
	"context"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// testTime is how long a question may take.
const testTime = 5 * time.Second

// asksAtOnce is how many questions may be open.
const asksAtOnce = 16

// ask has the next-best test of an open question done by the collector that
// saw the fault. What the test finds comes back as symptoms, like everything
// else; its own answer is counted and no more.
func (c *Correlator) ask(ctx context.Context, v verdict.Verdict) {
	if c.deps.Tester == nil || v.State != verdict.Open || v.NextTest == "" {
		return
	}
	test, target, ok := strings.Cut(v.NextTest, " ")
	if !ok || test != "poll" && test != "ping" {
		return
	}
	subject, err := symptom.ParseSubject(target)
	if err != nil {
		return
	}
	collector := ""
	for _, f := range v.Evidence.For {
		if f.Observer.Kind() == symptom.CollectorSubject {
			collector = f.Observer.ID()
			break
		}
	}
	if collector == "" {
		return
	}
	select {
	case c.asking <- struct{}{}:
	default:
		return // a storm: the collectors have better things to do
	}
	go func() {
		defer func() { <-c.asking }()
		ctx, cancel := context.WithTimeout(ctx, testTime)
		defer cancel()
		r := c.deps.Tester.Test(ctx, collector, symptom.TestRequest{
			ID: v.ID + "-" + strconv.FormatUint(v.Version, 10), Target: subject, Test: test, Deadline: time.Now().Add(testTime)})
		c.metrics.asked.WithLabelValues(string(r.Outcome)).Inc()
		c.log.Debug("test", zap.String("verdict", v.ID), zap.String("test", v.NextTest),
			zap.String("outcome", string(r.Outcome)))
	}()
}
