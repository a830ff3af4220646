package watch

import (
	"net/netip"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// Target is one pinged endpoint and what is known of it.
type Target struct {
	*planned
	key     uint32
	ping    probe.Ping
	asked   time.Time // last question beside the schedule
	unknown string    // why its pings have no outcome, at present
	tries   int       // scheduled pings with an outcome, until it has ever answered
	class   *class    // whose sweeps it belongs to; nil if it is not pinged
	swept   int64     // number of the sweep in which it was counted last
}

// Ping is what is known of its pings, to be read only.
func (t *Target) Ping() *probe.Ping { return &t.ping }

// Scheduled is a target as the ping engine is to have it.
type Scheduled struct {
	Key      uint32
	Addr     netip.Addr
	Interval time.Duration
}

// Schedule is what the ping engine is to ping once p is in force: a target that
// stays keeps its key.
func (s *State) Schedule(p *Plan) []Scheduled {
	keys := s.roster.assign(p)
	all := make([]Scheduled, 0, len(p.targets))
	for i, t := range p.targets {
		if t.skip == "" {
			all = append(all, Scheduled{Key: keys[i], Addr: t.at.Addr, Interval: t.interval})
		}
	}
	return all
}

// adoptPlan puts a plan into force.
func (s *State) adoptPlan(p *Plan) {
	s.roster.replace(p)
	s.plan = p
	for _, t := range s.roster.of {
		s.recall(t)
		s.changed(t)
	}
	s.undecided.dropIf(func(t *Target) bool { return s.roster.at[t.at] != t || t.skip != "" })
	s.sweeps.start(s.roster.of, s.now)
	s.countAlive()
	s.planAgents(p)
	s.joinLines(p)
	s.askNew()
	if s.adopted {
		s.withdrawUnwatched()
	}
}

// countAlive tells the guard who there is to vouch for us.
func (s *State) countAlive() {
	s.alive, s.gateways = 0, nil
	for _, t := range s.roster.of {
		if t.skip == "" && t.ping.Ever {
			s.alive++
			if t.gateway {
				s.gateways = append(s.gateways, t.key)
			}
		}
	}
	s.guard.Network(s.gateways, s.alive)
}

// countOne adds a target that has answered for the first time.
func (s *State) countOne(t *Target) {
	s.alive++
	if t.gateway {
		s.gateways = append(s.gateways, t.key)
	}
	s.guard.Network(s.gateways, s.alive)
}

// remember notes a name that has answered.
func (s *State) remember(name string) {
	if !s.answered[name] {
		s.answered[name] = true
		s.do(Remember{name})
	}
}

// recall notes that a target is known to have answered: it is remembered, or
// something was said of it.
func (s *State) recall(t *Target) {
	name := t.at.String()
	if s.anyRaised(t) {
		s.remember(name)
	}
	t.ping.Ever = t.ping.Ever || s.answered[name]
}

func (s *State) anyRaised(t *Target) bool {
	for _, place := range t.about {
		if s.conditions.Raised(place, symptom.Unreachable) {
			return true
		}
	}
	return false
}

// DeviceTarget is the target at a device's management address, or nil.
func (s *State) DeviceTarget(device string) *Target { return s.roster.byDevice[device] }

// Skipped is why an endpoint cannot be pinged; empty if it can, or if it is no
// target.
func (s *State) Skipped(at Endpoint) string {
	if t := s.roster.at[Endpoint{at.VRF, at.Addr.Unmap()}]; t != nil {
		return t.skip
	}
	return ""
}
