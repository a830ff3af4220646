package watch

import (
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
)

// How many are asked beside the schedule.
const (
	askPause   = time.Second // questions to one target or device are that far apart
	askMembers = 6           // of those behind one link or cable
	askTotal   = 24          // per first miss, and per link or cable on a return
	askLooked  = 256         // members looked at on a return
)

// followUp does on a first miss what would otherwise wait for the next round:
// asks again, asks upstream, asks who shares the way, and looks at the ports.
func (s *State) followUp(t *Target) {
	s.ask(t)
	if !s.expansion.take(s.now) {
		return // many at once: each is confirmed by itself, and its neighbours are among them
	}
	for _, id := range t.upstream {
		if up := s.roster.byDevice[id]; up != nil {
			s.ask(up)
		}
	}
	s.askGateway()
	asked := 0
	for _, link := range t.shared {
		members := s.roster.shared[link]
		first := int(t.key) // not always the same few
		for i, n := 0, 0; i < len(members) && n < askMembers && asked < askTotal; i++ {
			if other := members[(first+i)%len(members)]; other != t && s.ask(other) {
				n++
				asked++
			}
		}
	}
	for _, id := range t.reporters {
		s.poll(id)
	}
}

// followBack does on a return what would otherwise wait for the next round:
// asks those who were missed with it whether they are back too, and looks at
// the ports. A recovery that trickles in would look like another fault.
func (s *State) followBack(t *Target) {
	for _, id := range t.reporters {
		s.poll(id)
	}
	if !s.expansion.take(s.now) {
		return
	}
	for _, link := range t.shared {
		members := s.roster.shared[link]
		first := int(t.key)
		for i, n := 0, 0; i < min(len(members), askLooked) && n < askTotal; i++ {
			if other := members[(first+i)%len(members)]; other != t && other.ping.Missing() > 0 && s.ask(other) {
				n++
			}
		}
	}
}

// askNew asks everybody who has never answered, at once and in batches, instead
// of waiting for a first round of up to a minute: until it has answered once, a
// target that fails is a finding and no fault.
func (s *State) askNew() {
	if s.Waiting() != "" {
		return
	}
	for _, t := range s.roster.of {
		if !t.ping.Ever {
			s.ask(t)
		}
	}
}

// ask pings a target a few times at once, if that was not done just now.
func (s *State) ask(t *Target) bool {
	if t.skip != "" || s.now.Sub(t.asked) < askPause {
		return false
	}
	t.asked = s.now
	s.do(Ask{Key: t.key, Addr: t.at.Addr})
	return true
}

func (s *State) askGateway() {
	if g := s.roster.byDevice[s.plan.gateway]; g != nil {
		s.ask(g)
	}
}

// askBehind pings who is reached through what a trap speaks of.
func (s *State) askBehind(subject symptom.Subject) {
	if t := s.roster.byDevice[subject.Device()]; t != nil {
		s.ask(t)
	}
	asked := 0
	for _, link := range s.linksAt(subject) {
		for _, shared := range sharedBy(link) {
			for _, t := range s.roster.shared[shared] {
				if asked < askTotal && s.ask(t) {
					asked++
				}
			}
		}
	}
}

// linksAt are the links at a port, or at all ports of a device.
func (s *State) linksAt(subject symptom.Subject) []*inventory.Link {
	inv := s.plan.Inventory
	if subject.Kind() == symptom.PortSubject {
		link, ok := inv.LinkAtPort(portRef(subject))
		if !ok {
			return nil
		}
		return []*inventory.Link{link}
	}
	var links []*inventory.Link
	for _, i := range inv.LinksAt(subject.Device()) {
		links = append(links, &inv.Links[i])
	}
	return links
}

func portRef(port symptom.Subject) inventory.PortRef {
	return inventory.PortRef{Device: port.Device(), Port: port.Part()}
}
