package storetest

import (
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

// lease asks for it at a minute, for two minutes.
func lease(t *testing.T, s store.Store, minute int, holder string) (uint64, bool) {
	t.Helper()
	epoch, ok, err := s.Lease(t.Context(), at(minute), "leader", holder, 2*time.Minute)
	must(t, err)
	return epoch, ok
}

func fenced(t *testing.T, s store.Store, epoch uint64) error {
	return s.Save(t.Context(), at(0), store.Batch{Fence: &store.Fence{Lease: "leader", Epoch: epoch}})
}

var leaseTests = []test{
	{"one holds it, renews it, and is followed when it runs out", func(t *testing.T, s store.Store) {
		first, ok := lease(t, s, 0, "a")
		equal(t, "a has it", ok, true)
		equal(t, "epoch is positive", first > 0, true)
		_, ok = lease(t, s, 1, "b")
		equal(t, "b has it", ok, false)
		again, ok := lease(t, s, 1, "a")
		equal(t, "a renews", ok && again == first, true)
		_, ok = lease(t, s, 2, "b")
		equal(t, "b has it after a's first term", ok, false)
		second, ok := lease(t, s, 3, "b")
		equal(t, "b has it", ok, true)
		equal(t, "epoch grows", second > first, true)
		_, ok = lease(t, s, 4, "a")
		equal(t, "a has it again", ok, false)
	}},
	{"who was followed cannot write", func(t *testing.T, s store.Store) {
		wantErr(t, fenced(t, s, 1), store.ErrStaleEpoch) // nobody ever had it
		first, _ := lease(t, s, 0, "a")
		must(t, fenced(t, s, first))
		second, _ := lease(t, s, 5, "b")
		wantErr(t, fenced(t, s, first), store.ErrStaleEpoch)
		wantErr(t, fenced(t, s, second+1), store.ErrStaleEpoch)
		must(t, fenced(t, s, second))
	}},
	{"who gives it up is followed at once", func(t *testing.T, s store.Store) {
		first, _ := lease(t, s, 0, "a")
		must(t, s.Release(t.Context(), at(0), "leader", "b")) // not b's to give
		_, ok := lease(t, s, 0, "b")
		equal(t, "b has it", ok, false)
		must(t, s.Release(t.Context(), at(0), "leader", "a"))
		second, ok := lease(t, s, 0, "b")
		equal(t, "b has it", ok, true)
		equal(t, "epoch grows", second > first, true)
	}},
	{"who gives it up and comes back first keeps his epoch", func(t *testing.T, s store.Store) {
		first, _ := lease(t, s, 0, "a")
		must(t, s.Release(t.Context(), at(0), "leader", "a"))
		again, ok := lease(t, s, 0, "a")
		equal(t, "a has it again, in the same epoch", ok && again == first, true)
		must(t, fenced(t, s, first))
	}},
	{"leases of different names do not meet", func(t *testing.T, s store.Store) {
		lease(t, s, 0, "a")
		_, ok, err := s.Lease(t.Context(), at(0), "other", "b", time.Minute)
		must(t, err)
		equal(t, "b has the other", ok, true)
	}},
}
