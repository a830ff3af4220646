package watch

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fatal is what a test and a rapid check have in common.
type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world drives a State as the shell does: it ticks at the deadline, and nothing
// else lets time pass.
type world struct {
	t     fatal
	cfg   Config
	inv   *inventory.Inventory
	state *State
	now   time.Time
	queue []arrival
	seq   int
	took  func(at time.Time, ev Event, done []Do)

	// Who does not answer. Targets are pinged and questions answered by
	// themselves once the network is alive.
	alive   bool
	dead    map[netip.Addr]bool
	cutOff  bool
	noRoute bool // nothing can even be sent
	putOff  bool // questions find no room
	next    map[netip.Addr]time.Time

	schedule []Scheduled
}

// arrival is an event on its way.
type arrival struct {
	at  time.Time
	seq int
	ev  func() Event
}

func newWorld(t fatal, inv *inventory.Inventory) *world {
	return &world{t: t, cfg: DefaultConfig(), inv: inv, now: noon,
		dead: map[netip.Addr]bool{}, next: map[netip.Addr]time.Time{}, took: func(time.Time, Event, []Do) {}}
}

// begin makes the state and puts the inventory in force.
func (w *world) begin(remembered ...string) {
	w.state = New(w.cfg, "collector/main", remembered)
	w.reload()
}

func (w *world) reload() {
	w.t.Helper()
	if err := w.inv.Build(); err != nil {
		w.t.Fatalf("inventory: %v", err)
	}
	plan, err := NewPlan(w.cfg, "collector/main", w.inv, map[string]bool{"lab": true})
	if err != nil {
		w.t.Fatalf("plan: %v", err)
	}
	w.step(Planned{plan})
	w.schedule = w.state.Schedule(plan)
}

func (w *world) step(ev Event) {
	done := w.state.Step(w.now, ev)
	w.took(w.now, ev, done)
	for _, d := range done {
		if ask, ok := d.(Ask); ok && w.alive {
			w.answer(ask)
		}
	}
}

// in has an event arrive later.
func (w *world) in(wait time.Duration, ev func() Event) {
	w.seq++
	w.queue = append(w.queue, arrival{w.now.Add(wait), w.seq, ev})
	slices.SortFunc(w.queue, func(a, b arrival) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.seq, b.seq))
	})
}

// until lets time pass, with whatever arrives and is due meanwhile.
func (w *world) until(end time.Time) {
	w.t.Helper()
	for {
		due, ticks := w.state.Deadline()
		if ticks && due.Before(w.now) {
			due = w.now
		}
		ping, addr := w.nextPing()
		switch {
		case len(w.queue) > 0 && !w.queue[0].at.After(end) && (!ticks || !due.Before(w.queue[0].at)) &&
			(ping.IsZero() || !ping.Before(w.queue[0].at)):
			first := w.queue[0]
			w.queue = w.queue[1:]
			w.now = first.at
			if ev := first.ev(); ev != nil {
				w.step(ev)
			}
		case !ping.IsZero() && !ping.After(end) && (!ticks || !due.Before(ping)):
			w.now = ping
			w.ping(addr)
		case ticks && !due.After(end):
			w.now = due
			w.step(Tick{})
			if next, ok := w.state.Deadline(); ok && !next.After(w.now) {
				w.t.Fatalf("after the tick at %s the deadline is %s", w.now, next)
			}
		default:
			w.now = end
			return
		}
	}
}

// nextPing is whose turn it is by the schedule.
func (w *world) nextPing() (at time.Time, addr netip.Addr) {
	if !w.alive {
		return time.Time{}, addr
	}
	for i, target := range w.schedule {
		next, known := w.next[target.Addr]
		if !known {
			next = w.now.Add(target.Interval * time.Duration(i+1) / time.Duration(len(w.schedule)+1))
			w.next[target.Addr] = next
		}
		if at.IsZero() || next.Before(at) {
			at, addr = next, target.Addr
		}
	}
	return at, addr
}

// ping sends a scheduled ping.
func (w *world) ping(addr netip.Addr) {
	for _, target := range w.schedule {
		if target.Addr == addr {
			w.next[addr] = w.now.Add(target.Interval)
			w.arrive(Ping{Key: target.Key, Addr: addr, Sent: w.now, Outcome: w.outcome(addr), RTT: time.Millisecond})
			return
		}
	}
	w.t.Fatalf("%s is no target", addr)
}

// arrive has the outcome of a ping that leaves now told: a lost one after its
// time-out.
func (w *world) arrive(p Ping) {
	wait := p.RTT
	switch p.Outcome {
	case Lost:
		wait = w.cfg.Timeout
	case Unknown:
		p.Err = errors.New("network is unreachable")
	}
	w.in(wait, func() Event { return Pinged{p} })
}

func (w *world) outcome(addr netip.Addr) Outcome {
	switch {
	case w.noRoute:
		return Unknown
	case w.cutOff || w.dead[addr]:
		return Lost
	}
	return Replied
}

// answer plays the series of pings that a question is.
func (w *world) answer(ask Ask) {
	a := Answer{Key: ask.Key, Addr: ask.Addr, First: w.now, RTT: time.Millisecond}
	if w.putOff {
		a.PutOff = true
		w.in(time.Millisecond, func() Event { return Answered{a} })
		return
	}
	w.series(a, w.cfg.Confirm.Count)
}

// series sends the next ping of a series, of which so many are left.
func (w *world) series(a Answer, left int) {
	wait := time.Millisecond
	switch outcome := w.outcome(a.Addr); {
	case outcome == Unknown:
		a.Unknown, a.Err = left, errors.New("network is unreachable")
	case outcome == Replied:
		a.Sent++
		a.Received = 1
	case left > 1:
		a.Sent++
		w.in(w.cfg.Confirm.Gap, func() Event {
			w.series(a, left-1)
			return nil
		})
		return
	default:
		a.Sent++
		wait = w.cfg.Confirm.Timeout
	}
	w.in(wait, func() Event { return Answered{a} })
}
