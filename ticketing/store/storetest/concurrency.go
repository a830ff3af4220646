package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// atOnce runs f several times at the same time and collects the errors.
func atOnce(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			errs[i] = f(i)
		})
	}
	start.Done()
	done.Wait()
	return errs
}

// wantOneWinner demands that all but one failed, and with want.
func wantOneWinner(t *testing.T, errs []error, want error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, want):
			t.Fatalf("error is %v, want %q", err, want)
		}
	}
	equal(t, "winners", won, 1)
}

var concurrencyTests = []test{
	{"of writers from one version one wins", func(t *testing.T, s store.Store) {
		tk := plain(1)
		insert(t, s, tk)
		for range 10 {
			errs := atOnce(4, func(i int) error {
				return update(s, t, step(tk, func(t *ticket.Ticket) { t.Assignee = fmt.Sprint(i) }), tk.Version)
			})
			wantOneWinner(t, errs, store.ErrConflict)
			var err error
			if tk, err = s.Ticket(t.Context(), tk.ID); err != nil {
				t.Fatal(err)
			}
			winner := slices.Index(errs, nil)
			equal(t, "assignee", tk.Assignee, fmt.Sprint(winner))
			equal(t, "lines of timeline", len(tk.Timeline), int(tk.Version))
		}
	}},
	{"of openings for one key one wins", func(t *testing.T, s store.Store) {
		for round := range 10 {
			errs := atOnce(4, func(i int) error {
				tk := plain(10*round + i)
				tk.Key = fmt.Sprintf("key/%d", round)
				return s.Save(t.Context(), at(0), store.Batch{Tickets: []store.SaveTicket{{Ticket: tk}}})
			})
			wantOneWinner(t, errs, store.ErrDuplicate)
		}
	}},
	{"of those who apply one verdict version one wins", func(t *testing.T, s store.Store) {
		for version := uint64(1); version <= 10; version++ {
			errs := atOnce(4, func(int) error {
				return s.Save(t.Context(), at(0), store.Batch{Applied: []store.Applied{{Verdict: "V1", Epoch: 1, Version: version, At: at(0)}}})
			})
			wantOneWinner(t, errs, store.ErrConflict)
		}
	}},
	{"numbers are never given twice", func(t *testing.T, s store.Store) {
		var mu sync.Mutex
		seen := map[int64]bool{}
		for _, err := range atOnce(8, func(int) error {
			for range 20 {
				n, err := s.NextNumber(t.Context(), "NT")
				if err != nil {
					return err
				}
				mu.Lock()
				twice := seen[n]
				seen[n] = true
				mu.Unlock()
				if twice {
					return fmt.Errorf("%d given twice", n)
				}
			}
			return nil
		}) {
			must(t, err)
		}
	}},
	{"batches over the same tickets in any order neither block for ever nor miscount", func(t *testing.T, s store.Store) {
		const tickets, writers, rounds = 6, 4, 10
		for i := range tickets {
			insert(t, s, plain(i))
		}
		for _, err := range atOnce(writers, func(w int) error {
			for range rounds {
				for {
					err := stepAll(t, s, tickets, w)
					if err == nil {
						break
					}
					if !errors.Is(err, store.ErrConflict) {
						return err
					}
				}
			}
			return nil
		}) {
			must(t, err)
		}
		filters := []store.Filter{{}}
		for w := range writers {
			filters = append(filters, store.Filter{Groups: []string{fmt.Sprint(w)}})
		}
		n, err := s.Counts(t.Context(), filters)
		must(t, err)
		equal(t, "tickets", n[0], tickets)
		equal(t, "tickets of all groups", n[1]+n[2]+n[3]+n[4], tickets)
		for i := range tickets {
			tk, err := s.Ticket(t.Context(), plain(i).ID)
			must(t, err)
			equal(t, "version", tk.Version, 1+writers*rounds)
			equal(t, "lines of timeline", len(tk.Timeline), 1+writers*rounds)
		}
	}},
	{"an effect is claimed by one, in order, however many ask", func(t *testing.T, s store.Store) {
		const tickets, each, workers = 5, 8, 4
		var effects []ticket.Effect
		for n := range each {
			for i := range tickets {
				effects = append(effects, effect(fmt.Sprint("T", i), n, "email", at(0)))
			}
		}
		queue(t, s, effects...)
		var mu sync.Mutex
		done := map[string][]string{}
		total := 0
		for _, err := range atOnce(workers, func(w int) error {
			for {
				claimed, err := s.ClaimEffects(t.Context(), store.Claim{Now: at(0), Until: at(5), Abandoned: at(0), By: fmt.Sprint(w), Limit: 3})
				if err != nil {
					return err
				}
				mu.Lock()
				for _, e := range claimed {
					done[e.Ticket] = append(done[e.Ticket], e.ID)
				}
				total += len(claimed)
				finished := total >= len(effects)
				mu.Unlock()
				for _, e := range claimed {
					if err := s.FinishEffect(t.Context(), at(0), e.ID); err != nil {
						return err
					}
				}
				if finished {
					return nil
				}
			}
		}) {
			must(t, err)
		}
		equal(t, "claimed", total, len(effects))
		for i := range tickets {
			var want []string
			for n := range each {
				want = append(want, effect(fmt.Sprint("T", i), n, "email", at(0)).ID)
			}
			sameList(t, "order", done[fmt.Sprint("T", i)], want)
		}
	}},
	{"a lease has one holder", func(t *testing.T, s store.Store) {
		epochs := map[uint64]bool{}
		for round := range 10 {
			var mu sync.Mutex
			held := 0
			for _, err := range atOnce(4, func(i int) error {
				epoch, ok, err := s.Lease(t.Context(), at(10*round), "leader", fmt.Sprintf("%d/%d", round, i), 60e9)
				if ok {
					mu.Lock()
					defer mu.Unlock()
					held++
					if epochs[epoch] {
						return fmt.Errorf("epoch %d given twice", epoch)
					}
					epochs[epoch] = true
				}
				return err
			}) {
				must(t, err)
			}
			equal(t, "holders", held, 1)
		}
	}},
}

// stepAll steps all tickets in one batch, every other writer from the end.
func stepAll(t *testing.T, s store.Store, tickets, writer int) error {
	var b store.Batch
	for i := range tickets {
		if writer%2 == 1 {
			i = tickets - 1 - i
		}
		tk, err := s.Ticket(t.Context(), plain(i).ID)
		if err != nil {
			return err
		}
		next := step(tk, func(t *ticket.Ticket) { t.Group = fmt.Sprint(writer) })
		b.Tickets = append(b.Tickets, store.SaveTicket{Ticket: next, Expect: tk.Version})
	}
	return s.Save(t.Context(), at(0), b)
}
