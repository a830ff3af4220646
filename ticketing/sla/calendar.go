package sla

import (
	"fmt"
	"strings"
	"time"
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

// Validate reports what is wrong with the calendar.
func (c Calendar) Validate(zones Zones) error {
	if c.Name == "" {
		return fmt.Errorf("calendar without a name")
	}
	if _, err := c.Hours(zones); err != nil {
		return fmt.Errorf("calendar %s: %w", c.Name, err)
	}
	return nil
}

// Hours parses the calendar.
func (c Calendar) Hours(zones Zones) (*Hours, error) {
	if c.Always {
		return everySecond, nil
	}
	h := &Hours{off: map[date]bool{}, work: map[date]bool{}}
	var err error
	if h.zone, err = zones.Find(c.Zone, c.UTCOffset); err != nil {
		return nil, err
	}
	if h.from, err = TimeOfDay(c.From, 0); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	if h.to, err = TimeOfDay(c.To, 24*time.Hour); err != nil {
		return nil, fmt.Errorf("to: %w", err)
	}
	if h.to <= h.from {
		return nil, fmt.Errorf("to %q is not after from %q", c.To, c.From)
	}
	if h.week, err = weekOf(c.Weekdays); err != nil {
		return nil, err
	}
	return h, h.addYears(c.Years)
}

func weekOf(worked []string) (week [7]bool, err error) {
	names := [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	for _, w := range worked {
		found := false
		for i, n := range names {
			if strings.EqualFold(w, n) {
				week[i], found = true, true
			}
		}
		if !found {
			return week, fmt.Errorf("weekdays: %q is none of mon tue wed thu fri sat sun", w)
		}
	}
	if week == ([7]bool{}) {
		return week, fmt.Errorf("weekdays: none; say always: true for a calendar that never rests")
	}
	return week, nil
}

// addYears writes down holidays and make-up days. A calendar without any year
// has none, in every year.
func (h *Hours) addYears(years []Year) error {
	for _, y := range years {
		if h.covered[y.Year] {
			return fmt.Errorf("year %d is there twice", y.Year)
		}
		if h.covered == nil {
			h.covered = map[int]bool{}
		}
		h.covered[y.Year] = true
		if err := addDays(h.off, y.Year, y.Off); err != nil {
			return fmt.Errorf("year %d, off: %w", y.Year, err)
		}
		if err := addDays(h.work, y.Year, y.Work); err != nil {
			return fmt.Errorf("year %d, work: %w", y.Year, err)
		}
		for d := range h.work {
			if h.off[d] {
				return fmt.Errorf("%04d-%02d-%02d is both off and work", d.year, d.month, d.day)
			}
		}
	}
	return nil
}

// longestRange is the most days that one line of a calendar may span.
const longestRange = 60 * 24 * time.Hour

// addDays adds dates, and ranges of dates, of a year to a set of days.
func addDays(days map[date]bool, year int, list []string) error {
	for _, s := range list {
		first, last, ranged := strings.Cut(s, "..")
		if !ranged {
			last = first
		}
		a, err := time.Parse(time.DateOnly, first)
		if err != nil {
			return fmt.Errorf("%q is not a date like 2026-10-01", first)
		}
		z, err := time.Parse(time.DateOnly, last)
		if err != nil {
			return fmt.Errorf("%q is not a date like 2026-10-01", last)
		}
		if z.Before(a) || z.Sub(a) > longestRange {
			return fmt.Errorf("%q is not a range of days", s)
		}
		if a.Year() != year || z.Year() != year {
			return fmt.Errorf("%q is not in that year", s)
		}
		for d := dateOf(a); ; d = d.next() {
			days[d] = true
			if d == dateOf(z) {
				break
			}
		}
	}
	return nil
}
