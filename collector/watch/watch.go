// Package watch is what a collector watches and what it knows: it takes the
// results of pings, polls and traps, and says what is to be published, who is
// to be asked next, and when it wants to be woken. It decides what a miss
// means, when a sweep has looked at everybody, and whether it is our own way
// into the network that failed; package probe decides what a single value
// means.
//
// It has no clock, takes no lock and does no I/O: time is an argument, and the
// caller carries out what Step returns.
package watch

import (
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// State is what one collector watches and knows. It is not to be used by two
// goroutines at once.
type State struct {
	cfg      Config
	observer symptom.Subject

	now time.Time // of the step under way
	out []Do      // of the step under way

	plan    *Plan
	adopted bool // the earlier life's symptoms are known, so that results may be judged

	roster   roster
	answered map[string]bool // names of targets and agents that ever have
	alive    int             // targets among them
	gateways []uint32        // and those of the station's own device
	agents   map[string]*Agent
	ports    map[symptom.Subject]*Port
	later    laterPolls

	conditions *probe.Conditions
	guard      *probe.Guard
	isolated   bool
	blind      time.Time // pings that left before were sent while we were cut off
	undecided  undecided
	expansion  rate // of questions to neighbours

	sweeps   sweeps
	coverage coverage
	found    []probe.Finding // scratch
}

// Questions to neighbours that first misses may cause.
const expansionsPerSecond = 500

// New makes a state that waits for a plan and for what an earlier life left.
// remembered are the names that earlier lives were told to Remember.
func New(cfg Config, observer symptom.Subject, remembered []string) *State {
	s := &State{
		cfg: cfg, observer: observer,
		answered:   make(map[string]bool, len(remembered)),
		conditions: probe.NewConditions(observer, cfg.Rules), guard: probe.NewGuard(cfg.Guard),
		undecided: newUndecided(),
		expansion: rate{perSecond: expansionsPerSecond, burst: expansionsPerSecond},
		coverage:  newCoverage(),
	}
	for _, name := range remembered {
		s.answered[name] = true
	}
	return s
}

// Step takes an event and returns what is to be done, in order. What it
// returns is valid until the next step.
func (s *State) Step(now time.Time, ev Event) []Do {
	clear(s.out)
	s.now, s.out = now, s.out[:0]
	switch ev := ev.(type) {
	case Planned:
		s.adoptPlan(ev.Plan)
	case Adopted:
		s.adoptEarlier(ev)
	case Vanished:
		s.restore(ev.Key)
	case Remade:
		s.sayEverything()
	default:
		if s.Waiting() == "" {
			s.judge(ev)
		}
	}
	return s.out
}

// judge takes what makes no sense before there is a plan.
func (s *State) judge(ev Event) {
	switch ev := ev.(type) {
	case Pinged:
		s.pinged(ev)
	case Answered:
		s.takeAnswers(ev)
	case Polled:
		s.polled(ev)
	case Swept:
		s.swept(ev)
	case Trapped:
		s.trapped(ev)
	case Tick:
		s.tick()
	}
}

// Waiting is what keeps results from being judged; empty if nothing does.
func (s *State) Waiting() string {
	switch {
	case s.plan == nil:
		return "no inventory yet"
	case !s.adopted:
		return "the bus has not told yet what was raised before"
	}
	return ""
}

// Deadline is when a Tick is due. After that Tick it is later.
func (s *State) Deadline() (at time.Time, ok bool) {
	if s.Waiting() != "" {
		return time.Time{}, false
	}
	var first earliest
	first.take(s.guard.Deadline())
	first.take(s.heldDue())
	first.take(s.later.due())
	first.take(s.conditions.Deadline())
	first.take(s.coverage.due())
	for _, c := range s.sweeps {
		first.take(c.due(s.isolated, s.cfg.settle()), true)
	}
	return first.at, first.ok
}

// tick does what is due.
func (s *State) tick() {
	s.watchOurselves()
	s.askHeld()
	s.pollLater()
	s.say(s.conditions.Tick(s.now))
	s.sayCoverage()
	s.closeSweeps()
}

// earliest is the first of several times.
type earliest struct {
	at time.Time
	ok bool
}

func (e *earliest) take(at time.Time, ok bool) {
	if ok && (!e.ok || at.Before(e.at)) {
		e.at, e.ok = at, true
	}
}

func (s *State) do(d Do) { s.out = append(s.out, d) }

// say publishes as of now, under the revision in force.
func (s *State) say(all []symptom.Symptom) {
	for _, said := range all {
		said.At = s.now.UTC()
		said.Revision = s.plan.Inventory.Revision
		s.do(Say{said})
	}
}

// Symptoms is how many are in force, by kind.
func (s *State) Symptoms() map[symptom.Kind]int { return s.conditions.Count() }

// Isolated tells whether the collector takes itself for cut off.
func (s *State) Isolated() bool { return s.isolated }

// Plan is the one in force; nil before the first.
func (s *State) Plan() *Plan { return s.plan }
