package watch

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
)

// pingKinds are the kinds that a ping can show.
var pingKinds = []symptom.Kind{symptom.Unreachable, symptom.Loss, symptom.Latency, symptom.Jitter}

const (
	// coveragePause lets changes gather before they are said.
	coveragePause = 100 * time.Millisecond
	// coverageAtOnce is how many subjects are looked at in one step.
	coverageAtOnce = 5000
	// triesUntilNever is how many pings of a new target must go unanswered
	// before it is said that it has never answered.
	triesUntilNever = 2
)

// coverage is what was said of what can be observed, and of what it is to be
// looked at again.
type coverage struct {
	said   map[symptom.Place]symptom.Coverage
	queue  []symptom.Subject // devices and lines
	queued map[symptom.Subject]bool
	at     time.Time // when the queue is looked at
}

func newCoverage() coverage {
	return coverage{said: map[symptom.Place]symptom.Coverage{}, queued: map[symptom.Subject]bool{}}
}

func (c *coverage) add(subject symptom.Subject, now time.Time) {
	if c.queued[subject] {
		return
	}
	if len(c.queue) == 0 {
		c.at = now.Add(coveragePause)
	}
	c.queued[subject] = true
	c.queue = append(c.queue, subject)
}

// take removes the first few from the queue.
func (c *coverage) take(now time.Time) []symptom.Subject {
	n := min(len(c.queue), coverageAtOnce)
	first := c.queue[:n]
	for _, subject := range first {
		delete(c.queued, subject)
	}
	if c.queue, c.at = c.queue[n:], now.Add(coveragePause); len(c.queue) == 0 {
		c.queue = nil
	}
	return first
}

func (c *coverage) due() (at time.Time, ok bool) { return c.at, len(c.queue) > 0 }

// sayAll has everything looked at and said once more.
func (c *coverage) sayAll(now time.Time) {
	var subjects []symptom.Subject
	for place := range c.said {
		subjects = append(subjects, place.Subject)
	}
	slices.Sort(subjects)
	for _, subject := range subjects {
		c.add(subject, now)
	}
	clear(c.said)
}

// cover has the coverage of a device or line looked at again.
func (s *State) cover(subject symptom.Subject) { s.coverage.add(subject, s.now) }

// changed has the coverage of all that a target speaks of looked at again.
func (s *State) changed(t *Target) {
	for _, place := range t.about {
		s.cover(place.Subject)
	}
}

// sayCoverage publishes what can be observed where that has changed.
func (s *State) sayCoverage() {
	if at, ok := s.coverage.due(); !ok || s.now.Before(at) {
		return
	}
	for _, subject := range s.coverage.take(s.now) {
		switch subject.Kind() {
		case symptom.DeviceSubject:
			if v, known := s.coverDevice(subject.ID()); known {
				s.publishCoverage(v)
			}
		case symptom.LineSubject:
			s.coverLine(subject)
		}
	}
}

// publishCoverage says it if it is news.
func (s *State) publishCoverage(v symptom.Coverage) {
	v.Collector = s.observer.ID()
	if len(v.Skipped) == 0 {
		v.Skipped = nil
	}
	place := v.Place()
	if said, ok := s.coverage.said[place]; ok && sameCoverage(said, v) {
		return
	}
	s.coverage.said[place] = v
	v.At = s.now.UTC()
	s.do(Cover{v})
}

func sameCoverage(a, b symptom.Coverage) bool {
	return a.Collector == b.Collector && a.Never == b.Never &&
		slices.Equal(a.Kinds, b.Kinds) && maps.Equal(a.Skipped, b.Skipped)
}

// coverDevice says what can be seen of a device and its parts. known is false
// while it has not been asked yet.
func (s *State) coverDevice(id string) (v symptom.Coverage, known bool) {
	v = symptom.Coverage{Device: id, Kinds: []symptom.Kind{}, Skipped: map[string]string{}}
	ever, waits := false, false
	if t := s.roster.byDevice[id]; t != nil {
		if waits = t.cover(&v); waits {
			return v, false
		}
		ever, known = t.ping.Ever, true
	}
	agent := s.agents[s.plan.reporter(id)]
	switch {
	case agent == nil:
		if why := s.plan.Unpolled[id]; why != "" {
			v.Skipped[MethodPoll] = why
		}
	case !agent.polled:
		known = known && ever
	case !agent.answers:
		known = true
		v.Skipped[MethodPoll] = "no answer"
	default:
		known = true
		v.Kinds = append(v.Kinds, agent.covers[id]...)
		ever = ever || len(agent.covers[id]) > 0
	}
	if agent != nil && s.answered[agentName(id)] {
		ever = true
	}
	slices.Sort(v.Kinds)
	v.Kinds = slices.Compact(v.Kinds)
	v.Never = !ever && (agent == nil || agent.polled)
	return v, known
}

// cover enters what pings to a device's address show. waits is true while that
// cannot be told yet.
func (t *Target) cover(v *symptom.Coverage) (waits bool) {
	switch {
	case t.skip != "":
		v.Skipped[MethodPing] = t.skip
	case t.unknown != "":
		v.Skipped[MethodPing] = t.unknown
	case t.ping.Ever:
		v.Kinds = append(v.Kinds, pingKinds...)
	case t.tries < triesUntilNever:
		return true
	default:
		v.Skipped[MethodPing] = "has never answered"
	}
	return false
}

// coverLine speaks of the targets at a line's ends, where there is something
// to say: one that has never answered, or cannot be asked, is not healthy.
func (s *State) coverLine(subject symptom.Subject) {
	line, ok := s.plan.Inventory.Line(subject.ID())
	if !ok {
		return
	}
	for _, w := range s.plan.Inventory.WatchesOf(line) {
		t := s.proves(w)
		if t == nil {
			continue
		}
		v := symptom.Coverage{Line: line.ID, End: string(w.End), Kinds: []symptom.Kind{}}
		switch {
		case t.skip != "":
			v.Skipped = map[string]string{MethodPing: t.skip}
		case t.unknown != "":
			v.Skipped = map[string]string{MethodPing: t.unknown}
		case t.ping.Ever:
			v.Kinds = pingKinds
			if _, said := s.coverage.said[v.Place()]; !said {
				continue
			}
		case t.tries < triesUntilNever:
			continue
		default:
			v.Never = true
		}
		s.publishCoverage(v)
	}
}

// proves is the target of a watch, if it is one that this collector pings and
// that proves the service.
func (s *State) proves(w inventory.Watch) *Target {
	if w.Method != inventory.Ping || w.Proves != inventory.ProvesService {
		return nil
	}
	addr, err := netip.ParseAddr(w.Object)
	if err != nil {
		return nil
	}
	return s.roster.at[Endpoint{w.VRF, addr.Unmap()}]
}
