package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/store/pgtest"
)

// TestKill is what happens when the daemon dies in the middle of a fault: the
// same ticket, the same clocks, nothing doubled, on both databases.
func TestKill(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killStories(t, "") })
	t.Run("postgres", func(t *testing.T) {
		cluster := newCluster(t)
		killStories(t, database(t, cluster))
		t.Run("the database is away for a while", func(t *testing.T) { databaseAway(t, cluster) })
	})
}

func newCluster(t *testing.T) *pgtest.Cluster {
	t.Helper()
	cluster, err := pgtest.Start(t.Context(), pgtest.Options{Durable: true})
	pgtest.Need(t, err)
	t.Cleanup(func() { cluster.Close() })
	return cluster
}

// databases numbers the databases of a cluster.
var databases int

func database(t *testing.T, cluster *pgtest.Cluster) string {
	t.Helper()
	databases++
	name := fmt.Sprintf("e2e_%d", databases)
	if err := cluster.Exec(t.Context(), "postgres", "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return cluster.DSN(name)
}

func killStories(t *testing.T, dsn string) {
	n := newNOC(t, opts{lines: 40, postgres: dsn, rules: hurried, config: hurriedPace})
	n.quiet()
	cable := feeder(n)

	began := n.cut(cable.Subject)
	first := n.oneNetworkTicket(began, 20*time.Second)
	n.settled(&first)
	services, err := n.since(began, "serviceFault")
	if err != nil {
		t.Fatal(err)
	}

	// In the middle of the fault.
	n.kill()
	n.start()
	n.unchanged(began, first, services)

	// Again, and the bus's files are lost.
	n.kill()
	if err := os.RemoveAll(filepath.Join(n.dir, "data", "bus")); err != nil {
		t.Fatal(err)
	}
	n.start()
	n.unchanged(began, first, services)

	// Another fault begins, and this one heals, while the daemon is away.
	n.kill()
	n.healAll()
	other := otherFeeder(n, cable)
	again := n.cut(other.Subject)
	n.start()
	n.within(time.Minute, "the healed fault's ticket is restored", func() error {
		now, err := n.ticket(first.ID)
		if err == nil && !slices.Contains([]string{"restored", "retest", "observing", "confirm"}, now.State) {
			err = fmt.Errorf("it is %s", now.State)
		}
		return err
	})
	second := n.oneNetworkTicket(again, time.Minute)
	n.settled(&second)
	if !slices.Contains(second.roots(), other.Subject) {
		t.Errorf("the fault that began meanwhile has roots %v, want %s", second.roots(), other.Subject)
	}
	n.same(again, second)
	n.healAll()
	n.quiet()
}

// unchanged watches that a restart has changed nothing.
func (n *noc) unchanged(began time.Time, first tmfTicket, services []tmfTicket) {
	n.t.Helper()
	n.stays(8*time.Second, "the ticket and its clock are the same", func() error {
		all, err := n.since(began, "networkFault")
		if err != nil {
			return err
		}
		if len(all) != 1 || all[0].ID != first.ID {
			return fmt.Errorf("there are %d network tickets", len(all))
		}
		now := all[0]
		if restore, ok := now.clock("restore"); !ok || !restore.Stopped.IsZero() {
			return fmt.Errorf("the restore clock is %+v", restore)
		}
		if err := sameClocks(first, now); err != nil {
			return err
		}
		if now.State != first.State || !slices.Equal(now.roots(), first.roots()) {
			return fmt.Errorf("it was %s %v and is %s %v", first.State, first.roots(), now.State, now.roots())
		}
		st, err := n.since(began, "serviceFault")
		if err != nil {
			return err
		}
		if len(st) != len(services) {
			return fmt.Errorf("there are %d service tickets, there were %d", len(st), len(services))
		}
		byID := func(a, b tmfTicket) int { return strings.Compare(a.ID, b.ID) }
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
func sameClocks(was, is tmfTicket) error {
	if len(was.Clock) != len(is.Clock) {
		return fmt.Errorf("%s has %d clocks, it had %d", is.ID, len(is.Clock), len(was.Clock))
	}
	for i, a := range was.Clock {
		if b := is.Clock[i]; a.Name != b.Name || !a.Started.Equal(b.Started) || !a.Due.Equal(b.Due) || !a.Stopped.Equal(b.Stopped) {
			return fmt.Errorf("clock %s of %s was %+v and is %+v", a.Name, is.ID, a, b)
		}
	}
	return nil
}

// otherFeeder is a cable with several tails that shares no line with another.
func otherFeeder(n *noc, cable thing) thing {
	return n.pick("another cable with several tails", func(th thing) bool {
		return th.Kind == "cable" && th.Layer == "tail" && len(th.Lines) >= 3 && th.Subject != cable.Subject && !overlap(th.Lines, cable.Lines)
	})
}

// databaseAway stops PostgreSQL for a minute while one fault ends and another
// begins. Nothing is lost, the daemon says what is wrong meanwhile, and recovers
// by itself.
func databaseAway(t *testing.T, cluster *pgtest.Cluster) {
	n := newNOC(t, opts{lines: 40, postgres: database(t, cluster), rules: hurried, config: hurriedPace})
	n.quiet()
	earlier := feeder(n)
	first := n.oneNetworkTicket(n.cut(earlier.Subject), 20*time.Second)
	n.settled(&first)

	if err := cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	stopped := time.Now()
	n.within(30*time.Second, "the daemon says that it has no database", func() error {
		resp, err := n.client.Get(n.url + "/readyz")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), `"database"`) {
			return fmt.Errorf("%s %s", resp.Status, body)
		}
		return nil
	})
	n.healAll()
	cable := otherFeeder(n, earlier)
	began := n.cut(cable.Subject)
	n.within(30*time.Second, "its log says so, too", func() error {
		if !strings.Contains(n.logTail(200), "database cannot be reached") {
			return fmt.Errorf("not a word of it")
		}
		return nil
	})
	n.stays(time.Minute-time.Since(stopped), "the daemon lives", func() error {
		resp, err := n.client.Get(n.url + "/healthz")
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
	if err := cluster.Restart(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	ticket := n.oneNetworkTicket(began, 40*time.Second)
	if !slices.Contains(ticket.roots(), cable.Subject) {
		t.Errorf("roots %v, want %s", ticket.roots(), cable.Subject)
	}
	if restore, _ := ticket.clock("restore"); restore.Started.After(began.Add(5 * time.Second)) {
		t.Errorf("the clock runs from %v, although the cut was at %v", restore.Started, began)
	}
	n.within(time.Minute, "the ticket of the fault that ended meanwhile is restored, its clock as it was", func() error {
		now, err := n.ticket(first.ID)
		if err != nil {
			return err
		}
		was, _ := first.clock("restore")
		is, _ := now.clock("restore")
		if !is.Started.Equal(was.Started) || !is.Due.Equal(was.Due) {
			t.Fatalf("the restore clock was %+v and is %+v", was, is)
		}
		if !slices.Contains([]string{"restored", "retest", "observing", "confirm"}, now.State) {
			return fmt.Errorf("it is %s", now.State)
		}
		return nil
	})
	n.within(20*time.Second, "the daemon is ready again, and says that the database is back", func() error {
		resp, err := n.client.Get(n.url + "/readyz")
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.Contains(n.logTail(200), "database is back") {
			return fmt.Errorf("%s", resp.Status)
		}
		return nil
	})
	n.same(began, ticket)
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// TestKillInTheMiddleOfARetest: what the daemon was carrying out when it died,
// it takes up again at once, and not when its claim has expired.
func TestKillInTheMiddleOfARetest(t *testing.T) {
	n := newNOC(t, opts{lines: 40, rules: hurried, config: hurriedPace})
	n.quiet()
	ticket := n.oneNetworkTicket(n.cut(feeder(n).Subject), 20*time.Second)
	n.settled(&ticket)
	n.healAll()
	n.within(time.Minute, "the ticket is being re-tested", func() error {
		now, err := n.ticket(ticket.ID)
		if err == nil && now.State != "retest" {
			err = fmt.Errorf("it is %s", now.State)
		}
		return err
	})
	n.kill()
	n.start()
	n.within(30*time.Second, "the re-test is done", func() error {
		now, err := n.ticket(ticket.ID)
		if err == nil && now.State == "retest" {
			err = fmt.Errorf("it is %s", now.State)
		}
		return err
	})
}
