// Package weight names the engine's own numbers: what it takes to believe, what
// stands behind a root beside the evidence, and where it stops counting. What a
// symptom says of a component is not here but in the tables of correlator/evidence;
// how long a fault is held before it is said is the caller's to set.
package weight

import "time"

// Belief.
const (
	// Margin is ln 20: how much better than its best rival an explanation must be
	// to be believed.
	Margin = 2.9957
	// Decided is the probability at which one explanation has that margin over all
	// others together.
	Decided = 0.95
	// Alike is how close the evidence of roots lies that nothing tells apart.
	Alike = 1.5
	// AlikeMost is how many of them are named one by one; of more, only the domain.
	AlikeMost = 8
	// NearlySame is how much less than the best a root may explain of a point that
	// is nevertheless counted as its own.
	NearlySame = 0.75
	// PlannedShare is the probability from which a rival's planned work counts for
	// the root in whose place it may stand.
	PlannedShare = 0.05
)

// What speaks for a component beside its prior and the evidence.
const (
	// Incumbent is the bonus of a root that a published verdict names: it takes the
	// full margin to turn it over.
	Incumbent = Margin
	// Planned is what planned work on a component says for it.
	Planned = 6
	// NearlyAll is what it says for a station that nine in ten of what it sees are dark.
	NearlyAll = 8
	// Sure holds a component without a search.
	Sure = 15
	// CutOff is the bonus of a station that says itself that it is cut off.
	CutOff = 2 * Sure
)

// The search.
const (
	// Joint is what a severed stretch says of the roots that severed it.
	Joint = 10
	// PortVeto bounds what healthy ports and far ends say against a component: an
	// inventory row may be wrong.
	PortVeto = -14
	// LeastCost keeps worth finite for a component that costs nothing to believe in.
	LeastCost = 0.5
	// MaxEpochs bounds the times at which a fault of a region may have begun.
	MaxEpochs = 16
	// MaxElements bounds how many elements of an area are tried in pairs.
	MaxElements = 64
	// MaxPorts is how many ports may speak of a component before it is judged by
	// what answers pings alone: where so much meets, they say little and cost much.
	MaxPorts = 512
	// MaxThinned is how many roots a search may hold for each to be tried without.
	MaxThinned = 24
	// MaxEliminated is the same for the cheaper look back.
	MaxEliminated = 4096
	// MaxMeeting is how many roots may be asked whether another breaks their area.
	MaxMeeting = 64
	// Hopeless is how far behind the best a rival is left out, where there are more
	// than ManyRivals of them; KeptRivals stay in any case.
	Hopeless   = 16
	ManyRivals = 64
	KeptRivals = 32
	// FewSeen is how much a station must see dark before nearly all counts.
	FewSeen = 4
)

// Times that are part of the meaning and not to be set.
const (
	// OneTime is how close together symptoms begin that began at one time: a sweep
	// and a trap about the same thing lie no further apart.
	OneTime = int64(2 * time.Second)
	// Stale is how long before everything else what shows in the management alone
	// may have begun and still be the first sign of the same fault.
	Stale = int64(2 * time.Minute)
	// Resay is how soon a sure revision may follow the version before it.
	Resay = int64(200 * time.Millisecond)
	// MissedBeats of a collector, and at least SilentLong, are the silence after
	// which its old sweeps say nothing of the present.
	MissedBeats = 20
	SilentLong  = int64(10 * time.Minute)
	// LateBeats is how many intervals a collector may miss before it is a fault.
	LateBeats = 3
)

// What a verdict carries.
const (
	MaxFacts  = 50     // facts each way
	MaxRivals = 8      // that are not among the roots
	LeastShow = 0.0005 // probability of a rival that is worth a line
	MaxSides  = 64     // lines that are asked for the side of a root
	ManyDown  = 10     // lines down that make a fault critical
)
