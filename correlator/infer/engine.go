package infer

import (
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/life"
	"github.com/linewarden/linewarden/correlator/infer/model"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/infer/state"
	"github.com/linewarden/linewarden/correlator/infer/weight"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Options are the engine's times.
type Options = life.Options

// Defaults are the times of the design.
func Defaults() Options { return life.Defaults() }

// Window is planned work.
type Window = state.Window

// ParseWindow reads one window and refuses unknown fields.
func ParseWindow(b []byte) (Window, error) { return state.ParseWindow(b) }

// Engine turns symptoms into verdicts. It is a value without a clock: Apply
// takes in what was observed, Deadline says when Advance should next be
// called, Advance gives the verdicts that are then due. The same calls give
// the same verdicts. It is not safe for concurrent use.
type Engine struct {
	opt      Options
	m        *model.Model
	s        *state.State
	changes  *state.Changes
	searcher *search.Searcher
	book     *life.Book
	windows  []Window
	searches int
}

// Stats counts what the engine did and holds.
type Stats struct {
	Components, Points, Entries int
	Raised, Open                int
	Searches, Unknown           int
}

// New compiles an inventory.
func New(inv *inventory.Inventory, opt Options) *Engine { return newEngine(model.Compile(inv), opt) }

func newEngine(m *model.Model, opt Options) *Engine {
	_, points, _ := m.Size()
	s, changes := state.New(m), state.NewChanges(points)
	return &Engine{opt: opt, m: m, s: s, changes: changes, searcher: search.New(m, s),
		book: life.NewBook(m, s, changes, opt)}
}

// Stats tells what the engine holds.
func (e *Engine) Stats() Stats {
	st := Stats{Raised: len(e.s.Raised()), Open: e.book.Open(), Searches: e.searches, Unknown: e.s.Unknown()}
	st.Components, st.Points, st.Entries = e.m.Size()
	return st
}

// Knows tells whether the inventory has a subject, so that what is said of it
// counts.
func (e *Engine) Knows(s symptom.Subject) bool {
	if _, ok := e.m.PointOf(0, s, ""); ok {
		return true
	}
	_, ok := e.m.WorkedOn(s)
	return ok
}

// Apply takes in one report.
func (e *Engine) Apply(now time.Time, r symptom.Report) {
	t := now.UnixNano()
	switch {
	case r.Symptom != nil:
		if p, changed := e.s.Tell(r.Symptom); changed {
			e.book.Touch(p, t)
		}
	case r.Gone != nil:
		if p, changed := e.s.Gone(*r.Gone, t); changed {
			e.book.Touch(p, t)
		}
	case r.Coverage != nil:
		e.s.Cover(r.Coverage)
	case r.Heartbeat != nil:
		e.beat(t, r.Heartbeat)
	}
}

func (e *Engine) beat(t int64, h *symptom.Heartbeat) {
	changed, swept := e.s.Beat(h)
	if !changed {
		return
	}
	e.changes.Swept(swept)
	e.book.StirStations()
	for _, p := range e.s.Settle() {
		e.book.Touch(p, t)
	}
	e.changes.Stir(t)
}

// SetWindows replaces the planned work.
func (e *Engine) SetWindows(now time.Time, all []Window) {
	e.windows = all
	e.book.SetPlan(state.NewPlan(e.m, all))
	e.changes.Whole()
	e.changes.Stir(now.UnixNano())
}

// Deadline is when Advance has something to do, if it has.
func (e *Engine) Deadline() (time.Time, bool) {
	at := e.book.Deadline()
	if due := e.searchDue(); due > 0 && (at == 0 || due < at) {
		at = due
	}
	if at == 0 {
		return time.Time{}, false
	}
	return time.Unix(0, at).UTC(), true
}

func (e *Engine) searchDue() int64 { return e.changes.Due(int64(e.opt.Quiet), int64(e.opt.MaxWait)) }

// Advance lets time pass up to now and gives the verdicts that fall due, each
// a new version, in a fixed order.
func (e *Engine) Advance(now time.Time) []verdict.Verdict {
	t := now.UnixNano()
	anew := e.book.EndWork(t)
	e.book.WatchCollectors(t)
	anew = e.book.EndRecoveries(t) || anew
	if due := e.searchDue(); anew || due > 0 && due <= t {
		e.search(t)
	}
	return e.book.Publish(t)
}

// search splits what is raised into regions, searches those that changed, and
// matches what they say with the faults that are known.
func (e *Engine) search(t int64) {
	e.searches++
	e.s.Prune()
	e.book.Recover(t)
	claims := e.searcher.CutOff()
	var touched []int32
	for _, soft := range []bool{false, true} {
		for _, pts := range e.searcher.Regions(soft, e.book.Recovers) {
			if !e.book.Stale(pts) {
				continue
			}
			touched = append(touched, pts...)
			claims = append(claims, e.searcher.Search(pts, soft, e.bonuses(pts, soft, t))...)
		}
	}
	e.book.Match(t, claims, touched)
	e.changes.Reset()
}

// bonuses are what speaks for components apart from prior and evidence: what the
// book knows, and that a station says itself that it is cut off, or that nearly
// everything it sees is dark.
func (e *Engine) bonuses(pts []int32, soft bool, t int64) map[int32]float32 {
	out := e.book.Bonuses(pts, soft, t)
	if soft {
		return out
	}
	for st := range e.m.Stations() {
		if e.s.Isolated(st) != 0 {
			out[e.m.StationComp(st)] += weight.CutOff
		} else if e.searcher.NearlyAll(st, pts) {
			out[e.m.StationComp(st)] += weight.NearlyAll
		}
	}
	return out
}

// Adopt takes over an open verdict that an engine before this one published.
// The same fault goes on under its id. What the verdict rested on and what is
// not told again is unknown, not well: it clears only when everything has been
// swept afresh. Call it before the present symptoms are applied, or after; both
// come to the same.
func (e *Engine) Adopt(now time.Time, v verdict.Verdict) { e.book.Adopt(now.UnixNano(), v) }

// Recompile gives an engine for a new inventory that knows what this one
// knows: the symptoms in force, the sweeps, and the open verdicts, whose ids go on.
func (e *Engine) Recompile(now time.Time, inv *inventory.Inventory) *Engine {
	n := New(inv, e.opt)
	n.s.Carry(e.s)
	n.book.Carry(now.UnixNano(), e.book)
	n.SetWindows(now, e.windows)
	return n
}

// Fresh gives an engine for the same inventory that has heard nothing. The
// compiled model is shared: it never changes.
func (e *Engine) Fresh() *Engine { return newEngine(e.m, e.opt) }
