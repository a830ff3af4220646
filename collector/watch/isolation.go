package watch

import (
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// heldPause is how long after a question to those who are held the next follows.
const heldPause = 100 * time.Millisecond

// station is where our own way into the network is seen.
func (s *State) station() symptom.Place {
	return symptom.PlaceOf(symptom.Station(s.plan.Station), "")
}

// watchOurselves notices when it is we who are cut off.
func (s *State) watchOurselves() {
	since, yes := s.guard.Isolated(s.now)
	if !yes || s.isolated {
		return
	}
	s.isolated = true
	s.do(Isolated{true})
	s.say(s.conditions.Step(probe.Sample{Subject: s.station().Subject, Kind: symptom.Unreachable,
		Judgement: probe.Abnormal, At: since}, time.Time{}))
	for _, c := range s.sweeps {
		s.sayIsolated(c)
	}
}

// rejoin ends the isolation. What was missed meanwhile was missed by us.
func (s *State) rejoin() {
	s.isolated, s.blind = false, s.now
	s.do(Isolated{false})
	s.undecided.clear()
	for _, t := range s.roster.of {
		if t.ping.Missing() > 0 && !s.anyRaised(t) {
			t.ping.Forget()
		}
	}
	s.sweeps.start(s.roster.of, s.now)
	s.say(s.conditions.Clear(s.now, s.station(), symptom.Unreachable))
}

// heldDue is when those who are held, or while we are cut off our gateway, are
// to be asked again.
func (s *State) heldDue() (at time.Time, ok bool) {
	switch gateway := s.roster.byDevice[s.plan.gateway]; {
	case !s.isolated:
		return s.undecided.next, len(s.undecided.held.all) > 0
	case gateway == nil || gateway.skip != "":
		return time.Time{}, false
	default:
		return gateway.asked.Add(askPause), true
	}
}

// askHeld goes on asking for what cannot be raised, because nobody has vouched
// for our own way in.
func (s *State) askHeld() {
	if at, ok := s.heldDue(); !ok || s.now.Before(at) {
		return
	}
	s.askGateway()
	if s.isolated {
		return
	}
	s.undecided.next = s.now.Add(heldPause)
	s.undecided.askEach(askTotal, s.ask)
}
