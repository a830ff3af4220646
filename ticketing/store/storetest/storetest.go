// Package storetest is the contract of package store as tests. Every
// implementation runs all of it; none is excused.
package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// Run runs the contract. open gives an empty store and closes it at the end of
// the test.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"Tickets", ticketTests},
		{"Batch", batchTests},
		{"List", listTests},
		{"Due", dueTests},
		{"Effects", effectTests},
		{"Outages", outageTests},
		{"Accounts", accountTests},
		{"Docs", docTests},
		{"Leases", leaseTests},
		{"Concurrency", concurrencyTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
			}
		})
	}
}

// test is one sentence about the contract.
type test struct {
	name string
	run  func(t *testing.T, s store.Store)
}

// t0 has nanoseconds, which no store keeps, in a zone that none should.
var t0 = time.Date(2026, 11, 22, 9, 30, 15, 123456789, time.FixedZone("UTC+8", 8*3600))

// at is a time of the tests: so many minutes after t0, as a store returns it.
func at(minutes int) time.Time {
	return t0.Add(time.Duration(minutes) * time.Minute).UTC().Truncate(time.Microsecond)
}

// plain is a small network ticket in version 1.
func plain(n int) ticket.Ticket {
	id := fmt.Sprintf("NT-20261122-%06d", n)
	return ticket.Ticket{
		ID: id, Version: 1, Kind: ticket.Network, Key: "verdict/V" + id, Policy: "p1", Workflow: "fault",
		State: ticket.Dispatched, Since: at(n), Status: ticket.StatusAcknowledged, Open: true, Visible: true,
		Title: fmt.Sprintf("Fault %d", n), Severity: "major", Source: "verdict", Opener: people.System(),
		Group: "support", Opened: at(n), Updated: at(n),
		Lines: []ticket.Line{}, Clocks: []sla.Clock{},
		Timeline: []ticket.Entry{{Seq: 1, At: at(n), By: people.System(), Action: "open", To: ticket.Dispatched, ToGroup: "support"}},
		Ledger:   []sla.Entry{{Seq: 1, Clock: sla.Respond, Round: 1, Kind: sla.Start, At: at(n), Recorded: at(n), Budget: 15 * time.Minute}},
	}
}

// full is a ticket with something in every part of it.
func full(n int) ticket.Ticket {
	t := plain(n)
	t.Description = "两条专线同时中断 <script>&\u2028 \"quoted\""
	t.ExternalID, t.Contact = "EXT-1", "王工 13800000000"
	t.Fault = ticket.Fault{
		Verdict: "V1", Epoch: 3, Version: 1 << 40, State: verdict.Open, Outcome: verdict.Root, Domain: verdict.Trunk,
		Domains: []verdict.DomainShare{{Domain: verdict.Trunk, P: 0.9375}}, Side: "a",
		Roots:      []verdict.RootCause{{Subject: "cable/CBL-12", Kind: "cable", Mode: verdict.Down, P: 1.0 / 3}},
		Confidence: 0.1 + 0.2, Started: at(-2), StartedAfter: at(-3),
	}
	t.Lines = []ticket.Line{{
		ID: "LN-0042", Name: "合肥-芜湖", Circuit: "合肥芜湖ETN0042", Grade: "AAA", State: ticket.LineDown,
		Customer: "CU-1", CustomerName: "安徽省农业银行", CustomerGrade: "diamond", Manager: "李经理", Region: "hefei",
	}}
	t.Region, t.Customers, t.Managers = "hefei", []string{"CU-1"}, []string{"李经理"}
	t.Assignee, t.Actors, t.Watchers = "zhang", []string{"li", "zhang"}, []string{"wang"}
	t.Suspension = &ticket.Suspension{Reason: "no_access", Since: at(5), Until: at(65), By: "zhang", Pauses: true, From: ticket.Working}
	t.Retest = &ticket.Retest{ID: "R1", Ordered: at(7), Lines: []ticket.LineResult{{Line: "LN-0042", Result: ticket.RetestPassed}}}
	t.Supervision = &ticket.Supervision{By: "boss", Since: at(8), Every: time.Hour, Next: at(68)}
	t.Due, t.Wake = at(15), at(10)
	t.Clocks = []sla.Clock{{Name: sla.Respond, Round: 1, Budget: 15 * time.Minute, Started: at(n), Due: at(15),
		Pauses: []sla.Interval{{From: at(2), To: at(3), Reason: "no_access"}}}}
	t.Timeline[0].Fields = map[string]string{"reason": "路由"}
	return t
}

// step is t one version on, with one more line of timeline.
func step(t ticket.Ticket, change func(*ticket.Ticket)) ticket.Ticket {
	t.Version++
	t.Updated = t.Updated.Add(time.Minute)
	t.Timeline = append(t.Timeline[:len(t.Timeline):len(t.Timeline)], ticket.Entry{
		Seq: len(t.Timeline) + 1, At: t.Updated, By: people.Ref{ID: "zhang", Name: "张工"},
		Action: "note", From: t.State, To: t.State, ToGroup: t.Group, Text: "step"})
	if change != nil {
		change(&t)
	}
	return t
}

// insert saves new tickets.
func insert(t *testing.T, s store.Store, tickets ...ticket.Ticket) {
	t.Helper()
	var b store.Batch
	for _, tk := range tickets {
		b.Tickets = append(b.Tickets, store.SaveTicket{Ticket: tk})
	}
	must(t, s.Save(t.Context(), at(0), b))
}

// update saves a ticket that was stepped from version expect.
func update(s store.Store, t *testing.T, tk ticket.Ticket, expect int64) error {
	return s.Save(t.Context(), at(1), store.Batch{Tickets: []store.SaveTicket{{Ticket: tk, Expect: expect}}})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %q", err, want)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v, want %v", what, got, want)
	}
}
