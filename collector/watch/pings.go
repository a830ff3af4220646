package watch

import (
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

func (s *State) pinged(results Pinged) {
	for i := range results {
		r := &results[i]
		t := s.roster.find(r.Key, r.Addr)
		if t == nil {
			continue
		}
		t.countSweep(r)
		switch r.Outcome {
		case Unknown:
			s.cannotTell(t, r.Sent, r.Err)
		case Replied:
			s.replied(t, probe.Answer{Sent: r.Sent, Received: true, RTT: r.RTT})
		case Lost:
			s.missed(t, probe.Answer{Sent: r.Sent})
		}
	}
}

func (s *State) takeAnswers(answers Answered) {
	gap := s.cfg.Confirm.Gap
	for _, a := range answers {
		t := s.roster.find(a.Key, a.Addr)
		switch {
		case t == nil:
		case a.Received > 0:
			// Of a series that ended with its first reply, the last was answered.
			sent := a.First.Add(time.Duration(max(0, a.Sent-1)) * gap)
			s.replied(t, probe.Answer{Sent: sent, Received: true, RTT: a.RTT, Extra: true})
		case a.Sent > 0:
			for n := range a.Sent {
				s.missed(t, probe.Answer{Sent: a.First.Add(time.Duration(n) * gap), Extra: true})
			}
		case a.Unknown > 0 && !a.PutOff:
			s.cannotTell(t, a.First, a.Err)
		}
	}
}

// replied takes one answered ping.
func (s *State) replied(t *Target, a probe.Answer) {
	if t.unknown != "" {
		t.unknown = ""
		s.changed(t)
	}
	if !t.ping.Ever {
		s.remember(t.at.String())
		t.ping.Ever = true
		s.countOne(t)
		s.changed(t)
	}
	if s.guard.Answer(t.key, a.Sent) {
		s.rejoin()
	}
	wasMissing := t.ping.Missing() > 0
	s.found = t.ping.Step(&s.cfg.Ping, a, s.found[:0])
	if wasMissing && t.ping.Missing() == 0 {
		s.undecided.drop(t)
	}
	s.sayFound(t, time.Time{})
	s.breakSilence(t, a.Sent)
	if wasMissing && t.ping.Missing() == 0 && s.anyRaised(t) {
		s.ask(t) // a second answer confirms that it is back
		s.poll(t.device)
		s.followBack(t)
	}
}

// missed takes one lost ping.
func (s *State) missed(t *Target, a probe.Answer) {
	if !t.ping.Ever {
		if t.tries++; t.tries == triesUntilNever {
			s.changed(t) // an inventory finding
		}
		return
	}
	s.guard.Miss(t.key, a.Sent)
	if s.isolated || a.Sent.Before(s.blind) {
		return // ours, not the target's
	}
	before, good := t.ping.Missing(), t.ping.LastGood()
	s.found = t.ping.Step(&s.cfg.Ping, a, s.found[:0])
	if before == 0 && t.ping.Missing() > 0 {
		s.followUp(t)
	}
	if !t.ping.Unreachable() {
		if t.ping.Missing() > 0 {
			s.undecided.doubted.add(t)
		}
		return
	}
	s.undecided.doubted.drop(t)
	if !s.anyRaised(t) && !s.mayRaise(t, a.Sent) {
		return
	}
	s.sayFound(t, good)
}

// mayRaise tells whether a target that is missing may be called so. If not, it
// is held until somebody vouches for our own way into the network.
func (s *State) mayRaise(t *Target, sent time.Time) bool {
	if !s.guard.Vouched(t.key, t.ping.FirstMiss(), sent) {
		if s.undecided.held.add(t) {
			s.do(Held{t.at.String()})
		}
		return false
	}
	s.undecided.held.drop(t)
	for i := range s.found {
		if s.found[i].Kind == symptom.Unreachable {
			s.found[i].At = t.ping.FirstMiss() // also if it was held for a while
		}
	}
	return true
}

// sayFound says what was found, of everything that the target speaks of.
func (s *State) sayFound(t *Target, lastGood time.Time) {
	for _, f := range s.found {
		for _, place := range t.about {
			s.say(s.conditions.Step(f.Sample(place.Subject, place.End), lastGood))
		}
	}
}

// cannotTell takes a ping without an outcome: it is neither health nor loss.
func (s *State) cannotTell(t *Target, sent time.Time, err error) {
	why := "unknown"
	if err != nil {
		why = err.Error()
	}
	if t.ping.Ever {
		s.guard.Miss(t.key, sent) // where nothing can be sent at all, it is we who are cut off
	}
	if t.unknown != why && !s.isolated { // then the heartbeats say it for all
		t.unknown = why
		s.changed(t)
	}
}
