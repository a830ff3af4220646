package sla

import (
	"cmp"
	"fmt"
	"time"
)

// Zones finds a time zone by its name, "Europe/Berlin". Names are kept in a
// database on disk, which this package does not read: the caller passes what
// does, package time's loader of locations.
type Zones func(name string) (*time.Location, error)

// Find is the zone that a file names, or else gives as a fixed offset from UTC
// such as "+08:00"; UTC if it says neither. What cannot be understood is UTC,
// with an error.
func (z Zones) Find(name, offset string) (*time.Location, error) {
	switch {
	case name != "" && offset != "":
		return time.UTC, fmt.Errorf("%q, beside utc_offset %q: one of the two is enough", name, offset)
	case name == "":
		return fixed(offset)
	case z == nil:
		return time.UTC, fmt.Errorf("%q: there is no database of time zones", name)
	}
	at, err := z(name)
	if err != nil {
		return time.UTC, fmt.Errorf("%q is not known; it is a name like Asia/Shanghai", name)
	}
	return at, nil
}

func fixed(offset string) (*time.Location, error) {
	if offset == "" || offset == "Z" {
		return time.UTC, nil
	}
	t, err := time.Parse("-07:00", offset)
	if err != nil {
		return time.UTC, fmt.Errorf("%q is not like +08:00", offset)
	}
	_, seconds := t.Zone()
	return time.FixedZone(offset, seconds), nil
}

// TimeOfDay parses 08:30, as the time since midnight; 24:00 is the end of the
// day.
func TimeOfDay(s string, empty time.Duration) (time.Duration, error) {
	switch s {
	case "":
		return empty, nil
	case "24:00":
		return 24 * time.Hour, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time of day like 08:30", s)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// date is a day of the calendar, whatever its length in hours.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, m, d}
}

// next is the day after. It is found in UTC, where every day has 24 hours.
func (d date) next() date {
	return dateOf(time.Date(d.year, d.month, d.day+1, 0, 0, 0, 0, time.UTC))
}

func (d date) before(o date) bool {
	return cmp.Or(cmp.Compare(d.year, o.year), cmp.Compare(d.month, o.month), cmp.Compare(d.day, o.day)) < 0
}

func (d date) weekday() time.Weekday {
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Weekday()
}

// at is the moment at which a clock on the wall shows the time of day. On a
// day on which the clocks change, that is not so long after midnight.
func (d date) at(timeOfDay time.Duration, zone *time.Location) time.Time {
	return time.Date(d.year, d.month, d.day, int(timeOfDay/time.Hour), int(timeOfDay%time.Hour/time.Minute), 0, 0, zone)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
