package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/linewarden/linewarden/collector/bus"
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/correlator"
	"github.com/linewarden/linewarden/deploy/lab/wait"
	"github.com/linewarden/linewarden/ticketing/store/pgtest"
	"github.com/linewarden/linewarden/ticketing/store/postgres"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
)

// hall is a leader on a real bus and database, and what it says.
type hall struct {
	*leader
	said *observer.ObservedLogs
	done chan error
	stop context.CancelFunc
}

// newHall makes a leader. change sets what a test wants otherwise.
func newHall(t *testing.T, change func(*leaderDeps)) *hall {
	t.Helper()
	cfg := bus.DefaultConfig()
	cfg.Dir = filepath.Join(t.TempDir(), "bus")
	wire, err := bus.Open(t.Context(), cfg, prometheus.NewRegistry(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wire.Close() })
	verdicts, err := openVerdicts(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	database, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "linewarden.db"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close() })
	deps := leaderDeps{
		config: correlator.DefaultConfig(), holder: "a", wire: wire, verdicts: verdicts, leases: database,
		handBack: func(context.Context) error { return nil }, renew: 10 * time.Millisecond,
		registry: prometheus.NewRegistry(),
	}
	change(&deps)
	core, said := observer.New(zap.InfoLevel)
	l, err := newLeader(deps, zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	return &hall{leader: l, said: said}
}

// start runs the leader until the test ends.
func (h *hall) start(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	h.done, h.stop = make(chan error, 1), cancel
	go func() { h.done <- h.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-h.done; err != nil {
			t.Errorf("the leader ended with %v", err)
		}
	})
}

// heard tells whether it has been said, with this revision where one is given.
func (h *hall) heard(message, revision string) bool {
	for _, e := range h.said.FilterMessage(message).All() {
		if revision == "" || e.ContextMap()["inventory"] == revision {
			return true
		}
	}
	return false
}

// sampleEditions are two revisions of one inventory.
func sampleEditions(t *testing.T) (first, second edition) {
	t.Helper()
	all := func(*inventory.Inventory) error { return nil }
	first, err := readEdition("../../configs/sample", all)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, raw := range first.files {
		if name == inventory.CustomersFile {
			raw = append(bytes.TrimRight(raw, "\n"), "\nC-999,another,gold\n"...)
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if second, err = readEdition(dir, all); err != nil {
		t.Fatal(err)
	}
	if first.inventory.Revision == second.inventory.Revision {
		t.Fatal("both are one revision")
	}
	return first, second
}

// The leader has been told of the second revision, and it is not in force yet,
// when the correlator starts.
func TestARevisionThatArrivesWhileTheCorrelatorStartsIsNotLost(t *testing.T) {
	h := newHall(t, func(*leaderDeps) {})
	first, second := sampleEditions(t)
	files := newCatalogue(true, h.wire, zap.NewNop())
	told, hold, followed := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		followed <- files.follow(ctx, h.setInventory, func(inv *inventory.Inventory) error {
			if inv.Revision == second.inventory.Revision {
				close(told)
				<-hold
			}
			return nil
		})
	}()
	if err := files.publish(ctx, first); err != nil || !files.wait(ctx) {
		t.Fatal(err)
	}
	if err := files.publish(ctx, second); err != nil {
		t.Fatal(err)
	}
	<-told
	h.start(t)
	wait.For(t, "the correlator leads", func() bool { return h.heard("following symptoms", "") })
	close(hold)
	wait.For(t, "the correlator works with the second revision", func() bool {
		newest := second.inventory.Revision
		return h.heard("following symptoms", newest) || h.heard("inventory changed", newest)
	})
	stop()
	if err := <-followed; err != nil {
		t.Error(err)
	}
}

// While it takes over, the database goes away and comes back.
func TestADatabaseThatIsAwayWhileTakingOverIsWaitedFor(t *testing.T) {
	cluster, err := pgtest.Start(t.Context(), pgtest.Options{})
	pgtest.Need(t, err)
	t.Cleanup(func() { _ = cluster.Close() })
	database, err := postgres.Open(t.Context(), cluster.DSN("postgres"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close() })
	var tries atomic.Int32
	h := newHall(t, func(d *leaderDeps) {
		d.leases = database
		d.handBack = func(ctx context.Context) error {
			if tries.Add(1) == 1 {
				if err := cluster.Stop(); err != nil {
					return err
				}
			}
			_, err := database.DocsOf(ctx, "fault")
			return err
		}
	})
	first, _ := sampleEditions(t)
	_ = h.setInventory(first.inventory)
	h.start(t)
	wait.For(t, "it says that it could not take over", func() bool {
		return h.heard("the correlator could not take over; asking for the lease again", "") &&
			strings.Contains(h.warning(), "could not take over")
	})
	if h.heard("leading", "") {
		t.Error("it leads without having taken over")
	}
	if err := cluster.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "it leads after all", func() bool { return h.heard("leading", "") && h.warning() == "" })
}

// A second daemon on the same database stands by, and leads when the first ends.
func TestOneOfTwoLeads(t *testing.T) {
	first, _ := sampleEditions(t)
	a := newHall(t, func(*leaderDeps) {})
	b := newHall(t, func(d *leaderDeps) { d.holder, d.leases = "b", a.leases })
	_, _ = a.setInventory(first.inventory), b.setInventory(first.inventory)
	a.start(t)
	wait.For(t, "a leads", func() bool { return a.heard("leading", "") })
	b.start(t)
	wait.For(t, "b stands by", func() bool { return b.heard("another correlator leads; standing by", "") })
	if b.heard("leading", "") {
		t.Error("both lead")
	}
	later := time.Now().Add(2 * leaseFor)
	if _, ok, err := a.leases.Lease(t.Context(), later, leaseName, "b", leaseFor); err != nil || !ok {
		t.Fatalf("b cannot take over what has expired: %v", err)
	}
	wait.For(t, "a notices that it has lost the lease, and b leads", func() bool {
		return a.heard("another correlator has taken over; standing by", "") && b.heard("leading", "")
	})
}

// given counts how often the lease was given up.
type given struct {
	leases
	times atomic.Int32
}

func (g *given) Release(ctx context.Context, now time.Time, name, holder string) error {
	err := g.leases.Release(ctx, now, name, holder)
	g.times.Add(1)
	return err
}

// Whose bus does not take what a correlator needs gives the lease to another.
func TestOneThatCannotTakeOverLetsAnotherLead(t *testing.T) {
	var lease given
	h := newHall(t, func(d *leaderDeps) {
		d.handBack = func(context.Context) error { return errors.New("no room on the bus") }
		d.renew = time.Hour // it tries once
		lease.leases, d.leases = d.leases, &lease
	})
	first, _ := sampleEditions(t)
	_ = h.setInventory(first.inventory)
	h.start(t)
	wait.For(t, "it gives the lease up", func() bool { return lease.times.Load() == 1 })
	if _, ok, err := lease.Lease(t.Context(), time.Now().UTC(), leaseName, "b", leaseFor); err != nil || !ok {
		t.Errorf("another has to wait for the lease: %v (%v)", !ok, err)
	}
	if h.heard("leading", "") {
		t.Error("it leads")
	}
}

func TestALeaderThatIsStoppedGivesUpTheLease(t *testing.T) {
	h := newHall(t, func(*leaderDeps) {})
	first, _ := sampleEditions(t)
	_ = h.setInventory(first.inventory)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.run(ctx) }()
	wait.For(t, "it leads", func() bool { return h.heard("leading", "") })
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, ok, err := h.leases.Lease(t.Context(), time.Now().UTC(), leaseName, "b", leaseFor); err != nil || !ok {
		t.Errorf("another has to wait for the lease: %v (%v)", !ok, err)
	}
}

func TestALeaderThatCannotBeIsRefused(t *testing.T) {
	if _, err := newLeader(leaderDeps{}, zap.NewNop()); err == nil {
		t.Error("a correlator without settings is taken")
	}
}
