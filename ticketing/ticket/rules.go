package ticket

import (
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Rules are everything that decides a ticket's life, as files and a store hold
// it. They are stamped on the ticket by their revision when it opens; a store
// keeps every revision, so that an edited file never rewrites a running
// promise. Compile makes a Policy of them.
type Rules struct {
	Rev       string         `json:"rev" yaml:"-"` // a digest of all the rest
	Workflows []WorkflowDef  `json:"workflows" yaml:"-"`
	SLA       sla.Rules      `json:"sla" yaml:"-"`
	Calendars []sla.Calendar `json:"calendars" yaml:"-"`
	Routing   Routing        `json:"routing" yaml:"-"`
	Intake    Intake         `json:"intake" yaml:"-"`
	Groups    []people.Group `json:"groups" yaml:"-"`
}

// Routing says who owns a fault: the first rule that matches.
type Routing struct {
	Rules []RoutingRule `json:"rules" yaml:"rules"`
	// Groups by purpose: support, monitor (also the default).
	Support string `json:"support" yaml:"support"`
	Monitor string `json:"monitor" yaml:"monitor"`
}

// RoutingRule sends faults to a group. Empty lists match everything.
type RoutingRule struct {
	Outcomes []verdict.Outcome `json:"outcomes,omitempty" yaml:"outcomes"`
	Domains  []verdict.Domain  `json:"domains,omitempty" yaml:"domains"` // the fault's domain
	// TiesBetween is a tie whose domains are all among these.
	TiesBetween  []verdict.Domain `json:"ties_between,omitempty" yaml:"ties_between"`
	Technologies []string         `json:"technologies,omitempty" yaml:"technologies"`
	Regions      []string         `json:"regions,omitempty" yaml:"regions"`
	Kinds        []Kind           `json:"kinds,omitempty" yaml:"kinds"`
	Group        string           `json:"group" yaml:"group"`
	Reason       string           `json:"reason,omitempty" yaml:"reason"` // message key, for the timeline
}

// Intake says how a verdict becomes tickets.
type Intake struct {
	Hold map[inventory.LineGrade]time.Duration `json:"hold" yaml:"hold"`
	// SeveralAt is how many lines need no hold.
	SeveralAt int `json:"several_lines" yaml:"several_lines"`
	// Proactive are the grades of customers who get a service ticket per line.
	Proactive []inventory.CustomerGrade `json:"proactive" yaml:"proactive"`
	CallFrom  string                    `json:"call_from" yaml:"call_from"`   // customers are called from 08:00
	CallUntil string                    `json:"call_until" yaml:"call_until"` // to 20:00
	// The zone of the carrier's wall clock is named ("Europe/Berlin"), or a fixed
	// offset from UTC ("+08:00").
	Zone      string                 `json:"zone,omitempty" yaml:"zone"`
	UTCOffset string                 `json:"utc_offset" yaml:"utc_offset"`
	OpenBy    map[Kind][]people.Role `json:"open_by" yaml:"open_by"` // who may open tickets by hand
	Notices   []NoticeRule           `json:"notices" yaml:"notices"`
}

// NoticeRule says who is told of what. On is an action of the workflow, a word
// of the engine, or "enter:STATE".
type NoticeRule struct {
	On       string   `json:"on" yaml:"on"`
	Kinds    []Kind   `json:"kinds,omitempty" yaml:"kinds"`
	Tell     []string `json:"tell" yaml:"tell"` // owner, assignee, opener, from, watchers, manager, customer, or a role
	Channels []string `json:"channels" yaml:"channels"`
	Calling  bool     `json:"calling,omitempty" yaml:"calling"` // only within calling hours
}
