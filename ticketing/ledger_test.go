package ticketing_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// TestARefusedLedgerEntryHoldsUpNothing spoils a stored ticket: a clock is
// there twice. An act that its ledger refuses is refused, and the verdict that
// clears is applied: the ticket says what was refused and goes on.
func TestARefusedLedgerEntryHoldsUpNothing(t *testing.T) {
	w := newWorld(t)
	w.run()
	v := cut("V1", 1, verdict.Open)
	if err := w.wire.PutVerdict(t.Context(), &v); err != nil {
		t.Fatal(err)
	}
	w.within("a ticket is opened", func() bool { return len(w.tickets(ticket.Network)) == 1 })
	id := w.tickets(ticket.Network)[0].ID
	w.within("it is spoilt", func() bool {
		spoilt, err := w.Ticket(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		expect := spoilt.Version
		spoilt.Version++
		spoilt.Clocks = append(spoilt.Clocks, spoilt.Clocks...)
		err = w.db.Save(t.Context(), time.Now().UTC(),
			store.Batch{Tickets: []store.SaveTicket{{Ticket: spoilt, Expect: expect}}})
		return err == nil
	})
	by := people.Person{ID: "root", Roles: []people.Role{people.Admin}}
	var refusal *ticket.Refusal
	_, err := w.Act(t.Context(), by, id, 0, "accept", "", nil)
	if !errors.As(err, &refusal) || refusal.Reason != ticket.ReasonLedger {
		t.Errorf("accepting gives %v, want a refusal by the ledger", err)
	}
	cleared := cut("V1", 2, verdict.Cleared)
	cleared.Cleared = time.Now().UTC()
	if err := w.wire.PutVerdict(t.Context(), &cleared); err != nil {
		t.Fatal(err)
	}
	w.within("it is restored, and says what was refused", func() bool {
		now, err := w.Ticket(t.Context(), id)
		return err == nil && !now.Restored.IsZero() &&
			slices.ContainsFunc(now.Timeline, func(e ticket.Entry) bool { return e.Action == ticket.LedgerRefused })
	})
}
