// Package world is the physics of the simulated network and the truth about
// it: what is broken, what has power, which link carries light, and from where
// to where a packet gets through. Everything that is down follows from the
// faults in force; nothing else is remembered but what real equipment
// remembers, such as its uptime and its counters.
//
// It has no clock: time is an argument and must not run backwards. It decides
// nothing about causes as the monitoring sees them, and it is not safe for
// concurrent use.
package world

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

// World is a network in time.
type World struct {
	Net   *plan.Network
	names names
	rng   *rand.Rand

	now    time.Time
	faults []*Fault
	devs   []device
	ports  []port
	links  []link
	views  []view // by station
	group  []int  // by device: connected component, for the truth
	queue  queue
	seq    int
	routes [][]int
}

type device struct {
	off       int  // faults that take its power
	gasp      bool // and one of them lets it say so
	mute      bool
	loss      float64
	latency   time.Duration
	powered   bool
	alive     bool
	bootUntil time.Time
	booted    time.Time
	log       []OAMEvent
	events    int // that it has logged since it booted
	logged    int // changes of the log
}

type port struct {
	dead, admin int // faults that break it, that shut it
	db          float64
	oper        bool
	changed     time.Time
	slot        Slot // of a transceiver chassis
	traffic     traffic
}

type link struct {
	cut     int
	db      float64
	loss    float64
	latency time.Duration
	up      bool
	mbps    float64
}

// controlLoad is what routing and other protocols put on a link by themselves,
// in Mbit/s: no counter of a living link stands still.
const controlLoad = 0.02

// New is the network as it has been working for a while.
func New(net *plan.Network, now time.Time) *World {
	w := &World{
		Net: net, names: index(net), now: now,
		rng:    rand.New(rand.NewPCG(net.Seed, 0x776f726c64)),
		devs:   make([]device, len(net.Devices)),
		ports:  make([]port, len(net.Ports)),
		links:  make([]link, len(net.Links)),
		views:  make([]view, len(net.Stations)),
		routes: net.Routes(),
	}
	for i := range w.devs {
		up := time.Duration(24+w.rng.IntN(400*24)) * time.Hour
		w.devs[i] = device{powered: true, alive: true, booted: now.Add(-up)}
	}
	for i := range w.links {
		w.links[i].mbps = controlLoad
	}
	for i, route := range w.routes {
		for _, l := range route {
			w.links[l].mbps += 0.3 * float64(net.Lines[i].Mbps)
		}
	}
	for i := range w.ports {
		w.ports[i].traffic.start(now, w.rng)
	}
	w.settle(now)
	w.queue = nil // the first settling is no event
	for i := range w.ports {
		w.ports[i].changed = w.devs[net.Ports[i].Device].booted.Add(40 * time.Second)
	}
	return w
}

// Next is when Advance has something to do, if it has.
func (w *World) Next() (time.Time, bool) {
	if len(w.queue) == 0 {
		return time.Time{}, false
	}
	return w.queue[0].at, true
}

// Advance lets time pass and returns the traps that leave their devices.
func (w *World) Advance(now time.Time) (traps []Trap) {
	for len(w.queue) > 0 && !w.queue[0].at.After(now) {
		e := heap.Pop(&w.queue).(event)
		switch {
		case e.trap != nil:
			if w.devs[e.trap.Device].alive {
				traps = append(traps, *e.trap)
			}
		default:
			w.settle(e.at)
		}
	}
	return traps
}

// event is something that will happen: a trap leaves, or the state of things
// has to be looked at again.
type event struct {
	at   time.Time
	seq  int
	trap *Trap
}

func (w *World) later(at time.Time, t *Trap) {
	w.seq++
	heap.Push(&w.queue, event{at, w.seq, t})
}

type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].seq < q[j].seq
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}
