package watch

import (
	"maps"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// The methods as heartbeats and coverage name them.
const (
	MethodPing = "icmp"
	MethodPoll = "snmp"
)

// Agent is what is known of a device that is asked by SNMP.
type Agent struct {
	polled   bool                      // at least once
	answers  bool                      // the newest poll was answered
	lastGood time.Time                 // newest answered poll was sent
	covers   map[string][]symptom.Kind // by device: it may speak for far ends
	silence  *probe.Sample             // unanswered, until a ping tells whether the device is well
	uptime   float64                   // seconds; 0: not known
	asked    time.Time                 // last poll beside the schedule
}

// Up tells whether the newest poll was answered; known is false before it.
func (a *Agent) Up() (up, known bool) { return a.answers, a.polled }

// Uptime is how long the device has been running, in seconds, as it says.
func (a *Agent) Uptime() (seconds float64, ok bool) { return a.uptime, a.uptime > 0 }

// Agent is that of a device, or nil if it is not polled.
func (s *State) Agent(device string) *Agent { return s.agents[device] }

// Reporter is the device that is polled to learn about a device; empty if
// nobody is.
func (s *State) Reporter(device string) string {
	if id := s.plan.reporter(device); s.agents[id] != nil {
		return id
	}
	return ""
}

// nobody is no target's key.
const nobody = ^uint32(0)

func agentName(device string) string { return MethodPoll + "|" + device }

// planAgents keeps what is known of those who stay.
func (s *State) planAgents(p *Plan) {
	agents := make(map[string]*Agent, len(p.Polls))
	for _, id := range p.Polls {
		if agents[id] = s.agents[id]; agents[id] == nil {
			agents[id] = &Agent{}
		}
		s.cover(symptom.Device(id))
	}
	s.agents = agents
}

func (s *State) polled(r Polled) {
	a := s.agents[r.Device]
	if a == nil || s.isolated && !r.Answered {
		return
	}
	for _, sample := range r.Samples {
		if sample.Kind == symptom.AgentSilent && sample.Judgement == probe.Abnormal {
			s.silent(r, a, sample)
			continue
		}
		s.saySample(sample, a.lastGood)
	}
	if r.Answered {
		a.lastGood, a.silence = r.Sent, nil
		s.remember(agentName(r.Device))
	}
	if r.Whole {
		s.sweepDevices(r)
		s.coverAll(a.covers)
		a.covers = r.Covers
		s.coverAll(a.covers)
	}
	if !a.polled || a.answers != r.Answered {
		s.cover(symptom.Device(r.Device))
	}
	a.polled, a.answers = true, r.Answered
	s.takeReadings(a, r.Readings)
}

// sweepDevices withdraws what a whole poll looked for and did not find.
func (s *State) sweepDevices(r Polled) {
	for _, device := range slices.Sorted(maps.Keys(r.Covers)) {
		kinds := r.Covers[device]
		lookedFor := func(k symptom.Kind) bool { return slices.Contains(kinds, k) }
		s.say(s.conditions.Swept(device, r.Sent, s.now, lookedFor))
	}
}

func (s *State) coverAll(covers map[string][]symptom.Kind) {
	for _, device := range slices.Sorted(maps.Keys(covers)) {
		s.cover(symptom.Device(device))
	}
}

// silent takes an unanswered poll. It is the agent's silence only if the
// device, asked after that, answers a ping.
func (s *State) silent(r Polled, a *Agent, sample probe.Sample) {
	if !s.answered[agentName(r.Device)] {
		return // has never answered: a wrong address or credential, and no fault
	}
	t := s.roster.byDevice[r.Device]
	switch {
	case t == nil || !t.ping.Ever:
		if s.guard.Vouched(nobody, r.Sent, s.now) {
			s.say(s.conditions.Step(sample, a.lastGood))
		}
	case t.ping.Missing() == 0:
		a.silence = &sample
		s.ask(t)
	}
}

// breakSilence counts an unanswered poll, now that the device answers pings.
func (s *State) breakSilence(t *Target, sent time.Time) {
	a := s.agents[t.device]
	if a == nil || a.silence == nil || !sent.After(a.silence.At) {
		return
	}
	sample := *a.silence
	a.silence = nil
	s.say(s.conditions.Step(sample, a.lastGood))
}

// swept takes the end of a full round of polls. What an earlier life raised and
// this round did not look at, on devices that answered, is not watched any more.
func (s *State) swept(r Swept) {
	s.say(s.conditions.Withdraw(s.now, func(place symptom.Place, kind symptom.Kind, adopted bool) bool {
		device := place.Subject.Device()
		if !adopted || device == "" || slices.Contains(pingKinds, kind) {
			return false
		}
		a := s.agents[s.plan.reporter(device)]
		return a != nil && a.answers && !a.lastGood.Before(r.Started)
	}))
	s.beat(symptom.Heartbeat{Method: MethodPoll, Interval: r.Interval, SweepStarted: r.Started, SweepEnded: r.Ended,
		Isolated: s.isolated})
}
