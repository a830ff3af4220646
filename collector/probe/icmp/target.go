package icmp

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"
)

// Target is one address to ping. Several targets may have the same address.
type Target struct {
	Key      uint32 // the caller's name for it, unique among the targets of one Set or Probe
	Addr     netip.Addr
	Interval time.Duration // between pings; unused by Probe
	Timeout  time.Duration // a later reply is a lost ping; unused by Probe
}

func (t Target) validate() error {
	switch {
	case !t.Addr.IsValid():
		return fmt.Errorf("target %d: no address", t.Key)
	case t.Interval < 10*time.Millisecond:
		return fmt.Errorf("target %d (%s): interval %v is below 10ms", t.Key, t.Addr, t.Interval)
	case t.Timeout < time.Millisecond || t.Timeout > maxTimeout:
		return fmt.Errorf("target %d (%s): time-out %v is not within 1ms and %v", t.Key, t.Addr, t.Timeout, maxTimeout)
	}
	return nil
}

// Outcome is what became of one ping.
type Outcome uint8

// Unknown is neither health nor loss: the request never left this machine, or
// its reply may have been dropped in this machine. Result.Err says which.
const (
	Unknown Outcome = iota
	Answered
	Lost
)

func (o Outcome) String() string {
	return [...]string{"unknown", "answered", "lost"}[o]
}

// Reasons for Unknown, beside the errors of the system (no route and the like).
var (
	// ErrOverrun says that the kernel dropped packets for want of receive
	// buffer while the ping was under way; the reply may have been among them.
	ErrOverrun = errors.New("receive buffer overran while the ping was under way")
	// ErrCongested says that the request could not be sent within a whole interval.
	ErrCongested = errors.New("send buffer stayed full for a whole interval")
)

// Result is one finished ping of a target handed to Set.
type Result struct {
	Key     uint32
	Outcome Outcome
	Addr    netip.Addr
	Sent    time.Time     // when the request left, or should have
	RTT     time.Duration // of an answered ping
	Err     error         // of an unknown one
}

// Plan is a short series of pings for Probe.
type Plan struct {
	Count   int           // pings to each target
	Gap     time.Duration // between two pings to the same target
	Timeout time.Duration
	// Enough ends a target's series after so many replies; 0 sends them all.
	Enough int
}

const (
	maxTimeout = 10 * time.Minute
	maxCount   = 1 << 20
)

func (p Plan) validate() error {
	switch {
	case p.Count < 1 || p.Count > maxCount:
		return fmt.Errorf("count %d is not within 1 and %d", p.Count, maxCount)
	case p.Gap < 10*time.Millisecond && p.Count > 1:
		return fmt.Errorf("gap %v is below 10ms", p.Gap)
	case p.Timeout < time.Millisecond || p.Timeout > maxTimeout:
		return fmt.Errorf("time-out %v is not within 1ms and %v", p.Timeout, maxTimeout)
	case p.Enough < 0:
		return fmt.Errorf("enough %d is negative", p.Enough)
	}
	return nil
}

// Tally sums up the pings of a Probe to one target.
type Tally struct {
	Key      uint32
	Addr     netip.Addr
	Sent     int // requests that left and whose outcome is known
	Received int
	Unknown  int       // requests of unknown outcome, see Outcome
	PutOff   bool      // nothing was sent: the token bucket had no room before the deadline
	Err      error     // the last reason for Unknown
	First    time.Time // when the first request left
	RTT      RTT
}

// RTT accumulates round-trip times. Its zero value is empty.
type RTT struct {
	Min, Max time.Duration
	n        int
	mean, m2 float64 // Welford's recurrence, in nanoseconds
}

func (r *RTT) add(d time.Duration) {
	if r.n == 0 || d < r.Min {
		r.Min = d
	}
	r.Max = max(r.Max, d)
	r.n++
	delta := float64(d) - r.mean
	r.mean += delta / float64(r.n)
	r.m2 += delta * (float64(d) - r.mean)
}

// Mean of what was added; 0 of nothing.
func (r RTT) Mean() time.Duration { return time.Duration(r.mean) }

// StdDev is the population's standard deviation, as ping(8) prints it.
func (r RTT) StdDev() time.Duration {
	if r.n == 0 {
		return 0
	}
	return time.Duration(math.Sqrt(r.m2 / float64(r.n)))
}
