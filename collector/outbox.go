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
	outboxRetry = 5 * time.Second // at most between attempts
	outboxFlush = 3 * time.Second // to say the last words at the end
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
	order      []symptom.Key
	symptoms   map[symptom.Key]symptom.Symptom
	coverage   map[symptom.Place]symptom.Coverage
	heartbeats map[string]symptom.Heartbeat
}

func newOutbox(bus Publisher, log *zap.Logger, m *metrics) *outbox {
	return &outbox{bus: bus, log: log, metrics: m, wake: make(chan struct{}, 1),
		symptoms: map[symptom.Key]symptom.Symptom{}, coverage: map[symptom.Place]symptom.Coverage{}, heartbeats: map[string]symptom.Heartbeat{}}
}

func (o *outbox) symptom(s symptom.Symptom) {
	o.mu.Lock()
	o.put(s)
	o.mu.Unlock()
	o.rouse()
}

func (o *outbox) put(s symptom.Symptom) {
	if _, there := o.symptoms[s.Key()]; !there {
		o.order = append(o.order, s.Key())
	}
	o.symptoms[s.Key()] = s
}

func (o *outbox) cover(c symptom.Coverage) {
	o.mu.Lock()
	o.coverage[c.Place()] = c
	o.mu.Unlock()
	o.rouse()
}

func (o *outbox) heartbeat(h symptom.Heartbeat) {
	o.mu.Lock()
	o.heartbeats[h.Method+"|"+h.Class] = h
	o.mu.Unlock()
	o.rouse()
}

func (o *outbox) rouse() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
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
	var l load
	n := min(len(o.order), outboxBatch)
	for _, k := range o.order[:n] {
		l.symptoms = append(l.symptoms, o.symptoms[k])
		delete(o.symptoms, k)
	}
	o.order = append([]symptom.Key(nil), o.order[n:]...)
	for k, c := range o.coverage {
		if len(l.coverage) == outboxBatch {
			break
		}
		l.coverage = append(l.coverage, c)
		delete(o.coverage, k)
	}
	if len(o.order) == 0 && len(o.coverage) == 0 {
		for _, h := range o.heartbeats {
			l.heartbeats = append(l.heartbeats, h)
		}
		clear(o.heartbeats)
	}
	return l
}

// back returns what was not taken, except where newer words are there already.
func (o *outbox) back(l load) {
	o.mu.Lock()
	defer o.mu.Unlock()
	newer := o.order
	o.order = nil
	for _, s := range l.symptoms {
		if _, there := o.symptoms[s.Key()]; !there {
			o.order = append(o.order, s.Key())
			o.symptoms[s.Key()] = s
		}
	}
	o.order = append(o.order, newer...)
	for _, c := range l.coverage {
		if k := c.Place(); o.coverage[k].At.IsZero() {
			o.coverage[k] = c
		}
	}
	for _, h := range l.heartbeats {
		if k := h.Method + "|" + h.Class; o.heartbeats[k].At.IsZero() {
			o.heartbeats[k] = h
		}
	}
}

// run publishes until ctx ends, and then what is left, for a moment.
func (o *outbox) run(ctx context.Context) error {
	wait := 100 * time.Millisecond
	for {
		l := o.take()
		if l.empty() {
			select {
			case <-ctx.Done():
				return nil
			case <-o.wake:
			}
			continue
		}
		publish, cancel := ctx, context.CancelFunc(func() {})
		if ctx.Err() != nil {
			publish, cancel = context.WithTimeout(context.WithoutCancel(ctx), outboxFlush)
		}
		err := o.publish(publish, l)
		cancel()
		if err == nil {
			wait = 100 * time.Millisecond
			continue
		}
		o.back(l)
		if publish != ctx {
			o.log.Warn("last words not published", zap.Error(err))
			return nil
		}
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
