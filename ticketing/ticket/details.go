package ticket

import (
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
)

// Answer is what became of a request.
type Answer string

// The answers.
const (
	AnswerWaiting  Answer = "waiting"
	AnswerApproved Answer = "approved"
	AnswerRefused  Answer = "refused"
	AnswerLapsed   Answer = "lapsed" // nobody answered in time
)

// Suspension is a pause that somebody asked for.
type Suspension struct {
	Reason   string    `json:"reason"`
	Note     string    `json:"note,omitempty"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"`
	By       string    `json:"by"`
	Pauses   bool      `json:"pauses"` // the reason stops the customer's clock
	Approval Answer    `json:"approval,omitempty"`
	From     State     `json:"from"` // resumes to
}

// Extension is a request for more time.
type Extension struct {
	For     time.Duration `json:"for"`
	Reason  string        `json:"reason"`
	By      string        `json:"by"`
	Asked   time.Time     `json:"asked"`
	Answer  Answer        `json:"answer,omitempty"`
	Decided time.Time     `json:"decided,omitzero"`
}

// RetestResult is how a re-test ended.
type RetestResult string

// The results of a re-test.
const (
	RetestPassed       RetestResult = "passed"
	RetestFailed       RetestResult = "failed"
	RetestInconclusive RetestResult = "inconclusive" // no answer: neither pass nor fail
)

// Retest is the last re-test of the ticket's lines.
type Retest struct {
	ID      string       `json:"id"` // of the order; results of others are ignored
	Ordered time.Time    `json:"ordered"`
	Tries   int          `json:"tries"`           // inconclusive ones in a row
	Fails   int          `json:"fails,omitempty"` // in a row
	Again   time.Time    `json:"again,omitzero"`  // next try by itself
	Result  RetestResult `json:"result,omitempty"`
	At      time.Time    `json:"at,omitzero"`
	Lines   []LineResult `json:"lines,omitempty"`
	Waived  string       `json:"waived,omitempty"` // reason for which a person closed against it
}

// LineResult is one line's part of a re-test.
type LineResult struct {
	Line   string       `json:"line"`
	Method string       `json:"method,omitempty"`
	Result RetestResult `json:"result"`
	Detail string       `json:"detail,omitempty"`
}

// ConfirmResult is what came of asking the customer.
type ConfirmResult string

// The results of asking the customer.
const (
	ConfirmYes      ConfirmResult = "yes"
	ConfirmNo       ConfirmResult = "no"
	ConfirmNoAnswer ConfirmResult = "no_answer"
)

// Confirmation is what the customer said.
type Confirmation struct {
	Result ConfirmResult `json:"result"`
	By     string        `json:"by"`
	At     time.Time     `json:"at"`
	Person string        `json:"person,omitempty"` // who at the customer's said so
	Note   string        `json:"note,omitempty"`
}

// QualityResult is how a quality check ended.
type QualityResult string

// The results of a quality check.
const (
	QualityPassed   QualityResult = "passed"
	QualityReturned QualityResult = "returned"
	QualityOverdue  QualityResult = "overdue" // nobody checked in time
)

// Quality is the judgement of the quality check.
type Quality struct {
	Result  QualityResult `json:"result"`
	By      string        `json:"by"`
	At      time.Time     `json:"at"`
	Note    string        `json:"note,omitempty"`
	Returns int           `json:"returns,omitempty"`
}

// Supervision demands replies at an interval (督办).
type Supervision struct {
	By    string        `json:"by"`
	Since time.Time     `json:"since"`
	Every time.Duration `json:"every"`
	Next  time.Time     `json:"next"`
}

// Entry is one line of the timeline (工单流转).
type Entry struct {
	Seq       int               `json:"seq"`
	At        time.Time         `json:"at"`
	By        people.Ref        `json:"by"`
	Action    Action            `json:"action"`
	From      State             `json:"from,omitempty"`
	To        State             `json:"to"`
	Stood     time.Duration     `json:"stood,omitempty"` // in From, if the state changed
	FromGroup string            `json:"from_group,omitempty"`
	ToGroup   string            `json:"to_group"`
	Assignee  string            `json:"assignee,omitempty"`
	Text      string            `json:"text,omitempty"`   // what was said, by a person
	Reason    string            `json:"reason,omitempty"` // message key, by the engine
	Fields    map[string]string `json:"fields,omitempty"`
}
