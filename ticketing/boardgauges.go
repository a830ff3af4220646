package ticketing

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/board"
)

// fromBoard are the gauges of lines, faults and sweeps.
func (g *gauges) fromBoard(out chan<- prometheus.Metric) {
	if inv := g.board.inventory(); inv != nil {
		counts := linesByState(inv, g.board.Lines(inv))
		for _, grade := range inventory.LineGrades() {
			for _, state := range board.States() {
				n := counts[gradeState{grade, state}]
				out <- gauge(g.lines, float64(n), string(grade), string(state))
			}
		}
	}
	for class, n := range openFaults(read(g.board, (*board.Board).OpenFaults)) {
		out <- gauge(g.faults, float64(n), string(class.Outcome), string(class.Domain))
	}
	for _, h := range read(g.board, (*board.Board).Sweeping) {
		g.sweep(out, h)
	}
}

type gradeState struct {
	grade inventory.LineGrade
	state board.State
}

func linesByState(inv *inventory.Inventory, states []board.State) map[gradeState]int {
	counts := map[gradeState]int{}
	for i, state := range states {
		counts[gradeState{inv.Lines[i].Grade, state}]++
	}
	return counts
}

// openFaults adds with 0 those classes for which rules wait, so that a graph
// begins before the first fault.
func openFaults(counts map[board.FaultClass]int) map[board.FaultClass]int {
	awaited := []board.FaultClass{
		{Outcome: verdict.LostProtection, Domain: verdict.Trunk},
		{Outcome: verdict.Undetermined, Domain: verdict.UndeterminedDomain},
		{Outcome: verdict.MonitoringFault, Domain: verdict.Monitoring},
	}
	for _, domain := range []verdict.Domain{
		verdict.Premises, verdict.Tail, verdict.Trunk, verdict.Core, verdict.Backbone,
	} {
		awaited = append(awaited, board.FaultClass{Outcome: verdict.Root, Domain: domain})
	}
	for _, class := range awaited {
		counts[class] += 0
	}
	return counts
}

func (g *gauges) sweep(out chan<- prometheus.Metric, h symptom.Heartbeat) {
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
