package infer

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Options are the engine's times. The zero value is not usable; see Defaults.
type Options struct {
	Quiet    time.Duration // a search waits until nothing has changed for so long,
	Patience time.Duration // or until so long after the first change
	Many     time.Duration // hold of a hard fault of several lines whose place is not yet sure
	One      time.Duration // hold of a single line's: one confirming probe
	Spare    time.Duration // hold of a link that is dark at one end and takes nobody out of service, and of what may be one with another fault
	Weak     time.Duration // hold of a degradation
	Eyes     time.Duration // hold of a station that seems cut off, while the box at which it stands may yet answer
	Revise   time.Duration // a change of root or domain stands so long before it is said
	Lines    time.Duration // changes of the lines alone are said at most so often
	Thaw     time.Duration // what is left of a recovering fault is judged anew so long after its last recovery
	Clear    time.Duration // recovery stands so long before it is said
	Again    time.Duration // a root that fails again so long after its recovery is the same fault: it flaps
	Silent   time.Duration // a collector that says nothing for so long (or three intervals) is a fault
	Epoch    uint64        // stamped on verdicts
}

// Defaults are the times of the design: 1 s for hard faults of several lines,
// a confirming probe for one line, three minutes for degradations. Where nobody
// is out of service there is time to learn whether the port at the other end of
// a dark link was shut on purpose.
func Defaults() Options {
	return Options{Quiet: 50 * time.Millisecond, Patience: 200 * time.Millisecond, Many: time.Second, One: 3 * time.Second, Spare: 5 * time.Second,
		Weak: 3 * time.Minute, Eyes: 10 * time.Second, Again: 5 * time.Minute, Revise: 2 * time.Second, Lines: time.Second, Thaw: 2 * time.Minute, Clear: 5 * time.Second, Silent: time.Minute}
}

// Engine turns symptoms into verdicts. It is a value without a clock: Apply
// takes in what was observed, Deadline says when Advance should next be
// called, Advance gives the verdicts that are then due. The same calls give
// the same verdicts. It is not safe for concurrent use.
type Engine struct {
	opt     Options
	m       *model
	s       *state
	work    *work
	windows []Window

	faults  []*fault
	ended   []*fault // not long ago
	faultOf []*fault // point -> fault that explains it
	nextID  uint64

	dirty   []int32 // points that changed since the last search
	isDirty []bool
	stirred map[*fault]bool
	first   int64 // of the changes not yet searched; 0
	last    int64
	swept   [][2]int64 // intervals over which silence became health
	whole   bool       // search everything again
	stats   Stats
}

// Stats counts what the engine did and holds.
type Stats struct {
	Components, Points, Entries int
	Raised, Open                int
	Searches, Unknown           int
}

// New compiles an inventory.
func New(inv *inventory.Inventory, opt Options) *Engine {
	return newEngine(compile(inv), opt)
}

func newEngine(m *model, opt Options) *Engine {
	return &Engine{opt: opt, m: m, s: newState(m), work: newWork(m), faultOf: make([]*fault, len(m.points)),
		isDirty: make([]bool, len(m.points)), stirred: map[*fault]bool{}}
}

// Stats tells what the engine holds.
func (e *Engine) Stats() Stats {
	st := e.stats
	st.Components, st.Points, st.Entries = e.m.size()
	st.Raised, st.Unknown = len(e.s.raised), e.s.unknown
	st.Open = 0
	for _, f := range e.faults {
		if f.said != nil && f.said.State == verdict.Open {
			st.Open++
		}
	}
	return st
}

// Knows tells whether the inventory has a subject, so that what is said of it
// counts.
func (e *Engine) Knows(s symptom.Subject) bool {
	if _, ok := e.m.pointOf(0, s, ""); ok {
		return true
	}
	_, ok := e.m.workedOn(s)
	return ok
}

// Apply takes in one report.
func (e *Engine) Apply(now time.Time, r symptom.Report) {
	t := now.UnixNano()
	switch {
	case r.Symptom != nil:
		if p, changed := e.s.tell(r.Symptom); changed {
			e.touch(p, t)
		}
	case r.Gone != nil:
		if p, changed := e.s.gone(*r.Gone, t); changed {
			e.touch(p, t)
		}
	case r.Coverage != nil:
		e.s.cover(r.Coverage)
	case r.Heartbeat != nil:
		e.beat(t, r.Heartbeat)
	}
}

func (e *Engine) beat(t int64, h *symptom.Heartbeat) {
	ping, port := slices.Clone(e.s.pingAsOf), slices.Clone(e.s.portAsOf)
	if !e.s.beat(h) {
		return
	}
	for i := range ping {
		for _, w := range [][2]int64{{ping[i], e.s.pingAsOf[i]}, {port[i], e.s.portAsOf[i]}} {
			if w[0] != w[1] {
				e.swept = append(e.swept, w)
			}
		}
	}
	for _, f := range e.faults {
		if f.claim != nil && len(f.claim.roots) == 1 && e.m.comps[f.claim.roots[0]].kind == symptom.StationSubject {
			e.stirred[f] = true
		}
	}
	for _, p := range e.s.settle() {
		e.touch(p, t)
	}
	e.stir(t)
}

func (e *Engine) touch(p int32, t int64) {
	e.mark(p)
	if f := e.faultOf[p]; f != nil {
		e.stirred[f] = true
	}
	e.stir(t)
}

func (e *Engine) mark(p int32) {
	if !e.isDirty[p] {
		e.isDirty[p] = true
		e.dirty = append(e.dirty, p)
	}
}

func (e *Engine) stir(t int64) {
	if e.first == 0 {
		e.first = t
	}
	e.last = max(e.last, t)
}

// Deadline is when Advance has something to do, if it has.
func (e *Engine) Deadline() (time.Time, bool) {
	at := int64(0)
	soonest := func(t int64) {
		if t > 0 && (at == 0 || t < at) {
			at = t
		}
	}
	if e.first != 0 {
		soonest(min(e.last+int64(e.opt.Quiet), e.first+int64(e.opt.Patience)))
	}
	for _, f := range e.faults {
		soonest(e.due(f))
	}
	soonest(e.windowEdge())
	soonest(e.silentAt())
	soonest(e.thawEdge())
	if at == 0 {
		return time.Time{}, false
	}
	return time.Unix(0, at).UTC(), true
}

// Advance lets time pass up to now and gives the verdicts that fall due, each
// a new version, in a fixed order.
func (e *Engine) Advance(now time.Time) []verdict.Verdict {
	t := now.UnixNano()
	e.passWindows(t)
	e.watchCollectors(t)
	e.thaw(t)
	if e.first != 0 && (t >= e.last+int64(e.opt.Quiet) || t >= e.first+int64(e.opt.Patience)) {
		e.search(t)
	}
	return e.publish(t)
}

// search splits what is raised into regions, searches those that changed, and
// matches what they say with the faults that are known.
func (e *Engine) search(t int64) {
	e.stats.Searches++
	e.s.prune()
	e.recover(t)
	var claims []*claim
	var touched []int32
	claims = append(claims, e.cutOff()...)
	for _, soft := range []bool{false, true} {
		for _, pts := range e.regions(soft) {
			if !e.changed(pts) {
				continue
			}
			touched = append(touched, pts...)
			r := newRegion(e.m, e.s, e.work, pts, soft, e.bonuses(pts, soft, t))
			r.run()
			claims = append(claims, r.claims()...)
			r.done()
		}
	}
	e.match(t, claims, touched)
	for _, p := range e.dirty {
		e.isDirty[p] = false
	}
	e.dirty = e.dirty[:0]
	clear(e.stirred)
	e.first, e.last, e.swept, e.whole = 0, 0, nil, false
}

// cutOff claims the stations that say themselves that they are cut off, while
// nothing they see is dark yet.
func (e *Engine) cutOff() []*claim {
	var out []*claim
	for st, c := range e.m.stations {
		began := e.s.isolated[st]
		if began == 0 || e.sees(int32(st)) {
			continue
		}
		out = append(out, &claim{roots: []int32{c}, classes: [][]member{{{comp: c, p: 1}}}, began: began, certain: true,
			domains: []verdict.DomainShare{{Domain: verdict.Monitoring, P: 1}}})
	}
	return out
}

// sees tells whether something a station sees is dark.
func (e *Engine) sees(st int32) bool {
	for _, p := range e.s.raised {
		if pt := &e.m.points[p]; pt.ping && pt.station == st && e.s.mask[p]&evidence.Hard != 0 {
			return true
		}
	}
	return false
}

// changed tells whether a region must be searched again.
func (e *Engine) changed(pts []int32) bool {
	if e.whole {
		return true
	}
	for _, p := range pts {
		if e.isDirty[p] {
			return true
		}
		if f := e.faultOf[p]; f == nil || e.stirred[f] {
			return true
		}
		for _, w := range e.swept {
			if e.s.since[p] > w[0] && e.s.since[p] <= w[1] || w[1] < w[0] {
				return true
			}
		}
	}
	return false
}

// bonuses are what speaks for components apart from prior and evidence: that a
// published verdict names them, that work is planned on them, that a station
// says itself that it is cut off, or that nearly everything it sees is dark.
func (e *Engine) bonuses(pts []int32, soft bool, t int64) map[int32]float32 {
	out := map[int32]float32{}
	for _, p := range pts {
		if f := e.faultOf[p]; f != nil && f.said != nil && f.claim != nil && f.claim.soft == soft {
			for _, c := range f.claim.roots {
				out[c] = incumbent
			}
		}
	}
	for c := range e.worked(t) {
		out[c] += plannedBonus
	}
	if soft {
		return out
	}
	for st, c := range e.m.stations {
		if e.s.isolated[st] != 0 {
			out[c] += 2 * sureBonus
		} else if e.nearlyAll(int32(st), pts) {
			out[c] += 8
		}
	}
	return out
}

// nearlyAll tells whether at least nine in ten of what a station could see is
// dark, and enough of it to say so.
func (e *Engine) nearlyAll(st int32, pts []int32) bool {
	c := e.m.stations[st]
	n := e.m.pings[c*e.m.stationN+st] - e.s.blinds[c*e.m.stationN+st]
	k := int32(0)
	for _, p := range pts {
		if pt := &e.m.points[p]; pt.ping && pt.station == st && e.s.mask[p]&evidence.Hard != 0 {
			k++
		}
	}
	return k >= 4 && 10*k >= 9*n
}
