package world

import (
	"math/rand/v2"
	"time"
)

// traffic counts what passes a port. It stands still while the port is down
// and starts from nothing when its device boots.
type traffic struct {
	at      time.Time
	mbps    float64
	share   float64 // of the load that comes in rather than goes out
	errRate float64 // share of packets
	in, out float64 // octets
	errors  float64
}

// start gives the counters a history.
func (t *traffic) start(now time.Time, rng *rand.Rand) {
	t.at, t.share = now, 0.3+0.4*rng.Float64()
	t.in = rng.Float64() * 1e13
	t.out = t.in * (0.5 + rng.Float64())
	t.errors = float64(rng.IntN(20))
}

func (t *traffic) reset(at time.Time) {
	t.at, t.in, t.out, t.errors = at, 0, 0, 0
}

// set changes the load from at on.
func (t *traffic) set(at time.Time, mbps, errRate float64) {
	t.settle(at)
	t.mbps, t.errRate = mbps, errRate
}

func (t *traffic) settle(at time.Time) {
	s := at.Sub(t.at).Seconds()
	if s <= 0 {
		return
	}
	t.at = at
	octets := s * t.mbps * 1e6 / 8
	t.in += octets * t.share
	t.out += octets * (1 - t.share)
	t.errors += octets * t.share / 800 * t.errRate
}

// Counters are the counters of a port.
type Counters struct{ In, Out, Errors uint64 }

// Counters reads a port's counters at now.
func (w *World) Counters(port int, now time.Time) Counters {
	t := &w.ports[port].traffic
	t.settle(now)
	return Counters{uint64(t.in), uint64(t.out), uint64(t.errors)}
}
