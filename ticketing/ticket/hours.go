package ticket

import (
	"strings"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
)

var weekdays = map[string]time.Weekday{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}

// OpenAt reports whether a customer with these hours is open at t. Hours read
// like "Mon-Fri 08:30-18:00; Sat 09:00-12:00" or "09:00-22:00". What cannot be
// read is taken for always open: we would rather tell once too often.
func OpenAt(hours string, t time.Time, zone *time.Location) bool {
	understood := false
	for _, part := range strings.FieldsFunc(hours, func(r rune) bool { return r == ';' || r == ',' || r == '；' }) {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		span := words[len(words)-1]
		from, to, ok := timeSpan(span)
		if !ok {
			return true
		}
		days := [7]bool{true, true, true, true, true, true, true}
		if len(words) > 1 {
			if days, ok = daySpan(strings.Join(words[:len(words)-1], "")); !ok {
				return true
			}
		}
		understood = true
		local := t.In(zone)
		hour, minute, second := local.Clock()
		since := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
		if from < to && days[local.Weekday()] && since >= from && since < to {
			return true
		}
		// Past midnight: 18:00-02:00 belongs to the day on which it began.
		if from >= to && (days[local.Weekday()] && since >= from || days[(local.Weekday()+6)%7] && since < to) {
			return true
		}
	}
	return !understood
}

func timeSpan(s string) (from, to time.Duration, ok bool) {
	a, z, found := strings.Cut(s, "-")
	if !found || a == "" || z == "" {
		return 0, 0, false
	}
	from, err1 := sla.TimeOfDay(a, 0)
	to, err2 := sla.TimeOfDay(z, 0)
	return from, to, err1 == nil && err2 == nil
}

func daySpan(s string) (days [7]bool, ok bool) {
	a, z, ranged := strings.Cut(strings.ToLower(s), "-")
	if !ranged {
		z = a
	}
	first, ok1 := weekdays[short(a)]
	last, ok2 := weekdays[short(z)]
	if !ok1 || !ok2 {
		return days, false
	}
	for d := first; ; d = (d + 1) % 7 {
		days[d] = true
		if d == last {
			return days, true
		}
	}
}

func short(s string) string {
	if len(s) > 3 {
		return s[:3]
	}
	return s
}
