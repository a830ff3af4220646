package snmp

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"time"

	"go.uber.org/zap"
)

const (
	startRate  = 500             // first polls per second, so that a start is no storm
	mostIdle   = 5 * time.Minute // how seldom a silent agent is asked at most
	idleRounds = 8               // and in intervals
)

// schedule says who is asked when: every target at its own place in its
// interval, so that the load is even.
type schedule struct {
	due    dueHeap
	at     map[string]*entry
	rounds map[time.Duration]*round
}

type entry struct {
	agent    *agent
	id       string
	interval time.Duration
	phase    time.Duration // its place within the interval
	due      time.Time
	round    int // the last round that it is accounted for in
	index    int // in the heap
}

// round is a sweep in progress.
type round struct {
	number   int
	started  time.Time
	open     int
	targets  int
	answered int
}

func newSchedule() schedule {
	return schedule{at: map[string]*entry{}, rounds: map[time.Duration]*round{}}
}

// set takes over a new list of targets. Who is known keeps his turn.
func (s *schedule) set(agents map[string]*agent, now time.Time) {
	classes := map[time.Duration][]string{}
	for id, a := range agents {
		if i := a.target.Load().Interval; i > 0 {
			classes[i] = append(classes[i], id)
		}
	}
	before := s.at
	s.at, s.due, s.rounds = make(map[string]*entry, len(agents)), s.due[:0], map[time.Duration]*round{}
	fresh := 0
	for interval, ids := range classes {
		slices.Sort(ids)
		s.rounds[interval] = &round{number: 1, started: now, open: len(ids), targets: len(ids)}
		for n, id := range ids {
			e := &entry{agent: agents[id], id: id, interval: interval,
				phase: interval * time.Duration(n) / time.Duration(len(ids))}
			if old := before[id]; old != nil && old.interval == interval && old.agent == e.agent {
				e.due = old.due
			} else {
				e.due = now.Add(min(time.Duration(fresh)*time.Second/startRate, interval))
				fresh++
			}
			s.at[id] = e
			s.due = append(s.due, e)
		}
	}
	for i, e := range s.due {
		e.index = i
	}
	heap.Init(&s.due)
}

// pop takes everything that is due, and gives each its next turn.
func (s *schedule) pop(now time.Time) (due []*entry, next time.Time) {
	for len(s.due) > 0 && !s.due[0].due.After(now) {
		e := s.due[0]
		due = append(due, e)
		e.due = e.turn(now)
		heap.Fix(&s.due, 0)
	}
	if len(s.due) == 0 {
		return due, now.Add(time.Hour)
	}
	return due, s.due[0].due
}

// turn is the first of the entry's own moments that is at least half an
// interval away. A silent agent skips some, more and more.
func (e *entry) turn(now time.Time) time.Time {
	from := now.Add(e.interval / 2)
	if silent := int(e.agent.silent.Load()); silent > quietAfter {
		skip := min(1<<min(silent-quietAfter, 10), idleRounds)
		from = from.Add(min(time.Duration(skip-1)*e.interval, mostIdle))
	}
	turn := from.Truncate(e.interval).Add(e.phase)
	for turn.Before(from) {
		turn = turn.Add(e.interval)
	}
	return turn
}

// account counts a finished poll, and returns the sweep that it completes.
func (s *schedule) account(id string, sent, now time.Time, answered bool) (Sweep, bool) {
	e := s.at[id]
	if e == nil {
		return Sweep{}, false
	}
	r := s.rounds[e.interval]
	if e.round == r.number || sent.Before(r.started) {
		return Sweep{}, false
	}
	e.round = r.number
	r.open--
	if answered {
		r.answered++
	}
	if r.open > 0 {
		return Sweep{}, false
	}
	done := Sweep{Interval: e.interval, Started: r.started, Ended: now, Targets: r.targets, Answered: r.answered}
	*r = round{number: r.number + 1, started: now, targets: r.targets}
	s.open(r, e.interval)
	return done, true
}

// open counts who a round waits for. It does not wait for agents that have
// long been silent and are asked less often than once a round, unless all are.
func (s *schedule) open(r *round, interval time.Duration) {
	for _, e := range s.at {
		if e.interval != interval {
			continue
		}
		if e.agent.silent.Load() > quietAfter {
			e.round = r.number
		} else {
			r.open++
		}
	}
	if r.open == 0 {
		r.open = r.targets
		for _, e := range s.at {
			if e.interval == interval {
				e.round = 0
			}
		}
	}
}

// pace starts polls as they fall due, until ctx ends.
func (e *Engine) pace(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.changed:
		case <-timer.C:
		}
		e.mu.Lock()
		due, next := e.schedule.pop(time.Now())
		e.mu.Unlock()
		for _, d := range due {
			e.start(d.agent, false)
		}
		timer.Reset(max(time.Until(next), time.Millisecond))
	}
}

// finished counts silence and sweeps. It sees every poll.
func (e *Engine) finished(a *agent, r Result) {
	before := a.silent.Load()
	switch {
	case r.Answered:
		a.silent.Store(0)
		if before > 0 {
			e.silent.Add(-1)
			e.log.Info("agent answers again", zap.String("device", r.Device))
		}
	default:
		a.silent.Store(before + 1)
		if before == 0 {
			e.silent.Add(1)
		}
		if before+1 == quietAfter {
			e.log.Warn("agent is silent", zap.String("device", r.Device), zap.Error(r.Err))
		}
	}
	e.metrics.silent.Set(float64(e.silent.Load()))
	e.metrics.polls.WithLabelValues(outcome(r)).Inc()

	e.mu.Lock()
	sweep, complete := e.schedule.account(r.Device, r.Sent, time.Now(), r.Answered)
	if entry := e.schedule.at[r.Device]; entry != nil && r.Answered && before > quietAfter {
		entry.due = entry.turn(time.Now()) // back to its usual pace
		heap.Fix(&e.schedule.due, entry.index)
		select {
		case e.changed <- struct{}{}:
		default:
		}
	}
	e.mu.Unlock()
	if complete {
		e.swept(sweep)
	}
}

func outcome(r Result) string {
	switch {
	case !r.Answered:
		return "silent"
	case r.Err != nil:
		return "incomplete"
	}
	return "complete"
}

// dueHeap is ordered by the next turn, ties by id.
type dueHeap []*entry

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(i, k int) bool {
	return cmp.Or(h[i].due.Compare(h[k].due), cmp.Compare(h[i].id, h[k].id)) < 0
}
func (h dueHeap) Swap(i, k int) {
	h[i], h[k] = h[k], h[i]
	h[i].index, h[k].index = i, k
}
func (h *dueHeap) Push(x any) { // unused: the heap is filled at once
	e, _ := x.(*entry)
	e.index = len(*h)
	*h = append(*h, e)
}
func (h *dueHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
