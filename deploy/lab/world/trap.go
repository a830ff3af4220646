package world

import "time"

// TrapKind is what a device reports by itself.
type TrapKind uint8

// Kinds of trap.
const (
	LinkDown TrapKind = iota
	LinkUp
	ColdStart
	DyingGasp    // 802.3ah: the far end said its last word
	SlotOptical  // chassis: light of a slot gone (2) or back (1)
	FarEndLost   // chassis: far end no longer there
	FarEndBack   // chassis: far end there again
	CustomerPort // chassis: far end's copper port down (2) or up (1)
)

// Trap is a notification that leaves its device.
type Trap struct {
	Kind   TrapKind
	Device int
	Port   int // None where the whole device is meant
	Value  int // of a last gasp, the index of its event in the log
}

// OAMEvent is a row of a box's 802.3ah event log.
type OAMEvent struct {
	Index int // counts from 1 since the box booted
	Port  int
	At    time.Time
	N     int // of this kind on this port so far
}

// logRows is how many events a box remembers: the latest ones.
const logRows = 32

func (d *device) record(at time.Time, port int) {
	n := 1
	for _, e := range d.log {
		if e.Port == port {
			n = e.N + 1
		}
	}
	d.events++
	d.log = append(d.log[max(0, len(d.log)+1-logRows):], OAMEvent{d.events, port, at, n})
	d.logged++
}

// OAMLog is what a device remembers of last gasps, oldest first.
func (w *World) OAMLog(dev int) []OAMEvent { return w.devs[dev].log }

// OAMVersion changes whenever the log does.
func (w *World) OAMVersion(dev int) int { return w.devs[dev].logged }

// say queues a trap to leave about that many milliseconds after at: equipment
// debounces, and its processor has other things to do.
func (w *World) say(at time.Time, ms int, t Trap) {
	if !w.Net.Devices[t.Device].Address.IsValid() {
		return
	}
	delay := time.Duration(float64(ms)*(0.7+0.6*w.rng.Float64())) * time.Millisecond
	w.later(at.Add(delay), &t)
}
