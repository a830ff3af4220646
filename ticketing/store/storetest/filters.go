package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// filterCase is a filter and what makes a ticket match it; plain does not.
type filterCase struct {
	name   string
	filter store.Filter
	match  func(*ticket.Ticket)
}

var yes, no = true, false

var filterCases = []filterCase{
	{"ids", store.Filter{IDs: []string{"ST-1", "ST-2"}}, func(t *ticket.Ticket) { t.ID = "ST-1" }},
	{"kinds", store.Filter{Kinds: []ticket.Kind{ticket.Service}}, func(t *ticket.Ticket) { t.Kind = ticket.Service }},
	{"several kinds", store.Filter{Kinds: []ticket.Kind{ticket.Service, ticket.Declaration}}, func(t *ticket.Ticket) { t.Kind = ticket.Declaration }},
	{"states", store.Filter{States: []ticket.State{ticket.Working}}, func(t *ticket.Ticket) { t.State = ticket.Working }},
	{"statuses", store.Filter{Statuses: []ticket.Status{ticket.StatusHeld}}, func(t *ticket.Ticket) { t.Status = ticket.StatusHeld }},
	{"severities", store.Filter{Severities: []string{"critical"}}, func(t *ticket.Ticket) { t.Severity = "critical" }},
	{"domains", store.Filter{Domains: []string{"trunk"}}, func(t *ticket.Ticket) { t.Fault.Domain = verdict.Trunk }},
	{"groups", store.Filter{Groups: []string{"transmission"}}, func(t *ticket.Ticket) { t.Group = "transmission" }},
	{"assignees", store.Filter{Assignees: []string{"zhang"}}, func(t *ticket.Ticket) { t.Assignee = "zhang" }},
	{"openers", store.Filter{Openers: []string{"wang"}}, func(t *ticket.Ticket) { t.Opener = people.Ref{ID: "wang"} }},
	{"actors", store.Filter{Actors: []string{"zhang"}}, func(t *ticket.Ticket) { t.Actors = []string{"li", "zhang"} }},
	{"watchers", store.Filter{Watchers: []string{"zhang"}}, func(t *ticket.Ticket) { t.Watchers = []string{"zhang"} }},
	{"watchers, who are no actors", store.Filter{Watchers: []string{"li"}, Actors: []string{"zhang"}}, func(t *ticket.Ticket) { t.Watchers, t.Actors = []string{"li"}, []string{"zhang"} }},
	{"regions", store.Filter{Regions: []string{"hefei", "wuhu"}}, func(t *ticket.Ticket) { t.Region = "wuhu" }},
	{"customers", store.Filter{Customers: []string{"CU-2"}}, func(t *ticket.Ticket) { t.Customers = []string{"CU-1", "CU-2"} }},
	{"managers", store.Filter{Managers: []string{"李经理"}}, func(t *ticket.Ticket) { t.Managers = []string{"李经理"} }},
	{"lines", store.Filter{Lines: []string{"LN-7", "LN-8"}}, func(t *ticket.Ticket) { t.Lines = []ticket.Line{{ID: "LN-6"}, {ID: "LN-7"}} }},
	{"verdicts", store.Filter{Verdicts: []string{"V1"}}, func(t *ticket.Ticket) { t.Fault.Verdict = "V1" }},
	{"roots", store.Filter{Roots: []string{"cable/CBL-12"}}, func(t *ticket.Ticket) {
		t.Fault.Roots = []verdict.RootCause{{Subject: "link/L-1"}, {Subject: "cable/CBL-12"}}
	}},
	{"parents", store.Filter{Parents: []string{"NT-0"}}, func(t *ticket.Ticket) { t.Parent = "NT-0" }},
	{"external ids", store.Filter{ExternalIDs: []string{"X"}}, func(t *ticket.Ticket) { t.ExternalID = "X" }},
	{"open", store.Filter{Open: &yes}, func(t *ticket.Ticket) { t.Open = true }},
	{"not open", store.Filter{Open: &no}, func(t *ticket.Ticket) { t.Open = false }},
	{"visible", store.Filter{Visible: &yes}, func(t *ticket.Ticket) { t.Visible = true }},
	{"not visible", store.Filter{Visible: &no}, func(t *ticket.Ticket) { t.Visible = false }},
	{"unassigned", store.Filter{Unassigned: true}, func(t *ticket.Ticket) { t.Assignee = "" }},
	{"urged", store.Filter{Urged: true}, func(t *ticket.Ticket) { t.Urged = 2 }},
	{"supervised", store.Filter{Supervised: true}, func(t *ticket.Ticket) { t.Supervision = &ticket.Supervision{By: "boss"} }},
	{"warned", store.Filter{Warned: true}, func(t *ticket.Ticket) { t.Warned = true }},
	{"breached", store.Filter{Breached: true}, func(t *ticket.Ticket) { t.Breached = true }},
	{"due before", store.Filter{DueBefore: at(10)}, func(t *ticket.Ticket) { t.Due = at(10).Add(-time.Microsecond) }},
	{"due before, and set", store.Filter{DueBefore: at(10)}, func(t *ticket.Ticket) { t.Due = at(9) }},
	{"closed to, and closed", store.Filter{ClosedTo: at(10)}, func(t *ticket.Ticket) { t.Closed = at(9) }},
	{"opened from", store.Filter{OpenedFrom: at(10)}, func(t *ticket.Ticket) { t.Opened = at(10) }},
	{"opened to", store.Filter{OpenedTo: at(-10)}, func(t *ticket.Ticket) { t.Opened = at(-10).Add(-time.Microsecond) }},
	{"updated from", store.Filter{UpdatedFrom: at(10)}, func(t *ticket.Ticket) { t.Updated = at(10) }},
	{"updated to", store.Filter{UpdatedTo: at(-10)}, func(t *ticket.Ticket) { t.Updated = at(-10).Add(-time.Microsecond) }},
	{"closed from", store.Filter{ClosedFrom: at(10)}, func(t *ticket.Ticket) { t.Closed = at(10) }},
	{"closed to", store.Filter{ClosedTo: at(10)}, func(t *ticket.Ticket) { t.Closed = at(10).Add(-time.Microsecond) }},
	{"text in the id", store.Filter{Text: "20261123-0"}, func(t *ticket.Ticket) { t.ID = "NT-20261123-000001" }},
	{"text in the title", store.Filter{Text: "cut"}, func(t *ticket.Ticket) { t.Title = "Cable CBL-12 CUT" }},
	{"two characters of ASCII", store.Filter{Text: "lA"}, func(t *ticket.Ticket) { t.Title = "black" }},
	{"one character of Chinese", store.Filter{Text: "缆"}, func(t *ticket.Ticket) { t.Title = "光缆中断" }},
	{"two characters of Chinese, within", store.Filter{Text: "农业"}, func(t *ticket.Ticket) { t.Lines = []ticket.Line{{CustomerName: "安徽省农业银行"}} }},
	{"text in a line's id", store.Filter{Text: "ln-0042"}, func(t *ticket.Ticket) { t.Lines = []ticket.Line{{ID: "LN-0042"}} }},
	{"text in a circuit code", store.Filter{Text: "芜湖etn"}, func(t *ticket.Ticket) { t.Lines = []ticket.Line{{Circuit: "合肥芜湖ETN0042"}} }},
	{"full-width text", store.Filter{Text: "ＥＴＮ"}, func(t *ticket.Ticket) { t.Lines = []ticket.Line{{Circuit: "合肥芜湖ETN0042"}} }},
	{"two words in two places", store.Filter{Text: " 银行  芜湖 "}, func(t *ticket.Ticket) { t.Lines = []ticket.Line{{Circuit: "芜湖1", CustomerName: "农业银行"}} }},
	{"text with quotes, per cent and stars", store.Filter{Text: `5%"*'_`}, func(t *ticket.Ticket) { t.Title = `loss 5%"*'_ now` }},
}

// Fields that are true of plain: the ticket that must not match lacks them.
var spoil = map[string]func(*ticket.Ticket){
	"open":       func(t *ticket.Ticket) { t.Open = false },
	"visible":    func(t *ticket.Ticket) { t.Visible = false },
	"unassigned": func(t *ticket.Ticket) { t.Assignee = "zhang" },
	// Just outside of the range, where the limit is exact.
	"due before":   func(t *ticket.Ticket) { t.Due = at(10) },
	"opened from":  func(t *ticket.Ticket) { t.Opened = at(10).Add(-time.Microsecond) },
	"opened to":    func(t *ticket.Ticket) { t.Opened = at(-10) },
	"updated from": func(t *ticket.Ticket) { t.Updated = at(10).Add(-time.Microsecond) },
	"updated to":   func(t *ticket.Ticket) { t.Updated = at(-10) },
	"closed from":  func(t *ticket.Ticket) { t.Closed = at(10).Add(-time.Microsecond) },
	"closed to":    func(t *ticket.Ticket) { t.Closed = at(10) },
	// Has both words' pieces, but not the words.
	"text in the title":                 func(t *ticket.Ticket) { t.Title = "cu t" },
	"two characters of Chinese, within": func(t *ticket.Ticket) { t.Title = "农事业" },
	"two words in two places":           func(t *ticket.Ticket) { t.Title = "银行" },
	"watchers, who are no actors":       func(t *ticket.Ticket) { t.Watchers = []string{"zhang", "li"} },
}

// filterTests prove each filter: it finds the ticket that matches and not the
// other, and follows both when a step turns the one into the other.
func filterTests() []test {
	tests := []test{{"every field of Filter has a case", func(t *testing.T, _ store.Store) {
		for i := range reflect.TypeFor[store.Filter]().NumField() {
			covered := false
			for _, c := range filterCases {
				covered = covered || !reflect.ValueOf(c.filter).Field(i).IsZero()
			}
			if !covered {
				t.Errorf("no case filters by %s", reflect.TypeFor[store.Filter]().Field(i).Name)
			}
		}
	}}}
	for _, c := range filterCases {
		tests = append(tests, test{"filter: " + c.name, func(t *testing.T, s store.Store) {
			a, b := c.ticket(1, false), c.ticket(2, true)
			insert(t, s, a, b)
			wantOnly(t, s, c.filter, b.ID)
			if b.ID != plain(2).ID {
				return // a step cannot change the id
			}
			a2, b2 := c.ticket(1, true), c.ticket(2, false)
			a2.Version, b2.Version = 2, 2
			must(t, s.Save(t.Context(), at(1), store.Batch{Tickets: []store.SaveTicket{{Ticket: a2, Expect: 1}, {Ticket: b2, Expect: 1}}}))
			wantOnly(t, s, c.filter, a.ID)
		}})
	}
	return tests
}

// ticket is one that matches, or one that only nearly does.
func (c filterCase) ticket(n int, matches bool) ticket.Ticket {
	tk := plain(n)
	change := c.match
	if !matches {
		change = spoil[c.name]
	}
	if change != nil {
		change(&tk)
	}
	return tk
}

func wantOnly(t *testing.T, s store.Store, f store.Filter, id string) {
	t.Helper()
	page, total, err := s.List(t.Context(), f, store.Page{})
	must(t, err)
	sameList(t, "listed", idsOf(page), []string{id})
	equal(t, "total", total, 1)
	n, err := s.Counts(t.Context(), []store.Filter{f, {}})
	must(t, err)
	equal(t, "counted", n[0], 1)
	equal(t, "counted of all", n[1], 2)
}

func idsOf(tickets []ticket.Ticket) []string {
	var ids []string
	for _, t := range tickets {
		ids = append(ids, t.ID)
	}
	return ids
}
