package collector

import (
	"encoding/json"
	"net/netip"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
)

// pingKinds are the kinds that a ping can show.
var pingKinds = []symptom.Kind{symptom.Unreachable, symptom.Loss, symptom.Latency, symptom.Jitter}

const coveragePerTick = 5000

// sayCoverage publishes what can be observed where that has changed.
func (c *Collector) sayCoverage(now time.Time) {
	n := 0
	for subject := range c.dirty {
		if n++; n > coveragePerTick {
			return
		}
		delete(c.dirty, subject)
		var v symptom.Coverage
		known := false
		switch subject.Kind() {
		case symptom.DeviceSubject:
			v, known = c.coverDevice(subject.ID())
		case symptom.LineSubject:
			c.coverLine(subject, now)
		}
		if known {
			c.publishCoverage(v, now)
		}
	}
}

// publishCoverage says it if it is news.
func (c *Collector) publishCoverage(v symptom.Coverage, now time.Time) {
	about := v.Place()
	v.Collector = c.cfg.ID
	text, err := json.Marshal(v)
	if err != nil || c.coverage[about] == string(text) {
		return
	}
	c.coverage[about] = string(text)
	v.At = now.UTC()
	c.outbox.cover(v)
}

// coverDevice says what can be seen of a device and its parts. known is false
// while it has not been asked yet.
func (c *Collector) coverDevice(id string) (v symptom.Coverage, known bool) {
	v = symptom.Coverage{Device: id, Kinds: []symptom.Kind{}}
	skip := func(method, why string) {
		if v.Skipped == nil {
			v.Skipped = map[string]string{}
		}
		v.Skipped[method] = why
	}
	ever := false
	if t := c.byDevice[id]; t != nil {
		switch {
		case t.skip != "":
			skip(methodPing, t.skip)
		case t.unknown != "":
			skip(methodPing, t.unknown)
		case t.ping.Ever:
			v.Kinds = append(v.Kinds, pingKinds...)
		case t.tries < 2:
			return v, false
		default:
			skip(methodPing, "has never answered")
		}
		ever = t.ping.Ever
		known = true
	}
	reporter := c.polled[c.reporter(id)]
	switch {
	case reporter == nil:
		if why := c.plan.noPoll[id]; why != "" {
			skip(methodPoll, why)
		}
	case !reporter.asked:
		known = known && ever
	case !reporter.answers:
		known = true
		skip(methodPoll, "no answer")
	default:
		known = true
		v.Kinds = append(v.Kinds, reporter.covers[id]...)
		ever = ever || len(reporter.covers[id]) > 0
	}
	if reporter != nil && c.memory.has(methodPoll+"|"+id) {
		ever = true
	}
	slices.Sort(v.Kinds)
	v.Kinds = slices.Compact(v.Kinds)
	v.Never = !ever && (reporter == nil || reporter.asked)
	return v, known
}

// coverLine speaks of the targets at a line's ends, where there is something
// to say: one that has never answered, or cannot be asked, is not healthy.
func (c *Collector) coverLine(line symptom.Subject, now time.Time) {
	l, ok := c.plan.inv.Line(line.ID())
	if !ok {
		return
	}
	for _, w := range c.plan.inv.WatchesOf(l) {
		t := c.watched(w)
		if t == nil {
			continue
		}
		v := symptom.Coverage{Line: line.ID(), End: string(w.End), Kinds: []symptom.Kind{}}
		switch {
		case t.skip != "":
			v.Skipped = map[string]string{methodPing: t.skip}
		case t.unknown != "":
			v.Skipped = map[string]string{methodPing: t.unknown}
		case t.ping.Ever:
			v.Kinds = pingKinds
			if _, said := c.coverage[v.Place()]; !said {
				continue
			}
		case t.tries < 2:
			continue
		default:
			v.Never = true
		}
		c.publishCoverage(v, now)
	}
}

// watched is the target of a watch, if it is one that this collector pings and
// that proves the service.
func (c *Collector) watched(w inventory.Watch) *target {
	if w.Method != inventory.Ping || w.Proves != inventory.ProvesService {
		return nil
	}
	addr, err := netip.ParseAddr(w.Object)
	if err != nil {
		return nil
	}
	return c.at[place{w.VRF, addr.Unmap()}]
}
