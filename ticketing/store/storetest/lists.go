package storetest

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

var listTests = append(filterTests(), []test{
	{"pages follow each other without gap or repeat, with the number of all", func(t *testing.T, s store.Store) {
		const n = 23
		for i := range n {
			tk := plain(i)
			tk.Opened = at(i / 4) // several at once
			insert(t, s, tk)
		}
		for _, sort := range []string{"", "opened", "-opened"} {
			for _, limit := range []int{1, 4, 7, 50} {
				var seen []string
				for offset := 0; offset < n+limit; offset += limit {
					page, total, err := s.List(t.Context(), store.Filter{}, store.Page{Offset: offset, Limit: limit, Sort: sort})
					must(t, err)
					equal(t, "total", total, n)
					equal(t, "length of the page", len(page), max(0, min(limit, n-offset)))
					seen = append(seen, idsOf(page)...)
				}
				var want []string
				for i := range n {
					want = append(want, plain(i).ID)
				}
				if sort != "opened" {
					slices.Reverse(want)
				}
				sameList(t, "pages by "+sort, seen, want)
			}
		}
	}},
	{"every sort orders, and what has no due time comes last", func(t *testing.T, s store.Store) {
		a, b, c := plain(1), plain(2), plain(3)
		a.Opened, b.Opened, c.Opened = at(3), at(1), at(2)
		a.Updated, b.Updated, c.Updated = at(2), at(3), at(1)
		a.Since, b.Since, c.Since = at(1), at(3), at(2)
		b.Due, c.Due = at(9), at(8)
		a.Severity, b.Severity, c.Severity = "critical", "warning", "major"
		insert(t, s, c, a, b)
		for sort, want := range map[string]string{
			"opened": "bca", "updated": "cab", "since": "acb", "due": "cba", "severity": "bca", "id": "abc",
		} {
			for _, sign := range []string{"", "-"} {
				page, _, err := s.List(t.Context(), store.Filter{}, store.Page{Sort: sign + sort})
				must(t, err)
				var got []byte
				for _, tk := range page {
					got = append(got, map[string]byte{a.ID: 'a', b.ID: 'b', c.ID: 'c'}[tk.ID])
				}
				if sign == "-" {
					slices.Reverse(got)
				}
				equal(t, "order by "+sign+sort, string(got), want)
			}
		}
	}},
	{"a page that cannot be is refused", func(t *testing.T, s store.Store) {
		for _, p := range []store.Page{{Sort: "title"}, {Sort: "opened; DROP TABLE tickets"}, {Limit: 1001}, {Limit: -1}, {Offset: -1}} {
			if _, _, err := s.List(t.Context(), store.Filter{}, p); err == nil {
				t.Errorf("no error for %+v", p)
			}
		}
	}},
	{"a list carries everything but the record", func(t *testing.T, s store.Store) {
		insert(t, s, full(1))
		page, _, err := s.List(t.Context(), store.Filter{}, store.Page{})
		must(t, err)
		want := full(1)
		want.Timeline, want.Ledger = nil, nil
		same(t, "listed", page[0], want)
	}},
	{"nothing matches in an empty store", func(t *testing.T, s store.Store) {
		page, total, err := s.List(t.Context(), store.Filter{Text: "农业"}, store.Page{})
		must(t, err)
		equal(t, "listed and counted", len(page)+total, 0)
	}},
	{"counts stay right whatever happens to tickets", func(t *testing.T, s store.Store) {
		var now []ticket.Ticket
		states := rapid.SampledFrom([]ticket.State{ticket.Working, ticket.Archived, ticket.Held})
		groups := rapid.SampledFrom([]string{"support", "transmission"})
		rapid.Check(t, func(r *rapid.T) {
			change := func(tk *ticket.Ticket) {
				tk.State, tk.Group = states.Draw(r, "state"), groups.Draw(r, "group")
				tk.Open, tk.Breached = tk.State != ticket.Archived, rapid.Bool().Draw(r, "breached")
			}
			var b store.Batch
			for i := range now {
				if rapid.Bool().Draw(r, "step") {
					b.Tickets = append(b.Tickets, store.SaveTicket{Ticket: step(now[i], change), Expect: now[i].Version})
				}
			}
			if len(now) < 12 {
				tk := plain(len(now))
				change(&tk)
				b.Tickets = append(b.Tickets, store.SaveTicket{Ticket: tk})
			}
			if err := s.Save(t.Context(), at(0), b); err != nil {
				r.Fatal(err)
			}
			for _, saved := range b.Tickets {
				if saved.Expect == 0 {
					now = append(now, saved.Ticket)
					continue
				}
				i := slices.IndexFunc(now, func(t ticket.Ticket) bool { return t.ID == saved.Ticket.ID })
				now[i] = saved.Ticket
			}
			checkCounts(r, t, s, now)
		})
	}},
}...)

// checkCounts compares the store's counts with counting.
func checkCounts(r *rapid.T, t *testing.T, s store.Store, now []ticket.Ticket) {
	filters := []store.Filter{{}, {Open: &yes}, {Groups: []string{"support"}, Open: &yes},
		{States: []ticket.State{ticket.Working, ticket.Held}, Breached: true}, {OpenedFrom: at(3), Open: &no}}
	matches := []func(ticket.Ticket) bool{
		func(ticket.Ticket) bool { return true },
		func(t ticket.Ticket) bool { return t.Open },
		func(t ticket.Ticket) bool { return t.Open && t.Group == "support" },
		func(t ticket.Ticket) bool { return t.Open && t.Breached },
		func(t ticket.Ticket) bool { return !t.Open && !t.Opened.Before(at(3)) },
	}
	got, err := s.Counts(t.Context(), filters)
	if err != nil {
		r.Fatal(err)
	}
	for i := range filters {
		want := 0
		for _, tk := range now {
			if matches[i](tk) {
				want++
			}
		}
		if got[i] != want {
			r.Fatalf("filter %d counts %d, want %d", i, got[i], want)
		}
	}
}

var dueTests = []test{
	{"what is to be woken comes oldest first, tickets and outages apart", func(t *testing.T, s store.Store) {
		var b store.Batch
		for i, wake := range []time.Time{at(3), at(1), {}, at(2), at(9)} {
			tk, o := plain(i), outage(i)
			tk.Wake, o.Wake = wake, wake
			b.Tickets = append(b.Tickets, store.SaveTicket{Ticket: tk})
			b.Outages = append(b.Outages, store.SaveOutage{Outage: o})
		}
		must(t, s.Save(t.Context(), at(0), b))
		tickets, outages, err := s.Due(t.Context(), at(3), 10)
		must(t, err)
		sameList(t, "due tickets", tickets, []string{plain(1).ID, plain(3).ID, plain(0).ID})
		sameList(t, "due outages", outages, []string{outage(1).ID, outage(3).ID, outage(0).ID})
		tickets, outages, err = s.Due(t.Context(), at(3), 2)
		must(t, err)
		equal(t, "due, at most two of each", len(tickets)+len(outages), 4)
		tickets, outages, err = s.Due(t.Context(), at(1).Add(-time.Microsecond), 10)
		must(t, err)
		equal(t, "due before the first", len(tickets)+len(outages), 0)
	}},
	{"the next wake is the earliest of both", func(t *testing.T, s store.Store) {
		_, ok, err := s.NextWake(t.Context())
		must(t, err)
		equal(t, "there is one in an empty store", ok, false)
		tk, o := plain(1), outage(1)
		tk.Wake, o.Wake = at(5), at(4)
		must(t, s.Save(t.Context(), at(0), store.Batch{Tickets: []store.SaveTicket{{Ticket: tk}}, Outages: []store.SaveOutage{{Outage: o}}}))
		wake, ok, err := s.NextWake(t.Context())
		must(t, err)
		equal(t, "there is one", ok, true)
		equal(t, "wake", wake, at(4))
		o.Wake, o.Version = time.Time{}, 2
		must(t, s.Save(t.Context(), at(0), store.Batch{Outages: []store.SaveOutage{{Outage: o, Expect: 1}}}))
		wake, _, err = s.NextWake(t.Context())
		must(t, err)
		equal(t, "wake without the outage", wake, at(5))
	}},
}
