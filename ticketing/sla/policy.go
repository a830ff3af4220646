package sla

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/configs/problem"
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

// Compile checks rules and calendars and makes a policy of them. Where it
// reports problems, the policy is what could be understood: a calendar that
// cannot be read counts every second, so that a promise is kept too strictly
// rather than too loosely. Paths begin with "sla" or with the calendar's place,
// as in "calendars[1].from".
func Compile(rules Rules, calendars []Calendar, zones Zones) (Policy, []problem.Problem) {
	p := Policy{Rules: rules, clocks: map[Name]ClockDef{}, hours: map[string]*Hours{}}
	var wrong problem.List
	for i, c := range calendars {
		hours, found := c.compile(zones)
		wrong.Under(problem.At("calendars", i), found)
		if len(found) > 0 || p.hours[c.Name] != nil {
			continue // the first of a name counts
		}
		p.hours[c.Name] = hours
		p.calendars = append(p.calendars, c.Name)
	}
	for _, d := range slices.Backward(rules.Clocks) {
		p.clocks[d.Name] = d
	}
	wrong.Under("sla", rules.validate(calendars))
	return p, wrong
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
