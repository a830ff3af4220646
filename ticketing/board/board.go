// Package board says how a line is doing, from the symptoms, coverage and open
// faults that the bus carries. Console, API and metrics show the same of it.
//
// It is pure and decides nothing: where a fault lies is the verdict's to say,
// and what happens to tickets the workflow's. Whoever keeps a Board keeps the
// lock around it too. Times are UTC.
package board

import (
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Board is the present state of symptoms, heartbeats, coverage and open faults.
type Board struct {
	symptoms  map[symptom.Key]symptom.Symptom
	bySubject map[symptom.Subject]map[symptom.Key]bool
	beats     map[source]symptom.Heartbeat
	blind     map[string]map[observer]bool // line -> who cannot look at which end of it
	faults    map[string]fault
	byLine    map[string]map[string]bool // line -> verdict ids
}

// source is what a heartbeat speaks for.
type source struct{ collector, method, class string }

// observer is a collector at one end of a line.
type observer struct {
	collector string
	end       symptom.Place
}

// fault is an open verdict with all its lines.
type fault struct {
	verdict.Verdict
	lines []string
}

// New is an empty board.
func New() *Board {
	return &Board{
		symptoms:  map[symptom.Key]symptom.Symptom{},
		bySubject: map[symptom.Subject]map[symptom.Key]bool{},
		beats:     map[source]symptom.Heartbeat{},
		blind:     map[string]map[observer]bool{},
		faults:    map[string]fault{},
		byLine:    map[string]map[string]bool{},
	}
}

// Report takes one report from the bus and returns the subject that may look
// different now, if there is one.
func (b *Board) Report(r symptom.Report) (symptom.Subject, bool) {
	switch {
	case r.Symptom != nil:
		key := r.Symptom.Key()
		b.symptoms[key] = *r.Symptom
		put(b.bySubject, key.Place.Subject, key)
		return key.Place.Subject, true
	case r.Gone != nil:
		delete(b.symptoms, *r.Gone)
		drop(b.bySubject, r.Gone.Place.Subject, *r.Gone)
		return r.Gone.Place.Subject, true
	case r.Heartbeat != nil:
		b.beats[source{r.Heartbeat.Collector, r.Heartbeat.Method, r.Heartbeat.Class}] = *r.Heartbeat
	case r.Coverage != nil && r.Coverage.Line != "":
		b.cover(*r.Coverage)
		return symptom.Line(r.Coverage.Line), true
	}
	return "", false
}

// cover keeps only what says that an end is not looked at: an end of which
// nothing is said is covered.
func (b *Board) cover(c symptom.Coverage) {
	who := observer{c.Collector, c.Place()}
	if len(c.Kinds) > 0 {
		drop(b.blind, c.Line, who)
	} else {
		put(b.blind, c.Line, who)
	}
}

// Fault takes a version of a verdict; a cleared or merged one leaves the board.
func (b *Board) Fault(v verdict.Verdict) {
	for _, line := range b.faults[v.ID].lines {
		drop(b.byLine, line, v.ID)
	}
	if v.State != verdict.Open || v.MergedInto != "" {
		delete(b.faults, v.ID)
		return
	}
	lines := v.Lines.All()
	b.faults[v.ID] = fault{v, lines}
	for _, line := range lines {
		put(b.byLine, line, v.ID)
	}
}

func put[K, V comparable](index map[K]map[V]bool, key K, value V) {
	if index[key] == nil {
		index[key] = map[V]bool{}
	}
	index[key][value] = true
}

func drop[K, V comparable](index map[K]map[V]bool, key K, value V) {
	delete(index[key], value)
	if len(index[key]) == 0 {
		delete(index, key)
	}
}
