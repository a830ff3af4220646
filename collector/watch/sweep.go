package watch

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// class is all targets of one interval, and their sweep in progress.
type class struct {
	interval time.Duration
	targets  int
	started  time.Time
	number   int64
	counted  int // targets with an outcome in this sweep
	unknown  int
	closing  []round
	looked   time.Time // when closing was last found to be undecided
	said     time.Time // last heartbeat
}

// round is one finished sweep whose last questions are being decided.
type round struct {
	started, ended time.Time
	whole          bool
}

const (
	// isolatedPace is how often a heartbeat says at least that we are cut off.
	isolatedPace = 10 * time.Second
	// undecidedPause is how long a round that is undecided is left alone.
	undecidedPause = 100 * time.Millisecond
)

// sweeps are those of all classes, the shortest interval first.
type sweeps []*class

// start begins the sweeps anew: what was added has its first ping within one
// interval.
func (s *sweeps) start(targets []*Target, now time.Time) {
	classes := map[time.Duration]*class{}
	for _, t := range targets {
		if t.swept, t.class = 0, nil; t.skip != "" {
			continue
		}
		c := classes[t.interval]
		if c == nil {
			c = &class{interval: t.interval, started: now, number: 1}
			classes[t.interval] = c
		}
		c.targets++
		t.class = c
	}
	*s = slices.SortedFunc(maps.Values(classes), func(a, b *class) int {
		return cmp.Compare(a.interval, b.interval)
	})
}

// countSweep notes that a target had its turn in the sweep of its class.
func (t *Target) countSweep(r *Ping) {
	c := t.class
	if c == nil || t.swept == c.number || r.Sent.Before(c.started) {
		return
	}
	t.swept = c.number
	c.counted++
	if r.Outcome == Unknown {
		c.unknown++
	}
}

// due is when there is something to do about the sweeps of the class. settle is
// how long after its end the last question of a sweep is decided.
func (c *class) due(isolated bool, settle time.Duration) time.Time {
	due := earliest{c.started.Add(c.interval), true}
	switch {
	case isolated:
		due.take(c.said.Add(min(c.interval, isolatedPace)), true)
	case len(c.closing) > 0:
		decided := c.closing[0].ended.Add(settle)
		if again := c.looked.Add(undecidedPause); again.After(decided) {
			decided = again
		}
		due.take(decided, true)
	}
	return due.at
}

// closeSweeps ends the rounds that are over, and says so once their last
// questions have been decided: a heartbeat must not call a target healthy whose
// first miss is still being confirmed.
func (s *State) closeSweeps() {
	for _, c := range s.sweeps {
		if s.now.Before(c.due(s.isolated, s.cfg.settle())) {
			continue
		}
		c.endRounds(s.now)
		if s.isolated {
			c.closing = nil
			if s.now.Sub(c.said) >= min(c.interval, isolatedPace) {
				s.sayIsolated(c)
			}
			continue
		}
		s.closeRounds(c)
	}
}

// endRounds begins the next sweep when the present one is over.
func (c *class) endRounds(now time.Time) {
	for end := c.started.Add(c.interval); !now.Before(end); end = c.started.Add(c.interval) {
		c.closing = append(c.closing, round{c.started, end, c.whole()})
		c.started, c.counted, c.unknown = end, 0, 0
		c.number++
		if now.Sub(end) > c.interval { // this process was not running: begin anew
			c.started, c.closing = now, nil
		}
	}
}

func (s *State) closeRounds(c *class) {
	for len(c.closing) > 0 {
		r := c.closing[0]
		if s.now.Before(r.ended.Add(s.cfg.settle())) {
			return
		}
		if s.undecided.before(r.ended, c) {
			c.looked = s.now
			return
		}
		if c.closing = c.closing[1:]; !r.whole {
			s.do(Broken{c.interval})
			continue
		}
		c.said = s.now
		s.beat(symptom.Heartbeat{Method: MethodPing, Interval: c.interval, SweepStarted: r.started, SweepEnded: r.ended})
	}
}

// whole tells whether the sweep looked at its targets at all. The turns of
// targets near the boundary may fall on either side of it. A few without an
// outcome say so in their coverage; many make the sweep worthless.
func (c *class) whole() bool {
	return c.counted >= max(1, c.targets*4/5) && c.unknown <= max(1, c.targets/5)
}

func (s *State) sayIsolated(c *class) {
	c.said = s.now
	s.beat(symptom.Heartbeat{Method: MethodPing, Interval: c.interval, SweepStarted: c.started, SweepEnded: s.now,
		Isolated: true})
}

func (s *State) beat(h symptom.Heartbeat) {
	h.Collector, h.Station, h.Revision = s.observer.ID(), s.plan.Station, s.plan.Inventory.Revision
	h.Class, h.At = h.Interval.String(), s.now.UTC()
	h.SweepStarted, h.SweepEnded = h.SweepStarted.UTC(), h.SweepEnded.UTC()
	s.do(Beat{h})
}
