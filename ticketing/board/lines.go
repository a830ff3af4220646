package board

import (
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
)

// Quiet is the state of each line of an inventory while nothing is said of it,
// in the inventory's order; up stands for watched. It is the same for as long
// as the inventory is.
func Quiet(inv *inventory.Inventory) []State {
	states := make([]State, len(inv.Lines))
	for i := range inv.Lines {
		states[i] = quiet(inv, &inv.Lines[i])
	}
	return states
}

// Lines is the state of each line of the inventory, in its order, as Line would
// judge it. rest is what Quiet said of the inventory: only lines of which
// something is said are looked at one by one.
func (b *Board) Lines(inv *inventory.Inventory, now time.Time, rest []State) []State {
	states := make([]State, len(rest))
	looking := b.looking(now)
	for i, state := range rest {
		if state == Up && !looking {
			state = Unknown
		}
		states[i] = state
	}
	spoken := b.spokenOf()
	if len(spoken) == 0 {
		return states
	}
	for i := range inv.Lines {
		if spoken[inv.Lines[i].ID] {
			states[i] = b.Line(inv, now, inv.Lines[i].ID).State
		}
	}
	return states
}

// spokenOf are the lines of which something is said.
func (b *Board) spokenOf() map[string]bool {
	all := make(map[string]bool, len(b.byLine)+len(b.blind))
	for line := range b.byLine {
		all[line] = true
	}
	for line := range b.blind {
		all[line] = true
	}
	for subject := range b.bySubject {
		if subject.Kind() == symptom.LineSubject {
			all[subject.ID()] = true
		}
	}
	return all
}
