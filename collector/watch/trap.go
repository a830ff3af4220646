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
	if t := s.byDevice[r.Device]; t != nil && t.ping.LastGood().After(lastGood) {
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

// laterPoll is a poll that has its time.
type laterPoll struct {
	at     time.Time
	device string
}

// pollTwice looks at a device's ports now, and again when its agent has had
// time to notice what we have heard.
func (s *State) pollTwice(device string) {
	s.poll(device)
	s.later = append(s.later, laterPoll{s.now.Add(s.cfg.Rules.HintGrace + 500*time.Millisecond), device})
}

// laterDue is when the first of the polls that wait is due; all wait equally long.
func (s *State) laterDue() (at time.Time, ok bool) {
	if len(s.later) == 0 {
		return time.Time{}, false
	}
	return s.later[0].at, true
}

func (s *State) pollLater() {
	n := 0
	for n < len(s.later) && !s.now.Before(s.later[n].at) {
		s.poll(s.later[n].device)
		n++
	}
	if s.later = s.later[n:]; len(s.later) == 0 {
		s.later = nil
	}
}
