package icmp

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ErrStopped is returned by calls to an engine whose Run has ended.
var ErrStopped = errors.New("ping engine has stopped")

// Engine pings targets on a schedule, and others on request. All its state
// but the command queue belongs to the goroutine in Run.
type Engine struct {
	cfg     Config
	deliver func([]Result)
	metrics *metrics

	mu       sync.Mutex
	commands []func(now int64)
	running  bool
	wake     chan struct{}
	stopped  chan struct{}

	start    time.Time // zero of the engine's clock
	instance uint32
	nonces   *rand.ChaCha8
	seq      uint16
	v4, v6   *port
	v6err    error

	entries     []entry
	freeEntries []int32
	byKey       map[uint32]int32
	generation  uint32
	phase       float64 // of the newest scheduled target, in [0, 1)
	load        float64 // scheduled pings a tick
	due         *wheel  // of entries
	queue       []int32 // entries whose time has come, in order

	flights     []flight
	freeFlights []int32
	timeouts    *wheel // of flights
	expired     []int32
	airborne    int
	overrun     int64 // when packets were last found dropped; -1 never

	bucket  bucket
	results []Result
	batch   []int32
}

// port is a socket with its two batches.
type port struct {
	*socket
	tx    *sender
	rx    *receiver
	drops uint32
}

// entry is one target, scheduled or of a series, or free.
type entry struct {
	target     Target
	zone       uint32
	generation uint32
	next       int64 // when its next ping is due
	flying     int32 // its requests under way
	left       int32 // requests still to send, of a series
	tally      int32 // place in the series
	series     *series
	queued     bool // in Engine.queue
	granted    bool // holds a token for its next ping
	gone       bool // replaced or finished; freed when nothing of it is under way
}

// flight is one request under way, or free (entry < 0).
type flight struct {
	nonce      uint64
	wall, mono int64 // when it left, by both clocks
	entry      int32
	seq        uint16
}

// New makes an engine that calls deliver with finished pings, in batches, on
// its own goroutine: deliver must return soon and not keep the slice. reg may
// be nil. Nothing is opened before Run.
func New(cfg Config, reg prometheus.Registerer, deliver func([]Result)) *Engine {
	var seed [32]byte
	crand.Read(seed[:]) // never fails, see its documentation
	return &Engine{
		cfg: cfg, deliver: deliver, metrics: newMetrics(reg),
		wake: make(chan struct{}, 1), stopped: make(chan struct{}),
		instance: binary.BigEndian.Uint32(seed[:4]), nonces: rand.NewChaCha8(seed),
		byKey: map[uint32]int32{}, overrun: -1, results: make([]Result, 0, 1024),
		bucket: bucket{rate: cfg.ProbeRate, burst: cfg.ProbeBurst},
	}
}

// Set replaces the scheduled targets. A target that was there before with the
// same key and address goes on undisturbed; a new one has its first ping
// within one interval, so that all together are spread evenly. Results of a
// removed target may still be delivered for a few milliseconds.
func (e *Engine) Set(targets []Target) error {
	next := make([]Target, len(targets))
	zones := make(map[string]uint32)
	keys := make(map[uint32]struct{}, len(targets))
	for i, t := range targets {
		if err := t.validate(); err != nil {
			return err
		}
		if _, twice := keys[t.Key]; twice {
			return fmt.Errorf("target %d (%s): key is used twice", t.Key, t.Addr)
		}
		keys[t.Key] = struct{}{}
		if err := resolveZone(t.Addr, zones); err != nil {
			return fmt.Errorf("target %d: %w", t.Key, err)
		}
		t.Addr = t.Addr.Unmap()
		next[i] = t
	}
	return e.do(func(now int64) { e.replace(next, zones, now) })
}

// Probe pings each target plan.Count times, at once and beside the schedule,
// and returns when every outcome is known. All calls share one token bucket;
// what it cannot serve before the deadline of ctx is put off, not sent. When
// ctx ends early the tallies so far are returned with its error.
func (e *Engine) Probe(ctx context.Context, targets []Target, plan Plan) ([]Tally, error) {
	if err := plan.validate(); err != nil {
		return nil, err
	}
	s := &series{plan: plan, deadline: -1, tallies: make([]Tally, len(targets)), done: make(chan struct{})}
	zones := map[string]uint32{}
	for i, t := range targets {
		if !t.Addr.IsValid() {
			return nil, fmt.Errorf("target %d: no address", t.Key)
		}
		if err := resolveZone(t.Addr, zones); err != nil {
			return nil, fmt.Errorf("target %d: %w", t.Key, err)
		}
		s.tallies[i] = Tally{Key: t.Key, Addr: t.Addr.Unmap()}
	}
	if at, ok := ctx.Deadline(); ok {
		s.end = at
	}
	if err := e.do(func(now int64) { e.begin(ctx, s, zones, now) }); err != nil {
		return nil, err
	}
	select {
	case <-s.done:
		return s.tallies, nil
	case <-e.stopped:
		return s.tallies, ErrStopped
	case <-ctx.Done():
	}
	if !e.cancel(s) {
		return s.tallies, ctx.Err()
	}
	select {
	case <-s.done:
	case <-e.stopped:
	}
	return s.tallies, ctx.Err()
}

// do queues a command for the engine's goroutine.
func (e *Engine) do(command func(now int64)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	select {
	case <-e.stopped:
		return ErrStopped
	default:
	}
	e.commands = append(e.commands, command)
	select {
	case e.wake <- struct{}{}:
	default:
	}
	return nil
}

// cancel queues the end of a series. Of an engine that is not running there is
// nothing to wait for: begin looks at the context first.
func (e *Engine) cancel(s *series) (started bool) {
	e.mu.Lock()
	started = e.running
	e.mu.Unlock()
	if !started {
		return false
	}
	if err := e.do(func(int64) { e.abandon(s) }); err != nil {
		<-e.stopped
	}
	return true
}

// resolveZone looks up the interface of a scoped IPv6 address once.
func resolveZone(addr netip.Addr, zones map[string]uint32) error {
	name := addr.Zone()
	if name == "" {
		return nil
	}
	if _, known := zones[name]; known {
		return nil
	}
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		zones[name] = uint32(n)
		return nil
	}
	iface, err := net.InterfaceByName(name)
	if err != nil {
		return fmt.Errorf("address %s: %w", addr, err)
	}
	zones[name] = uint32(iface.Index)
	return nil
}
