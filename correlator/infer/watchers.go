package infer

import (
	"math"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// silentAt is when the next collector will have been silent for too long.
func (e *Engine) silentAt() int64 {
	at := int64(0)
	for name, last := range e.lastBeats() {
		if e.forcedFor(name) != nil {
			continue
		}
		if t := last + e.allowed(name); at == 0 || t < at {
			at = t
		}
	}
	return at
}

// lastBeats is when each collector was last heard; only those that announce an
// interval are expected again.
func (e *Engine) lastBeats() map[string]int64 {
	var out map[string]int64
	for key, w := range e.s.sweeps {
		if w.interval <= 0 {
			continue
		}
		if out == nil {
			out = map[string]int64{}
		}
		out[key.collector] = max(out[key.collector], w.at)
	}
	return out
}

// allowed is how long a collector may be silent: three of its shortest
// intervals, and never less than the option says.
func (e *Engine) allowed(name string) int64 {
	shortest := int64(math.MaxInt64)
	for key, w := range e.s.sweeps {
		if key.collector == name && w.interval > 0 {
			shortest = min(shortest, w.interval)
		}
	}
	return max(3*shortest, int64(e.opt.Silent))
}

func (e *Engine) forcedFor(name string) *fault {
	for _, f := range e.faults {
		if f.forced && f.said != nil && len(f.said.Roots) == 1 && f.said.Roots[0].Subject == symptom.Collector(name) {
			return f
		}
	}
	return nil
}

// watchCollectors opens a monitoring fault for a collector that has fallen
// silent, and ends it when it speaks again. What it watched is unknown
// meanwhile: nothing of it clears.
func (e *Engine) watchCollectors(t int64) {
	for name, last := range e.lastBeats() {
		f := e.forcedFor(name)
		late := t >= last+e.allowed(name)
		switch {
		case late && f == nil:
			f = &fault{forced: true, found: t, began: last, id: ""}
			f.said = nil
			f.claim = &claim{}
			f.collector = name
			if !e.pendingForced(name) {
				e.faults = append(e.faults, f)
			}
		case !late && f != nil && f.idle == 0:
			f.idle = t
		}
	}
	e.sortFaults()
}

func (e *Engine) pendingForced(name string) bool {
	for _, f := range e.faults {
		if f.forced && f.collector == name {
			return true
		}
	}
	return false
}

// sayForced says that a collector is silent, or that it speaks again.
func (e *Engine) sayForced(f *fault, t int64) verdict.Verdict {
	if f.said != nil {
		return e.clear(f, t)
	}
	s := symptom.Collector(f.collector)
	if f.id == "" {
		f.claim.roots = nil
		f.id = e.newID(f, t)
	}
	f.version++
	v := verdict.Verdict{ID: f.id, Epoch: e.opt.Epoch, Version: f.version, State: verdict.Open, Outcome: verdict.MonitoringFault,
		FaultDomain: verdict.Monitoring, Domains: []verdict.DomainShare{{Domain: verdict.Monitoring, P: 1}},
		Roots: []verdict.RootCause{{Subject: s, Kind: string(symptom.CollectorSubject), Mode: verdict.Down, P: 1}}, Confidence: 0.99,
		Severity: verdict.Major, Started: utc(f.began), Decided: utc(t), Revision: e.m.inv.Revision,
		Lines:    verdict.Lines{Down: []string{}, Degraded: []string{}, AtRisk: []string{}},
		Evidence: verdict.Evidence{For: []verdict.Fact{}, Against: []verdict.Fact{}, Missing: []verdict.Fact{}}, Rivals: []verdict.Rival{},
		NextTest: "see whether the collector runs and reaches the bus"}
	f.said, f.saidAt = &v, t
	return v
}
