package ticketing

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// LineState is how a line is doing, as far as anyone can tell.
type LineState string

// The states of a line. Unwatched is never shown as up: nothing proves it.
const (
	LineUp        LineState = "up"
	LineDown      LineState = "down"
	LineDegraded  LineState = "degraded"
	LineAtRisk    LineState = "at_risk"
	LineUnknown   LineState = "unknown"
	LineUnwatched LineState = "unwatched"
	LineSuspended LineState = "suspended" // planned, suspended or closed: nobody expects it to work
)

// LineHealth is one line's health with what it rests on.
type LineHealth struct {
	State    LineState
	Inferred bool // 推断: by verdict, not by a watch that proves service
	Since    time.Time
	Symptoms []symptom.Symptom // raised on the line itself
	Faults   []string          // ids of open verdicts that name it
}

// Board is the present state of symptoms and open faults, kept from the bus
// for pages and programs to look at. It decides nothing.
type Board struct {
	mu        sync.RWMutex
	inventory func() *inventory.Inventory
	symptoms  map[symptom.Key]symptom.Symptom
	bySubject map[symptom.Subject]map[symptom.Key]bool
	beats     map[beatKey]symptom.Heartbeat
	coverage  map[string]symptom.Coverage // device
	faults    map[string]verdict.Verdict
	byLine    map[string]map[string]bool // line -> verdict ids
	synced    bool
	now       func() time.Time
	changed   func(symptom.Subject)
}

type beatKey struct{ collector, method, class string }

// NewBoard makes an empty board. changed is told the subject of every change,
// without the board's lock held.
func NewBoard(inv func() *inventory.Inventory, now func() time.Time, changed func(symptom.Subject)) *Board {
	return &Board{
		inventory: inv, now: now, changed: changed,
		symptoms:  map[symptom.Key]symptom.Symptom{},
		bySubject: map[symptom.Subject]map[symptom.Key]bool{},
		beats:     map[beatKey]symptom.Heartbeat{},
		coverage:  map[string]symptom.Coverage{},
		faults:    map[string]verdict.Verdict{},
		byLine:    map[string]map[string]bool{},
	}
}

// Report takes one report from the bus.
func (b *Board) Report(r symptom.Report) {
	var touched symptom.Subject
	b.mu.Lock()
	switch {
	case r.Symptom != nil:
		key := r.Symptom.Key()
		b.symptoms[key] = *r.Symptom
		if b.bySubject[key.Place.Subject] == nil {
			b.bySubject[key.Place.Subject] = map[symptom.Key]bool{}
		}
		b.bySubject[key.Place.Subject][key] = true
		touched = key.Place.Subject
	case r.Gone != nil:
		delete(b.symptoms, *r.Gone)
		delete(b.bySubject[r.Gone.Place.Subject], *r.Gone)
		if len(b.bySubject[r.Gone.Place.Subject]) == 0 {
			delete(b.bySubject, r.Gone.Place.Subject)
		}
		touched = r.Gone.Place.Subject
	case r.Heartbeat != nil:
		b.beats[beatKey{r.Heartbeat.Collector, r.Heartbeat.Method, r.Heartbeat.Class}] = *r.Heartbeat
	case r.Coverage != nil:
		b.coverage[r.Coverage.Device] = *r.Coverage
	case r.Synced:
		b.synced = true
	}
	b.mu.Unlock()
	if touched != "" && b.changed != nil {
		b.changed(touched)
	}
}

// Fault takes a version of a verdict; a cleared or merged one leaves the board.
func (b *Board) Fault(v verdict.Verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.faults[v.ID].Lines.All() {
		delete(b.byLine[line], v.ID)
		if len(b.byLine[line]) == 0 {
			delete(b.byLine, line)
		}
	}
	if v.State != verdict.Open || v.MergedInto != "" {
		delete(b.faults, v.ID)
		return
	}
	b.faults[v.ID] = v
	for _, line := range v.Lines.All() {
		if b.byLine[line] == nil {
			b.byLine[line] = map[string]bool{}
		}
		b.byLine[line][v.ID] = true
	}
}

// Symptoms lists what is raised, and what was cleared within the hour, newest first.
func (b *Board) Symptoms() []symptom.Symptom {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]symptom.Symptom, 0, len(b.symptoms))
	for _, s := range b.symptoms {
		all = append(all, s)
	}
	sortSymptoms(all)
	return all
}

// Of lists the symptoms on one subject.
func (b *Board) Of(subject symptom.Subject) []symptom.Symptom {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.of(subject, func(symptom.Symptom) bool { return true })
}

// Collectors lists the newest heartbeat of each collector, method and class.
func (b *Board) Collectors() []symptom.Heartbeat {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]symptom.Heartbeat, 0, len(b.beats))
	for _, h := range b.beats {
		all = append(all, h)
	}
	slices.SortFunc(all, func(x, y symptom.Heartbeat) int {
		return cmp.Or(cmp.Compare(x.Collector, y.Collector), cmp.Compare(x.Method, y.Method), cmp.Compare(x.Class, y.Class))
	})
	return all
}

// Coverage is what is observed on a device, if anything has been said of it.
func (b *Board) Coverage(device string) (symptom.Coverage, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c, ok := b.coverage[device]
	return c, ok
}

// Line is the health of one line.
func (b *Board) Line(id string) LineHealth {
	inv := b.inventory()
	line, ok := inv.Line(id)
	if !ok {
		return LineHealth{State: LineUnknown}
	}
	b.mu.RLock()
	defer b.mu.RUnlock()

	health := LineHealth{Symptoms: b.of(symptom.Line(id), func(s symptom.Symptom) bool { return s.State == symptom.Raised })}
	for fault := range b.byLine[id] {
		health.Faults = append(health.Faults, fault)
	}
	slices.Sort(health.Faults)
	if line.State != "" && line.State != inventory.Active {
		health.State = LineSuspended
		return health
	}
	watched := !inv.Unobserved(line)
	health.State, health.Since = b.judge(id, watched, health)
	health.Inferred = health.State != LineUnwatched && (!watched || health.State == LineDown && !provenDown(health.Symptoms))
	return health
}

// provenDown tells whether a watch says that there is no answer.
func provenDown(all []symptom.Symptom) bool {
	return slices.ContainsFunc(all, func(s symptom.Symptom) bool { return s.Kind == symptom.Unreachable })
}

// judge looks from what is proven to what is inferred.
func (b *Board) judge(id string, watched bool, health LineHealth) (LineState, time.Time) {
	for _, s := range health.Symptoms {
		if s.Kind == symptom.Unreachable {
			return LineDown, s.Since
		}
	}
	worst, since := LineUp, time.Time{}
	for _, fault := range health.Faults {
		v := b.faults[fault]
		switch {
		// The verdict has weighed the line's watches; where none of them has
		// missed an answer yet, it is an inference.
		case slices.Contains(v.Lines.Down, id):
			return LineDown, v.Started
		case slices.Contains(v.Lines.Degraded, id):
			worst, since = LineDegraded, v.Started
		case slices.Contains(v.Lines.AtRisk, id) && worst == LineUp:
			worst, since = LineAtRisk, v.Started
		}
	}
	for _, s := range health.Symptoms {
		if worst != LineDegraded {
			worst, since = LineDegraded, s.Since
		}
	}
	switch {
	case worst != LineUp:
		return worst, since
	case !watched:
		return LineUnwatched, time.Time{}
	case !b.looking():
		return LineUnknown, time.Time{}
	}
	return LineUp, time.Time{}
}

// looking tells whether some collector has pinged lately and trusts itself.
func (b *Board) looking() bool {
	now := b.now()
	for _, h := range b.beats {
		if h.Method == "icmp" && !h.Isolated && now.Sub(h.At) < 3*max(h.Interval, 10*time.Second) {
			return true
		}
	}
	return false
}

func (b *Board) of(subject symptom.Subject, want func(symptom.Symptom) bool) []symptom.Symptom {
	var all []symptom.Symptom
	for key := range b.bySubject[subject] {
		if s := b.symptoms[key]; want(s) {
			all = append(all, s)
		}
	}
	sortSymptoms(all)
	return all
}

func sortSymptoms(all []symptom.Symptom) {
	slices.SortFunc(all, func(x, y symptom.Symptom) int {
		return cmp.Or(y.Since.Compare(x.Since), cmp.Compare(x.Subject, y.Subject), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Observer, y.Observer), cmp.Compare(x.End, y.End))
	})
}
