package sla

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/configs/problem"
)

// Calendar says when time counts. It is a file.
type Calendar struct {
	Name string `json:"name" yaml:"name"`
	// The zone is named ("Europe/Berlin"), or a fixed offset from UTC ("+08:00").
	Zone      string `json:"zone,omitempty" yaml:"zone"`
	UTCOffset string `json:"utc_offset" yaml:"utc_offset"`
	// Always counts every second (24x7); the rest is then ignored.
	Always   bool     `json:"always,omitempty" yaml:"always"`
	Weekdays []string `json:"weekdays,omitempty" yaml:"weekdays"` // mon ... sun that are worked
	From     string   `json:"from,omitempty" yaml:"from"`         // time of day; default 00:00
	To       string   `json:"to,omitempty" yaml:"to"`             // default 24:00
	Years    []Year   `json:"years,omitempty" yaml:"years"`
}

// Year is what a calendar knows of one year.
type Year struct {
	Year   int      `json:"year" yaml:"year"`
	Source string   `json:"source,omitempty" yaml:"source"`
	Off    []string `json:"off" yaml:"off"`   // dates, or ranges "2026-02-15..2026-02-23"
	Work   []string `json:"work" yaml:"work"` // make-up working days (调休)
}

// Hours parses the calendar.
func (c Calendar) Hours(zones Zones) (*Hours, error) {
	h, wrong := c.compile(zones)
	if len(wrong) > 0 {
		return nil, problem.Error(wrong)
	}
	return h, nil
}

// compile parses the calendar and names everything that is wrong with it.
func (c Calendar) compile(zones Zones) (*Hours, []problem.Problem) {
	var wrong problem.List
	if c.Name == "" {
		wrong.Add("name", "a calendar without a name")
	}
	if c.Always {
		return everySecond, wrong
	}
	h := &Hours{off: map[date]bool{}, work: map[date]bool{}}
	var err error
	if h.zone, err = zones.Find(c.Zone, c.UTCOffset); err != nil {
		wrong.Add(zoneKey(c.Zone), "%v", err)
	}
	h.from = timeOfDay(&wrong, "from", c.From, 0)
	h.to = timeOfDay(&wrong, "to", c.To, 24*time.Hour)
	wrong.Check(h.to > h.from, "to", "to %q is not after from %q", c.To, c.From)
	for i, day := range c.Weekdays {
		n := slices.IndexFunc(weekdays[:], func(name string) bool { return strings.EqualFold(day, name) })
		if n < 0 {
			wrong.Add(problem.At("weekdays", i), "%q is none of mon tue wed thu fri sat sun", day)
			continue
		}
		h.week[n] = true
	}
	wrong.Check(len(c.Weekdays) > 0, "weekdays", "none; say always: true for a calendar that never rests")
	for i, y := range c.Years {
		wrong.Under(problem.At("years", i), h.addYear(y))
	}
	return h, wrong
}

var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// zoneKey is the key that said which zone is meant.
func zoneKey(name string) string {
	if name != "" {
		return "zone"
	}
	return "utc_offset"
}

func timeOfDay(wrong *problem.List, path, text string, empty time.Duration) time.Duration {
	d, err := TimeOfDay(text, empty)
	if err != nil {
		wrong.Add(path, "%v", err)
		return empty
	}
	return d
}

// addYear writes down a year's holidays and make-up days. A calendar without
// any year has none, in every year.
func (h *Hours) addYear(y Year) []problem.Problem {
	var wrong problem.List
	wrong.Check(!h.covered[y.Year], "year", "year %d is there twice", y.Year)
	if h.covered == nil {
		h.covered = map[int]bool{}
	}
	h.covered[y.Year] = true
	wrong.Under("off", addDays(h.off, y.Year, y.Off))
	wrong.Under("work", addDays(h.work, y.Year, y.Work))
	for i, text := range y.Work {
		days := map[date]bool{}
		addDays(days, y.Year, []string{text})
		for d := range days {
			if h.off[d] {
				wrong.Add(problem.At("work", i), "%q is both off and work", text)
				break
			}
		}
	}
	return wrong
}

// longestRange is the most days that one line of a calendar may span.
const longestRange = 60 * 24 * time.Hour

// addDays adds dates, and ranges of dates, of a year to a set of days. Paths
// are places in the list.
func addDays(days map[date]bool, year int, list []string) []problem.Problem {
	var wrong problem.List
	for i, text := range list {
		first, last, err := parseRange(text, year)
		if err != nil {
			wrong.Add(problem.At("", i), "%v", err)
			continue
		}
		for d := first; ; d = d.next() {
			days[d] = true
			if d == last {
				break
			}
		}
	}
	return wrong
}

// parseRange reads a date or a range of dates of a year.
func parseRange(text string, year int) (first, last date, err error) {
	from, to, ranged := strings.Cut(text, "..")
	if !ranged {
		to = from
	}
	a, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return first, last, fmt.Errorf("%q is not a date like 2026-10-01", from)
	}
	z, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return first, last, fmt.Errorf("%q is not a date like 2026-10-01", to)
	}
	switch {
	case z.Before(a) || z.Sub(a) > longestRange:
		return first, last, fmt.Errorf("%q is not a range of days", text)
	case a.Year() != year || z.Year() != year:
		return first, last, fmt.Errorf("%q is not in that year", text)
	}
	return dateOf(a), dateOf(z), nil
}
