package collector

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/bus"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/collector/watch"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

type sresult = snmp.Result

var zapNop = zap.NewNop()

type nopEngine struct{}

func (nopEngine) Set([]icmp.Target) error { return nil }
func (nopEngine) Probe(context.Context, []icmp.Target, icmp.Plan) ([]icmp.Tally, error) {
	return nil, nil
}

// On a real bus, in real time: a fault is read by a follower, survives the
// collector's restart with its start, and is cleared by the next life.
func TestOnARealBus(t *testing.T) {
	cfg := bus.DefaultConfig()
	cfg.Dir = filepath.Join(t.TempDir(), "bus")
	b, err := bus.Open(t.Context(), cfg, prometheus.NewRegistry(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()

	var mu sync.Mutex
	present := map[symptom.Key]symptom.Symptom{}
	heard := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	followed := make(chan error, 1)
	go func() {
		followed <- b.Follow(ctx, func(r symptom.Report) {
			mu.Lock()
			if r.Symptom != nil {
				present[r.Symptom.Key()] = *r.Symptom
			}
			mu.Unlock()
			select {
			case heard <- struct{}{}:
			default:
			}
		})
	}()
	defer func() {
		cancel()
		if err := <-followed; err != nil {
			t.Error(err)
		}
	}()
	until := func(state symptom.State) symptom.Symptom {
		t.Helper()
		deadline := time.After(wait.Long)
		for {
			mu.Lock()
			for _, s := range present {
				if s.Subject == "line/LN-1" && s.Kind == symptom.Unreachable && s.State == state {
					mu.Unlock()
					return s
				}
			}
			mu.Unlock()
			select {
			case <-heard:
			case <-deadline:
				t.Fatalf("never heard that line/LN-1 is %s", state)
			}
		}
	}

	life := func(story func(w *world)) {
		w := newWorld(t, carrier(t, 3), func(c *Config, w *world) {
			c.Intervals = watch.Intervals{AAA: time.Second, AA: time.Second, A: time.Second, Standard: time.Second}
			c.Timeout = 100 * time.Millisecond
			c.Confirm = watch.Confirm{Count: 2, Gap: 50 * time.Millisecond, Timeout: 100 * time.Millisecond}
		})
		w.c.engines.Bus, w.c.outbox.bus = b, b
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if err := w.c.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() { w.turn(ctx) })
		all.Go(func() {
			if err := b.ServeTests(ctx, "main", w.c.Test); err != nil {
				t.Error(err)
			}
		})
		story(w)
		stop()
		all.Wait()
	}

	var first symptom.Symptom
	life(func(w *world) {
		wait.Until(t, "a device that answers passes its test", func() error {
			r := b.Test(t.Context(), "main", symptom.TestRequest{ID: "1", Target: "device/CPE1", Test: "ping"})
			if r.Outcome != symptom.Pass {
				return fmt.Errorf("got %+v", r)
			}
			return nil
		})
		wait.For(t, "LN-1 answers", func() bool { return answeredOnce(w, address(2, 1).String()) })
		w.kill(address(2, 1))
		first = until(symptom.Raised)
	})
	life(func(w *world) {
		second := until(symptom.Raised)
		if !second.Since.Equal(first.Since) {
			t.Errorf("the restart moved its start from %s to %s", first.Since, second.Since)
		}
		if s := until(symptom.Cleared); !s.Since.Equal(first.Since) {
			t.Errorf("cleared with start %s, want %s", s.Since, first.Since)
		}
	})
}

func answeredOnce(w *world, name string) bool {
	w.c.memory.mu.Lock()
	defer w.c.memory.mu.Unlock()
	return slices.Contains(w.c.memory.names, name)
}
