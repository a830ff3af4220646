package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// effect is the n-th of a ticket.
func effect(ticketID string, n int, channel string, due time.Time) ticket.Effect {
	return ticket.Effect{
		ID: fmt.Sprintf("%s/1/%d", ticketID, n), Ticket: ticketID, Kind: ticket.Notify, Channel: channel, NotBefore: due,
		Notice: &ticket.Notice{Key: "dispatched", Channels: []string{channel}, Args: map[string]string{"n": fmt.Sprint(n)}},
	}
}

func queue(t *testing.T, s store.Store, effects ...ticket.Effect) {
	t.Helper()
	must(t, s.Save(t.Context(), at(0), store.Batch{Effects: effects}))
}

// claim takes what is due at a minute, for five minutes.
func claim(t *testing.T, s store.Store, minute, limit int) []string {
	t.Helper()
	var ids []string
	for _, e := range claimBy(t, s, "me", minute, minute, limit) {
		ids = append(ids, e.ID)
	}
	return ids
}

// claimBy also takes over what others were to have done by the minute abandoned.
func claimBy(t *testing.T, s store.Store, who string, minute, abandoned, limit int) []store.PendingEffect {
	t.Helper()
	claimed, err := s.ClaimEffects(t.Context(), store.Claim{
		Now: at(minute), Until: at(minute + 5), Abandoned: at(abandoned), By: who, Limit: limit,
	})
	must(t, err)
	return claimed
}

var effectTests = []test{
	{"an effect is claimed as it was queued, once", func(t *testing.T, s store.Store) {
		e := effect("T", 1, "email", at(0))
		queue(t, s, e)
		claimed := claimBy(t, s, "me", 0, 0, 10)
		same(t, "claimed", claimed, []store.PendingEffect{{Effect: e, Attempts: 1, ClaimedBy: "me", ClaimedUntil: at(5)}})
		sameList(t, "claimed again", claim(t, s, 1, 10), nil)
	}},
	{"nothing is claimed before its time", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(3)))
		sameList(t, "claimed early", claim(t, s, 2, 10), nil)
		sameList(t, "claimed in time", claim(t, s, 3, 10), []string{"T/1/1"})
	}},
	{"an id that is taken stays as it is", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(0)))
		must(t, s.FinishEffect(t.Context(), at(0), "T/1/1"))
		queue(t, s, effect("T", 1, "email", at(0)))
		sameList(t, "claimed", claim(t, s, 1, 10), nil)
	}},
	{"order is kept within a ticket and channel, and only there", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(2)), effect("T", 2, "email", at(0)), effect("T", 3, "sms", at(0)), effect("U", 1, "email", at(0)))
		sameList(t, "claimed", claim(t, s, 0, 10), []string{"T/1/3", "U/1/1"}) // T/1/2 waits for T/1/1
		sameList(t, "claimed when due", claim(t, s, 2, 10), []string{"T/1/1"})
		sameList(t, "claimed while the first is under way", claim(t, s, 3, 10), nil)
		must(t, s.FinishEffect(t.Context(), at(3), "T/1/1"))
		sameList(t, "claimed after the first", claim(t, s, 3, 10), []string{"T/1/2"})
	}},
	{"order is that of the batches", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 9, "email", at(0)))
		queue(t, s, effect("T", 1, "email", at(-5)))
		sameList(t, "claimed", claim(t, s, 0, 10), []string{"T/1/9"})
	}},
	{"no more is claimed than asked for, what is due longest first", func(t *testing.T, s store.Store) {
		queue(t, s, effect("A", 1, "email", at(2)), effect("B", 1, "email", at(1)), effect("C", 1, "email", at(0)))
		sameList(t, "claimed", claim(t, s, 5, 2), []string{"C/1/1", "B/1/1"})
	}},
	{"a claim expires", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(0)))
		claim(t, s, 0, 10)
		sameList(t, "claimed before", claim(t, s, 4, 10), nil)
		claimed := claimBy(t, s, "you", 5, 5, 10)
		equal(t, "claimed", len(claimed), 1)
		equal(t, "attempts", claimed[0].Attempts, 2)
		equal(t, "claimed by", claimed[0].ClaimedBy, "you")
	}},
	{"who comes back gives up his claims, and nobody else's", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(0)))
		claim(t, s, 0, 10)
		must(t, s.KeepEffects(t.Context(), at(6), "you", nil))
		sameList(t, "claimed after another came back", claim(t, s, 1, 10), nil)
		must(t, s.KeepEffects(t.Context(), at(6), "me", nil))
		claimed := claimBy(t, s, "you", 1, 1, 10)
		equal(t, "claimed", len(claimed), 1)
		equal(t, "attempts", claimed[0].Attempts, 2)
	}},
	{"a claim that is kept lasts longer, and the others are given up", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(0)), effect("U", 1, "email", at(0)), effect("V", 1, "email", at(0)))
		claim(t, s, 0, 10)
		must(t, s.FinishEffect(t.Context(), at(0), "V/1/1"))
		must(t, s.KeepEffects(t.Context(), at(9), "me", []string{"T/1/1", "V/1/1", "unknown"}))
		sameList(t, "claimed at once", claim(t, s, 1, 10), []string{"U/1/1"})
		must(t, s.FinishEffect(t.Context(), at(1), "U/1/1"))
		sameList(t, "claimed before the new end", claim(t, s, 8, 10), nil)
		sameList(t, "claimed after it", claim(t, s, 9, 10), []string{"T/1/1"})
	}},
	{"a claim that has ended counts until it is taken to be abandoned", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(0)))
		claim(t, s, 0, 10)
		equal(t, "claimed from one who was away", len(claimBy(t, s, "you", 9, 4, 10)), 0)
		equal(t, "claimed from one who was there", len(claimBy(t, s, "you", 9, 5, 10)), 1)
	}},
	{"a failure is recorded only by whom the claim belongs to", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(0)))
		claim(t, s, 0, 10)
		claimBy(t, s, "you", 5, 5, 10)
		wantErr(t, s.RetryEffect(t.Context(), at(5), "me", "T/1/1", "late"), store.ErrNotFound)
		wantErr(t, s.BuryEffect(t.Context(), at(5), "me", "T/1/1", "late"), store.ErrNotFound)
		sameList(t, "claimed", claim(t, s, 6, 10), nil)
		must(t, s.RetryEffect(t.Context(), at(7), "you", "T/1/1", "late"))
		sameList(t, "claimed", claim(t, s, 7, 10), []string{"T/1/1"})
	}},
	{"a retry waits until its time, and still comes before its successors", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(0)), effect("T", 2, "email", at(0)))
		claim(t, s, 0, 10)
		must(t, s.RetryEffect(t.Context(), at(7), "me", "T/1/1", "550 no"))
		sameList(t, "claimed before", claim(t, s, 6, 10), nil)
		claimed := claimBy(t, s, "me", 7, 7, 10)
		equal(t, "claimed", len(claimed), 1)
		equal(t, "id", claimed[0].ID, "T/1/1")
		equal(t, "problem", claimed[0].Problem, "550 no")
		equal(t, "attempts", claimed[0].Attempts, 2)
	}},
	{"a dead letter lets its successors go, and can be revived", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(0)), effect("T", 2, "email", at(0)))
		claim(t, s, 0, 10)
		must(t, s.BuryEffect(t.Context(), at(1), "me", "T/1/1", "unknown user"))
		dead, err := s.EffectsOf(t.Context(), "", 10)
		must(t, err)
		equal(t, "dead letters", len(dead), 1)
		equal(t, "dead", dead[0].Dead, at(1))
		equal(t, "problem", dead[0].Problem, "unknown user")
		sameList(t, "claimed after it", claim(t, s, 1, 10), []string{"T/1/2"})
		must(t, s.ReviveEffect(t.Context(), at(9), "T/1/1"))
		sameList(t, "claimed", claim(t, s, 9, 10), []string{"T/1/1"})
		dead, err = s.EffectsOf(t.Context(), "", 10)
		must(t, err)
		equal(t, "dead letters after the revival", len(dead), 0)
		wantErr(t, s.ReviveEffect(t.Context(), at(9), "T/1/1"), store.ErrNotFound)
	}},
	{"what is done stays done", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(0)))
		claim(t, s, 0, 10)
		must(t, s.FinishEffect(t.Context(), at(1), "T/1/1"))
		must(t, s.FinishEffect(t.Context(), at(2), "T/1/1"))
		wantErr(t, s.RetryEffect(t.Context(), at(3), "me", "T/1/1", "late"), store.ErrNotFound)
		wantErr(t, s.BuryEffect(t.Context(), at(3), "me", "T/1/1", "late"), store.ErrNotFound)
		sameList(t, "claimed", claim(t, s, 9, 10), nil)
		all, err := s.EffectsOf(t.Context(), "T", 10)
		must(t, err)
		equal(t, "done", all[0].Done, at(1))
		equal(t, "is dead", all[0].Dead.IsZero(), true)
	}},
	{"an unknown effect is not found", func(t *testing.T, s store.Store) {
		wantErr(t, s.FinishEffect(t.Context(), at(0), "x"), store.ErrNotFound)
		wantErr(t, s.RetryEffect(t.Context(), at(1), "me", "x", ""), store.ErrNotFound)
		wantErr(t, s.BuryEffect(t.Context(), at(0), "me", "x", ""), store.ErrNotFound)
		wantErr(t, s.ReviveEffect(t.Context(), at(0), "x"), store.ErrNotFound)
	}},
	{"a ticket's effects are listed in order, with their fate", func(t *testing.T, s store.Store) {
		queue(t, s, effect("T", 1, "email", at(5)), effect("T", 2, "sms", at(0)), effect("U", 1, "sms", at(0)))
		all, err := s.EffectsOf(t.Context(), "T", 10)
		must(t, err)
		same(t, "effects", all, []store.PendingEffect{{Effect: effect("T", 1, "email", at(5))}, {Effect: effect("T", 2, "sms", at(0))}})
		all, err = s.EffectsOf(t.Context(), "T", 1)
		must(t, err)
		equal(t, "effects, at most one", len(all), 1)
	}},
	{"the next effect is the first that can be claimed, and when", func(t *testing.T, s store.Store) {
		next := func(want time.Time) {
			t.Helper()
			got, ok, err := s.NextEffect(t.Context())
			must(t, err)
			equal(t, "there is one", ok, !want.IsZero())
			equal(t, "next effect", got, want)
		}
		next(time.Time{})
		queue(t, s, effect("T", 1, "email", at(3)), effect("T", 2, "email", at(0)), effect("U", 1, "sms", at(4)))
		next(at(3)) // not at(0): that one waits
		claim(t, s, 3, 10)
		next(at(4))
		claim(t, s, 4, 10)
		next(at(8)) // the claim of at(3) expires
		must(t, s.FinishEffect(t.Context(), at(4), "T/1/1"))
		next(at(0))
		claim(t, s, 4, 10)
		must(t, s.FinishEffect(t.Context(), at(4), "T/1/2"))
		must(t, s.FinishEffect(t.Context(), at(4), "U/1/1"))
		next(time.Time{})
	}},
}
