package sla

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Policy is the SLA file and the calendars, checked and made ready, so that
// nothing is parsed while clocks run. It is never changed. The zero value
// promises nothing, and counts every second.
type Policy struct {
	Rules
	clocks    map[Name]ClockDef
	calendars []string // names, in the order of the files
	hours     map[string]*Hours
}

// Compile checks rules and calendars and makes a policy of them. With an error
// the policy is what could be understood: a calendar that cannot be read counts
// every second, so that a promise is kept too strictly rather than too loosely.
func Compile(rules Rules, calendars []Calendar, zones Zones) (Policy, error) {
	p := Policy{Rules: rules, clocks: map[Name]ClockDef{}, hours: map[string]*Hours{}}
	var errs []error
	for _, c := range calendars {
		if err := c.Validate(zones); err != nil {
			errs = append(errs, err)
			continue
		}
		if p.hours[c.Name] != nil {
			continue // the first of a name counts
		}
		p.hours[c.Name], _ = c.Hours(zones)
		p.calendars = append(p.calendars, c.Name)
	}
	for _, d := range slices.Backward(rules.Clocks) {
		p.clocks[d.Name] = d
	}
	return p, errors.Join(append(errs, rules.Validate(calendars))...)
}

// Hours are those of the named calendar. Every second counts in "", in "24x7"
// and in a calendar that is not known.
func (p Policy) Hours(calendar string) *Hours {
	if h := p.hours[calendar]; h != nil && calendar != "24x7" {
		return h
	}
	return everySecond
}

// Gap is a year that a calendar should know and does not. Until it does, plain
// weekdays count there.
type Gap struct {
	Calendar string
	Year     int
}

// Gaps are the years that somebody should enter soon.
func (p Policy) Gaps(now time.Time) []Gap {
	var gaps []Gap
	for _, name := range p.calendars {
		if year, missing := p.hours[name].Missing(now); missing {
			gaps = append(gaps, Gap{name, year})
		}
	}
	return gaps
}

// Validate reports everything that is wrong with the rules. Calendars are the
// ones that they may name.
func (p Rules) Validate(calendars []Calendar) error {
	var errs []error
	names := map[string]bool{"": true, "24x7": true}
	for _, c := range calendars {
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
