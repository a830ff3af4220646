package collector

import (
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/watch"
)

var outcomes = [...]watch.Outcome{icmp.Unknown: watch.Unknown, icmp.Answered: watch.Replied, icmp.Lost: watch.Lost}

// HandlePings takes finished pings of the schedule.
func (c *Collector) HandlePings(results []icmp.Result) {
	var n [len(outcomes)]int
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pings = c.pings[:0]
	for i := range results {
		r := &results[i]
		n[r.Outcome]++
		c.pings = append(c.pings, watch.Ping{
			Key: r.Key, Addr: r.Addr, Outcome: outcomes[r.Outcome], Sent: r.Sent, RTT: r.RTT, Err: r.Err,
		})
	}
	for outcome, count := range n {
		if count > 0 {
			c.metrics.pings.WithLabelValues(icmp.Outcome(outcome).String()).Add(float64(count))
		}
	}
	c.stepLocked(watch.Pinged(c.pings))
}

// HandleTallies takes answers to questions beside the schedule.
func (c *Collector) HandleTallies(tallies []icmp.Tally) {
	answers := make(watch.Answered, len(tallies))
	for i := range tallies {
		t := &tallies[i]
		answers[i] = watch.Answer{
			Key: t.Key, Addr: t.Addr, First: t.First, Sent: t.Sent, Received: t.Received, Unknown: t.Unknown,
			RTT: t.RTT.Mean(), PutOff: t.PutOff, Err: t.Err,
		}
		if t.PutOff && t.Sent == 0 {
			c.metrics.putOff.Inc()
		}
	}
	c.step(answers)
}

// HandlePoll takes the result of one poll.
func (c *Collector) HandlePoll(r snmp.Result) {
	c.step(watch.Polled{
		Device: r.Device, Sent: r.Sent, Answered: r.Answered, Whole: r.Err == nil,
		Samples: r.Samples, Readings: r.Readings, Covers: r.Covers,
	})
}

// HandleSweep takes the end of a full round of polls.
func (c *Collector) HandleSweep(s snmp.Sweep) {
	c.step(watch.Swept{Interval: s.Interval, Started: s.Started, Ended: s.Ended})
}

// HandleTrap takes what a trap of a device hints at.
func (c *Collector) HandleTrap(device string, samples []probe.Sample) {
	c.metrics.hints.Add(float64(len(samples)))
	c.step(watch.Trapped{Device: device, Samples: samples})
}
