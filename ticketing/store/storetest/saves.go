package storetest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// Saves measures what ticketing writes most: one step of a ticket with its
// effects, and what a large fault opens at once. It then claims what was queued.
func Saves(b *testing.B, s store.Store) {
	b.Run("one ticket, one step, two effects", func(b *testing.B) { benchStep(b, s) })
	b.Run("a fault of 200 lines", func(b *testing.B) { benchFault(b, s) })
	b.Run("load a ticket whole", func(b *testing.B) { benchLoad(b, s) })
	b.Run("claim and finish 10 effects", func(b *testing.B) { benchClaim(b, s) })
}

// numbers keeps identifiers apart between runs on one database.
func numbers(b *testing.B, s store.Store) int {
	n, err := s.NextNumber(b.Context(), "benchmark")
	if err != nil {
		b.Fatal(err)
	}
	return int(n) * 1_000_000
}

func save(b *testing.B, s store.Store, batch store.Batch) {
	if err := s.Save(b.Context(), t0, batch); err != nil {
		b.Fatal(err)
	}
}

func benchStep(b *testing.B, s store.Store) {
	tk := full(numbers(b, s))
	save(b, s, store.Batch{Tickets: []store.SaveTicket{{Ticket: tk}}})
	for b.Loop() {
		next := step(tk, nil)
		channel := fmt.Sprint(tk.Version)
		save(b, s, store.Batch{
			Tickets: []store.SaveTicket{{Ticket: next, Expect: tk.Version}},
			Effects: []ticket.Effect{
				effect(tk.ID+"/"+channel, 1, "email", at(1)), effect(tk.ID+"/"+channel, 2, "webhook", at(1)),
			},
		})
		tk = next
	}
}

func benchFault(b *testing.B, s store.Store) {
	first := numbers(b, s)
	for b.Loop() {
		first += 1000
		var batch store.Batch
		network := full(first)
		batch.Tickets = append(batch.Tickets, store.SaveTicket{Ticket: network})
		for i := range 200 {
			line := fmt.Sprintf("LN-%04d", i)
			service := full(first + 1 + i)
			service.Kind, service.Parent = ticket.Service, network.ID
			service.Lines[0].ID = line
			batch.Tickets = append(batch.Tickets, store.SaveTicket{Ticket: service})
			batch.Effects = append(batch.Effects, effect(service.ID, 1, "email", at(2)))
			batch.Outages = append(batch.Outages, store.SaveOutage{Outage: sla.Outage{
				ID: service.ID, Version: 1, Line: line, Customer: "CU-1", Verdict: "V1", Ticket: network.ID,
				Service: service.ID, Started: at(0), Wake: at(9), Ledger: service.Ledger,
			}})
		}
		batch.Docs = append(batch.Docs, store.Doc{Kind: "verdict", ID: "V1", Body: json.RawMessage(`{}`)})
		save(b, s, batch)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/200, "µs/line")
}

func benchLoad(b *testing.B, s store.Store) {
	tk := full(numbers(b, s))
	for range 30 {
		tk = step(tk, nil)
	}
	save(b, s, store.Batch{Tickets: []store.SaveTicket{{Ticket: tk}}})
	for b.Loop() {
		if _, err := s.Ticket(b.Context(), tk.ID); err != nil {
			b.Fatal(err)
		}
	}
}

func claimOf(now time.Time, limit int) store.Claim {
	return store.Claim{Now: now, Until: now.Add(time.Minute), Abandoned: now, By: "benchmark", Limit: limit}
}

func benchClaim(b *testing.B, s store.Store) {
	now := at(60 * 24)
	for {
		claimed, err := s.ClaimEffects(b.Context(), claimOf(now, 1000))
		if err != nil {
			b.Fatal(err)
		}
		if len(claimed) == 0 {
			break
		}
		for _, e := range claimed {
			if err := s.FinishEffect(b.Context(), now, e.ID); err != nil {
				b.Fatal(err)
			}
		}
	}
	id := fmt.Sprint("E", numbers(b, s))
	for i := 0; b.Loop(); i++ {
		var batch store.Batch
		for n := range 10 {
			batch.Effects = append(batch.Effects, effect(fmt.Sprint(id, i, "-", n), n, "email", at(3)))
		}
		save(b, s, batch)
		claimed, err := s.ClaimEffects(b.Context(), claimOf(now, 10))
		if err != nil || len(claimed) != 10 {
			b.Fatalf("claimed %d (%v), want 10", len(claimed), err)
		}
		for _, e := range claimed {
			if err := s.FinishEffect(b.Context(), now, e.ID); err != nil {
				b.Fatal(err)
			}
		}
	}
}
