package watch

import (
	"net/netip"
	"slices"
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
	keys := s.assign(p)
	all := make([]Scheduled, 0, len(p.targets))
	for i, t := range p.targets {
		if t.skip == "" {
			all = append(all, Scheduled{Key: keys[i], Addr: t.at.Addr, Interval: t.interval})
		}
	}
	return all
}

// target finds by key, if the address is still the same.
func (s *State) target(key uint32, addr netip.Addr) *Target {
	if int(key) >= len(s.targets) {
		return nil
	}
	t := s.targets[key]
	if t == nil || t.at.Addr != addr {
		return nil
	}
	return t
}

// assign finds a key for each planned target: its old one, or a free one.
func (s *State) assign(p *Plan) []uint32 {
	keys := make([]uint32, len(p.targets))
	free := slices.Clone(s.free)
	next := uint32(len(s.targets))
	for i, t := range p.targets {
		if old := s.at[t.at]; old != nil {
			keys[i] = old.key
			continue
		}
		if n := len(free); n > 0 {
			keys[i], free = free[n-1], free[:n-1]
			continue
		}
		keys[i] = next
		next++
	}
	return keys
}

// adoptPlan puts a plan into force.
func (s *State) adoptPlan(p *Plan) {
	s.placeTargets(p, s.assign(p))
	s.plan = p
	removed := func(t *Target) bool { return s.at[t.at] != t || t.skip != "" }
	s.held.dropIf(removed)
	s.doubted.dropIf(removed)
	s.startClasses()
	s.countAlive()
	s.planAgents(p)
	s.joinLines(p)
	s.askNew()
	if s.adopted {
		s.withdrawUnwatched()
	}
}

// placeTargets replaces the targets by those of a plan; who was there before
// keeps what is known of it.
func (s *State) placeTargets(p *Plan, keys []uint32) {
	before := s.at
	size := len(s.targets)
	for _, key := range keys {
		size = max(size, int(key)+1)
	}
	s.targets = make([]*Target, size)
	s.at = make(map[Endpoint]*Target, len(p.targets))
	s.byDevice, s.shared = map[string]*Target{}, map[string][]*Target{}
	for i, planned := range p.targets {
		t := before[planned.at]
		if t == nil {
			t = &Target{key: keys[i]}
		}
		t.planned = planned
		s.recall(t)
		s.targets[t.key], s.at[planned.at] = t, t
		if planned.device != "" {
			s.byDevice[planned.device] = t
		}
		for _, link := range planned.shared {
			s.shared[link] = append(s.shared[link], t)
		}
		s.changed(t)
	}
	s.free = s.free[:0]
	for key, t := range s.targets {
		if t == nil {
			s.free = append(s.free, uint32(key))
		}
	}
}

// countAlive tells the guard who there is to vouch for us.
func (s *State) countAlive() {
	s.alive, s.gateways = 0, nil
	for _, t := range s.targets {
		if t != nil && t.skip == "" && t.ping.Ever {
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
func (s *State) DeviceTarget(device string) *Target { return s.byDevice[device] }

// Skipped is why an endpoint cannot be pinged; empty if it can, or if it is no
// target.
func (s *State) Skipped(at Endpoint) string {
	if t := s.at[Endpoint{at.VRF, at.Addr.Unmap()}]; t != nil {
		return t.skip
	}
	return ""
}
