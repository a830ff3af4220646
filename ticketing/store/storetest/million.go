package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// A year of a large carrier: a million tickets, of which ten thousand are open.
const (
	Million     = 1_000_000
	openOfThem  = 10_000
	batchOfFill = 1000
)

var (
	yearStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	yearStep  = 365 * 24 * time.Hour / Million
)

// Fill saves tickets up to n, going on where it stopped.
func Fill(b *testing.B, s store.Store, n int) {
	b.Helper()
	have, err := s.Counts(b.Context(), []store.Filter{{}})
	if err != nil {
		b.Fatal(err)
	}
	for i := have[0]; i < n; i += batchOfFill {
		var batch store.Batch
		for j := i; j < min(n, i+batchOfFill); j++ {
			batch.Tickets = append(batch.Tickets, store.SaveTicket{Ticket: ordinary(j, n)})
		}
		if err := s.Save(b.Context(), yearStart, batch); err != nil {
			b.Fatal(err)
		}
	}
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// ordinary is the i-th of n tickets, the same in every run.
func ordinary(i, n int) ticket.Ticket {
	r := rand.New(rand.NewPCG(1, uint64(i)))
	opened := yearStart.Add(time.Duration(i) * yearStep)
	customer := int(r.ExpFloat64() * 4000)
	cable := fmt.Sprintf("CBL-%d", r.IntN(5000))
	group := r.IntN(40)
	region := fmt.Sprintf("city%02d", group%16) // groups have regions
	t := ticket.Ticket{
		ID: fmt.Sprintf("NT-%s-%06d", opened.Format("20060102"), i), Version: 1, Kind: pick(r, []ticket.Kind{ticket.Network, ticket.Service, ticket.Service}),
		Key: fmt.Sprintf("verdict/V%d", i), Policy: "p1", Workflow: "fault", State: ticket.Archived, Status: ticket.StatusClosed,
		Visible: r.IntN(10) > 0, Source: "verdict", Opener: people.System(), Severity: pick(r, []verdict.Severity{verdict.Critical, verdict.Major, verdict.Major, verdict.Minor}),
		Title: fmt.Sprintf("光缆 %s 中断，%s", cable, pick(r, []string{"接入末端", "接入主干", "本地核心网"})), Region: region,
		Fault: ticket.Fault{Verdict: fmt.Sprintf("V%026d", i), Epoch: 1, Version: 3, Outcome: verdict.Root, Domain: pick(r, []verdict.Domain{verdict.Premises, verdict.Tail, verdict.Tail, verdict.Trunk, verdict.Core}),
			Roots: []verdict.RootCause{{Subject: symptom.Cable(cable), Kind: "cable", Mode: verdict.Down, P: 0.9}}},
		Group: fmt.Sprintf("group%02d", group), Assignee: fmt.Sprintf("user%03d", r.IntN(300)),
		Actors:    []string{fmt.Sprintf("user%03d", r.IntN(300)), fmt.Sprintf("user%03d", r.IntN(300))},
		Customers: []string{fmt.Sprintf("CU-%05d", customer)}, Managers: []string{fmt.Sprintf("经理%d", customer%500)},
		Breached: r.IntN(20) == 0, Warned: r.IntN(10) == 0,
		Opened: opened, Since: opened.Add(4 * time.Hour), Updated: opened.Add(5 * time.Hour), Closed: opened.Add(5 * time.Hour),
		Clocks:   []sla.Clock{{Name: sla.Restore, Round: 1, Budget: 2 * time.Hour, Started: opened, Stopped: opened.Add(time.Hour), Due: opened.Add(2 * time.Hour)}},
		Timeline: []ticket.Entry{{Seq: 1, At: opened, By: people.System(), Action: "open"}},
	}
	for range 1 + r.IntN(3) {
		line := customer*5 + r.IntN(5)
		t.Lines = append(t.Lines, ticket.Line{
			ID: fmt.Sprintf("LN-%06d", line), Name: "专线", Circuit: fmt.Sprintf("合肥芜湖ETN%06d", line), Grade: "AA", State: ticket.LineUp,
			Customer: t.Customers[0], CustomerName: fmt.Sprintf("%s第%d支行", pick(r, []string{"农业银行", "工商银行", "人民医院", "税务局"}), customer), Region: region,
		})
	}
	if i >= n-openOfThem {
		t.State, t.Status, t.Open, t.Visible, t.Closed = ticket.Working, ticket.StatusInProgress, true, true, time.Time{}
		t.Due = opened.Add(time.Duration(r.IntN(48)) * time.Hour)
		t.Wake = t.Due
	}
	return t
}

// pages are what people open, and what counts of them a page shows.
var pages = []struct {
	name   string
	filter store.Filter
	page   store.Page
}{
	{"group queue", store.Filter{Open: &yes, Visible: &yes, Groups: []string{"group07"}}, store.Page{Sort: "due"}},
	{"mine", store.Filter{Open: &yes, Assignees: []string{"user042"}}, store.Page{}},
	{"done by me", store.Filter{Actors: []string{"user042"}}, store.Page{}},
	{"in transit by due time", store.Filter{Open: &yes, Visible: &yes}, store.Page{Sort: "due"}},
	{"in transit by severity", store.Filter{Open: &yes, Visible: &yes}, store.Page{Sort: "-severity"}},
	{"overdue", store.Filter{Open: &yes, Breached: true}, store.Page{Sort: "due"}},
	{"due soon", store.Filter{Open: &yes, DueBefore: yearStart.AddDate(1, 0, 0)}, store.Page{Sort: "due"}},
	{"everything", store.Filter{}, store.Page{}},
	{"history", store.Filter{Open: &no, Visible: &yes}, store.Page{}},
	{"history, page 2000", store.Filter{Open: &no, Visible: &yes}, store.Page{Offset: 100_000}},
	{"history, last page", store.Filter{Open: &no, Visible: &yes}, store.Page{Offset: 880_000}},
	{"history by update", store.Filter{Open: &no}, store.Page{Sort: "-updated"}},
	{"history of a region, severe", store.Filter{Open: &no, Regions: []string{"city07"}, Severities: []string{"critical"}}, store.Page{}},
	{"history of a month", store.Filter{Open: &no, OpenedFrom: yearStart.AddDate(0, 5, 0), OpenedTo: yearStart.AddDate(0, 6, 0)}, store.Page{}},
	{"closed in a month, by a group", store.Filter{Groups: []string{"group07"}, ClosedFrom: yearStart.AddDate(0, 5, 0), ClosedTo: yearStart.AddDate(0, 6, 0)}, store.Page{}},
	{"a customer", store.Filter{Customers: []string{"CU-00007"}}, store.Page{}},
	{"a manager", store.Filter{Managers: []string{"经理7"}}, store.Page{}},
	{"a line", store.Filter{Lines: []string{"LN-000042"}}, store.Page{}},
	{"a root", store.Filter{Roots: []string{"cable/CBL-77"}}, store.Page{}},
	{"a verdict", store.Filter{Verdicts: []string{"V00000000000000000000413698"}}, store.Page{}},
	{"children", store.Filter{Parents: []string{"NT-20260601-413698"}}, store.Page{}},
	{"opened by me", store.Filter{Openers: []string{"user042"}}, store.Page{}},
	{"an id", store.Filter{IDs: []string{"NT-20260601-413698"}}, store.Page{}},
	{"text: an id", store.Filter{Text: "NT-20260601-413698"}, store.Page{}},
	{"text: a customer", store.Filter{Text: "农业银行第77支行"}, store.Page{}},
	{"text: a circuit", store.Filter{Text: "ETN000042"}, store.Page{}},
	{"text: two Chinese characters, common", store.Filter{Text: "税务"}, store.Page{}},
	{"text: two Chinese characters, unknown", store.Filter{Text: "广播"}, store.Page{}},
	{"text: two characters of ASCII", store.Filter{Text: "42"}, store.Page{}},
}

// Pages measures each page of a filled store; the figure to hold is 100 ms.
func Pages(b *testing.B, s store.Store) {
	for _, p := range pages {
		b.Run(p.name, func(b *testing.B) {
			total := 0
			for b.Loop() {
				var err error
				if _, total, err = s.List(b.Context(), p.filter, p.page); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(total), "tickets")
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/page")
		})
	}
	b.Run("twelve counts of queues", func(b *testing.B) {
		var filters []store.Filter
		for i := range 12 {
			f := pages[i%7].filter
			f.Groups = []string{fmt.Sprintf("group%02d", i)}
			filters = append(filters, f)
		}
		for b.Loop() {
			if _, err := s.Counts(b.Context(), filters); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/page")
	})
}
