package ticketing

import (
	"testing"
	"time"
)

func TestAClaimOfAnotherIsTakenOverOnlyByOneWhoWasThere(t *testing.T) {
	began := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	for _, c := range []struct {
		what     string
		answered []int // seconds
		lost     bool  // after the last of them
		then     []int // answered again
		now      int
		want     time.Time
	}{
		{what: "who has just started takes nothing over", now: 0},
		{what: "nor does he a moment later", answered: []int{0, 2, 4}, now: 5},
		{what: "who has been there for a while takes what has ended by now",
			answered: []int{0, 10, 20, 30}, now: 32, want: at(32)},
		{what: "who was cut off takes what had ended before",
			answered: []int{0, 10, 20, 30}, lost: true, now: 300, want: at(30)},
		{what: "and no more just after",
			answered: []int{0, 10, 20, 30}, lost: true, then: []int{300}, now: 301, want: at(30)},
		{what: "until the others have had their time",
			answered: []int{0, 10, 20, 30}, lost: true, then: []int{300, 310, 320}, now: 321, want: at(321)},
		{what: "a process that was halted was cut off",
			answered: []int{0, 10, 20, 30}, now: 300, want: at(30)},
		{what: "so was one whose clock was set back",
			answered: []int{0, 10, 20, 30}, now: 25, want: at(30)},
	} {
		var seen contact
		for _, s := range c.answered {
			seen.answered(at(s))
		}
		if c.lost {
			seen.lost()
		}
		for _, s := range c.then {
			seen.answered(at(s))
		}
		if got := seen.abandoned(at(c.now)); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}
