package trap

import (
	"net/netip"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/inventory"
)

// senders knows devices by their addresses.
type senders struct {
	byAddress map[netip.Addr]string
	buckets   map[string]*bucket
}

// newSenders leaves out addresses that several devices have (in VRFs): their
// traps could be anybody's. A device outside any VRF has the better claim.
func newSenders(inv *inventory.Inventory, before *senders) *senders {
	global, inVRF := map[netip.Addr][]string{}, map[netip.Addr][]string{}
	for i := range inv.Devices {
		d := &inv.Devices[i]
		claims := global
		if d.VRF != "" {
			claims = inVRF
		}
		if a := d.Address.Unmap(); a.IsValid() {
			claims[a] = append(claims[a], d.ID)
		}
	}
	s := &senders{byAddress: map[netip.Addr]string{}, buckets: map[string]*bucket{}}
	for _, claims := range []map[netip.Addr][]string{inVRF, global} {
		for a, devices := range claims {
			delete(s.byAddress, a)
			if len(devices) == 1 {
				s.byAddress[a] = devices[0]
			}
		}
	}
	for _, device := range s.byAddress {
		if s.buckets[device] = before.buckets[device]; s.buckets[device] == nil {
			s.buckets[device] = &bucket{}
		}
	}
	return s
}

func (s *senders) device(a netip.Addr) string { return s.byAddress[a] }

// bucket is filled at a rate and emptied by what comes in.
type bucket struct {
	left  float64
	at    time.Time
	spoke time.Time
}

func (b *bucket) take(now time.Time, rate float64, burst int) bool {
	if b.at.IsZero() {
		b.left = float64(burst)
	} else {
		b.left = min(float64(burst), b.left+rate*max(now.Sub(b.at), 0).Seconds())
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// grumble logs what is refused, each reason at most once in ten seconds.
type grumble struct {
	log  *zap.Logger
	mu   sync.Mutex
	last map[string]time.Time
	kept map[string]int
}

func (g *grumble) say(reason string, from netip.AddrPort, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last == nil {
		g.last, g.kept = map[string]time.Time{}, map[string]int{}
	}
	now := time.Now()
	if now.Sub(g.last[reason]) < 10*time.Second {
		g.kept[reason]++
		return
	}
	g.log.Warn("trap refused", zap.String("reason", reason), zap.Stringer("from", from), zap.Error(err), zap.Int("more", g.kept[reason]))
	g.last[reason], g.kept[reason] = now, 0
}
