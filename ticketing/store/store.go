// Package store declares what ticketing needs of a database. The two that
// exist are store/postgres and store/sqlite; one conformance suite runs against
// both.
//
// It holds no rules: what a ticket may do is ticketing/ticket's. Time is an
// argument in UTC; implementations truncate it to microseconds and never ask
// the database for it.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// What callers branch on.
var (
	ErrNotFound   = errors.New("not found")
	ErrConflict   = errors.New("somebody else saved first") // load again, step again
	ErrDuplicate  = errors.New("exists already")            // a ticket's Key or a user's name is taken
	ErrStaleEpoch = errors.New("a newer leader has taken over")
	// ErrUnavailable is worth another try later. What was being saved may or
	// may not have been: load again before the next try.
	ErrUnavailable = errors.New("database not reachable")
)

// Store is the whole contract.
type Store interface {
	Tickets
	Effects
	Outages
	Accounts
	Docs
	Leases
	// Ping says whether the database can be written to now.
	Ping(ctx context.Context) error
	Close() error
}

// Tickets keeps tickets with their record.
type Tickets interface {
	// Save commits the batch in one transaction, or nothing of it.
	Save(ctx context.Context, now time.Time, b Batch) error
	// Ticket loads one with its whole timeline and ledger.
	Ticket(ctx context.Context, id string) (ticket.Ticket, error)
	// TicketByKey loads the one opened for key.
	TicketByKey(ctx context.Context, key string) (ticket.Ticket, error)
	// List returns a page, without timelines and ledgers, and the number of
	// all that match.
	List(ctx context.Context, f Filter, p Page) ([]ticket.Ticket, int, error)
	// Counts returns how many match each filter.
	Counts(ctx context.Context, fs []Filter) ([]int, error)
	// Due returns ids of tickets and outages whose Wake is at or before now,
	// oldest first, at most limit of each.
	Due(ctx context.Context, now time.Time, limit int) (tickets, outages []string, err error)
	// NextWake is the earliest Wake of all; ok is false if there is none.
	NextWake(ctx context.Context) (at time.Time, ok bool, err error)
	// NextNumber takes the next number of a series such as "NT-20261122",
	// from 1. Numbers are never given twice; gaps are normal.
	NextNumber(ctx context.Context, series string) (int64, error)
	// Applied returns the last applied version of a verdict; ok is false if
	// none was.
	Applied(ctx context.Context, verdict string) (Applied, bool, error)
}

// Batch is what one decision writes.
type Batch struct {
	Tickets []SaveTicket
	Outages []SaveOutage
	Effects []ticket.Effect // ids taken already are left as they are
	// Applied is refused with ErrConflict unless each is of a newer epoch than
	// the stored one, or a higher version within it.
	Applied []Applied
	Docs    []Doc
	Audit   []Audit
	Fence   *Fence // refused with ErrStaleEpoch unless it still holds
}

// SaveTicket is a ticket and the version it was stepped from; 0 inserts.
// Timeline and ledger entries beyond those stored are appended; stored ones
// are never touched.
type SaveTicket struct {
	Ticket ticket.Ticket
	Expect int64
}

// SaveOutage is an outage and the version it was changed from; 0 inserts.
type SaveOutage struct {
	Outage sla.Outage
	Expect int64
}

// Applied is the newest version of a verdict that ticketing has recorded.
type Applied struct {
	Verdict string
	Epoch   uint64
	Version uint64
	Cleared bool
	At      time.Time
}

// Fence is a leader's epoch, to be checked in the transaction.
type Fence struct {
	Lease string
	Epoch uint64
}

// Filter selects tickets. Zero fields do not matter; lists are alternatives,
// fields are conjoined.
type Filter struct {
	IDs         []string
	Kinds       []ticket.Kind
	States      []ticket.State
	Statuses    []ticket.Status
	Severities  []string
	Domains     []string
	Groups      []string // owner
	Assignees   []string
	Openers     []string
	Actors      []string // has acted on it (个人已办)
	Watchers    []string
	Regions     []string
	Customers   []string
	Managers    []string
	Lines       []string // any affected line
	Verdicts    []string
	Roots       []string // any root subject
	Parents     []string
	ExternalIDs []string
	Open        *bool
	Visible     *bool
	Unassigned  bool
	Urged       bool
	Supervised  bool
	Warned      bool      // a clock has passed a warning step
	Breached    bool      // a clock is overdue
	DueBefore   time.Time // Due set and before
	OpenedFrom  time.Time // inclusive
	OpenedTo    time.Time // exclusive
	UpdatedFrom time.Time
	UpdatedTo   time.Time
	ClosedFrom  time.Time
	ClosedTo    time.Time
	// Text demands words in id, title, line ids, circuit codes and customer
	// names. Of tickets no longer open, only the newest ten thousand are
	// looked at that may have them.
	Text string
}

// Page is a window on a list. Sort is a field (opened, updated, due, since,
// severity, id), with "-" before it descending; the default is "-opened".
type Page struct {
	Offset int
	Limit  int // 0: 50; at most 1000
	Sort   string
}

// Effects is the outbox.
type Effects interface {
	// ClaimEffects takes effects that are due, in order per ticket and channel:
	// none is handed out before its predecessor is finished or dead.
	ClaimEffects(ctx context.Context, c Claim) ([]PendingEffect, error)
	// KeepEffects says which claims of by are still worked on: those last until
	// then, and its other claims are given up. Attempts stay counted.
	KeepEffects(ctx context.Context, until time.Time, by string, ids []string) error
	// FinishEffect records success, whoever has claimed it meanwhile.
	FinishEffect(ctx context.Context, now time.Time, id string) error
	// RetryEffect records that by has failed; the effect is due again at. It is
	// ErrNotFound if the claim is no longer by's.
	RetryEffect(ctx context.Context, at time.Time, by, id, problem string) error
	// BuryEffect sets aside, as a dead letter, what by has claimed. It is
	// ErrNotFound if the claim is no longer by's.
	BuryEffect(ctx context.Context, now time.Time, by, id, problem string) error
	// ReviveEffect makes a dead letter due again.
	ReviveEffect(ctx context.Context, now time.Time, id string) error
	// EffectsOf lists a ticket's effects; with an empty id, dead letters of all.
	EffectsOf(ctx context.Context, ticketID string, limit int) ([]PendingEffect, error)
	// NextEffect is when the next one is due.
	NextEffect(ctx context.Context) (at time.Time, ok bool, err error)
}

// Claim is what somebody asks for who carries out effects.
type Claim struct {
	Now       time.Time
	Until     time.Time // when what is claimed may be taken by others
	Abandoned time.Time // the claim of another counts no more if it ended by then
	By        string
	Limit     int
}

// PendingEffect is an effect and its fate so far.
type PendingEffect struct {
	ticket.Effect
	Attempts     int       `json:"attempts"`
	ClaimedBy    string    `json:"claimed_by,omitempty"`
	ClaimedUntil time.Time `json:"claimed_until,omitzero"`
	Problem      string    `json:"problem,omitempty"` // of the last attempt
	Done         time.Time `json:"done,omitzero"`
	Dead         time.Time `json:"dead,omitzero"`
}

// Outages is the SLA ledger of the lines.
type Outages interface {
	Outage(ctx context.Context, id string) (sla.Outage, error)
	// OutagesWhere lists, oldest start first.
	OutagesWhere(ctx context.Context, f OutageFilter, limit int) ([]sla.Outage, error)
}

// OutageFilter selects outages, as Filter does tickets.
type OutageFilter struct {
	Lines     []string
	Customers []string
	Verdicts  []string
	Tickets   []string // network or service
	Open      *bool
	From      time.Time // overlapping [From, To)
	To        time.Time
}

// Accounts keeps people and how they sign in. Secrets come hashed.
type Accounts interface {
	SaveUser(ctx context.Context, now time.Time, u User, insert bool) error // ErrDuplicate, ErrNotFound
	User(ctx context.Context, id string) (User, error)
	Users(ctx context.Context) ([]User, error)

	SaveToken(ctx context.Context, now time.Time, t Token) error
	TokenByHash(ctx context.Context, hash string) (Token, error)
	TouchToken(ctx context.Context, now time.Time, id string) error
	Tokens(ctx context.Context, user string) ([]Token, error)

	// Sessions are opaque to the store.
	SaveSession(ctx context.Context, token string, data []byte, expires time.Time) error
	Session(ctx context.Context, now time.Time, token string) (data []byte, ok bool, err error)
	DeleteSession(ctx context.Context, token string) error
	DeleteExpired(ctx context.Context, now time.Time) error

	Audit(ctx context.Context, a Audit) error
	AuditLog(ctx context.Context, before time.Time, limit int) ([]Audit, error)
}

// User is a person with a way to sign in.
type User struct {
	people.Person
	PasswordHash string    `json:"-"` // argon2id, encoded; empty: cannot sign in with one
	MustChange   bool      `json:"must_change,omitempty"`
	Created      time.Time `json:"created"`
	Updated      time.Time `json:"updated"`
	LastSeen     time.Time `json:"last_seen,omitzero"`
}

// Token is an API token; only its hash is kept.
type Token struct {
	ID       string    `json:"id"`
	User     string    `json:"user"`
	Name     string    `json:"name"`
	Hash     string    `json:"-"`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"`
	LastUsed time.Time `json:"last_used,omitzero"`
	Revoked  time.Time `json:"revoked,omitzero"`
}

// Audit is one line of the audit log, which only grows.
type Audit struct {
	At      time.Time         `json:"at"`
	By      string            `json:"by"`
	Action  string            `json:"action"`
	Subject string            `json:"subject,omitempty"`
	From    string            `json:"from,omitempty"` // remote address
	Fields  map[string]string `json:"fields,omitempty"`
}

// Docs keeps small documents by kind and id. The kinds that exist: "policy", by
// revision; "fault", the newest version of each verdict that is open or cleared
// within the hour; "verdict:" and its id, each version of that verdict.
type Docs interface {
	Doc(ctx context.Context, kind, id string) (Doc, error)
	DocsOf(ctx context.Context, kind string) ([]Doc, error)
	PutDoc(ctx context.Context, now time.Time, d Doc) error // last writer wins
	DeleteDoc(ctx context.Context, kind, id string) error
}

// Doc is a small JSON document.
type Doc struct {
	Kind    string
	ID      string
	Body    json.RawMessage
	Updated time.Time
}

// Leases elects a leader.
type Leases interface {
	// Lease takes or renews the named lease for holder until now+ttl. A new
	// holder gets a higher epoch. ok is false while another holds it.
	Lease(ctx context.Context, now time.Time, name, holder string, ttl time.Duration) (epoch uint64, ok bool, err error)
	// Release gives it up early; another may take it at once.
	Release(ctx context.Context, now time.Time, name, holder string) error
}
