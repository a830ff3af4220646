package trap

import (
	"net/netip"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/linewarden/linewarden/collector/inventory"
)

// senders knows devices by their addresses.
type senders struct {
	byAddress map[netip.Addr]string
	quotas    map[string]*quota // by device
}

// newSenders leaves out addresses that several devices have (in VRFs): their
// traps could be anybody's. A device outside any VRF has the better claim.
// A device that was known before keeps its quota.
func newSenders(inv *inventory.Inventory, before *senders, c Config) *senders {
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
	s := &senders{byAddress: map[netip.Addr]string{}, quotas: map[string]*quota{}}
	for _, claims := range []map[netip.Addr][]string{inVRF, global} {
		for a, devices := range claims {
			delete(s.byAddress, a)
			if len(devices) == 1 {
				s.byAddress[a] = devices[0]
			}
		}
	}
	for _, device := range s.byAddress {
		if s.quotas[device] = before.quotas[device]; s.quotas[device] == nil {
			s.quotas[device] = newQuota(c.Rate, c.Burst)
		}
	}
	return s
}

func (s *senders) device(a netip.Addr) string { return s.byAddress[a] }

// quota is how many notifications may come from one sender.
type quota struct {
	*rate.Limiter
	told time.Time // when an excess was last reported
}

func newQuota(perSecond float64, burst int) *quota {
	return &quota{Limiter: rate.NewLimiter(rate.Limit(perSecond), burst)}
}

// report says whether an excess at now is to be reported: once a second.
func (q *quota) report(now time.Time) bool {
	if now.Sub(q.told) < time.Second {
		return false
	}
	q.told = now
	return true
}

// refusals logs what is refused, each reason at most once in ten seconds, with
// the number of those that were left out.
type refusals struct {
	log     *zap.Logger
	mu      sync.Mutex
	last    map[string]time.Time
	omitted map[string]int
}

func newRefusals(log *zap.Logger) *refusals {
	return &refusals{log: log, last: map[string]time.Time{}, omitted: map[string]int{}}
}

func (r *refusals) add(reason string, from netip.AddrPort, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Sub(r.last[reason]) < 10*time.Second {
		r.omitted[reason]++
		return
	}
	r.log.Warn("trap refused", zap.String("reason", reason), zap.Stringer("from", from), zap.Error(err),
		zap.Int("more", r.omitted[reason]))
	r.last[reason], r.omitted[reason] = now, 0
}
