// Package sla keeps time promises: clocks with budgets, calendars and pauses,
// the append-only ledger from which every due time can be recomputed, the
// outages of lines, and the availability that follows from them.
//
// It is pure: now is an argument, passing time is somebody else's event. It
// does not know tickets and never decides who is told of a breach.
package sla

import "time"

// Name is the name of a clock.
type Name string

// The clocks of the fault process.
const (
	Localise Name = "localise" // 定界
	Respond  Name = "respond"  // 响应
	Update   Name = "update"   // 进展反馈
	Restore  Name = "restore"  // 恢复
	Confirm  Name = "confirm"  // 客户确认
	Quality  Name = "quality"  // 质检
	Report   Name = "report"   // 故障报告
)

// EntryKind is what a ledger entry records.
type EntryKind string

// The kinds of ledger entries.
const (
	Start   EntryKind = "start"   // the clock begins; on a stopped clock, its next round
	Pause   EntryKind = "pause"   // time stands still from At, for Reason
	Resume  EntryKind = "resume"  // time runs again from At; after a stop: the stop did not hold
	Approve EntryKind = "approve" // a provisional pause is granted
	Refuse  EntryKind = "refuse"  // a provisional pause never counted
	Rebase  EntryKind = "rebase"  // the start moves earlier, or the budget becomes another
	Extend  EntryKind = "extend"  // an approved extension adds Budget
	Warn    EntryKind = "warn"    // Step percent passed, below 100
	Breach  EntryKind = "breach"  // Step percent passed, 100 or above
	Stop    EntryKind = "stop"    // the promise was kept or missed; the clock stands
)

// Entry is one line of the ledger. Entries are only ever appended.
type Entry struct {
	Seq         int           `json:"seq"` // 1, 2, 3 ... within the ledger
	Clock       Name          `json:"clock"`
	Round       int           `json:"round"` // 1 for the first start of this clock
	Kind        EntryKind     `json:"kind"`
	At          time.Time     `json:"at"`       // when it takes effect on the clock
	Recorded    time.Time     `json:"recorded"` // when it was written; never runs backwards
	Budget      time.Duration `json:"budget,omitempty"`
	Calendar    string        `json:"calendar,omitempty"`
	Until       time.Time     `json:"until,omitzero"`      // expected end of a pause
	ApproveBy   time.Time     `json:"approve_by,omitzero"` // of a pause; of its refusal, to say which one
	Step        int           `json:"step,omitempty"`      // percent of the budget
	Reason      string        `json:"reason,omitempty"`
	By          string        `json:"by,omitempty"` // person id, or system
	Provisional bool          `json:"provisional,omitempty"`
}

// Interval is a time for which a clock stood still.
type Interval struct {
	From        time.Time `json:"from"`
	To          time.Time `json:"to,omitzero"`         // zero: still paused
	Until       time.Time `json:"until,omitzero"`      // resumes by itself then
	ApproveBy   time.Time `json:"approve_by,omitzero"` // lapses then unless approved
	Reason      string    `json:"reason,omitempty"`
	Provisional bool      `json:"provisional,omitempty"`
	Refused     bool      `json:"refused,omitempty"` // never counted
}

// Clock is a promise of time in its present state. It is what its ledger
// says: Recompute gives the same value.
type Clock struct {
	Name     Name          `json:"name"`
	Round    int           `json:"round"`
	Budget   time.Duration `json:"budget"`
	Calendar string        `json:"calendar,omitempty"`
	Started  time.Time     `json:"started"`
	Stopped  time.Time     `json:"stopped,omitzero"`
	Pauses   []Interval    `json:"pauses,omitempty"`
	// Due supposes that an open pause ends when expected; zero if that is unknown.
	Due      time.Time `json:"due,omitzero"`
	Step     int       `json:"step,omitempty"`
	Breached bool      `json:"breached,omitempty"`
	// BreachedAt is when the budget was used up, as of the first breach.
	BreachedAt time.Time `json:"breached_at,omitzero"`
	// Provisional is set where the calendar did not cover the time counted.
	Provisional bool `json:"provisional,omitempty"`
}

// OutageKind is what a line suffered.
type OutageKind string

// The kinds of outage.
const (
	Down     OutageKind = "down"
	Degraded OutageKind = "degraded"
)

// Outage is one line's time out of service: its entry in the SLA ledger.
type Outage struct {
	ID           string     `json:"id"` // verdict, line and round: unique
	Version      int64      `json:"version"`
	Line         string     `json:"line"`
	Customer     string     `json:"customer"`
	Kind         OutageKind `json:"kind"`
	Verdict      string     `json:"verdict,omitempty"`
	Ticket       string     `json:"ticket,omitempty"`  // network ticket
	Service      string     `json:"service,omitempty"` // service ticket, if the line has one
	Domain       string     `json:"domain,omitempty"`  // fault domain as last decided
	Started      time.Time  `json:"started"`
	StartedAfter time.Time  `json:"started_after,omitzero"` // last good observation before it
	Ended        time.Time  `json:"ended,omitzero"`
	SelfHealed   bool       `json:"self_healed,omitempty"` // 自愈: healed within the hold
	// Reopened says that its verdict has cleared, but the line was found not to be well.
	Reopened bool      `json:"reopened,omitempty"`
	Inferred bool      `json:"inferred,omitempty"` // 推断: the line has no service watch
	Excluded string    `json:"excluded,omitempty"` // reason for which it does not count against us
	Clocks   []Clock   `json:"clocks,omitempty"`   // restore, where no service ticket carries it
	Ledger   []Entry   `json:"ledger,omitempty"`
	Wake     time.Time `json:"wake,omitzero"` // next step of its clocks
}
