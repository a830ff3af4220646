package sla

import (
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
)

// Rules are the SLA file: budgets, pauses and ladders. Everything with a
// number in it is a default there, not a constant here. Compile makes a Policy
// of them.
type Rules struct {
	Clocks []ClockDef `json:"clocks" yaml:"clocks"`
	Pauses PauseRules `json:"pauses" yaml:"pauses"`
	Ladder []Rung     `json:"ladder" yaml:"ladder"`
	// Statutory is the longest a restore budget may ever be, by area of the
	// site (urban, county, rural), counted from the report.
	Statutory map[inventory.Area]time.Duration `json:"statutory" yaml:"statutory"`
	// ReportGrades are the customer grades whose fault tickets need a written
	// report before they are archived.
	ReportGrades []inventory.CustomerGrade `json:"report_grades" yaml:"report_grades"`
}

// ClockDef is a clock and its budgets. The first budget that matches counts.
type ClockDef struct {
	Name     Name     `json:"name" yaml:"name"`
	Calendar string   `json:"calendar" yaml:"calendar"` // name; empty: 24x7
	Budgets  []Budget `json:"budgets" yaml:"budgets"`
	// Steps are the percentages at which it warns and breaches; Further is
	// the distance of further steps after the last.
	Steps   []int `json:"steps" yaml:"steps"`
	Further int   `json:"further" yaml:"further"`
	Last    int   `json:"last,omitempty" yaml:"last"` // no step beyond it; zero: no end
}

// Budget is a time for some tickets. Empty lists match everything.
type Budget struct {
	Kinds          []string                  `json:"kinds,omitempty" yaml:"kinds"` // network, service, declaration
	CustomerGrades []inventory.CustomerGrade `json:"customer_grades,omitempty" yaml:"customer_grades"`
	LineGrades     []inventory.LineGrade     `json:"line_grades,omitempty" yaml:"line_grades"`
	LineStates     []string                  `json:"line_states,omitempty" yaml:"line_states"` // down, degraded, at_risk
	Areas          []inventory.Area          `json:"areas,omitempty" yaml:"areas"`
	For            time.Duration             `json:"for" yaml:"for"`
	Then           time.Duration             `json:"then,omitempty" yaml:"then"` // budget of later rounds; default For
}

// PauseRules say which reasons stop a customer's clock.
type PauseRules struct {
	Clocks  []Name   `json:"clocks" yaml:"clocks"`   // that pause
	Reasons []string `json:"reasons" yaml:"reasons"` // that count
	// ApproveIn is for how long a pause is provisional; zero: it needs no approval.
	ApproveIn time.Duration `json:"approve_in" yaml:"approve_in"`
}

// Rung is a step of the ladder: who is told by which channel.
type Rung struct {
	Clocks   []Name   `json:"clocks,omitempty" yaml:"clocks"` // empty: all
	From     int      `json:"from" yaml:"from"`               // percent, inclusive
	To       int      `json:"to,omitempty" yaml:"to"`         // percent, inclusive; zero: no end
	Tell     []string `json:"tell" yaml:"tell"`               // owner, assignee, manager, or a role
	Channels []string `json:"channels" yaml:"channels"`
}
