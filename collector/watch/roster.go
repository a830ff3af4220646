package watch

import (
	"net/netip"
	"slices"
)

// roster is who is a target, and how it is found.
type roster struct {
	of       []*Target // in the order of the plan
	byKey    []*Target // nil: removed
	free     []uint32  // keys of those
	at       map[Endpoint]*Target
	byDevice map[string]*Target   // at its management address
	shared   map[string][]*Target // link or cable -> targets beyond it
}

// find is by key, if the address is still the same.
func (r *roster) find(key uint32, addr netip.Addr) *Target {
	if int(key) >= len(r.byKey) {
		return nil
	}
	t := r.byKey[key]
	if t == nil || t.at.Addr != addr {
		return nil
	}
	return t
}

// assign finds a key for each planned target: its old one, or a free one.
func (r *roster) assign(p *Plan) []uint32 {
	keys := make([]uint32, len(p.targets))
	free := slices.Clone(r.free)
	next := uint32(len(r.byKey))
	for i, t := range p.targets {
		if old := r.at[t.at]; old != nil {
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

// replace takes the targets of a plan; who was there before keeps what is known
// of it.
func (r *roster) replace(p *Plan) {
	keys := r.assign(p)
	before, size := r.at, len(r.byKey)
	for _, key := range keys {
		size = max(size, int(key)+1)
	}
	*r = roster{of: make([]*Target, len(keys)), byKey: make([]*Target, size),
		at: make(map[Endpoint]*Target, len(keys)), byDevice: map[string]*Target{}, shared: map[string][]*Target{}}
	for i, planned := range p.targets {
		t := before[planned.at]
		if t == nil {
			t = &Target{key: keys[i]}
		}
		t.planned = planned
		r.enter(i, t)
	}
	for key, t := range r.byKey {
		if t == nil {
			r.free = append(r.free, uint32(key))
		}
	}
}

func (r *roster) enter(i int, t *Target) {
	r.of[i], r.byKey[t.key], r.at[t.at] = t, t, t
	if t.device != "" {
		r.byDevice[t.device] = t
	}
	for _, link := range t.planned.shared {
		r.shared[link] = append(r.shared[link], t)
	}
}
