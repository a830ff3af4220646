package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/deploy/lab/wait"
	"github.com/linewarden/linewarden/ticketing/store/pgtest"
)

// TestKill is what happens when the daemon dies in the middle of a fault: the
// same ticket, the same clocks, nothing doubled, on both databases.
func TestKill(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killStories(t, "") })
	t.Run("postgres", func(t *testing.T) {
		cluster := kit.Postgres(t)
		killStories(t, kit.Database(t, cluster))
		t.Run("the database is away for a while", func(t *testing.T) { databaseAway(t, cluster) })
	})
}

func killStories(t *testing.T, dsn string) {
	n := newScene(t, opts{lines: 40, postgres: dsn, rules: hurried, config: hurriedPace})
	n.quiet()
	cable := feeder(n)

	began := n.lab.Cut(cable.Subject)
	first := n.AwaitOne(began, "networkFault")
	n.settled(&first)
	services, err := n.Since(began, "serviceFault")
	if err != nil {
		t.Fatal(err)
	}

	// In the middle of the fault.
	n.Kill()
	n.Start()
	n.unchanged(began, first, services)

	// Again, and the bus's files are lost.
	n.Kill()
	if err := os.RemoveAll(filepath.Join(n.dir, "data", "bus")); err != nil {
		t.Fatal(err)
	}
	n.Start()
	n.unchanged(began, first, services)

	// Another fault begins, and this one heals, while the daemon is away.
	n.Kill()
	n.lab.Heal()
	other := otherFeeder(n, cable)
	again := n.lab.Cut(other.Subject)
	n.Start()
	n.AwaitState(first.ID, "restored", "retest", "observing", "confirm")
	second := n.AwaitOne(again, "networkFault")
	n.settled(&second)
	if !slices.Contains(second.Roots(), other.Subject) {
		t.Errorf("the fault that began meanwhile has roots %v, want %s", second.Roots(), other.Subject)
	}
	n.same(again, second)
	n.lab.Heal()
	n.quiet()
}

// unchanged watches that a restart has changed nothing.
func (n *scene) unchanged(began time.Time, first kit.Ticket, services []kit.Ticket) {
	n.T.Helper()
	n.Stays(8*time.Second, "the ticket and its clock are the same", func() error {
		all, err := n.Since(began, "networkFault")
		if err != nil {
			return err
		}
		if len(all) != 1 || all[0].ID != first.ID {
			return fmt.Errorf("there are %d network tickets", len(all))
		}
		now := all[0]
		if restore := now.ClockNamed("restore"); restore.Started.IsZero() || !restore.Stopped.IsZero() {
			return fmt.Errorf("the restore clock is %+v", restore)
		}
		if err := sameClocks(first, now); err != nil {
			return err
		}
		if now.State != first.State || !slices.Equal(now.Roots(), first.Roots()) {
			return fmt.Errorf("it was %s %v and is %s %v", first.State, first.Roots(), now.State, now.Roots())
		}
		st, err := n.Since(began, "serviceFault")
		if err != nil {
			return err
		}
		if len(st) != len(services) {
			return fmt.Errorf("there are %d service tickets, there were %d", len(st), len(services))
		}
		byID := func(a, b kit.Ticket) int { return strings.Compare(a.ID, b.ID) }
		slices.SortFunc(st, byID)
		slices.SortFunc(services, byID)
		for i := range st {
			if st[i].ID != services[i].ID || st[i].State != services[i].State {
				return fmt.Errorf("service ticket %s, %s is now %s, %s", services[i].ID, services[i].State, st[i].ID, st[i].State)
			}
			if err := sameClocks(services[i], st[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// sameClocks compares each clock of a ticket with what it was.
func sameClocks(was, is kit.Ticket) error {
	if len(was.Clock) != len(is.Clock) {
		return fmt.Errorf("%s has %d clocks, it had %d", is.ID, len(is.Clock), len(was.Clock))
	}
	for i, a := range was.Clock {
		if b := is.Clock[i]; a.Name != b.Name || !a.Started.Equal(b.Started) || !a.Due.Equal(b.Due) ||
			!a.Stopped.Equal(b.Stopped) {
			return fmt.Errorf("clock %s of %s was %+v and is %+v", a.Name, is.ID, a, b)
		}
	}
	return nil
}

// otherFeeder is a cable with several tails that shares no line with another.
func otherFeeder(n *scene, cable thing) thing {
	return n.lab.Pick("another cable with several tails", func(th thing) bool {
		return th.Kind == "cable" && th.Layer == "tail" && len(th.Lines) >= 3 && th.Subject != cable.Subject &&
			!overlap(th.Lines, cable.Lines)
	})
}

// databaseAway stops PostgreSQL for a minute while one fault ends and another
// begins. Nothing is lost, the daemon says what is wrong meanwhile, and recovers
// by itself.
func databaseAway(t *testing.T, cluster *pgtest.Cluster) {
	n := newScene(t, opts{lines: 40, postgres: kit.Database(t, cluster), rules: hurried, config: hurriedPace})
	n.quiet()
	earlier := feeder(n)
	first := n.AwaitOne(n.lab.Cut(earlier.Subject), "networkFault")
	n.settled(&first)

	if err := cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	stopped := time.Now()
	n.Await("the daemon says that it has no database", func() error {
		body, err := n.Get("/readyz")
		if kit.Status(err) != http.StatusServiceUnavailable || !strings.Contains(string(body), `"database"`) {
			return fmt.Errorf("%s (%w)", body, err)
		}
		return nil
	})
	n.lab.Heal()
	cable := otherFeeder(n, earlier)
	began := n.lab.Cut(cable.Subject)
	n.AwaitLog(0, "database cannot be reached")
	n.Stays(time.Minute-time.Since(stopped), "the daemon lives", func() error {
		_, err := n.Get("/healthz")
		return err
	})
	if err := cluster.Restart(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	ticket := n.AwaitOne(began, "networkFault")
	if !slices.Contains(ticket.Roots(), cable.Subject) {
		t.Errorf("roots %v, want %s", ticket.Roots(), cable.Subject)
	}
	if restore := ticket.ClockNamed("restore"); restore.Started.After(began.Add(5 * time.Second)) {
		t.Errorf("the clock runs from %v, although the cut was at %v", restore.Started, began)
	}
	n.Await("the ticket of the fault that ended meanwhile is restored, its clock as it was", func() error {
		now, err := n.Ticket(first.ID)
		if err != nil {
			return err
		}
		was := first.ClockNamed("restore")
		is := now.ClockNamed("restore")
		if !is.Started.Equal(was.Started) || !is.Due.Equal(was.Due) {
			t.Fatalf("the restore clock was %+v and is %+v", was, is)
		}
		if !slices.Contains([]string{"restored", "retest", "observing", "confirm"}, now.State) {
			return fmt.Errorf("it is %s", now.State)
		}
		return nil
	})
	n.Await("the daemon is ready again", n.Ready)
	n.AwaitLog(0, "database is back")
	n.same(began, ticket)
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// TestKillInTheMiddleOfARetest: what the daemon was carrying out when it died,
// it takes up again at once, and not when its claim has expired.
func TestKillInTheMiddleOfARetest(t *testing.T) {
	n := newScene(t, opts{lines: 40, rules: hurried, config: hurriedPace})
	n.quiet()
	ticket := n.AwaitOne(n.lab.Cut(feeder(n).Subject), "networkFault")
	n.settled(&ticket)
	n.lab.Heal()
	n.AwaitState(ticket.ID, "retest")
	n.Kill()
	n.Start()
	wait.Within(t, time.Minute, "the re-test is done, half a claim's life later", func() error {
		now, err := n.Ticket(ticket.ID)
		if err == nil && now.State == "retest" {
			err = fmt.Errorf("it is %s", now.State)
		}
		return err
	})
}
