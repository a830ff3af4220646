package snmp

import (
	"sync"
	"time"
)

// rtt learns how long an agent takes, as TCP does (RFC 6298). Every try has a
// request id of its own, so an answer is never credited to the wrong try.
type rtt struct {
	mu       sync.Mutex
	limits   Timeouts
	smoothed time.Duration
	variance time.Duration
	known    bool
}

func (r *rtt) observe(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known {
		r.known, r.smoothed, r.variance = true, d, d/2
		return
	}
	r.variance += ((d - r.smoothed).Abs() - r.variance) / 4
	r.smoothed += (d - r.smoothed) / 8
}

// late is told of an answer that came after its request was given up. The next
// try has to wait at least that long, or a slow agent would never be heard.
func (r *rtt) late(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = true
	r.smoothed = max(r.smoothed, d)
	r.variance = max(r.variance, d/4)
}

// timeout is how long the nth try, from 0, should wait.
func (r *rtt) timeout(try int) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.limits.Initial
	if r.known {
		d = min(max(r.smoothed+4*r.variance, r.limits.Min), r.limits.Max)
	}
	return min(d<<min(try, 8), r.limits.Max)
}
