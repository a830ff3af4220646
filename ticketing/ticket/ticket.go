// Package ticket is the whole life of a trouble ticket: the workflow engine,
// what a verdict means for tickets, routing and holds.
//
// It is pure: no clock, no context, no I/O. The caller passes the policy, the
// time and an event, saves what comes back, and only then carries out the
// effects. It does not decide where a fault lies, and sends nothing.
//
// Ticket, ledger entries and effects of a step are saved in one transaction. An
// effect is carried out after it, at least once, under the idempotency key that
// it is saved with; how it ended comes back as another event. A ticket that is
// stepped again with the same event and policy gives the same entries.
package ticket

import (
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Kind is what a ticket is about.
type Kind string

// The kinds of ticket.
const (
	Network     Kind = "network"     // 网络故障工单: a root
	Service     Kind = "service"     // 客户故障单: one customer's line
	Declaration Kind = "declaration" // 故障申告单: what a customer or manager said
)

// Source is where a ticket comes from.
type Source string

// The sources of tickets.
const (
	FromVerdict Source = "verdict"
	FromPerson  Source = "person"
	FromAPI     Source = "api"
)

// Action is an action of the workflow file, or a word of the engine for what it
// does by itself.
type Action string

// State is a state's name in the workflow file.
type State string

// States whose names the engine itself needs; all others belong to the file.
const (
	Draft      State = "draft"
	Held       State = "held"
	Dispatched State = "dispatched"
	Accepted   State = "accepted"
	Working    State = "working"
	Suspended  State = "suspended"
	Restored   State = "restored"
	Retesting  State = "retest"
	Observing  State = "observing"
	Confirming State = "confirm"
	Checking   State = "quality"
	Archiving  State = "archiving"
	Archived   State = "archived"
	Voided     State = "void"
	Healed     State = "healed"
	Merged     State = "merged"
)

// Status is the TMF621 v4 status that a state maps to.
type Status string

// The statuses of TMF621 v4.
const (
	StatusAcknowledged Status = "acknowledged"
	StatusInProgress   Status = "inProgress"
	StatusPending      Status = "pending"
	StatusHeld         Status = "held"
	StatusResolved     Status = "resolved"
	StatusClosed       Status = "closed"
	StatusRejected     Status = "rejected"
	StatusCancelled    Status = "cancelled"
)

// Ticket is the present state of a ticket with its whole record. Timeline and
// Ledger only ever grow; a store may keep them in tables of their own.
type Ticket struct {
	ID      string `json:"id"`      // NT-20261122-000123, ST-..., DT-...
	Version int64  `json:"version"` // 1 when opened; each Step that changes anything adds one
	Kind    Kind   `json:"kind"`
	// Key is what the ticket was opened for ("verdict/V...", "verdict/V.../line/LN-1").
	// A store keeps it unique, so that one fault opens at most one ticket.
	Key      string `json:"key,omitempty"`
	Policy   string `json:"policy"`   // revision of the policy that it opened under
	Workflow string `json:"workflow"` // name of its workflow in that policy

	State   State     `json:"state"`
	Since   time.Time `json:"since"`   // in State since
	Status  Status    `json:"status"`  // of State
	Open    bool      `json:"open"`    // State is not final
	Visible bool      `json:"visible"` // false while held, and for ever if it healed in the hold

	Title       string           `json:"title"`
	Description string           `json:"description,omitempty"`
	Severity    verdict.Severity `json:"severity"`
	Source      Source           `json:"source"`
	Opener      people.Ref       `json:"opener"`
	Edited      []string         `json:"edited,omitempty"` // fields that a person has set, and no verdict changes any more
	ExternalID  string           `json:"external_id,omitempty"`
	Contact     string           `json:"contact,omitempty"` // who declared it, and how to reach him

	Fault     Fault    `json:"fault,omitzero"`
	Lines     []Line   `json:"lines"`               // network: all affected; else one
	Region    string   `json:"region,omitempty"`    // of the root, or of the line
	Customers []string `json:"customers,omitempty"` // ids, sorted
	Managers  []string `json:"managers,omitempty"`  // of these customers, sorted

	Group    string   `json:"group"` // owner
	Assignee string   `json:"assignee,omitempty"`
	From     string   `json:"from,omitempty"`   // group that dispatched to Group
	Routed   string   `json:"routed,omitempty"` // group that routing last said
	Actors   []string `json:"actors,omitempty"` // ids of people who have acted on it
	Watchers []string `json:"watchers,omitempty"`

	Parent     string   `json:"parent,omitempty"`
	Children   []string `json:"children,omitempty"`
	MergedInto string   `json:"merged_into,omitempty"`
	SplitFrom  string   `json:"split_from,omitempty"`

	Opened     time.Time `json:"opened"`
	Began      time.Time `json:"began"` // when the fault began, or was reported: start of the restore clock
	HoldUntil  time.Time `json:"hold_until,omitzero"`
	Dispatched time.Time `json:"dispatched,omitzero"` // first visible
	Accepted   time.Time `json:"accepted,omitzero"`   // first acceptance
	Restored   time.Time `json:"restored,omitzero"`   // service carries traffic again
	Closed     time.Time `json:"closed,omitzero"`
	Updated    time.Time `json:"updated"`

	Suspension   *Suspension   `json:"suspension,omitempty"`
	Extension    *Extension    `json:"extension,omitempty"`
	Retest       *Retest       `json:"retest,omitempty"` // the last one counts
	Confirmation *Confirmation `json:"confirmation,omitempty"`
	Quality      *Quality      `json:"quality,omitempty"`
	Supervision  *Supervision  `json:"supervision,omitempty"`

	Cause                  string `json:"cause,omitempty"`          // from the dictionary
	Responsibility         string `json:"responsibility,omitempty"` // carrier, customer, third_party, force_majeure
	ProposedCause          string `json:"proposed_cause,omitempty"`
	ProposedResponsibility string `json:"proposed_responsibility,omitempty"`
	Report                 string `json:"report,omitempty"` // reference of the fault report, once written
	Urged                  int    `json:"urged,omitempty"`
	Repeats                int    `json:"repeats,omitempty"` // repeat complaints

	Due      time.Time `json:"due,omitzero"` // soonest due time of a running clock
	Warned   bool      `json:"warned,omitempty"`
	Breached bool      `json:"breached,omitempty"`
	Wake     time.Time `json:"wake,omitzero"` // Deadline, for the store's index

	Clocks   []sla.Clock `json:"clocks"`
	Ledger   []sla.Entry `json:"ledger"`
	Timeline []Entry     `json:"timeline"`
}

// Fault is what the ticket keeps of the verdict behind it; the evidence stays
// in the verdict.
type Fault struct {
	Verdict      string                `json:"verdict,omitempty"`
	Epoch        uint64                `json:"epoch,omitempty"`
	Version      uint64                `json:"version,omitempty"`
	State        verdict.State         `json:"state,omitempty"`
	Outcome      verdict.Outcome       `json:"outcome,omitempty"`
	Domain       verdict.Domain        `json:"domain,omitempty"`
	Domains      []verdict.DomainShare `json:"domains,omitempty"`
	Side         string                `json:"side,omitempty"`
	Roots        []verdict.RootCause   `json:"roots,omitempty"`
	Technology   string                `json:"technology,omitempty"`
	Confidence   float64               `json:"confidence,omitempty"`
	Started      time.Time             `json:"started,omitzero"`
	StartedAfter time.Time             `json:"started_after,omitzero"`
	Decided      time.Time             `json:"decided,omitzero"`
	Cleared      time.Time             `json:"cleared,omitzero"`
	NextTest     string                `json:"next_test,omitempty"`
}

// LineState is what an affected line suffers.
type LineState string

// The states of an affected line.
const (
	LineDown     LineState = "down"
	LineDegraded LineState = "degraded"
	LineAtRisk   LineState = "at_risk"
	LineUp       LineState = "up" // was affected, is no longer
)

// Line is an affected line, with the facts of its customer when it was hit.
type Line struct {
	ID            string                  `json:"id"`
	Name          string                  `json:"name,omitempty"`
	Circuit       string                  `json:"circuit,omitempty"`
	Product       inventory.Product       `json:"product,omitempty"`
	Grade         inventory.LineGrade     `json:"grade"`
	State         LineState               `json:"state,omitempty"`
	Customer      string                  `json:"customer,omitempty"` // id
	CustomerName  string                  `json:"customer_name,omitempty"`
	CustomerGrade inventory.CustomerGrade `json:"customer_grade,omitempty"`
	Important     bool                    `json:"important,omitempty"`
	Manager       string                  `json:"manager,omitempty"`
	Region        string                  `json:"region,omitempty"`
	Area          inventory.Area          `json:"area,omitempty"`
	Hours         string                  `json:"hours,omitempty"`     // when the customer is open; empty: always
	Unwatched     bool                    `json:"unwatched,omitempty"` // no service watch: its outages are inferred
	Service       string                  `json:"service,omitempty"`   // id of its service ticket
	// Parted is the ticket that answers for it now, since another root holds it.
	Parted string    `json:"parted,omitempty"`
	Joined time.Time `json:"joined,omitzero"` // when it failed, if later than the fault began
}
