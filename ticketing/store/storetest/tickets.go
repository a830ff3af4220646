package storetest

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

var ticketTests = []test{
	{"a ticket comes back as it went in", func(t *testing.T, s store.Store) {
		insert(t, s, full(1))
		got, err := s.Ticket(t.Context(), full(1).ID)
		must(t, err)
		same(t, "ticket", got, full(1))
		got, err = s.TicketByKey(t.Context(), full(1).Key)
		must(t, err)
		same(t, "ticket by key", got, full(1))
	}},
	{"any ticket comes back as it went in, also after steps", func(t *testing.T, s store.Store) {
		n := 0
		rapid.Check(t, func(r *rapid.T) {
			n++
			tk := anyTicket(r, n)
			if err := s.Save(t.Context(), at(0), store.Batch{Tickets: []store.SaveTicket{{Ticket: tk}}}); err != nil {
				r.Fatalf("insert: %v", err)
			}
			for range rapid.IntRange(0, 3).Draw(r, "steps") {
				next := anyStep(r, tk)
				if err := update(s, t, next, tk.Version); err != nil {
					r.Fatalf("update: %v", err)
				}
				tk = next
			}
			got, err := s.Ticket(t.Context(), tk.ID)
			if err != nil {
				r.Fatalf("load: %v", err)
			}
			same(r, "ticket", got, cut(tk))
		})
	}},
	{"times are cut to microseconds and given in UTC, and the caller's ticket is left alone", func(t *testing.T, s store.Store) {
		tk := full(1)
		tk.Opened, tk.Suspension.Since, tk.Clocks[0].Pauses[0].From, tk.Timeline[0].At, tk.Ledger[0].At = t0, t0, t0, t0, t0
		insert(t, s, tk)
		got, err := s.Ticket(t.Context(), tk.ID)
		must(t, err)
		equal(t, "opened", got.Opened, at(0))
		equal(t, "suspended since", got.Suspension.Since, at(0))
		equal(t, "pause of a clock", got.Clocks[0].Pauses[0].From, at(0))
		equal(t, "time in the timeline", got.Timeline[0].At, at(0))
		equal(t, "time in the ledger", got.Ledger[0].At, at(0))
		equal(t, "the caller's suspension", tk.Suspension.Since, t0)
		equal(t, "the caller's pause", tk.Clocks[0].Pauses[0].From, t0)
	}},
	{"what is not there is not found", func(t *testing.T, s store.Store) {
		_, err := s.Ticket(t.Context(), "NT-1")
		wantErr(t, err, store.ErrNotFound)
		_, err = s.TicketByKey(t.Context(), "verdict/V1")
		wantErr(t, err, store.ErrNotFound)
		wantErr(t, update(s, t, step(plain(1), nil), 1), store.ErrNotFound)
	}},
	{"one key opens one ticket", func(t *testing.T, s store.Store) {
		insert(t, s, plain(1))
		other := plain(2)
		other.Key = plain(1).Key
		err := s.Save(t.Context(), at(0), store.Batch{Tickets: []store.SaveTicket{{Ticket: plain(3)}, {Ticket: other}}})
		wantErr(t, err, store.ErrDuplicate)
		_, err = s.Ticket(t.Context(), plain(3).ID)
		wantErr(t, err, store.ErrNotFound) // nothing of the batch
	}},
	{"many tickets may have no key", func(t *testing.T, s store.Store) {
		a, b := plain(1), plain(2)
		a.Key, b.Key = "", ""
		insert(t, s, a, b)
		_, err := s.TicketByKey(t.Context(), "")
		wantErr(t, err, store.ErrNotFound)
	}},
	{"one id is given once", func(t *testing.T, s store.Store) {
		insert(t, s, plain(1))
		again := plain(1)
		again.Key = "another"
		wantErr(t, s.Save(t.Context(), at(0), store.Batch{Tickets: []store.SaveTicket{{Ticket: again}}}), store.ErrDuplicate)
	}},
	{"a step from an old version conflicts and changes nothing", func(t *testing.T, s store.Store) {
		one := plain(1)
		insert(t, s, one)
		two := step(one, func(t *ticket.Ticket) { t.Assignee = "zhang" })
		must(t, update(s, t, two, 1))
		wantErr(t, update(s, t, step(one, func(t *ticket.Ticket) { t.Assignee = "li" }), 1), store.ErrConflict)
		got, err := s.Ticket(t.Context(), one.ID)
		must(t, err)
		same(t, "ticket", got, two)
	}},
	{"a step that does not raise the version is refused", func(t *testing.T, s store.Store) {
		insert(t, s, plain(1))
		if err := update(s, t, plain(1), 1); err == nil {
			t.Fatal("saved version 1 over version 1")
		}
	}},
	{"several steps may be saved as one", func(t *testing.T, s store.Store) {
		insert(t, s, plain(1))
		three := step(step(plain(1), nil), nil)
		must(t, update(s, t, three, 1))
		got, err := s.Ticket(t.Context(), three.ID)
		must(t, err)
		same(t, "ticket", got, three)
	}},
	{"stored lines of the record are never touched", func(t *testing.T, s store.Store) {
		insert(t, s, plain(1))
		two := step(plain(1), nil)
		forged := two
		forged.Timeline = append([]ticket.Entry{{Seq: 1, Action: "forged"}}, two.Timeline[1:]...)
		must(t, update(s, t, forged, 1))
		got, err := s.Ticket(t.Context(), two.ID)
		must(t, err)
		same(t, "timeline", got.Timeline, two.Timeline)
	}},
	{"a ticket that was not loaded whole is refused", func(t *testing.T, s store.Store) {
		insert(t, s, step(plain(1), nil))
		listed, _, err := s.List(t.Context(), store.Filter{}, store.Page{})
		must(t, err)
		err = update(s, t, step(listed[0], nil), 2)
		if err == nil || !strings.Contains(err.Error(), "load it whole") {
			t.Fatalf("error is %v, want one that says to load it whole", err)
		}
	}},
	{"text with zero bytes and broken characters does no harm", func(t *testing.T, s store.Store) {
		tk := plain(1)
		tk.Title, tk.ExternalID = "zero \x00 byte", "e\x00\xff"
		insert(t, s, tk)
		_, total, err := s.List(t.Context(), store.Filter{Text: "zero\x00 by\xff"}, store.Page{})
		must(t, err)
		equal(t, "matches", total, 0)
		got, _, err := s.List(t.Context(), store.Filter{Text: "zero"}, store.Page{})
		must(t, err)
		equal(t, "title", got[0].Title, tk.Title)
	}},
}
