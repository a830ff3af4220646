package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

var batchTests = []test{
	{"a batch commits all its parts", func(t *testing.T, s store.Store) {
		b := everything(1)
		must(t, s.Save(t.Context(), at(0), b))
		got, err := s.Outage(t.Context(), b.Outages[0].Outage.ID)
		must(t, err)
		same(t, "outage", got, b.Outages[0].Outage)
		a, ok, err := s.Applied(t.Context(), "V1")
		must(t, err)
		equal(t, "applied is there", ok, true)
		same(t, "applied", a, b.Applied[0])
		effects, err := s.EffectsOf(t.Context(), plain(1).ID, 10)
		must(t, err)
		equal(t, "effects", len(effects), 1)
		doc, err := s.Doc(t.Context(), "verdict", "V1")
		must(t, err)
		equal(t, "document", string(doc.Body), `{"id": "V1"}`)
		log, err := s.AuditLog(t.Context(), time.Time{}, 10)
		must(t, err)
		same(t, "audit log", log, b.Audit)
	}},
	{"a batch that fails leaves nothing", func(t *testing.T, s store.Store) {
		insert(t, s, plain(9))
		fails := map[string]func(*store.Batch){
			"a ticket's version": func(b *store.Batch) {
				b.Tickets = append(b.Tickets, store.SaveTicket{Ticket: step(step(plain(9), nil), nil), Expect: 2})
			},
			"an outage's version": func(b *store.Batch) {
				o := outage(8)
				o.Version = 5
				b.Outages = append(b.Outages, store.SaveOutage{Outage: o, Expect: 4})
			},
			"a fence": func(b *store.Batch) { b.Fence = &store.Fence{Lease: "nobody", Epoch: 1} },
			"a document's JSON": func(b *store.Batch) {
				b.Docs = append(b.Docs, store.Doc{Kind: "x", ID: "y", Body: json.RawMessage("{")})
			},
			"an effect without id": func(b *store.Batch) { b.Effects = append(b.Effects, ticket.Effect{Ticket: "x"}) },
		}
		for why, spoil := range fails {
			b := everything(1)
			spoil(&b)
			if err := s.Save(t.Context(), at(0), b); err == nil {
				t.Fatalf("saved in spite of %s", why)
			}
			_, err := s.Ticket(t.Context(), plain(1).ID)
			wantErr(t, err, store.ErrNotFound)
			_, err = s.Outage(t.Context(), outage(1).ID)
			wantErr(t, err, store.ErrNotFound)
			_, ok, err := s.Applied(t.Context(), "V1")
			must(t, err)
			equal(t, "applied is there, in spite of "+why, ok, false)
			effects, err := s.EffectsOf(t.Context(), plain(1).ID, 10)
			must(t, err)
			equal(t, "effects, in spite of "+why, len(effects), 0)
			n, err := s.Counts(t.Context(), []store.Filter{{}})
			must(t, err)
			equal(t, "tickets counted, in spite of "+why, n[0], 1)
		}
	}},
	{"an empty batch is no error", func(t *testing.T, s store.Store) {
		must(t, s.Save(t.Context(), at(0), store.Batch{}))
	}},
	{"a verdict is applied once a version, forward only", func(t *testing.T, s store.Store) {
		apply := func(epoch, version uint64) error {
			return s.Save(t.Context(), at(0), store.Batch{Applied: []store.Applied{{Verdict: "V1", Epoch: epoch, Version: version, At: at(int(version))}}})
		}
		must(t, apply(2, 3))
		wantErr(t, apply(2, 3), store.ErrConflict) // again
		wantErr(t, apply(2, 2), store.ErrConflict) // older
		wantErr(t, apply(1, 4), store.ErrConflict) // from a leader that was replaced
		must(t, apply(2, 7))                       // gaps are normal
		must(t, apply(3, 7))                       // a new leader took up an older version than the last one published
		must(t, apply(4, 8))
		a, ok, err := s.Applied(t.Context(), "V1")
		must(t, err)
		equal(t, "found", ok, true)
		same(t, "applied", a, store.Applied{Verdict: "V1", Epoch: 4, Version: 8, At: at(8)})
		_, ok, err = s.Applied(t.Context(), "V2")
		must(t, err)
		equal(t, "another is found", ok, false)
	}},
	{"numbers of a series go up from 1 and are given once", func(t *testing.T, s store.Store) {
		for want := int64(1); want <= 3; want++ {
			n, err := s.NextNumber(t.Context(), "NT-20261122")
			must(t, err)
			equal(t, "number", n, want)
		}
		n, err := s.NextNumber(t.Context(), "NT-20261123")
		must(t, err)
		equal(t, "number of another series", n, 1)
	}},
	{"the database says that it can be written to", func(t *testing.T, s store.Store) {
		must(t, s.Ping(t.Context()))
		must(t, s.Ping(t.Context()))
	}},
}

// everything is a batch with one of each.
func everything(n int) store.Batch {
	tk := plain(n)
	return store.Batch{
		Tickets: []store.SaveTicket{{Ticket: tk}},
		Outages: []store.SaveOutage{{Outage: outage(n)}},
		Effects: []ticket.Effect{effect(tk.ID, 1, "email", at(0))},
		Applied: []store.Applied{{Verdict: "V1", Epoch: 1, Version: 1, Cleared: true, At: at(0)}},
		Docs:    []store.Doc{{Kind: "verdict", ID: "V1", Body: json.RawMessage(`{"id": "V1"}`)}},
		Audit:   []store.Audit{{At: at(0), By: "zhang", Action: "accept", Subject: tk.ID, From: "127.0.0.1", Fields: map[string]string{"a": "b"}}},
	}
}
