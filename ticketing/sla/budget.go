package sla

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Case is what a budget depends on.
type Case struct {
	Kind          string // of ticket
	CustomerGrade string
	LineGrade     string
	LineState     string
	Area          string
}

// Def finds a clock's definition; the zero value has no steps.
func (p Policy) Def(name Name) ClockDef {
	for _, d := range p.Clocks {
		if d.Name == name {
			return d
		}
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
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	return in(b.Kinds, c.Kind) && in(b.CustomerGrades, c.CustomerGrade) && in(b.LineGrades, c.LineGrade) &&
		in(b.LineStates, c.LineState) && in(b.Areas, c.Area)
}

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

// Validate reports everything that is wrong with the policy. Calendars are
// the ones that it may name.
func (p Policy) Validate(cals Calendars) error {
	var errs []error
	names := map[string]bool{"": true, "24x7": true}
	for _, c := range cals {
		names[c.Name] = true
	}
	seen := map[Name]bool{}
	for i, d := range p.Clocks {
		where := fmt.Sprintf("clocks[%d] %s", i, d.Name)
		if d.Name == "" {
			errs = append(errs, fmt.Errorf("%s: no name", where))
		}
		if seen[d.Name] {
			errs = append(errs, fmt.Errorf("%s: declared twice", where))
		}
		seen[d.Name] = true
		if !names[d.Calendar] {
			errs = append(errs, fmt.Errorf("%s: no calendar %q", where, d.Calendar))
		}
		if !slices.IsSorted(d.Steps) || len(d.Steps) > 0 && d.Steps[0] <= 0 {
			errs = append(errs, fmt.Errorf("%s: steps are percentages in rising order", where))
		}
		if d.Further < 0 || d.Further > 0 && len(d.Steps) == 0 {
			errs = append(errs, fmt.Errorf("%s: further needs steps to follow", where))
		}
		for j, b := range d.Budgets {
			if b.For < 0 || b.Then < 0 {
				errs = append(errs, fmt.Errorf("%s: budgets[%d] is negative", where, j))
			}
		}
	}
	for _, n := range p.Pauses.Clocks {
		if !seen[n] {
			errs = append(errs, fmt.Errorf("pauses: no clock %q", n))
		}
	}
	for i, r := range p.Ladder {
		for _, n := range r.Clocks {
			if !seen[n] {
				errs = append(errs, fmt.Errorf("ladder[%d]: no clock %q", i, n))
			}
		}
		if r.From <= 0 || r.To != 0 && r.To < r.From || len(r.Tell) == 0 || len(r.Channels) == 0 {
			errs = append(errs, fmt.Errorf("ladder[%d]: wants from > 0, to >= from, tell and channels", i))
		}
	}
	return errors.Join(errs...)
}
