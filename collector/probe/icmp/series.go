package icmp

import (
	"context"
	"time"
)

// series is one call of Probe.
type series struct {
	plan     Plan
	end      time.Time // the caller's deadline; zero none
	deadline int64     // the same by the engine's clock; -1 none
	tallies  []Tally
	entries  []int32 // of each tally; -1 once it is complete
	open     int
	done     chan struct{}
}

// begin takes up a series.
func (e *Engine) begin(ctx context.Context, s *series, zones map[string]uint32, now int64) {
	s.open = len(s.tallies)
	if s.open == 0 || ctx.Err() != nil {
		close(s.done)
		return
	}
	if !s.end.IsZero() {
		s.deadline = int64(s.end.Sub(e.start))
	}
	s.entries = make([]int32, len(s.tallies))
	e.grow(len(s.tallies))
	for i := range s.tallies {
		t := &s.tallies[i]
		index := e.newEntry(entry{
			target: Target{Key: t.Key, Addr: t.Addr}, zone: zones[t.Addr.Zone()],
			series: s, tally: int32(i), left: int32(s.plan.Count), next: now, queued: true,
		})
		s.entries[i] = index
		e.queue = append(e.queue, index)
	}
}

// abandon ends a series whose caller has given up.
func (e *Engine) abandon(s *series) {
	for i := range s.entries {
		if s.entries[i] >= 0 {
			e.complete(s.entries[i])
		}
	}
}

// takeToken asks the bucket for the next ping of an entry in a series. If that
// has to wait, the entry goes back on the wheel, or ends if the deadline
// would pass; either way it is off the queue.
func (e *Engine) takeToken(index int32, now int64) bool {
	ent := &e.entries[index]
	s := ent.series
	at := e.bucket.next(now)
	if s.deadline >= 0 && at+int64(s.plan.Timeout) > s.deadline && at > now {
		ent.queued = false
		s.tallies[ent.tally].PutOff = s.tallies[ent.tally].Sent+s.tallies[ent.tally].Unknown == 0 && ent.flying == 0
		e.metrics.putOff.Inc()
		if ent.left = 0; ent.flying == 0 {
			e.complete(index)
		}
		return false
	}
	e.bucket.take(now)
	ent.granted = true
	if at > now {
		ent.queued = false
		ent.next = at
		e.due.add(index, at)
		return false
	}
	return true
}

// count enters one ping into its tally.
func (e *Engine) count(index int32, o Outcome, sent time.Time, rtt time.Duration, err error) {
	ent := &e.entries[index]
	s := ent.series
	t := &s.tallies[ent.tally]
	if t.First.IsZero() || sent.Before(t.First) {
		t.First = sent
	}
	switch o {
	case Unknown:
		t.Unknown++
		t.Err = err
	case Answered:
		t.Received++
		t.RTT.add(rtt)
		fallthrough
	case Lost:
		t.Sent++
	}
	if ent.left == 0 && ent.flying == 0 || s.plan.Enough > 0 && t.Received >= s.plan.Enough {
		e.complete(index)
	}
}

// complete closes the tally of an entry, and the series with the last one.
func (e *Engine) complete(index int32) {
	s := e.entries[index].series
	s.entries[e.entries[index].tally] = -1
	e.retire(index)
	if s.open--; s.open == 0 {
		close(s.done)
	}
}

// bucket is a token bucket that hands out places in the future (GCRA): empty
// is the time from which on every token is given away. x/time/rate can do that
// too, but needs ten times as long for a ping (240 ns to 23 ns): it locks, and
// reckons in time.Time where the engine has nanoseconds.
type bucket struct {
	rate  float64
	burst int
	empty int64
}

// next is when a token taken now may be used.
func (b *bucket) next(now int64) int64 {
	return max(now, b.full(now))
}

// take takes the token that next announced.
func (b *bucket) take(now int64) {
	b.empty = b.full(now) + int64(1e9/b.rate)
}

func (b *bucket) full(now int64) int64 {
	return max(b.empty, now-int64(float64(b.burst-1)*1e9/b.rate))
}
