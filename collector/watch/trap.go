package watch

import (
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// trapped raises a hint at once; the device is asked now, and again when the
// world has had time to settle.
func (s *State) trapped(r Trapped) {
	var lastGood time.Time
	if a := s.agents[r.Device]; a != nil {
		lastGood = a.lastGood
	}
	if t := s.roster.byDevice[r.Device]; t != nil && t.ping.LastGood().After(lastGood) {
		lastGood = t.ping.LastGood()
	}
	for _, sample := range r.Samples {
		sample.Hint = true
		s.saySample(sample, lastGood)
		s.askBehind(sample.Subject)
	}
	s.pollTwice(r.Device)
}

// saySample judges what a poll or a trap says of one subject.
func (s *State) saySample(sample probe.Sample, lastGood time.Time) {
	said := s.conditions.Step(sample, lastGood)
	s.say(said)
	for i := range said {
		s.askOtherEnd(&said[i])
	}
}

// askOtherEnd looks at the port at the other end of a link that has just gone
// dark: it may have been shut, which is no fault.
func (s *State) askOtherEnd(said *symptom.Symptom) {
	dark := said.Kind == symptom.LinkDown || said.Kind == symptom.LOS
	if said.State != symptom.Raised || said.Subject.Kind() != symptom.PortSubject || !dark {
		return
	}
	port := portRef(said.Subject)
	link, ok := s.plan.Inventory.LinkAtPort(port)
	if !ok {
		return
	}
	other := link.A
	if other == port {
		other = link.Z
	}
	s.pollTwice(other.Device)
}

// poll looks at a device's ports now, if that was not done just now.
func (s *State) poll(device string) {
	a := s.agents[device]
	if a == nil || s.isolated || s.now.Sub(a.asked) < askPause {
		return
	}
	a.asked = s.now
	s.do(Poll{device})
}

// pollTwice looks at a device's ports now, and again when its agent has had
// time to notice what we have heard.
func (s *State) pollTwice(device string) {
	s.poll(device)
	s.later = append(s.later, laterPoll{s.now.Add(s.cfg.Rules.Hint.Grace + 500*time.Millisecond), device})
}

func (s *State) pollLater() {
	for _, l := range s.later.take(s.now) {
		s.poll(l.device)
	}
}

// laterPoll is a poll that has its time.
type laterPoll struct {
	at     time.Time
	device string
}

// laterPolls are in order of time, since all wait equally long.
type laterPolls []laterPoll

func (l laterPolls) due() (at time.Time, ok bool) {
	if len(l) == 0 {
		return time.Time{}, false
	}
	return l[0].at, true
}

// take removes those that are due.
func (l *laterPolls) take(now time.Time) []laterPoll {
	n := 0
	for n < len(*l) && !now.Before((*l)[n].at) {
		n++
	}
	due := (*l)[:n]
	if *l = (*l)[n:]; len(*l) == 0 {
		*l = nil
	}
	return due
}
