package watch

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// adoptEarlier takes up what an earlier life said, and starts judging.
func (s *State) adoptEarlier(ev Adopted) {
	for _, v := range ev.Coverage {
		// What is well is not said of a line, unless another thing was before.
		if _, said := s.coverage.said[v.Place()]; !said {
			v.At = time.Time{}
			s.coverage.said[v.Place()] = v
			s.cover(v.Place().Subject)
		}
	}
	for _, found := range ev.Symptoms {
		s.conditions.Adopt(found)
	}
	for _, t := range s.roster.of {
		s.recall(t)
	}
	s.adopted = true
	s.countAlive()
	s.sweeps.start(s.roster.of, s.now)
	if s.plan != nil {
		s.withdrawUnwatched()
	}
	s.askNew()
}

// restore says a symptom in force again that has vanished from the bus.
func (s *State) restore(key symptom.Key) {
	if s.plan == nil {
		return
	}
	if found, ok := s.conditions.Find(s.now, key.Place, key.Kind); ok {
		s.say([]symptom.Symptom{found})
	}
}

// sayEverything says what is in force, and all coverage, to an empty bus.
func (s *State) sayEverything() {
	if s.plan == nil {
		return
	}
	s.say(s.conditions.Present(s.now))
	s.coverage.sayAll(s.now)
}

// withdrawUnwatched clears what is raised on subjects that nobody watches any
// more: taken out of the inventory, a line suspended, an end that has lost its
// target, an address that cannot be pinged any longer.
func (s *State) withdrawUnwatched() {
	pinged := map[symptom.Place]bool{s.station(): true}
	for _, t := range s.plan.targets {
		for _, place := range t.about {
			pinged[place] = pinged[place] || t.skip == ""
		}
	}
	s.say(s.conditions.Withdraw(s.now, func(place symptom.Place, kind symptom.Kind, _ bool) bool {
		device := place.Subject.Device()
		switch {
		case pinged[place]:
			return false
		case device == "" || slices.Contains(pingKinds, kind):
			return true
		}
		_, there := s.plan.Inventory.Device(device)
		return !there || s.agents[s.plan.reporter(device)] == nil
	}))
}
