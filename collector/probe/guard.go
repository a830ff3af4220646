package probe

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/configs/problem"
)

// Guard tells a network that fails from our own way into it. Nothing is called
// unreachable on the word of silence alone: somebody else must have answered a
// ping that left between the first and the last of the missed ones. When nobody
// does, and enough are missing, it is we who are cut off, and the targets are
// unknown, not down.
type Guard struct {
	rules    GuardRules
	gateways map[uint32]bool // targets of the station's own device
	alive    int             // targets that have ever answered

	recent  [slots]slot     // who answered, by when the ping left
	missing map[uint32]bool // since run began, until somebody vouches
	run     time.Time       // when the first of them left

	isolated bool
	since    time.Time
}

// Answers are remembered for ten seconds, a few for each quarter of a second.
const (
	slots     = 40
	slotWidth = 250 * time.Millisecond
)

type slot struct {
	number int64
	n      int
	heard  [4]heard
}

type heard struct {
	target uint32
	sent   time.Time
}

// GuardRules say when silence is ours.
type GuardRules struct {
	Missing int           `yaml:"missing" doc:"distinct targets, or nearly all if there are fewer"`
	After   time.Duration `yaml:"after" doc:"since the first missed ping left"`
	Others  int           `yaml:"others" doc:"targets that vouch where no gateway answers, at most 8"`
}

// Validate names what cannot work.
func (r GuardRules) Validate() []problem.Problem {
	var wrong problem.List
	wrong.Between("missing", r.Missing, 1, 1_000_000)
	wrong.Within("after", r.After, 100*time.Millisecond, time.Minute)
	wrong.Between("others", r.Others, 1, 8)
	return wrong
}

// DefaultGuardRules declares isolation within seconds, and needs twenty targets for it.
func DefaultGuardRules() GuardRules {
	return GuardRules{Missing: 20, After: 2500 * time.Millisecond, Others: 3}
}

// NewGuard makes a guard that trusts in the network.
func NewGuard(rules GuardRules) *Guard {
	return &Guard{rules: rules, missing: map[uint32]bool{}}
}

// Network tells which targets belong to the station's own device and have ever
// answered, and how many targets in all ever have.
func (g *Guard) Network(gateways []uint32, alive int) {
	g.gateways = make(map[uint32]bool, len(gateways))
	for _, t := range gateways {
		g.gateways[t] = true
	}
	g.alive = alive
}

// others is how many distinct targets must vouch where no gateway does.
func (g *Guard) others() int { return min(g.rules.Others, max(1, (g.alive-1)/2)) }

// Answer takes note of an answered ping. It reports the end of an isolation.
func (g *Guard) Answer(target uint32, sent time.Time) (back bool) {
	g.note(target, sent)
	if g.run.IsZero() || !g.vouched(target, false, g.run, sent.Add(slots*slotWidth)) {
		return false
	}
	g.run = time.Time{}
	clear(g.missing)
	back, g.isolated = g.isolated, false
	return back
}

func (g *Guard) note(target uint32, sent time.Time) {
	number := sent.UnixNano() / int64(slotWidth)
	s := &g.recent[uint64(number)%slots]
	if s.number > number {
		return // too old to matter
	}
	if s.number != number {
		*s = slot{number: number}
	}
	for i := range s.heard[:s.n] {
		if s.heard[i].target == target {
			return
		}
	}
	switch {
	case s.n < len(s.heard):
		s.heard[s.n] = heard{target, sent}
		s.n++
	case g.gateways[target]:
		s.heard[0] = heard{target, sent}
	}
}

// Miss takes note of a ping that was lost, or could not even be sent.
func (g *Guard) Miss(target uint32, sent time.Time) {
	if g.run.IsZero() {
		if g.vouched(target, true, sent, sent.Add(slots*slotWidth)) {
			return
		}
		g.run = sent
	}
	if len(g.missing) < g.rules.Missing || g.gateways[target] {
		g.missing[target] = true
	}
}

// Vouched tells whether somebody other than the target answered a ping that
// left after since and before until: between the first miss and the
// newest, our own way in was good. A network of one target has nobody else.
func (g *Guard) Vouched(target uint32, since, until time.Time) bool {
	return g.alive <= 1 || g.vouched(target, true, since, until)
}

func (g *Guard) vouched(target uint32, except bool, since, until time.Time) bool {
	var others [8]uint32
	n := 0
	for i := range g.recent {
		s := &g.recent[i]
		for _, h := range s.heard[:s.n] {
			if except && h.target == target || !h.sent.After(since) || !h.sent.Before(until) {
				continue
			}
			if g.gateways[h.target] {
				return true
			}
			if n < len(others) && !slices.Contains(others[:n], h.target) {
				others[n] = h.target
				n++
			}
		}
	}
	return n >= g.others()
}

// Isolated tells whether we are cut off, and since when. Once true it stays so
// until Answer reports the end.
func (g *Guard) Isolated(now time.Time) (since time.Time, yes bool) {
	if g.isolated {
		return g.since, true
	}
	if at, ok := g.Deadline(); !ok || now.Before(at) {
		return time.Time{}, false
	}
	g.isolated, g.since = true, g.run
	return g.since, true
}

// Deadline is when the silence so far will mean that we are cut off, if nobody
// answers until then. ok is false while it does not come to that.
func (g *Guard) Deadline() (at time.Time, ok bool) {
	if g.isolated || g.run.IsZero() || g.alive <= 1 || !g.enoughMissing() {
		return time.Time{}, false
	}
	return g.run.Add(g.rules.After), true
}

// enoughMissing tells whether so many are missing that it may be us. A gateway
// of our own, if there is one, must be among them.
func (g *Guard) enoughMissing() bool {
	if len(g.missing) < min(g.rules.Missing, g.alive-g.others()+1) {
		return false
	}
	for t := range g.gateways {
		if g.missing[t] {
			return true
		}
	}
	return len(g.gateways) == 0
}
