package correlator

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/correlator/verdict"
)

// outbox publishes the newest version of each verdict, again until the bus
// takes it. What the bus never saw is replaced by what came later: gaps are
// normal, versions out of order are not.
type outbox struct {
	verdicts Verdicts
	log      *zap.Logger
	metrics  *metrics

	mu      sync.Mutex
	pending map[string]verdict.Verdict
	arrived chan struct{}
}

func newOutbox(verdicts Verdicts, log *zap.Logger, m *metrics) *outbox {
	return &outbox{
		verdicts: verdicts, log: log, metrics: m,
		pending: map[string]verdict.Verdict{}, arrived: make(chan struct{}, 1),
	}
}

func (o *outbox) put(v verdict.Verdict) {
	o.mu.Lock()
	o.pending[v.ID] = v
	o.metrics.waiting.Set(float64(len(o.pending)))
	o.mu.Unlock()
	select {
	case o.arrived <- struct{}{}:
	default:
	}
}

func (o *outbox) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-o.arrived:
		}
		for again := true; again; {
			again = !o.flush(ctx)
			if again {
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(time.Second):
				}
			}
		}
	}
}

// flush publishes what waits, oldest fault first, and tells whether nothing is left.
func (o *outbox) flush(ctx context.Context) bool {
	o.mu.Lock()
	all := make([]verdict.Verdict, 0, len(o.pending))
	for _, v := range o.pending {
		all = append(all, v)
	}
	o.mu.Unlock()
	slices.SortFunc(all, func(a, b verdict.Verdict) int {
		if d := a.Started.Compare(b.Started); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	for _, v := range all {
		if err := o.verdicts.Put(ctx, v); err != nil {
			if ctx.Err() == nil {
				o.metrics.failures.Inc()
				o.log.Warn("verdict not published, trying again", zap.String("verdict", v.ID), zap.Error(err))
			}
			return false
		}
		o.mu.Lock()
		if o.pending[v.ID].Version == v.Version {
			delete(o.pending, v.ID)
		}
		o.metrics.waiting.Set(float64(len(o.pending)))
		o.mu.Unlock()
	}
	return true
}
