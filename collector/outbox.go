package collector

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/symptom"
)

const (
	outboxBatch = 4096
	outboxWait  = 100 * time.Millisecond // between the first two attempts
	outboxRetry = 5 * time.Second        // at most between attempts
	outboxFlush = 3 * time.Second        // to say the last words at the end
)

// outbox holds what is to be published until the bus has taken it. Since it is
// all state, a newer word takes an older one's place, and nothing piles up
// while the bus is away. Heartbeats go after the symptoms said before them.
type outbox struct {
	bus     Publisher
	log     *zap.Logger
	metrics *metrics
	wake    chan struct{}

	mu         sync.Mutex
	symptoms   latest[symptom.Key, symptom.Symptom]
	coverage   latest[symptom.Place, symptom.Coverage]
	heartbeats latest[sweepName, symptom.Heartbeat]
}

// sweepName is which sweeps a heartbeat speaks of.
type sweepName struct{ method, class string }

func newOutbox(bus Publisher, log *zap.Logger, m *metrics) *outbox {
	return &outbox{bus: bus, log: log, metrics: m, wake: make(chan struct{}, 1),
		symptoms: newLatest(symptom.Symptom.Key), coverage: newLatest(symptom.Coverage.Place),
		heartbeats: newLatest(func(h symptom.Heartbeat) sweepName { return sweepName{h.Method, h.Class} }),
	}
}

func (o *outbox) symptom(s symptom.Symptom)     { o.enter(func() { o.symptoms.put(s) }) }
func (o *outbox) cover(c symptom.Coverage)      { o.enter(func() { o.coverage.put(c) }) }
func (o *outbox) heartbeat(h symptom.Heartbeat) { o.enter(func() { o.heartbeats.put(h) }) }

func (o *outbox) enter(put func()) {
	o.mu.Lock()
	put()
	o.mu.Unlock()
	rouse(o.wake)
}

// load is one attempt's worth: heartbeats only once no symptom is left behind.
type load struct {
	symptoms   []symptom.Symptom
	coverage   []symptom.Coverage
	heartbeats []symptom.Heartbeat
}

func (l load) empty() bool { return len(l.symptoms)+len(l.coverage)+len(l.heartbeats) == 0 }

func (o *outbox) take() load {
	o.mu.Lock()
	defer o.mu.Unlock()
	l := load{symptoms: o.symptoms.take(outboxBatch), coverage: o.coverage.take(outboxBatch)}
	if len(o.symptoms.order)+len(o.coverage.order) == 0 {
		l.heartbeats = o.heartbeats.take(outboxBatch)
	}
	return l
}

// back returns what was not taken.
func (o *outbox) back(l load) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.symptoms.back(l.symptoms)
	o.coverage.back(l.coverage)
	o.heartbeats.back(l.heartbeats)
}

// run publishes until ctx ends, and then what is left, for a moment.
func (o *outbox) run(ctx context.Context) error {
	wait := outboxWait
	for {
		l := o.take()
		switch {
		case l.empty() && ctx.Err() != nil:
			return nil //nolint:nilerr // told to end, and nothing is left
		case l.empty():
			select {
			case <-ctx.Done():
			case <-o.wake:
			}
			continue
		case ctx.Err() != nil:
			return o.lastWords(ctx, l)
		}
		err := o.publish(ctx, l)
		if err == nil {
			wait = outboxWait
			continue
		}
		o.back(l)
		if ctx.Err() != nil || errors.Is(err, context.Canceled) {
			continue // once more, without it
		}
		o.metrics.unpublished.Inc()
		o.log.Warn("bus does not take what is to be published", zap.Error(err), zap.Duration("again_in", wait))
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, outboxRetry)
	}
}

// lastWords publishes what is left after ctx has ended.
func (o *outbox) lastWords(ctx context.Context, l load) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outboxFlush)
	defer cancel()
	for ; !l.empty(); l = o.take() {
		if err := o.publish(ctx, l); err != nil {
			o.log.Warn("last words not published", zap.Error(err))
			return nil
		}
	}
	return nil
}

func (o *outbox) publish(ctx context.Context, l load) error {
	if len(l.symptoms) > 0 {
		if err := o.bus.PutSymptoms(ctx, l.symptoms); err != nil {
			return err
		}
	}
	if len(l.coverage) > 0 {
		if err := o.bus.PutCoverage(ctx, l.coverage...); err != nil {
			return err
		}
	}
	for _, h := range l.heartbeats {
		if err := o.bus.PutHeartbeat(ctx, h); err != nil {
			return err
		}
	}
	return nil
}
