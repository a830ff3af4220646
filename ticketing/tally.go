package ticketing

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

var lineStates = []LineState{LineUp, LineDown, LineDegraded, LineAtRisk, LineUnknown, LineUnwatched, LineSuspended}

// gradeTally is what the lines of one inventory are while nothing is said of
// them, counted once: a scrape then looks at the lines that are in trouble.
type gradeTally struct {
	inv    *inventory.Inventory
	counts map[inventory.LineGrade]map[LineState]int // up stands for: watched
}

func tallyLines(inv *inventory.Inventory) gradeTally {
	t := gradeTally{inv: inv, counts: map[inventory.LineGrade]map[LineState]int{}}
	for i := range inv.Lines {
		l := &inv.Lines[i]
		if t.counts[l.Grade] == nil {
			t.counts[l.Grade] = map[LineState]int{}
		}
		t.counts[l.Grade][quiet(inv, l)]++
	}
	return t
}

// quiet is the state of a line of which nothing is said.
func quiet(inv *inventory.Inventory, l *inventory.Line) LineState {
	switch {
	case l.State != "" && l.State != inventory.Active:
		return LineSuspended
	case !inv.Unobserved(l):
		return LineUp
	}
	return LineUnwatched
}

// talkedOf are the lines of which something is said.
func (b *Board) talkedOf() map[string]bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make(map[string]bool, len(b.byLine))
	for line := range b.byLine {
		all[line] = true
	}
	for subject := range b.bySubject {
		if subject.Kind() == symptom.LineSubject {
			all[subject.ID()] = true
		}
	}
	return all
}

// linesByState counts the inventory's lines as Line would judge each of them.
func (g *gauges) linesByState() map[inventory.LineGrade]map[LineState]int {
	inv := g.board.inventory()
	if inv == nil {
		return nil
	}
	if g.rest.inv != inv {
		g.rest = tallyLines(inv)
	}
	g.board.mu.RLock()
	looking := g.board.looking()
	g.board.mu.RUnlock()
	counts := map[inventory.LineGrade]map[LineState]int{}
	for grade, states := range g.rest.counts {
		counts[grade] = map[LineState]int{}
		for state, n := range states {
			if state == LineUp && !looking {
				state = LineUnknown
			}
			counts[grade][state] += n
		}
	}
	for id := range g.board.talkedOf() {
		l, ok := inv.Line(id)
		if !ok {
			continue
		}
		before := quiet(inv, l)
		if before == LineUp && !looking {
			before = LineUnknown
		}
		counts[l.Grade][before]--
		counts[l.Grade][g.board.Line(id).State]++
	}
	return counts
}

func (g *gauges) fromBoard(out chan<- prometheus.Metric) {
	if counts := g.linesByState(); counts != nil {
		for _, grade := range inventory.LineGrades() {
			for _, state := range lineStates {
				out <- gauge(g.lines, float64(max(counts[grade][state], 0)), string(grade), string(state))
			}
		}
	}
	for f, n := range g.board.openFaults() {
		out <- gauge(g.faults, float64(n), string(f.outcome), string(f.domain))
	}
	for _, h := range g.board.lively() {
		labels := []string{h.Collector, h.Station, h.Method, h.Class}
		if !h.SweepEnded.IsZero() {
			out <- gauge(g.sweepEnd, float64(h.SweepEnded.UnixMilli())/1000, labels...)
		}
		out <- gauge(g.sweepInterval, h.Interval.Seconds(), labels...)
		isolated := 0.0
		if h.Isolated {
			isolated = 1
		}
		out <- gauge(g.sweepIsolated, isolated, labels...)
	}
}

type faultClass struct {
	outcome verdict.Outcome
	domain  verdict.Domain
}

// openFaults counts faults; those outcomes for which rules wait are there
// with 0, so that a graph begins before the first.
func (b *Board) openFaults() map[faultClass]int {
	counts := map[faultClass]int{
		{verdict.LostProtection, verdict.Trunk}:            0,
		{verdict.Undetermined, verdict.UndeterminedDomain}: 0,
		{verdict.MonitoringFault, verdict.Monitoring}:      0,
	}
	for _, domain := range []verdict.Domain{verdict.Premises, verdict.Tail, verdict.Trunk, verdict.Core, verdict.Backbone} {
		counts[faultClass{verdict.Root, domain}] = 0
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, v := range b.faults {
		counts[faultClass{v.Outcome, v.FaultDomain}]++
	}
	return counts
}

// lively are the newest heartbeats, without those of classes that a collector
// no longer has: since the inventory changed it has been speaking of others.
func (b *Board) lively() []symptom.Heartbeat {
	all := b.Collectors()
	return slices.DeleteFunc(slices.Clone(all), func(h symptom.Heartbeat) bool {
		return slices.ContainsFunc(all, func(o symptom.Heartbeat) bool {
			return o.Collector == h.Collector && o.Method == h.Method && o.Revision != h.Revision &&
				o.At.Sub(h.At) > 3*max(h.Interval, 10*time.Second)
		})
	})
}
