package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
)

// outage is a line's, from minute n on.
func outage(n int) sla.Outage {
	return sla.Outage{
		ID: fmt.Sprintf("V1/LN-%d/1", n), Version: 1, Line: fmt.Sprintf("LN-%d", n), Customer: "CU-1", Kind: sla.Down,
		Verdict: "V1", Ticket: "NT-1", Domain: "tail", Started: at(n), StartedAfter: at(n - 1),
		Clocks: []sla.Clock{{Name: sla.Restore, Round: 1, Budget: 2 * time.Hour, Started: at(n), Due: at(n + 120)}},
		Ledger: []sla.Entry{{Seq: 1, Clock: sla.Restore, Round: 1, Kind: sla.Start, At: at(n), Recorded: at(n + 1)}},
	}
}

func saveOutages(t *testing.T, s store.Store, outages ...sla.Outage) {
	t.Helper()
	var b store.Batch
	for _, o := range outages {
		b.Outages = append(b.Outages, store.SaveOutage{Outage: o})
	}
	must(t, s.Save(t.Context(), at(0), b))
}

var outageTests = []test{
	{"an outage comes back as it went in, with a ledger that grows", func(t *testing.T, s store.Store) {
		o := outage(1)
		saveOutages(t, s, o)
		o.Version, o.Ended, o.SelfHealed = 2, at(4), true
		o.Ledger = append(o.Ledger, sla.Entry{Seq: 2, Clock: sla.Restore, Kind: sla.Stop, At: at(4), Recorded: at(5)})
		forged := o
		forged.Ledger = []sla.Entry{{Seq: 1, Reason: "forged"}, o.Ledger[1]}
		must(t, s.Save(t.Context(), at(1), store.Batch{Outages: []store.SaveOutage{{Outage: forged, Expect: 1}}}))
		got, err := s.Outage(t.Context(), o.ID)
		must(t, err)
		same(t, "outage", got, o)
	}},
	{"versions are checked", func(t *testing.T, s store.Store) {
		save := func(version, expect int64) error {
			o := outage(1)
			o.Version = version
			return s.Save(t.Context(), at(0), store.Batch{Outages: []store.SaveOutage{{Outage: o, Expect: expect}}})
		}
		wantErr(t, save(2, 1), store.ErrNotFound)
		must(t, save(1, 0))
		wantErr(t, save(1, 0), store.ErrDuplicate)
		must(t, save(2, 1))
		wantErr(t, save(2, 1), store.ErrConflict)
		_, err := s.Outage(t.Context(), "V9")
		wantErr(t, err, store.ErrNotFound)
	}},
	{"every filter selects and excludes", func(t *testing.T, s store.Store) {
		a, b, c := outage(1), outage(2), outage(3)
		b.Customer, b.Verdict, b.Ticket, b.Service = "CU-2", "V2", "NT-2", "ST-2"
		b.Ended = at(10)
		c.Customer, c.Verdict, c.Ticket, c.Started = "CU-3", "V3", "NT-3", at(20)
		saveOutages(t, s, c, b, a)
		for name, want := range map[string]struct {
			filter store.OutageFilter
			ids    []string
		}{
			"all, oldest start first":           {store.OutageFilter{}, []string{a.ID, b.ID, c.ID}},
			"a line":                            {store.OutageFilter{Lines: []string{b.Line}}, []string{b.ID}},
			"lines":                             {store.OutageFilter{Lines: []string{c.Line, a.Line}}, []string{a.ID, c.ID}},
			"customers":                         {store.OutageFilter{Customers: []string{"CU-2"}}, []string{b.ID}},
			"verdicts":                          {store.OutageFilter{Verdicts: []string{"V3"}}, []string{c.ID}},
			"a network ticket":                  {store.OutageFilter{Tickets: []string{"NT-2"}}, []string{b.ID}},
			"a service ticket":                  {store.OutageFilter{Tickets: []string{"ST-2"}}, []string{b.ID}},
			"tickets of both kinds":             {store.OutageFilter{Tickets: []string{"ST-2", "NT-3"}}, []string{b.ID, c.ID}},
			"open":                              {store.OutageFilter{Open: &yes}, []string{a.ID, c.ID}},
			"ended":                             {store.OutageFilter{Open: &no}, []string{b.ID}},
			"until its end, which is out of it": {store.OutageFilter{From: at(10)}, []string{a.ID, c.ID}},
			"just before its end":               {store.OutageFilter{From: at(10).Add(-time.Microsecond)}, []string{a.ID, b.ID, c.ID}},
			"up to its start, which is in it":   {store.OutageFilter{To: at(20)}, []string{a.ID, b.ID}},
			"just after its start":              {store.OutageFilter{To: at(20).Add(time.Microsecond)}, []string{a.ID, b.ID, c.ID}},
			"an interval between":               {store.OutageFilter{From: at(12), To: at(13)}, []string{a.ID}},
			"two conditions":                    {store.OutageFilter{Customers: []string{"CU-1"}, Open: &no}, nil},
		} {
			got, err := s.OutagesWhere(t.Context(), want.filter, 100)
			must(t, err)
			var ids []string
			for _, o := range got {
				ids = append(ids, o.ID)
				equal(t, "lines of ledger", len(o.Ledger), 1)
			}
			sameList(t, name, ids, want.ids)
		}
		got, err := s.OutagesWhere(t.Context(), store.OutageFilter{}, 2)
		must(t, err)
		equal(t, "at most two", len(got), 2)
	}},
}
