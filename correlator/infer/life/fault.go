package life

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer/reach"
	"github.com/linewarden/linewarden/correlator/infer/search"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Stage is where a fault is in its life.
type Stage uint8

// The stages. A fault begins as New and ends as Cleared. A New or Held fault that
// explains nothing any more is forgotten without a word; one that is taken over
// from an engine before this one begins as Open.
const (
	New        Stage = iota // explains symptoms that concern nobody yet
	Held                    // is to be said, and waits for what could reverse it
	Open                    // has been said
	Recovering              // keeps the roots that were said, and only loses lines
	Ending                  // has been said, and explains nothing any more
	Cleared                 // has been said to be over
)

// moves are the stages that may follow each stage.
var moves = map[Stage][]Stage{
	New: {
		Held, // it concerns somebody now
	},
	Held: {
		New,  // it no longer concerns anybody, or nothing explains itself by it
		Open, // it has been held for long enough and is said
	},
	Open: {
		Recovering, // a part of what it explained is well again
		Ending,     // nothing explains itself by it, or it concerns nobody
	},
	Recovering: {
		Open,   // it spreads again, or has recovered no further for a while
		Ending, // as of one that is Open
	},
	Ending: {
		Open,    // its root has failed again
		Cleared, // that nothing is left of it has stood for long enough
	},
}

// enter moves a fault to a stage. A move that is not among moves is a defect of
// this package.
func (f *Fault) enter(to Stage) {
	if to != f.stage && !slices.Contains(moves[f.stage], to) {
		panic(fmt.Sprintf("a fault goes from stage %d to %d", f.stage, to))
	}
	f.stage = to
}

// Fault is one verdict's life: what the search says of it now, and what has been
// said about it.
type Fault struct {
	stage     Stage
	id        string
	version   uint64
	splitFrom string
	began     int64
	found     int64 // first seen by the engine

	claim *search.Claim // nil: Ending or Cleared
	lines reach.Lines
	most  []int32 // points that it explained at its widest

	differs    int64  // since when the claim is not what was said; 0
	ended      int64  // Ending: since then
	recoverTil int64  // Recovering: judged anew then; Ending: what it left is searched again then; 0
	workTil    int64  // planned work explains it until then; 0
	fresh      bool   // adopted from an engine before this one, and not looked at yet
	into       *Fault // Ending: the fault that explains now what this one explained

	said     *verdict.Verdict // the last version; nil: New or Held
	saidWhat digest
	saidAt   int64
	saidSoft bool
}

// digest is what makes a version different from the one before. Confidence and
// evidence move all the time and are no news on their own.
type digest struct {
	outcome verdict.Outcome
	domain  verdict.Domain
	roots   string
	lines   uint64
	began   int64 // later evidence may move it, only earlier
}

// samePlace tells whether outcome, domain and roots are the same.
func (d digest) samePlace(o digest) bool {
	return d.outcome == o.outcome && d.domain == o.domain && d.roots == o.roots
}

// out tells whether the fault has been said and is not over.
func (f *Fault) out() bool { return f.stage == Open || f.stage == Recovering || f.stage == Ending }

// keepsPlace tells whether what was said of the fault's place stands as it was said.
// Whether our own station is cut off is always judged anew.
func (f *Fault) keepsPlace() bool {
	return f.stage == Recovering && f.said.Outcome != verdict.MonitoringFault
}

// end lets the fault explain nothing any more.
func (f *Fault) end(t int64, into *Fault) {
	f.claim, f.workTil, f.into = nil, 0, into
	if f.stage != Ending {
		f.enter(Ending)
		f.ended = t
	}
}

// reopen lets it go on as if it had never recovered.
func (f *Fault) reopen() {
	f.enter(Open)
	f.recoverTil = 0
}

// rank is the fixed order in which faults are looked at: by beginning, then by
// the first point, then by id.
type rank struct {
	began int64
	first int32
	id    string
}

func (r rank) compare(o rank) int {
	return cmp.Or(cmp.Compare(r.began, o.began), cmp.Compare(r.first, o.first), cmp.Compare(r.id, o.id))
}

func (f *Fault) rank() rank {
	if f.claim != nil && len(f.claim.Points) > 0 {
		return rank{f.began, f.claim.Points[0], f.id}
	}
	return rank{f.began, -1, f.id}
}

// names tells whether the fault's verdict names a subject as a root.
func (f *Fault) names(s symptom.Subject) bool {
	for _, r := range f.said.Roots {
		if r.Subject == s {
			return true
		}
	}
	return false
}
