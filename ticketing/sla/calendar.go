package sla

import (
	"fmt"
	"strings"
	"time"
)

// Calendars is a set of calendars to look up by name. The empty name and
// "24x7" are always there.
type Calendars []Calendar

// horizon is how many days a budget may stretch over before we say that it
// never ends. Validate refuses calendars without a working day.
const horizon = 40 * 366

// Hours is a calendar made ready for counting.
type Hours struct {
	always   bool
	zone     *time.Location
	week     [7]bool
	from, to time.Duration // of the day
	off      map[string]bool
	work     map[string]bool
	covered  map[int]bool // nil: every year
}

// Find makes the named calendar ready. An unknown name counts every second:
// a promise is then kept too strictly rather than too loosely.
func (cs Calendars) Find(name string) Hours {
	if name == "" || name == "24x7" {
		return Hours{always: true}
	}
	for _, c := range cs {
		if c.Name == name {
			if h, err := c.Hours(); err == nil {
				return h
			}
		}
	}
	return Hours{always: true}
}

// Validate reports what is wrong with the calendar.
func (c Calendar) Validate() error {
	if c.Name == "" {
		return fmt.Errorf("calendar without a name")
	}
	if _, err := c.Hours(); err != nil {
		return fmt.Errorf("calendar %s: %w", c.Name, err)
	}
	return nil
}

// Hours parses the calendar.
func (c Calendar) Hours() (Hours, error) {
	if c.Always {
		return Hours{always: true}, nil
	}
	h := Hours{off: map[string]bool{}, work: map[string]bool{}, covered: map[int]bool{}}
	var err error
	if h.zone, err = Zone(c.UTCOffset); err != nil {
		return h, err
	}
	if h.from, err = TimeOfDay(c.From, 0); err != nil {
		return h, fmt.Errorf("from: %w", err)
	}
	if h.to, err = TimeOfDay(c.To, 24*time.Hour); err != nil {
		return h, fmt.Errorf("to: %w", err)
	}
	if h.to <= h.from {
		return h, fmt.Errorf("to %q is not after from %q", c.To, c.From)
	}
	names := [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	any := false
	for _, w := range c.Weekdays {
		found := false
		for i, n := range names {
			if strings.EqualFold(w, n) {
				h.week[i], found, any = true, true, true
			}
		}
		if !found {
			return h, fmt.Errorf("weekdays: %q is none of mon tue wed thu fri sat sun", w)
		}
	}
	if !any {
		return h, fmt.Errorf("weekdays: none; say always: true for a calendar that never rests")
	}
	for _, y := range c.Years {
		if h.covered[y.Year] {
			return h, fmt.Errorf("year %d is there twice", y.Year)
		}
		h.covered[y.Year] = true
		if err := spread(h.off, y.Year, y.Off); err != nil {
			return h, fmt.Errorf("year %d, off: %w", y.Year, err)
		}
		if err := spread(h.work, y.Year, y.Work); err != nil {
			return h, fmt.Errorf("year %d, work: %w", y.Year, err)
		}
		for d := range h.work {
			if h.off[d] {
				return h, fmt.Errorf("%s is both off and work", d)
			}
		}
	}
	if len(c.Years) == 0 {
		h.covered = nil
	}
	return h, nil
}

// spread writes dates and ranges of a year into days.
func spread(days map[string]bool, year int, list []string) error {
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
		if z.Before(a) || z.Sub(a) > 60*24*time.Hour {
			return fmt.Errorf("%q is not a range of days", s)
		}
		if a.Year() != year || z.Year() != year {
			return fmt.Errorf("%q is not in that year", s)
		}
		for d := a; !d.After(z); d = d.AddDate(0, 0, 1) {
			days[d.Format(time.DateOnly)] = true
		}
	}
	return nil
}

// Zone is a fixed offset such as "+08:00"; empty is UTC. Names of zones would
// need a database, which pure code does not read.
func Zone(offset string) (*time.Location, error) {
	if offset == "" || offset == "Z" {
		return time.UTC, nil
	}
	t, err := time.Parse("-07:00", offset)
	if err != nil {
		return nil, fmt.Errorf("utc_offset %q is not like +08:00", offset)
	}
	_, seconds := t.Zone()
	return time.FixedZone(offset, seconds), nil
}

// TimeOfDay parses 08:30; 24:00 is the end of the day.
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

// Working reports whether the day of t is worked.
func (h Hours) Working(t time.Time) bool {
	if h.always {
		return true
	}
	t = t.In(h.zone)
	d := t.Format(time.DateOnly)
	if h.work[d] {
		return true
	}
	return h.week[t.Weekday()] && !h.off[d]
}

// Covers reports whether the calendar knows every year from a to b.
func (h Hours) Covers(a, b time.Time) bool {
	if h.always || h.covered == nil {
		return true
	}
	for y := a.In(h.zone).Year(); y <= b.In(h.zone).Year(); y++ {
		if !h.covered[y] {
			return false
		}
	}
	return true
}

// Missing is the year that somebody should enter soon: the present one, or
// from 1 November on the next.
func (h Hours) Missing(now time.Time) (year int, missing bool) {
	if h.always || h.covered == nil {
		return 0, false
	}
	now = now.In(h.zone)
	if !h.covered[now.Year()] {
		return now.Year(), true
	}
	if now.Month() >= time.November && !h.covered[now.Year()+1] {
		return now.Year() + 1, true
	}
	return 0, false
}

// Gap is a year that a calendar should know and does not. Until it does, plain
// weekdays count there.
type Gap struct {
	Calendar string
	Year     int
}

// Gaps are the years that somebody should enter soon.
func (cs Calendars) Gaps(now time.Time) []Gap {
	var gaps []Gap
	for _, c := range cs {
		if h, err := c.Hours(); err == nil {
			if year, missing := h.Missing(now); missing {
				gaps = append(gaps, Gap{c.Name, year})
			}
		}
	}
	return gaps
}

// open is the working time of the day of t, if it has any.
func (h Hours) open(t time.Time) (from, to time.Time, ok bool) {
	if !h.Working(t) {
		return from, to, false
	}
	day := h.midnight(t)
	return day.Add(h.from), day.Add(h.to), true
}

func (h Hours) midnight(t time.Time) time.Time {
	t = t.In(h.zone)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, h.zone)
}

// Between is the time that counts from a to b; zero if b is not after a.
func (h Hours) Between(a, b time.Time) time.Duration {
	if !b.After(a) {
		return 0
	}
	if h.always {
		return b.Sub(a)
	}
	var sum time.Duration
	for day := h.midnight(a); day.Before(b); day = h.midnight(day.Add(24 * time.Hour)) {
		if from, to, ok := h.open(day); ok {
			from, to = later(from, a), earlier(to, b)
			if to.After(from) {
				sum += to.Sub(from)
			}
		}
	}
	return sum
}

// Add is the first moment at which d has counted since a.
func (h Hours) Add(a time.Time, d time.Duration) time.Time {
	if h.always || d <= 0 {
		return a.Add(max(d, 0))
	}
	day := h.midnight(a)
	for range horizon {
		if from, to, ok := h.open(day); ok {
			from = later(from, a)
			if room := to.Sub(from); room >= d {
				return from.Add(d).UTC()
			} else if room > 0 {
				d -= room
			}
		}
		day = h.midnight(day.Add(24 * time.Hour))
	}
	return day.UTC()
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
