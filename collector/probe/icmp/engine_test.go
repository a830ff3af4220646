package icmp

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// log gathers what an engine delivers.
type log struct {
	mu   sync.Mutex
	seen []Result
}

func (l *log) deliver(rs []Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, rs...)
}

func (l *log) of(key uint32) []Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Result
	for _, r := range l.seen {
		if r.Key == key {
			out = append(out, r)
		}
	}
	return out
}

// needSocket skips loudly where this user may not ping at all.
func needSocket(t testing.TB) {
	t.Helper()
	s, err := openSocket(ipv4, 1, 1, Config{})
	if errors.Is(err, ErrPermission) {
		t.Skipf("SKIPPED, NOTHING WAS TESTED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.close()
}

// startEngine runs an engine until the test ends.
func startEngine(t testing.TB, cfg Config, deliver func([]Result)) *Engine {
	t.Helper()
	needSocket(t)
	e := New(cfg, prometheus.NewRegistry(), deliver)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return e
}

// inside asks something of the engine's own state, on its own goroutine.
func inside[T any](t *testing.T, e *Engine, ask func() T) T {
	t.Helper()
	answer := make(chan T, 1)
	if err := e.do(func(int64) { answer <- ask() }); err != nil {
		t.Fatal(err)
	}
	return <-answer
}

// loopback is the i-th address of 127.1.0.0/16 and up.
func loopback(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, byte(1 + i>>16), byte(i >> 8), byte(i)})
}

func ring(n int, interval time.Duration) []Target {
	ts := make([]Target, n)
	for i := range ts {
		ts[i] = Target{Key: uint32(i), Addr: loopback(i + 1), Interval: interval, Timeout: time.Second}
	}
	return ts
}

func TestScheduleLosesNothingAndKeepsItsPace(t *testing.T) {
	const n, interval = 3000, 500 * time.Millisecond
	var l log
	e := startEngine(t, DefaultConfig(), l.deliver)
	if err := e.Set(ring(n, interval)); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "three rounds of every target", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.seen) >= 3*n
	})
	if err := e.Set(nil); err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	last := map[uint32]time.Time{}
	gaps, uneven := 0, 0
	perBin := map[int64]int{}
	for _, r := range l.seen {
		if r.Outcome != Answered || r.RTT <= 0 || r.RTT > time.Second {
			t.Fatalf("target %s: %s, RTT %v, %v", r.Addr, r.Outcome, r.RTT, r.Err)
		}
		if before, ok := last[r.Key]; ok {
			gaps++
			if gap := r.Sent.Sub(before); gap < interval/2 || gap > 2*interval {
				uneven++
			}
		}
		last[r.Key] = r.Sent
		perBin[r.Sent.UnixNano()/int64(interval/5)]++
	}
	if len(last) != n {
		t.Errorf("%d of %d targets were pinged", len(last), n)
	}
	// A machine that stood still makes some late, and sends those at once; most
	// are in time, and evenly spread a fifth of the interval has a fifth of them.
	if uneven > gaps/2 {
		t.Errorf("%d of %d times a target was pinged much before or after its interval", uneven, gaps)
	}
	crowded := 0
	for _, sent := range perBin {
		if sent > 2*n/5 {
			crowded++
		}
	}
	if crowded > len(perBin)/2 {
		t.Errorf("%d of %d fifths of an interval have more than two fifths of its pings", crowded, len(perBin))
	}
}

func TestSetLeavesRunningTargetsAlone(t *testing.T) {
	var l log
	e := startEngine(t, DefaultConfig(), l.deliver)
	const interval = 300 * time.Millisecond
	stay := Target{Key: 1, Addr: loopback(1), Interval: interval, Timeout: time.Second}
	for round := range 12 { // each Set brings another crowd and keeps only the first
		targets := []Target{stay}
		for i := range 200 {
			targets = append(targets, Target{Key: uint32(1000*(round+1) + i), Addr: loopback(i + 2), Interval: time.Second,
				Timeout: time.Second})
		}
		if err := e.Set(targets); err != nil {
			t.Fatal(err)
		}
		have := len(l.of(1))
		if round%4 == 3 {
			wait.For(t, "a ping of the one that stays", func() bool { return len(l.of(1)) > have })
		}
	}
	wait.For(t, "five pings of the one that stays", func() bool { return len(l.of(1)) >= 5 })
	rs := l.of(1)
	for i := 1; i < len(rs); i++ {
		periods := float64(rs[i].Sent.Sub(rs[0].Sent)) / float64(interval)
		off := periods - float64(int(periods+0.5))
		if off < -0.2 || off > 0.2 {
			t.Errorf("ping %d left %.2f intervals after the first: its phase was moved", i, periods)
		}
	}
	if err := e.Set([]Target{stay}); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "the crowd to be gone", func() bool { return inside(t, e, func() int { return len(e.byKey) }) == 1 })
	before := len(l.of(12000))
	have := len(l.of(1))
	wait.For(t, "four more pings", func() bool { return len(l.of(1)) >= have+4 })
	if after := len(l.of(12000)); after > before+1 {
		t.Errorf("a removed target was pinged %d more times", after-before)
	}
}

func TestSameAddressUnderSeveralKeys(t *testing.T) {
	var l log
	e := startEngine(t, DefaultConfig(), l.deliver)
	var targets []Target
	for k := range uint32(50) {
		targets = append(targets, Target{Key: k, Addr: netip.MustParseAddr("127.0.0.1"), Interval: 200 * time.Millisecond,
			Timeout: time.Second})
	}
	if err := e.Set(targets); err != nil {
		t.Fatal(err)
	}
	for k := range uint32(50) {
		wait.For(t, "three answers under each key", func() bool { return len(l.of(k)) >= 3 })
		for _, r := range l.of(k) {
			if r.Outcome != Answered {
				t.Errorf("key %d: %s %v", k, r.Outcome, r.Err)
			}
		}
	}
	tallies, err := e.Probe(t.Context(), targets, Plan{Count: 2, Gap: 20 * time.Millisecond, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for i, y := range tallies {
		if y.Key != uint32(i) || y.Sent != 2 || y.Received != 2 {
			t.Errorf("tally %d: %+v", i, y)
		}
	}
}

func TestKeyMovesToAnotherAddress(t *testing.T) {
	var l log
	e := startEngine(t, DefaultConfig(), l.deliver)
	at := func(a netip.Addr) []Target {
		return []Target{{Key: 7, Addr: a, Interval: 20 * time.Millisecond, Timeout: time.Second}}
	}
	if err := e.Set(at(loopback(1))); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "an answer from the old address", func() bool { return len(l.of(7)) > 0 })
	if err := e.Set(at(loopback(2))); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "an answer from the new address", func() bool {
		rs := l.of(7)
		return rs[len(rs)-1].Addr == loopback(2)
	})
	moved := false
	for _, r := range l.of(7) {
		if r.Outcome != Answered || moved && r.Addr != loopback(2) {
			t.Errorf("after the move: %+v", r)
		}
		moved = r.Addr == loopback(2)
	}
}

func TestIPv6IsASecondFamily(t *testing.T) {
	e := startEngine(t, DefaultConfig(), func([]Result) {})
	tallies, err := e.Probe(t.Context(), []Target{{Key: 1, Addr: netip.IPv6Loopback()}, {Key: 2, Addr: loopback(1)}},
		Plan{Count: 3, Gap: 10 * time.Millisecond, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if v4 := tallies[1]; v4.Received != 3 {
		t.Errorf("IPv4 beside IPv6: %+v", v4)
	}
	v6 := tallies[0]
	if e.v6 == nil || v6.Err != nil { // this kernel has no IPv6: then it must say so
		if v6.Unknown != 3 || v6.Err == nil {
			t.Errorf("without IPv6: %+v", v6)
		}
		return
	}
	if v6.Received != 3 {
		t.Errorf("::1: %+v", v6)
	}
}

func TestSetRefusesWhatCannotWork(t *testing.T) {
	good := Target{Key: 1, Addr: loopback(1), Interval: time.Second, Timeout: time.Second}
	cases := map[string]func(*Target){
		"no address":         func(t *Target) { t.Addr = netip.Addr{} },
		"interval too short": func(t *Target) { t.Interval = time.Millisecond },
		"no time-out":        func(t *Target) { t.Timeout = 0 },
		"time-out too long":  func(t *Target) { t.Timeout = time.Hour },
		"unknown interface":  func(t *Target) { t.Addr = netip.MustParseAddr("fe80::1%nowhere0") },
	}
	e := New(DefaultConfig(), nil, nil)
	for name, spoil := range cases {
		bad := good
		spoil(&bad)
		if err := e.Set([]Target{bad}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if err := e.Set([]Target{good, good}); err == nil {
		t.Error("one key twice was accepted")
	}
	if err := e.Set([]Target{good}); err != nil {
		t.Error(err)
	}
}

func TestRunRefusesABadConfigAndASecondCall(t *testing.T) {
	e := New(Config{}, nil, nil)
	if err := e.Run(t.Context()); err == nil {
		t.Error("an empty configuration ran")
	}
	if err := e.Set(nil); !errors.Is(err, ErrStopped) {
		t.Errorf("Set after the end: %v", err)
	}
	if err := e.Run(t.Context()); err == nil {
		t.Error("Run ran twice")
	}
}
