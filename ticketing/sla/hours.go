package sla

import "time"

// Hours is a calendar made ready for counting.
type Hours struct {
	always   bool
	zone     *time.Location
	week     [7]bool
	from, to time.Duration // of the day
	off      map[date]bool
	work     map[date]bool
	covered  map[int]bool // nil: every year
}

// everySecond counts all the time.
var everySecond = &Hours{always: true}

// horizon is how many days a budget may stretch over before we say that it
// never ends.
const horizon = 40 * 366

// Working reports whether the day of t is worked.
func (h *Hours) Working(t time.Time) bool { return h.always || h.working(dateOf(t.In(h.zone))) }

func (h *Hours) working(d date) bool { return h.work[d] || h.week[d.weekday()] && !h.off[d] }

// Covers reports whether the calendar knows every year from a to b.
func (h *Hours) Covers(a, b time.Time) bool {
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
func (h *Hours) Missing(now time.Time) (year int, missing bool) {
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

// open is the working time of a day, if it has any.
func (h *Hours) open(d date) (from, to time.Time, ok bool) {
	if !h.working(d) {
		return from, to, false
	}
	return d.at(h.from, h.zone), d.at(h.to, h.zone), true
}

// Between is the time that counts from a to b; zero if b is not after a.
func (h *Hours) Between(a, b time.Time) time.Duration {
	if !b.After(a) {
		return 0
	}
	if h.always {
		return b.Sub(a)
	}
	var sum time.Duration
	end := dateOf(b.In(h.zone)).next()
	for d := dateOf(a.In(h.zone)); d.before(end); d = d.next() {
		if from, to, ok := h.open(d); ok {
			from, to = later(from, a), earlier(to, b)
			sum += max(to.Sub(from), 0)
		}
	}
	return sum
}

// Add is the first moment at which d has counted since a.
func (h *Hours) Add(a time.Time, d time.Duration) time.Time {
	if h.always || d <= 0 {
		return a.Add(max(d, 0))
	}
	day := dateOf(a.In(h.zone))
	for range horizon {
		if from, to, ok := h.open(day); ok {
			from = later(from, a)
			if room := to.Sub(from); room >= d {
				return from.Add(d).UTC()
			} else if room > 0 {
				d -= room
			}
		}
		day = day.next()
	}
	return day.at(0, h.zone).UTC()
}
