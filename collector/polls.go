package collector

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/collector/symptom"
)

// polled is what is known of a device that is asked by SNMP.
type polled struct {
	asked    bool
	answers  bool                      // the newest poll was answered
	lastGood time.Time                 // newest answered poll was sent
	covers   map[string][]symptom.Kind // by device: it may speak for far ends
	silence  *probe.Sample             // unanswered, until a ping tells whether the device is well
	uptime   float64                   // seconds; 0: not known
}

// nobody is no target's key.
const nobody = ^uint32(0)

// HandlePoll takes the result of one poll.
func (c *Collector) HandlePoll(r snmp.Result) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.polled[r.Device]
	if !c.ready || p == nil || c.isolated && !r.Answered {
		return
	}
	for _, s := range r.Samples {
		if s.Kind == symptom.AgentSilent && s.Judgement == probe.Abnormal {
			c.silent(r, p, s, now)
			continue
		}
		said := stamp(c.board.Step(s, p.lastGood), now)
		c.say(said)
		c.askOtherEnd(said, now)
	}
	if r.Answered {
		p.lastGood, p.silence = r.Sent, nil
		c.memory.add(methodPoll + "|" + r.Device)
	}
	if r.Err == nil {
		for device, kinds := range r.Covers {
			c.say(c.board.Swept(device, r.Sent, now, func(k symptom.Kind) bool { return slices.Contains(kinds, k) }))
		}
		for device := range p.covers {
			c.dirty[symptom.Device(device)] = true
		}
		p.covers = r.Covers
		for device := range p.covers {
			c.dirty[symptom.Device(device)] = true
		}
	}
	if !p.asked || p.answers != r.Answered {
		c.dirty[symptom.Device(r.Device)] = true
	}
	p.asked, p.answers = true, r.Answered
	c.takeReadings(p, r.Readings)
}

// silent takes an unanswered poll. It is the agent's silence only if the
// device, asked after that, answers a ping.
func (c *Collector) silent(r snmp.Result, p *polled, s probe.Sample, now time.Time) {
	if !c.memory.has(methodPoll + "|" + r.Device) {
		return // has never answered: a wrong address or credential, and no fault
	}
	t := c.byDevice[r.Device]
	switch {
	case t == nil || !t.ping.Ever:
		if c.guard.Vouched(nobody, r.Sent, now) {
			c.say(stamp(c.board.Step(s, p.lastGood), now))
		}
	case t.ping.Missing() == 0:
		p.silence = &s
		c.ask(t, now)
	}
}

// breakSilence counts an unanswered poll, now that the device answers pings.
func (c *Collector) breakSilence(t *target, sent, now time.Time) {
	p := c.polled[t.device]
	if p == nil || p.silence == nil || !sent.After(p.silence.At) {
		return
	}
	s := *p.silence
	p.silence = nil
	c.say(stamp(c.board.Step(s, p.lastGood), now))
}

// HandleSweep takes the end of a full round of polls.
func (c *Collector) HandleSweep(s snmp.Sweep) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ready || c.plan == nil {
		return
	}
	// What an earlier life raised and this round did not look at, on devices
	// that answered, is not watched any more.
	c.say(c.board.Withdraw(now, func(place symptom.Place, kind symptom.Kind, adopted bool) bool {
		device := place.Subject.Device()
		if !adopted || device == "" || slices.Contains(pingKinds, kind) {
			return false
		}
		p := c.polled[c.reporter(device)]
		return p != nil && p.answers && !p.lastGood.Before(s.Started)
	}))
	c.heartbeat(methodPoll, s.Interval, s.Started, s.Ended, now, c.isolated)
}

// reporter is the device that is asked about a device: a far end's near end.
func (c *Collector) reporter(device string) string {
	if d, ok := c.plan.inv.Device(device); ok && !d.NearEnd.IsZero() {
		return d.NearEnd.Device
	}
	return device
}

// HandleTrap takes what a trap of a device hints at. It is raised at once; the
// device is asked now, and again when the world has had time to settle.
func (c *Collector) HandleTrap(device string, samples []probe.Sample) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ready || c.plan == nil {
		return
	}
	var lastGood time.Time
	if p := c.polled[device]; p != nil {
		lastGood = p.lastGood
	}
	if t := c.byDevice[device]; t != nil && t.ping.LastGood().After(lastGood) {
		lastGood = t.ping.LastGood()
	}
	for _, s := range samples {
		s.Hint = true
		said := stamp(c.board.Step(s, lastGood), now)
		c.say(said)
		c.askOtherEnd(said, now)
		c.askBehind(s.Subject, now)
	}
	c.metrics.hints.Add(float64(len(samples)))
	c.pollSoon(device, now)
}

// askOtherEnd looks at the port at the other end of a link that has just gone
// dark: it may have been shut, which is no fault.
func (c *Collector) askOtherEnd(said []symptom.Symptom, now time.Time) {
	for _, s := range said {
		if s.State != symptom.Raised || s.Subject.Kind() != symptom.PortSubject || s.Kind != symptom.LinkDown && s.Kind != symptom.LOS {
			continue
		}
		port := inventory.PortRef{Device: s.Subject.Device(), Port: s.Subject.Part()}
		link, ok := c.plan.inv.LinkAtPort(port)
		if !ok {
			continue
		}
		other := link.A
		if other == port {
			other = link.Z
		}
		c.pollSoon(other.Device, now)
	}
}

// pollSoon looks at a device's ports now, and again when its agent has had time
// to notice what we have heard.
func (c *Collector) pollSoon(device string, now time.Time) {
	c.pollDevice(device)
	c.later = append(c.later, askLater{now.Add(c.cfg.Rules.HintGrace + 500*time.Millisecond), device})
}

// askLater is a poll that has its time.
type askLater struct {
	at     time.Time
	device string
}

func (c *Collector) askDue(now time.Time) {
	rest := c.later[:0]
	for _, l := range c.later {
		if now.Before(l.at) {
			rest = append(rest, l)
			continue
		}
		c.pollDevice(l.device)
	}
	c.later = rest
}

// askBehind pings who is reached through what a trap speaks of.
func (c *Collector) askBehind(subject symptom.Subject, now time.Time) {
	device := subject.Device()
	if t := c.byDevice[device]; t != nil {
		c.ask(t, now)
	}
	var links []*inventory.Link
	if subject.Kind() == symptom.PortSubject {
		if link, ok := c.plan.inv.LinkAtPort(inventory.PortRef{Device: device, Port: subject.Part()}); ok {
			links = append(links, link)
		}
	} else {
		for _, i := range c.plan.inv.LinksAt(device) {
			links = append(links, &c.plan.inv.Links[i])
		}
	}
	asked := 0
	for _, link := range links {
		for _, s := range sharedBy(link) {
			for _, t := range c.shared[s] {
				if asked < askTotal && c.ask(t, now) {
					asked++
				}
			}
		}
	}
}
