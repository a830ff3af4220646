package ticket

import (
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Event is what can happen to a ticket. Step takes it; the types below are all
// there are.
type Event interface{ event() }

// Tick says that time has passed: send it at the ticket's Deadline.
type Tick struct{}

// Act is an action of the workflow, taken by a person or by a program in
// somebody's name. Fields carry what the action demands; times are RFC 3339,
// durations Go durations.
type Act struct {
	Action Action
	By     people.Person
	Fields map[string]string
	Text   string // what was said
}

// Found is a new version of the verdict behind the ticket, or of the state of
// the service ticket's own line.
type Found struct {
	Fault    Fault
	Lines    []Line // all affected lines, with facts; of a service ticket its own
	Severity verdict.Severity
	Title    string
	Region   string
	Group    string // owner that routing now says
	Reason   string // message key: why the owner changes
	Propose  Proposal
}

// Retested is the result of the re-test ordered under ID.
type Retested struct {
	ID    string
	Lines []LineResult
}

// Joined says that the ticket has become a child of another: its root turned
// out to be the other's. It keeps its clocks.
type Joined struct {
	Parent  string // empty: only the verdict behind it is another now
	Verdict string // that speaks for it from now on
}

// Adopted says that other tickets have become children of this one.
type Adopted struct{ Children []string }

// Parted says that a child has become a fault of its own again, or that a part
// of this ticket's fault has now a ticket of its own, which answers for Lines.
type Parted struct {
	Other string
	Lines []string
}

// Withdrawn says that what is still on hold needs no ticket after all: it
// turned out to be planned work, or the customer's own power.
type Withdrawn struct{ Reason string }

// OutageRefused says that the ledger of an outage of the ticket's lines refused
// entries; see OutageChange. The timeline tells people to look at it.
type OutageRefused struct {
	Outage  string
	Entries []sla.Refused
}

func (Tick) event()          {}
func (Act) event()           {}
func (Found) event()         {}
func (Retested) event()      {}
func (Joined) event()        {}
func (Adopted) event()       {}
func (Parted) event()        {}
func (Withdrawn) event()     {}
func (OutageRefused) event() {}

// Proposal is what the evidence suggests for the fields a person must confirm.
type Proposal struct {
	Cause          string
	Responsibility string
}

// Opening is a ticket about to be opened. In a Plan, ID is still empty and
// Parent may stand for the plan's own network ticket; Plan.Assign fills in both.
type Opening struct {
	ID          string
	Kind        Kind
	Key         string
	Source      Source
	By          people.Person
	Draft       bool // keep as a draft
	Title       string
	Description string
	Severity    verdict.Severity
	ExternalID  string
	Contact     string
	Fault       Fault
	Lines       []Line
	Region      string
	Group       string
	HoldUntil   time.Time // zero: no hold
	Started     time.Time // of the restore clock: when the fault began, or was reported
	Parent      string
	SplitFrom   string
	Propose     Proposal
}

// EffectKind is what an effect does.
type EffectKind string

// The kinds of effect.
const (
	Notify      EffectKind = "notify" // tell people
	OrderRetest EffectKind = "retest" // test the lines now, answer with Retested
)

// Effect is something to be done after the state behind it has been saved,
// again until it succeeds. ID is its idempotency key. Effects are ordered per
// ticket and channel.
type Effect struct {
	ID        string       `json:"id"` // TICKET/VERSION/N
	Ticket    string       `json:"ticket"`
	Kind      EffectKind   `json:"kind"`
	Channel   string       `json:"channel"` // order is kept within ticket and channel
	NotBefore time.Time    `json:"not_before"`
	Notice    *Notice      `json:"notice,omitempty"`
	Retest    *RetestOrder `json:"retest,omitempty"`
}

// Notice is a message to people. What it says is for templates, keyed by Key.
type Notice struct {
	Key       string            `json:"key"`      // dispatched, restored, clock_warn, urged, premises_power ...
	Channels  []string          `json:"channels"` // sms, email, webhook, im: from the ladder
	Groups    []string          `json:"groups,omitempty"`
	People    []string          `json:"people,omitempty"` // person ids
	Roles     []people.Role     `json:"roles,omitempty"`
	Managers  []string          `json:"managers,omitempty"` // as customers.csv names them
	Customers []string          `json:"customers,omitempty"`
	Args      map[string]string `json:"args,omitempty"`
}

// RetestOrder asks for a test of lines through their own watches.
type RetestOrder struct {
	ID       string    `json:"id"`
	Lines    []string  `json:"lines"`
	Deadline time.Time `json:"deadline"` // no answer by then is inconclusive
}
