package icmp

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

func TestProbeSendsItsCountWithTheGapBetween(t *testing.T) {
	e := startEngine(t, DefaultConfig(), func([]Result) { t.Error("a Probe was delivered as a scheduled result") })
	start := time.Now()
	tallies, err := e.Probe(t.Context(), ring(300, 0), Plan{Count: 4, Gap: 100 * time.Millisecond, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 300*time.Millisecond {
		t.Errorf("four pings 100 ms apart took %v", took)
	}
	for i, y := range tallies {
		if y.Key != uint32(i) || y.Addr != loopback(i+1) || y.Sent != 4 || y.Received != 4 || y.RTT.Min <= 0 ||
			y.RTT.Max < y.RTT.Mean() {
			t.Errorf("%+v", y)
		}
		if y.First.Before(start) || y.First.After(time.Now()) {
			t.Errorf("first sent at %v, started at %v", y.First, start)
		}
	}
}

func TestProbeStopsWhenItHasEnough(t *testing.T) {
	e := startEngine(t, DefaultConfig(), func([]Result) {})
	tallies, err := e.Probe(t.Context(), ring(10, 0), Plan{Count: 100, Gap: time.Second, Timeout: time.Second, Enough: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, y := range tallies {
		if y.Received != 1 || y.Sent > 50 {
			t.Errorf("%+v", y)
		}
	}
	if n := inside(t, e, func() int { return len(e.entries) - len(e.freeEntries) }); n != 0 {
		t.Errorf("%d entries left behind", n)
	}
}

func TestProbesShareOneTokenBucket(t *testing.T) {
	cfg := DefaultConfig()
	cfg.ProbeRate, cfg.ProbeBurst = 200, 20
	e := startEngine(t, cfg, func([]Result) {})
	start := time.Now()
	done := make(chan error, 4)
	for range 4 {
		go func() {
			tallies, err := e.Probe(t.Context(), ring(30, 0), Plan{Count: 1, Timeout: time.Second})
			for _, y := range tallies {
				if y.Received != 1 {
					err = errors.Join(err, errors.New("a ping was not answered"))
				}
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	// 120 pings, 20 at once, the others at 200 a second.
	if took := time.Since(start); took < 450*time.Millisecond {
		t.Errorf("120 pings took %v, the bucket allows 500 ms", took)
	}
}

func TestWhatTheBucketCannotServeIsPutOffNotLost(t *testing.T) {
	cfg := DefaultConfig()
	cfg.ProbeRate, cfg.ProbeBurst = 10, 5
	e := startEngine(t, cfg, func([]Result) {})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	start := time.Now()
	tallies, err := e.Probe(ctx, ring(1000, 0), Plan{Count: 1, Timeout: 29500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	if took > 20*time.Second {
		t.Errorf("took %v to say that most has to wait", took)
	}
	answered, putOff := 0, 0
	for _, y := range tallies {
		switch {
		case y.Received == 1 && !y.PutOff:
			answered++
		case y.PutOff && y.Sent+y.Unknown == 0:
			putOff++
		default:
			t.Errorf("%+v", y)
		}
	}
	if allowed := 6 + int(10*took.Seconds()); answered < 5 || answered > allowed || answered+putOff != 1000 {
		t.Errorf("%d answered in %v, %d put off", answered, took, putOff)
	}
}

func TestProbeEndsWithItsContext(t *testing.T) {
	e := startEngine(t, DefaultConfig(), func([]Result) {})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(2*time.Second, cancel)
	tallies, err := e.Probe(ctx, ring(5, 0), Plan{Count: 1000, Gap: 50 * time.Millisecond, Timeout: time.Second})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, y := range tallies {
		if y.Received == 0 || y.Received > 900 {
			t.Errorf("the tally so far: %+v", y)
		}
	}
	// The engine goes on, and forgets the series.
	if _, err := e.Probe(t.Context(), ring(1, 0), Plan{Count: 1, Timeout: time.Second}); err != nil {
		t.Error(err)
	}
	wait.For(t, "no entry left", func() bool {
		return inside(t, e, func() int { return len(e.entries) - len(e.freeEntries) }) == 0
	})
}

func TestProbeOfAnEngineThatDoesNotRun(t *testing.T) {
	e := New(DefaultConfig(), nil, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Probe(ctx, ring(1, 0), Plan{Count: 1, Timeout: time.Second}); !errors.Is(err, context.Canceled) {
		t.Errorf("never started: %v", err)
	}
	needSocket(t)
	if err := e.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Probe(t.Context(), ring(1, 0), Plan{Count: 1, Timeout: time.Second}); !errors.Is(err, ErrStopped) {
		t.Errorf("stopped: %v", err)
	}
}

func TestProbeRefusesWhatCannotWork(t *testing.T) {
	e := New(DefaultConfig(), nil, nil)
	for name, p := range map[string]Plan{
		"no ping":         {Count: 0, Timeout: time.Second},
		"no gap":          {Count: 2, Timeout: time.Second},
		"no time-out":     {Count: 1},
		"negative enough": {Count: 1, Timeout: time.Second, Enough: -1},
	} {
		if _, err := e.Probe(t.Context(), ring(1, 0), p); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := e.Probe(t.Context(), []Target{{}}, Plan{Count: 1, Timeout: time.Second}); err == nil {
		t.Error("no address: accepted")
	}
}

func TestRTT(t *testing.T) {
	var r RTT
	if r.Mean() != 0 || r.StdDev() != 0 {
		t.Error("of nothing: not 0")
	}
	for _, ms := range []int{2, 4, 4, 4, 5, 5, 7, 9} { // mean 5, population deviation 2
		r.add(time.Duration(ms) * time.Millisecond)
	}
	near := func(got, want time.Duration) bool { return math.Abs(float64(got-want)) < 10 }
	if r.Min != 2*time.Millisecond || r.Max != 9*time.Millisecond || !near(r.Mean(), 5*time.Millisecond) ||
		!near(r.StdDev(), 2*time.Millisecond) {
		t.Errorf("min %v, mean %v, max %v, deviation %v", r.Min, r.Mean(), r.Max, r.StdDev())
	}
}

func TestOnDemand(t *testing.T) {
	needSocket(t)
	s, err := Test(t.Context(), loopback(9), 5, 20*time.Millisecond, time.Second)
	if err != nil || s.Sent != 5 || s.Received != 5 || s.Min <= 0 || s.Mean < s.Min || s.Max < s.Mean {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := Test(t.Context(), netip.Addr{}, 1, time.Second, time.Second); err == nil {
		t.Error("no address: accepted")
	}
	if _, err := Test(t.Context(), loopback(9), 0, time.Second, time.Second); err == nil {
		t.Error("no ping: accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := Test(ctx, loopback(9), 1000, 20*time.Millisecond, time.Second); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}
