// Package lab is the simulated carrier network as a running thing: a holder
// process that keeps a network namespace, answers its packets and obeys its
// control socket, and a client that starts, commands and stops it. The network
// itself is in package plan, its physics and truth in package world, its SNMP
// in package agent, its frames in package wire.
//
// It is an examiner: it shares no code with what looks for the faults.
package lab

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/agent"
	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/wire"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

// Ports of SNMP.
const (
	snmpPort = 161
	trapPort = 162
)

// target is who has an address.
type target struct {
	device  int32 // None: nobody
	service bool  // a line's service address: answers echo only
}

// engine lets the world answer packets.
type engine struct {
	tasks chan task
	done  chan struct{} // closed when the loop has ended

	// All the rest is the loop's.
	world *world.World
	agent *agent.Agent

	link     wire.Link
	targets  []target
	stations map[int]int // slot -> station
	rng      *rand.Rand
	packet   wire.Packet
	scratch  []byte
	out      outbox
	trapID   int32
	stats    Stats
}

// task is something to be done to the world between two packets.
type task struct {
	do   func(w *world.World, now time.Time)
	done chan struct{}
}

// Stats counts what passed since the lab came up.
type Stats struct {
	Received uint64 `json:"received"`
	Answered uint64 `json:"answered"`
	Lost     uint64 `json:"lost"`    // dropped by a degraded part
	Overrun  uint64 `json:"overrun"` // came faster than the lab could look
	Traps    uint64 `json:"traps"`
	TrapsCut uint64 `json:"traps_cut"` // no path to the station
}

func newEngine(w *world.World, link wire.Link) *engine {
	e := &engine{
		tasks: make(chan task, 16), done: make(chan struct{}),
		world: w, agent: agent.New(w), link: link,
		targets: make([]target, plan.Slots()), stations: map[int]int{},
		rng:     rand.New(rand.NewPCG(w.Net.Seed, 0x61697200)),
		scratch: make([]byte, agent.MaxMessage),
	}
	for i := range e.targets {
		e.targets[i].device = plan.None
	}
	own := func(a netip.Addr, t target) {
		if slot, ok := plan.Slot(a); ok && a.IsValid() {
			e.targets[slot] = t
		}
	}
	for i, d := range w.Net.Devices {
		if d.Address.IsValid() {
			own(d.Address, target{device: int32(i)})
		}
	}
	for _, l := range w.Net.Lines {
		own(l.Target, target{int32(l.A), true})
		if l.TargetZ.IsValid() {
			own(l.TargetZ, target{int32(l.Z), true})
		}
	}
	for i, s := range w.Net.Stations {
		slot, _ := plan.Slot(s.Address)
		e.stations[slot] = i
		if i == 0 {
			own(plan.Gateway, target{device: int32(s.Device)})
		}
	}
	return e
}

// handle takes one frame from the host, which had waited for age, and queues
// the answer, if there is one.
func (e *engine) handle(frame []byte, age time.Duration, now time.Time) {
	e.stats.Received++
	p := &e.packet
	if !p.Parse(frame) {
		return
	}
	station, ok := e.stations[p.Src]
	t := e.targets[p.Dst]
	if !ok || t.device == plan.None {
		return
	}
	path := e.world.Path(station, int(t.device))
	if !path.Up || !t.service && e.world.Silent(int(t.device)) {
		return
	}
	if path.Loss > 0 && e.rng.Float64() < path.Loss {
		e.stats.Lost++
		return
	}
	buf := e.out.take()
	n := 0
	switch {
	case p.Echo:
		n = e.link.EchoReply(p, buf)
	case p.Ports[1] == snmpPort && !t.service:
		if msg := e.agent.Answer(int(t.device), p.Body, e.scratch, now); msg != nil {
			n = e.link.Reply(p, msg, buf)
		}
	}
	if n == 0 {
		e.out.give(buf)
		return
	}
	e.stats.Answered++
	e.out.push(now.Add(path.RTT+e.jitter(path.RTT)-age), buf[:n])
}

// jitter is what queues add: mostly little, sometimes more.
func (e *engine) jitter(rtt time.Duration) time.Duration {
	return time.Duration(e.rng.ExpFloat64() * (0.02*float64(rtt) + 20_000))
}

// advance lets time pass in the world and queues the traps that it sends.
func (e *engine) advance(now time.Time) {
	for _, t := range e.world.Advance(now) {
		for i := range e.world.Net.Stations {
			e.notify(t, i, now)
		}
	}
}

func (e *engine) notify(t world.Trap, station int, now time.Time) {
	path := e.world.Path(station, t.Device)
	if !path.Up || e.world.Silent(t.Device) || path.Loss > 0 && e.rng.Float64() < path.Loss {
		e.stats.TrapsCut++
		return
	}
	e.trapID++
	msg := e.agent.Trap(t, e.trapID, e.scratch, now)
	buf := e.out.take()
	n := e.link.Send(
		netip.AddrPortFrom(e.world.Net.Devices[t.Device].Address, snmpPort),
		netip.AddrPortFrom(e.world.Net.Stations[station].Address, trapPort), msg, buf)
	if n == 0 {
		e.out.give(buf)
		return
	}
	e.stats.Traps++
	e.out.push(now.Add(path.RTT/2), buf[:n])
}

// With so many answers under way the loop no longer wakes up for each packet,
// but turns once in a while. Answers are then up to half a turn early or late.
const (
	busy = 4
	turn = time.Millisecond
)

// maxTurn bounds how long the loop keeps the world to itself.
const maxTurn = 256

// run is the packet loop. It ends when ctx does, which whoever cancels it tells
// by waking the socket, or when the socket fails.
func (e *engine) run(ctx context.Context, s *wire.Socket) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(e.done)
	for ctx.Err() == nil {
		now := time.Now()
		e.advance(now)
		e.work(now)
		n := s.Receive(maxTurn, now, func(frame []byte, age time.Duration) { e.handle(frame, age, now) })
		if err := s.Send(e.out.due(time.Now())); err != nil {
			return err
		}
		e.out.recycle()
		if n == maxTurn {
			continue
		}
		if len(e.out.heap) >= busy {
			s.Doze(turn)
			continue
		}
		due, event := e.world.Next()
		if err := s.Wait(e.out.wait(time.Now(), due, event)); err != nil {
			return err
		}
	}
	return nil
}

// work does the tasks that are waiting.
func (e *engine) work(now time.Time) {
	for {
		select {
		case t := <-e.tasks:
			t.do(e.world, now)
			close(t.done)
		default:
			return
		}
	}
}

// errStopped is what is left to say when the loop has ended.
var errStopped = errors.New("the lab is stopping")

// do has the loop, which wake ends the sleep of, do something to the world.
func (e *engine) do(wake func(), what func(w *world.World, now time.Time)) error {
	t := task{what, make(chan struct{})}
	select {
	case e.tasks <- t:
	case <-e.done:
		return errStopped
	}
	wake()
	select {
	case <-t.done:
		return nil
	case <-e.done:
		return errStopped
	}
}
