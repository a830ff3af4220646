package board

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
)

// State is how a line is doing, as far as anyone can tell.
type State string

// The states of a line. Unwatched is never shown as up: nothing proves it.
const (
	Up        State = "up"
	Down      State = "down"
	Degraded  State = "degraded"
	AtRisk    State = "at_risk"
	Unknown   State = "unknown"
	Unwatched State = "unwatched"
	Suspended State = "suspended" // planned, suspended or closed: nobody expects it to work
)

// States lists all of them, the worst first.
func States() []State {
	return []State{Down, Degraded, AtRisk, Unknown, Unwatched, Up, Suspended}
}

// Health is one line's state with what it rests on.
type Health struct {
	State    State
	Inferred bool              // 推断: by verdict, not by a watch that proves service
	Since    time.Time         // zero where nothing has happened
	Symptoms []symptom.Symptom // raised on the line itself, newest first
	Faults   []string          // ids of open verdicts that name it, sorted
}

// Line is the health of one line of the inventory at now.
func (b *Board) Line(inv *inventory.Inventory, now time.Time, id string) Health {
	line, ok := inv.Line(id)
	if !ok {
		return Health{State: Unknown}
	}
	h := Health{Symptoms: b.of(symptom.Line(id), raised)}
	for fault := range b.byLine[id] {
		h.Faults = append(h.Faults, fault)
	}
	slices.Sort(h.Faults)
	rest := quiet(inv, line)
	if rest == Suspended {
		h.State = Suspended
		return h
	}
	h.State, h.Since = b.troubled(id, h)
	if h.State == "" {
		h.State = b.undisturbed(inv, now, line, rest)
	}
	h.Inferred = rest == Unwatched && h.State != Unwatched || h.State == Down && !provenDown(h.Symptoms)
	return h
}

func raised(s symptom.Symptom) bool { return s.State == symptom.Raised }

// provenDown tells whether a watch says that there is no answer.
func provenDown(all []symptom.Symptom) bool {
	return slices.ContainsFunc(all, func(s symptom.Symptom) bool { return s.Kind == symptom.Unreachable })
}

// troubled looks from what is proven to what is inferred; "" if nothing is
// wrong with the line.
func (b *Board) troubled(id string, h Health) (State, time.Time) {
	for _, s := range h.Symptoms {
		if s.Kind == symptom.Unreachable {
			return Down, s.Since
		}
	}
	var worst State
	var since time.Time
	for _, fault := range h.Faults {
		v := b.faults[fault]
		switch {
		// The verdict has weighed the line's watches; where none of them has
		// missed an answer yet, it is an inference.
		case slices.Contains(v.Lines.Down, id):
			return Down, v.Started
		case slices.Contains(v.Lines.Degraded, id):
			worst, since = Degraded, v.Started
		case slices.Contains(v.Lines.AtRisk, id) && worst == "":
			worst, since = AtRisk, v.Started
		}
	}
	if len(h.Symptoms) > 0 && worst != Degraded {
		return Degraded, h.Symptoms[0].Since
	}
	return worst, since
}

// quiet is the state of a line of which nothing is said; up stands for watched.
func quiet(inv *inventory.Inventory, l *inventory.Line) State {
	switch {
	case l.State != "" && l.State != inventory.Active:
		return Suspended
	case !inv.Unobserved(l):
		return Up
	}
	return Unwatched
}

// undisturbed is the state of a line with which nothing is wrong: up only where
// somebody looks.
func (b *Board) undisturbed(inv *inventory.Inventory, now time.Time, line *inventory.Line, rest State) State {
	if rest == Up && (!b.looking(now) || b.unseen(inv, now, line)) {
		return Unknown
	}
	return rest
}

// looking tells whether some collector has pinged lately and trusts itself.
func (b *Board) looking(now time.Time) bool {
	for _, h := range b.beats {
		if h.Method == "icmp" && !h.Isolated && fresh(h, now) {
			return true
		}
	}
	return false
}

func fresh(h symptom.Heartbeat, now time.Time) bool {
	return now.Sub(h.At) < lateAfter(h)
}

func lateAfter(h symptom.Heartbeat) time.Duration { return 3 * max(h.Interval, 10*time.Second) }

// unseen tells whether collectors at work say of every end by which the line's
// service could be proven that they cannot look at it.
func (b *Board) unseen(inv *inventory.Inventory, now time.Time, line *inventory.Line) bool {
	dark := map[symptom.Place]bool{}
	for who := range b.blind[line.ID] {
		if b.pings(who.collector, now) {
			dark[who.end] = true
		}
	}
	if len(dark) == 0 {
		return false
	}
	proven := false
	for _, w := range inv.WatchesOf(line) {
		if w.Proves != inventory.ProvesService {
			continue
		}
		proven = true
		if !dark[symptom.PlaceOf(symptom.Line(line.ID), string(w.End))] {
			return false
		}
	}
	return proven
}

// pings tells whether the collector has swept lately.
func (b *Board) pings(collector string, now time.Time) bool {
	for of, h := range b.beats {
		if of.collector == collector && h.Method == "icmp" && fresh(h, now) {
			return true
		}
	}
	return false
}
