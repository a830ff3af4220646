package sla

import (
	"slices"
	"time"
)

// Availability is what a line's outages say of a period.
type Availability struct {
	From, To   time.Time
	Down       time.Duration // counts against us
	Degraded   time.Duration // shown beside it
	Excluded   time.Duration // down, but for a reason that does not count
	Inferred   time.Duration // part of Down that no service watch proved
	Outages    int           // that count
	SelfHealed int           // of these, healed within the hold
	Ratio      float64       // 1 - Down / (To - From)
}

// Available adds up the outages of one line over [from, to). An outage that
// is still open counts until now. Overlaps count once, and what is down counts
// neither as degraded nor as excluded as well.
func Available(outages []Outage, from, to, now time.Time) Availability {
	a := Availability{From: from, To: to, Ratio: 1}
	var down, inferred, degraded, excluded []span
	for _, o := range outages {
		s, ok := clip(o, from, to, now)
		if !ok {
			continue
		}
		switch {
		case o.Excluded != "":
			excluded = append(excluded, s)
			continue
		case o.Kind == Degraded:
			degraded = append(degraded, s)
			continue
		case o.Inferred:
			inferred = append(inferred, s)
		}
		down = append(down, s)
		a.Outages++
		if o.SelfHealed {
			a.SelfHealed++
		}
	}
	down = union(down)
	a.Down = length(down)
	a.Inferred = length(union(inferred))
	a.Degraded = length(union(append(slices.Clone(down), degraded...))) - a.Down
	a.Excluded = length(union(append(slices.Clone(down), excluded...))) - a.Down
	if period := to.Sub(from); period > 0 {
		a.Ratio = 1 - float64(a.Down)/float64(period)
	}
	return a
}

type span struct{ from, to time.Time }

func clip(o Outage, from, to, now time.Time) (span, bool) {
	end := o.Ended
	if end.IsZero() {
		end = later(now, o.Started)
	}
	s := span{later(o.Started, from), earlier(end, to)}
	return s, s.to.After(s.from)
}

// union joins spans that touch.
func union(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	var out []span
	for _, s := range spans {
		if n := len(out); n > 0 && !s.from.After(out[n-1].to) {
			out[n-1].to = later(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

func length(spans []span) time.Duration {
	var sum time.Duration
	for _, s := range spans {
		sum += s.to.Sub(s.from)
	}
	return sum
}
