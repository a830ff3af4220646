// Package verdict says where a fault lies, how sure that is, and why: the
// words in which the correlator speaks to ticketing and to people. It holds
// enough to explain the decision a year later, and decides nothing itself.
//
// A verdict keeps its id for its whole life; each change of mind is another
// version, and whoever reads may miss some. An epoch is the term of one leader:
// versions of a later epoch come after all of an earlier one. When two faults
// turn out to be one, the id with the earliest start stays and the other names
// it in merged_into; when one turns out to be two, the part with the old root
// keeps the id and the other names it in split_from. Probabilities and the
// confidence are between 0 and 1. Times are UTC: started is when the first
// evidence began, started_after the last time all was seen well before it. Side
// is a or z where the fault lies at one end of all its lines.
package verdict

import (
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// State of a verdict.
type State string

// The states.
const (
	Open    State = "open"
	Cleared State = "cleared"
)

// Outcome is what kind of statement the verdict makes.
type Outcome string

// The outcomes.
const (
	Root            Outcome = "root"             // one root
	RootSet         Outcome = "root_set"         // a set that the evidence cannot tell apart, within one domain
	DomainOnly      Outcome = "domain_only"      // the domain is sure, the root is not
	TwoDomains      Outcome = "two_domains"      // tied between two domains; the others are proven good
	Undetermined    Outcome = "undetermined"     // cannot be told yet
	LostProtection  Outcome = "lost_protection"  // in service, protection gone
	MonitoringFault Outcome = "monitoring_fault" // the eyes failed, not the network
	Maintenance     Outcome = "maintenance"      // explained by planned work
)

// Domain is the fault domain 故障定界.
type Domain string

// The fault domains.
const (
	Premises           Domain = "premises"
	Tail               Domain = "tail"
	Trunk              Domain = "trunk"
	Core               Domain = "core"
	Backbone           Domain = "backbone"
	Monitoring         Domain = "monitoring"
	UndeterminedDomain Domain = "undetermined"
)

// Severity of a fault, named as TMF642 names it.
type Severity string

// The severities.
const (
	Critical Severity = "critical"
	Major    Severity = "major"
	Minor    Severity = "minor"
	Warning  Severity = "warning"
)

// Mode is how a root fails.
type Mode string

// The modes.
const (
	Down     Mode = "down"
	Degraded Mode = "degraded"
	Flapping Mode = "flapping"
	Rebooted Mode = "rebooted"
)

// DomainShare is a domain with its probability.
type DomainShare struct {
	Domain Domain  `json:"domain"`
	P      float64 `json:"p"`
}

// RootCause is a component that explains the evidence. Kind is the component's
// kind ("cable", "device", "port", "link", "power", "station", ...).
type RootCause struct {
	Subject symptom.Subject `json:"subject"`
	Kind    string          `json:"kind"`
	Mode    Mode            `json:"mode"`
	P       float64         `json:"p,omitempty"`
}

// Lines are the line ids that the fault touches.
type Lines struct {
	Down     []string `json:"down"`
	Degraded []string `json:"degraded"`
	AtRisk   []string `json:"at_risk"`
}

// Fact is one piece of evidence. Weight is its log-likelihood ratio for the
// verdict's roots (negative: against). Missing facts say in Why what is unknown.
type Fact struct {
	Observer symptom.Subject `json:"observer,omitempty"`
	Subject  symptom.Subject `json:"subject"`
	End      string          `json:"end,omitempty"`
	Kind     symptom.Kind    `json:"kind"`
	State    string          `json:"state"` // raised, healthy, unknown
	Value    float64         `json:"value,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	Since    time.Time       `json:"since,omitzero"`
	Weight   float64         `json:"weight,omitempty"`
	Why      string          `json:"why,omitempty"`
}

// Place is what the fact is about.
func (f Fact) Place() symptom.Place { return symptom.PlaceOf(f.Subject, f.End) }

// Evidence is at most 50 facts each way, and how many there were in all.
type Evidence struct {
	For          []Fact `json:"for"`
	Against      []Fact `json:"against"`
	Missing      []Fact `json:"missing"`
	ForTotal     int    `json:"for_total"`
	AgainstTotal int    `json:"against_total"`
	MissingTotal int    `json:"missing_total"`
}

// Rival is another explanation of the same evidence.
type Rival struct {
	Subjects []symptom.Subject `json:"subjects"`
	Domain   Domain            `json:"domain"`
	P        float64           `json:"p"`
}

// Verdict is one version of one decision. Lists are sorted and never nil.
type Verdict struct {
	ID           string        `json:"id"`
	Epoch        uint64        `json:"epoch"`
	Version      uint64        `json:"version"`
	State        State         `json:"state"`
	Outcome      Outcome       `json:"outcome"`
	FaultDomain  Domain        `json:"fault_domain"`
	Domains      []DomainShare `json:"domains"`
	Side         string        `json:"side,omitempty"` // a or z: the end of the lines where it lies
	Roots        []RootCause   `json:"roots"`
	Technology   string        `json:"technology,omitempty"`
	Confidence   float64       `json:"confidence"`
	Severity     Severity      `json:"severity"`
	Started      time.Time     `json:"started"`
	StartedAfter time.Time     `json:"started_after,omitzero"`
	Decided      time.Time     `json:"decided"`
	Cleared      time.Time     `json:"cleared,omitzero"`
	Lines        Lines         `json:"lines"`
	Evidence     Evidence      `json:"evidence"`
	Rivals       []Rival       `json:"rivals"`
	NextTest     string        `json:"next_test,omitempty"`
	MergedInto   string        `json:"merged_into,omitempty"`
	SplitFrom    string        `json:"split_from,omitempty"`
	Revision     string        `json:"inventory_rev"`
}
