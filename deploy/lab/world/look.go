package world

import (
	"math"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

// Floor is what a receiver reads in the dark, in dBm.
const Floor = -40.0

// Alive reports whether a device has power and has booted.
func (w *World) Alive(dev int) bool { return w.devs[dev].alive }

// Booted is when a device started.
func (w *World) Booted(dev int) time.Time { return w.devs[dev].booted }

// Port is what a device shows of one of its ports.
type Port struct {
	AdminUp, OperUp bool
	Changed         time.Time
}

// Port looks at a port.
func (w *World) Port(port int) Port {
	p, q := &w.ports[port], &w.Net.Ports[port]
	return Port{AdminUp: p.admin == 0 && q.Use != plan.Shut, OperUp: p.oper, Changed: p.changed}
}

// Light is the received power in dBm of an optical port that a link uses. It
// drifts by a few tenths over minutes and hours.
func (w *World) Light(port int, now time.Time) (dBm float64, ok bool) {
	q := &w.Net.Ports[port]
	if q.Link == plan.None || !q.Optical {
		return 0, false
	}
	n, l := &w.Net.Links[q.Link], &w.links[q.Link]
	peer, end := n.Z, 0
	if n.Z == port {
		peer, end = n.A, 1
	}
	far := &w.ports[peer]
	if l.cut > 0 || far.dead+far.admin+w.ports[port].dead > 0 || !w.devs[w.Net.Ports[peer].Device].powered {
		return Floor, true
	}
	dBm = n.Light[end] - l.db - w.ports[port].db + drift(port, now)
	return max(dBm, Floor), true
}

// Lost reports whether so little light means loss of signal to a receiver.
func Lost(dBm float64) bool { return dBm < sensitivity }

func drift(port int, now time.Time) float64 {
	t, phase := float64(now.UnixMilli())/1000, float64(port)
	return 0.15*math.Sin(2*math.Pi*t/21_600+phase) + 0.08*math.Sin(2*math.Pi*t/1_700+2.3*phase) +
		0.03*math.Sin(2*math.Pi*t/67+5.1*phase)
}
