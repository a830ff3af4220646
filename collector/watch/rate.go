package watch

import "time"

// rate is a token bucket. That of golang.org/x/time takes a lock and knows the
// clock, which this package does not.
type rate struct {
	perSecond, burst float64
	tokens           float64
	at               time.Time
}

func (r *rate) take(now time.Time) bool {
	r.tokens = min(r.burst, r.tokens+now.Sub(r.at).Seconds()*r.perSecond)
	r.at = now
	if r.tokens < 1 {
		return false
	}
	r.tokens--
	return true
}
