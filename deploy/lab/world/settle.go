package world

import (
	"time"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

// Received power below which a receiver sees no signal, and the margins within
// which it makes errors, in dBm and dB.
const (
	sensitivity = -28.0
	poorMargin  = 1.0
	fairMargin  = 2.0
)

// settle works out the state of everything from the faults in force, and
// queues what the equipment has to say about the difference.
func (w *World) settle(at time.Time) {
	w.now = at
	w.clear()
	w.expire(at)
	for _, f := range w.faults {
		if f.active(at) {
			w.apply(f)
		}
	}
	booted := w.settlePower(at)
	for i := range w.links {
		w.settleLink(i)
	}
	for i := range w.ports {
		w.settlePort(at, i, booted[w.Net.Ports[i].Device])
	}
	w.settleSlots(at, booted)
	w.settlePaths()
}

func (w *World) clear() {
	for i := range w.devs {
		d := &w.devs[i]
		d.off, d.gasp, d.mute, d.loss, d.latency = 0, false, false, 0, 0
	}
	for i := range w.ports {
		p := &w.ports[i]
		p.dead, p.admin, p.db = 0, 0, 0
	}
	for i := range w.links {
		l := &w.links[i]
		l.cut, l.db, l.loss, l.latency = 0, 0, 0, 0
	}
	for i := range w.views {
		w.views[i].isolated = false
	}
}

// expire forgets reboots that are over, and wakes up flaps for their next turn.
func (w *World) expire(at time.Time) {
	w.drop(func(f *Fault) bool {
		return f.Action == Reboot && !at.Before(f.until.Add(w.boot(f)))
	})
	for _, f := range w.faults {
		if f.Action == Flap && at.After(f.Since) {
			half := f.Period / 2
			turn := f.Since.Add((at.Sub(f.Since)/half + 1) * half)
			if turn.After(f.until) {
				f.until = turn
				w.later(turn, nil)
			}
		}
	}
}

// settlePower sees who lost power, who gets it back and who has booted.
func (w *World) settlePower(at time.Time) (booted map[int]bool) {
	booted = map[int]bool{}
	for i := range w.devs {
		d := &w.devs[i]
		had := d.powered
		d.powered = d.off == 0
		if !had && d.powered {
			d.bootUntil = at.Add(bootTime(w.Net.Devices[i].Kind))
			if d.bootUntil.After(at) {
				w.later(d.bootUntil, nil)
			}
		}
		was := d.alive
		d.alive = d.powered && !at.Before(d.bootUntil)
		if !was && d.alive {
			booted[i] = true
			d.booted, d.log, d.events = at, nil, 0
			d.logged++
			w.say(at, 200, Trap{Kind: ColdStart, Device: i, Port: plan.None})
		}
	}
	for i := range w.devs {
		if d := &w.devs[i]; d.gasp && !d.powered {
			w.gasp(at, i)
		}
	}
	return booted
}

// gasp is the last word of a device that loses power: heard over its fibre, if
// that still carried light, by the box at the other end. A link that is
// already down has heard it.
func (w *World) gasp(at time.Time, dev int) {
	kind := w.Net.Devices[dev].Kind
	if kind != "transceiver" && kind != "cpe" || kind == "transceiver" && w.devs[dev].mute {
		return // a far end whose OAM is dead cannot tell
	}
	for _, p := range w.Net.Devices[dev].Ports {
		l := w.Net.Ports[p].Link
		if l == plan.None || w.Net.Links[l].Medium != "fiber" || !w.links[l].up || w.links[l].cut > 0 {
			continue
		}
		near := w.Net.Peer(p)
		box := &w.devs[w.Net.Ports[near].Device]
		if !box.alive {
			continue
		}
		box.record(at, near)
		w.say(at, 30, Trap{Kind: DyingGasp, Device: w.Net.Ports[near].Device, Port: near, Value: box.events})
	}
}

func (w *World) settleLink(i int) {
	l, p := &w.links[i], &w.Net.Links[i]
	a, z := &w.ports[p.A], &w.ports[p.Z]
	l.up = l.cut == 0 && a.dead+a.admin+z.dead+z.admin == 0 &&
		w.devs[w.Net.Ports[p.A].Device].alive && w.devs[w.Net.Ports[p.Z].Device].alive
	if p.Medium != "fiber" {
		return
	}
	margin := min(p.Light[0]-a.db, p.Light[1]-z.db) - l.db - sensitivity
	switch {
	case margin < 0:
		l.up = false
	case margin < poorMargin:
		l.loss = either(l.loss, 0.05)
	case margin < fairMargin:
		l.loss = either(l.loss, 0.005)
	}
}

func (w *World) settlePort(at time.Time, i int, fresh bool) {
	p, q := &w.ports[i], &w.Net.Ports[i]
	alive := w.devs[q.Device].alive
	oper := alive && p.dead+p.admin == 0
	rate, errors := 0.0, 0.0
	switch {
	case q.Link != plan.None:
		oper = w.links[q.Link].up
		rate, errors = w.links[q.Link].mbps, w.links[q.Link].loss
	case q.Use == plan.LAN:
		rate = 1
	default:
		oper = false
	}
	if !oper {
		rate = 0
	}
	if fresh {
		p.traffic.reset(at)
	}
	p.traffic.set(at, rate, errors)
	if oper == p.oper && !fresh {
		return
	}
	changed := oper != p.oper
	p.oper = oper
	if !alive || !changed && !oper {
		return
	}
	p.changed = at
	if w.Net.Slot(i) {
		return // settleSlots speaks for it
	}
	switch {
	case fresh && oper:
		w.say(at, 400, Trap{Kind: LinkUp, Device: q.Device, Port: i})
	case !fresh && oper:
		w.say(at, 150, Trap{Kind: LinkUp, Device: q.Device, Port: i})
	case !fresh:
		w.say(at, 60, Trap{Kind: LinkDown, Device: q.Device, Port: i})
	}
}
