package state

import (
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/model"
)

// Plan is the planned work on a model.
type Plan struct{ works []work }

// work is a window, resolved to components and lines.
type work struct {
	from, to int64
	comps    []int32 // that it names
	parts    []int32 // what they consist of
	lines    map[int32]bool
}

// NewPlan resolves windows. What the inventory does not know is passed over.
func NewPlan(m *model.Model, windows []Window) *Plan {
	plan := &Plan{}
	for i := range windows {
		w := work{from: windows[i].From.UnixNano(), to: windows[i].To.UnixNano(), lines: map[int32]bool{}}
		for _, s := range windows[i].Subjects {
			if l, ok := m.LineOf(s.ID()); ok && s.Kind() == symptom.LineSubject {
				w.lines[l] = true
			}
			if c, ok := m.WorkedOn(s); ok {
				w.comps = append(w.comps, c)
				w.parts = append(w.parts, m.Parts(c)...)
			}
		}
		plan.works = append(plan.works, w)
	}
	return plan
}

// Open are the components that the windows open at t name.
func (p *Plan) Open(t int64) []int32 {
	var out []int32
	for i := range p.works {
		if w := &p.works[i]; w.from <= t && t < w.to {
			out = append(out, w.comps...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// covering are the windows open at t that had opened when something began: one
// that opened later explains nothing.
func (p *Plan) covering(began, t int64) []*work {
	var out []*work
	for i := range p.works {
		if w := &p.works[i]; w.from <= t && t < w.to && w.from <= began {
			out = append(out, w)
		}
	}
	return out
}

// Parts are the components whose failure, if it began then, is planned work, and
// until when: those that a window names, and what they consist of.
func (p *Plan) Parts(began, t int64) map[int32]int64 {
	out := map[int32]int64{}
	for _, w := range p.covering(began, t) {
		for _, all := range [][]int32{w.comps, w.parts} {
			for _, c := range all {
				out[c] = max(out[c], w.to)
			}
		}
	}
	return out
}

// Lines is until when each of some lines is worked on, if what hit them began
// then; 0 if one of them is not.
func (p *Plan) Lines(lines []int32, began, t int64) int64 {
	until := int64(0)
	works := p.covering(began, t)
	for _, l := range lines {
		to := int64(0)
		for _, w := range works {
			if w.lines[l] {
				to = max(to, w.to)
			}
		}
		if to == 0 {
			return 0
		}
		until = max(until, to)
	}
	return until
}
