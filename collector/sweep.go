package collector

import (
	"time"

	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/symptom"
)

// The methods as heartbeats and coverage name them.
const (
	methodPing = "icmp"
	methodPoll = "snmp"
)

// sweep is one finished round of a class whose last questions are being decided.
type sweep struct {
	started, ended time.Time
	whole          bool
}

// count notes that a target had its turn in the sweep of its class.
func (c *Collector) count(t *target, r *icmp.Result) {
	class := c.classes[t.interval]
	if class == nil || t.swept == class.number || r.Sent.Before(class.started) {
		return
	}
	t.swept = class.number
	class.counted++
	if r.Outcome == icmp.Unknown {
		class.unknown++
	}
}

// closeSweeps ends the rounds that are over, and says so once their last
// questions have been decided: a heartbeat must not call a target healthy whose
// first miss is still being confirmed.
func (c *Collector) closeSweeps(now time.Time) {
	for _, class := range c.classes {
		if end := class.started.Add(class.interval); !now.Before(end) {
			class.closing = append(class.closing, sweep{class.started, end, class.whole()})
			class.started, class.counted, class.unknown = end, 0, 0
			class.number++
			if now.Sub(end) > class.interval { // this process was not running: begin anew
				class.started, class.closing = now, nil
			}
		}
		if c.isolated {
			class.closing = nil
			if now.Sub(class.said) >= min(class.interval, 10*time.Second) {
				c.sayIsolated(class, now)
			}
			continue
		}
		for len(class.closing) > 0 {
			done := class.closing[0]
			if now.Before(done.ended.Add(c.cfg.settle())) || c.holds(class, done.ended) {
				break
			}
			class.closing = class.closing[1:]
			if !done.whole {
				c.metrics.brokenSweeps.Inc()
				continue
			}
			c.heartbeat(methodPing, class.interval, done.started, done.ended, now, false)
			class.said = now
		}
	}
}

// whole tells whether the sweep looked at its targets at all. The turns of
// targets near the boundary may fall on either side of it. A few without an
// outcome say so in their coverage; many make the sweep worthless.
func (class *class) whole() bool {
	return class.counted >= max(1, class.targets*4/5) && class.unknown <= max(1, class.targets/5)
}

// holds tells whether a target whose first miss lies before at is undecided:
// nobody vouches for our own way in, or, of this class, its confirmation was
// put off and it has to wait for its next turn. Until then it is unknown, and
// not healthy.
func (c *Collector) holds(class *class, at time.Time) bool {
	for t := range c.held {
		if t.ping.FirstMiss().Before(at) {
			return true
		}
	}
	for t := range c.doubted {
		// Where pings have no outcome any more, the coverage says so.
		if t.interval == class.interval && t.unknown == "" && t.ping.FirstMiss().Before(at) {
			return true
		}
	}
	return false
}

func (c *Collector) sayIsolated(class *class, now time.Time) {
	class.said = now
	c.heartbeat(methodPing, class.interval, class.started, now, now, true)
}

func (c *Collector) heartbeat(method string, interval time.Duration, started, ended, now time.Time, isolated bool) {
	c.outbox.heartbeat(symptom.Heartbeat{
		Collector: c.cfg.ID, Station: c.plan.station, Method: method, Class: interval.String(), Revision: c.plan.inv.Revision,
		SweepStarted: started.UTC(), SweepEnded: ended.UTC(), Interval: interval, Isolated: isolated, At: now.UTC(),
	})
}
