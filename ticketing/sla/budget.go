package sla

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
)

// Case is what a budget depends on.
type Case struct {
	Kind          string // of ticket
	CustomerGrade inventory.CustomerGrade
	LineGrade     inventory.LineGrade
	LineState     string
	Area          inventory.Area
}

// Def is a clock's definition; one that is not in the file has no steps.
func (p Policy) Def(name Name) ClockDef {
	if d, ok := p.clocks[name]; ok {
		return d
	}
	return ClockDef{Name: name}
}

// Budget is the time that a clock gets in its n-th round; ok is false where
// the policy promises none.
func (p Policy) Budget(name Name, c Case, round int) (time.Duration, bool) {
	for _, b := range p.Def(name).Budgets {
		if !b.matches(c) {
			continue
		}
		d := b.For
		if round > 1 && b.Then > 0 {
			d = b.Then
		}
		if limit := p.Statutory[c.Area]; name == Restore && limit > 0 {
			d = min(d, limit)
		}
		return d, d > 0
	}
	return 0, false
}

// Strictest is the smallest budget of several cases.
func (p Policy) Strictest(name Name, cases []Case, round int) (time.Duration, bool) {
	var best time.Duration
	for _, c := range cases {
		if d, ok := p.Budget(name, c, round); ok && (best == 0 || d < best) {
			best = d
		}
	}
	return best, best > 0
}

func (b Budget) matches(c Case) bool {
	return allows(b.Kinds, c.Kind) && allows(b.CustomerGrades, c.CustomerGrade) && allows(b.LineGrades, c.LineGrade) &&
		allows(b.LineStates, c.LineState) && allows(b.Areas, c.Area)
}

// allows reports whether a list has the value; an empty list has all.
func allows[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }

// Pauses reports whether a reason stops the clock.
func (r PauseRules) Pauses(name Name, reason string) bool {
	return slices.Contains(r.Clocks, name) && slices.Contains(r.Reasons, reason)
}

// Rungs are the ladder's entries for a step of a clock.
func (p Policy) Rungs(name Name, step int) []Rung {
	var rungs []Rung
	for _, r := range p.Ladder {
		if (len(r.Clocks) == 0 || slices.Contains(r.Clocks, name)) && step >= r.From && (r.To == 0 || step <= r.To) {
			rungs = append(rungs, r)
		}
	}
	return rungs
}
