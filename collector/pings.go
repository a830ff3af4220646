package collector

import (
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/symptom"
)

// HandlePings takes finished pings of the schedule.
func (c *Collector) HandlePings(results []icmp.Result) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ready || c.plan == nil {
		return
	}
	for i := range results {
		r := &results[i]
		t := c.target(r.Key, r.Addr)
		if t == nil {
			continue
		}
		c.count(t, r)
		c.metrics.pings.WithLabelValues(r.Outcome.String()).Inc()
		switch r.Outcome {
		case icmp.Unknown:
			c.cannotTell(t, r.Sent, r.Err)
		case icmp.Answered:
			c.answered(t, probe.Answer{Sent: r.Sent, Received: true, RTT: r.RTT}, now)
		case icmp.Lost:
			c.missed(t, probe.Answer{Sent: r.Sent}, now)
		}
	}
}

// HandleTallies takes answers to questions beside the schedule.
func (c *Collector) HandleTallies(tallies []icmp.Tally) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ready || c.plan == nil {
		return
	}
	for _, y := range tallies {
		t := c.target(y.Key, y.Addr)
		switch {
		case t == nil:
		case y.Received > 0:
			// Of a series that ended with its first answer, the last was answered.
			sent := y.First.Add(time.Duration(max(0, y.Sent-1)) * c.cfg.Confirm.Gap)
			c.answered(t, probe.Answer{Sent: sent, Received: true, RTT: y.RTT.Mean(), Extra: true}, now)
		case y.Sent > 0:
			for n := range y.Sent {
				c.missed(t, probe.Answer{Sent: y.First.Add(time.Duration(n) * c.cfg.Confirm.Gap), Extra: true}, now)
			}
		case y.PutOff:
			c.metrics.putOff.Inc()
		case y.Unknown > 0:
			c.cannotTell(t, y.First, y.Err)
		}
	}
}

// answered takes one answered ping.
func (c *Collector) answered(t *target, a probe.Answer, now time.Time) {
	if t.unknown != "" {
		t.unknown = ""
		c.changed(t)
	}
	if !t.ping.Ever {
		c.memory.add(t.at.String())
		t.ping.Ever = true
		c.countOne(t)
		c.changed(t)
	}
	if c.guard.Answer(t.key, a.Sent) {
		c.backAgain(now)
	}
	wasMissing := t.ping.Missing() > 0
	c.found = t.ping.Step(&c.cfg.Ping, a, c.found[:0])
	if t.ping.Missing() == 0 {
		delete(c.held, t)
		delete(c.doubted, t)
	}
	c.judge(t, c.found, time.Time{}, now)
	c.breakSilence(t, a.Sent, now)
	if wasMissing && t.ping.Missing() == 0 && c.anyRaised(t) {
		c.ask(t, now) // a second answer confirms that it is back
		c.pollDevice(t.device)
		c.followBack(t, now)
	}
}

// missed takes one lost ping.
func (c *Collector) missed(t *target, a probe.Answer, now time.Time) {
	if !t.ping.Ever {
		if t.tries++; t.tries == 2 {
			c.changed(t) // an inventory finding
		}
		return
	}
	c.guard.Miss(t.key, a.Sent)
	if c.isolated || a.Sent.Before(c.blind) {
		return // ours, not the target's
	}
	before, good := t.ping.Missing(), t.ping.LastGood()
	c.found = t.ping.Step(&c.cfg.Ping, a, c.found[:0])
	if before == 0 && t.ping.Missing() > 0 {
		c.followUp(t, now)
	}
	if !t.ping.Unreachable() {
		if t.ping.Missing() > 0 {
			c.doubted[t] = true
		}
		return
	}
	delete(c.doubted, t)
	if !c.anyRaised(t) {
		if !c.guard.Vouched(t.key, t.ping.FirstMiss(), a.Sent) {
			if !c.held[t] {
				c.held[t] = true
				c.metrics.held.Inc()
			}
			return
		}
		delete(c.held, t)
		for i := range c.found {
			if c.found[i].Kind == symptom.Unreachable {
				c.found[i].At = t.ping.FirstMiss() // also if it was held for a while
			}
		}
	}
	c.judge(t, c.found, good, now)
}

// judge puts what was found on the board, for everything the target speaks of.
func (c *Collector) judge(t *target, found []probe.Finding, lastGood, now time.Time) {
	for _, f := range found {
		for _, a := range t.about {
			c.say(stamp(c.board.Step(f.Sample(a.Subject, a.End), lastGood), now))
		}
	}
}

// stamp sets when it is said. The board knows when it was asked.
func stamp(all []symptom.Symptom, now time.Time) []symptom.Symptom {
	for i := range all {
		all[i].At = now.UTC()
	}
	return all
}

func (c *Collector) anyRaised(t *target) bool {
	for _, a := range t.about {
		if c.board.Raised(a, symptom.Unreachable) {
			return true
		}
	}
	return false
}

// cannotTell takes a ping without an outcome: it is neither health nor loss.
func (c *Collector) cannotTell(t *target, sent time.Time, err error) {
	why := "unknown"
	if err != nil {
		why = err.Error()
	}
	if t.ping.Ever {
		c.guard.Miss(t.key, sent) // where nothing can be sent at all, it is we who are cut off
	}
	if t.unknown != why && !c.isolated { // then the heartbeats say it for all
		t.unknown = why
		c.changed(t)
	}
}

// changed has the coverage of a target looked at again.
func (c *Collector) changed(t *target) {
	for _, a := range t.about {
		c.dirty[a.Subject] = true
	}
}

// watchOurselves notices when it is we who are cut off.
func (c *Collector) watchOurselves(now time.Time) {
	since, yes := c.guard.Isolated(now)
	if !yes || c.isolated {
		return
	}
	c.isolated = true
	c.metrics.isolated.Set(1)
	c.log.Warn("cut off from the network: targets are unknown, not down")
	c.say(stamp(c.board.Step(probe.Sample{Subject: symptom.Station(c.plan.station), Kind: symptom.Unreachable,
		Judgement: probe.Abnormal, At: since}, time.Time{}), now))
	for _, class := range c.classes {
		c.sayIsolated(class, now)
	}
}

// backAgain ends the isolation. What was missed meanwhile was missed by us.
func (c *Collector) backAgain(now time.Time) {
	c.isolated, c.blind = false, now
	c.metrics.isolated.Set(0)
	c.log.Info("back in the network")
	clear(c.held)
	clear(c.doubted)
	for _, t := range c.targets {
		if t != nil && t.ping.Missing() > 0 && !c.anyRaised(t) {
			t.ping.Forget()
		}
	}
	c.startClasses(now)
	station := symptom.Station(c.plan.station)
	c.say(c.board.Withdraw(now, func(place symptom.Place, kind symptom.Kind, _ bool) bool {
		return place.Subject == station && kind == symptom.Unreachable
	}))
}
