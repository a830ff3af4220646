package postgres_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/pgtest"
	"github.com/linewarden/linewarden/ticketing/store/postgres"
	"github.com/linewarden/linewarden/ticketing/store/storetest"
)

func TestKilledWriterLosesNothing(t *testing.T) {
	storetest.KillWriters(t, server.Database(t), reopen)
}

// own starts a server for a test that stops it.
func own(t *testing.T, o pgtest.Options) (*pgtest.Cluster, string) {
	t.Helper()
	c, err := pgtest.Start(t.Context(), o)
	pgtest.Need(t, err)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c, c.DSN("postgres")
}

func TestStoppedServerIsUnavailableUntilItIsBack(t *testing.T) {
	c, dsn := own(t, pgtest.Options{})
	s := open(t, dsn)
	must(t, s.Ping(t.Context()))
	for range 3 {
		must(t, c.Stop())
		calls := map[string]func() error{
			"ping":   func() error { return s.Ping(t.Context()) },
			"save":   func() error { return s.Save(t.Context(), time.Now(), store.Batch{Audit: []store.Audit{{}}}) },
			"read":   func() error { _, err := s.User(t.Context(), "x"); return err },
			"list":   func() error { _, _, err := s.List(t.Context(), store.Filter{}, store.Page{}); return err },
			"due":    func() error { _, _, err := s.Due(t.Context(), time.Now(), 1); return err },
			"number": func() error { _, err := s.NextNumber(t.Context(), "x"); return err },
		}
		for name, call := range calls {
			if err := call(); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "not reachable") {
				t.Errorf("%s: error is %v, want %q", name, err, store.ErrUnavailable)
			}
		}
		must(t, c.Restart(t.Context()))
		must(t, s.Ping(t.Context())) // the same store, at the first try
	}
}

// A server that freezes sends no error. Calls give up all the same, work again
// once it goes on, and closing does not wait for it.
func TestFrozenServerIsUnavailableUntilItGoesOn(t *testing.T) {
	c, dsn := own(t, pgtest.Options{})
	s := open(t, dsn)
	must(t, s.Ping(t.Context()))
	must(t, c.Freeze())
	t.Cleanup(func() { _ = c.Thaw() })
	calls := map[string]func() error{
		"save": func() error { return s.Save(t.Context(), time.Now(), store.Batch{Audit: []store.Audit{{}}}) },
		"read": func() error { _, err := s.User(t.Context(), "x"); return err },
		"list": func() error { _, _, err := s.List(t.Context(), store.Filter{}, store.Page{}); return err },
	}
	var running sync.WaitGroup
	for name, call := range calls {
		running.Go(func() {
			begun := time.Now()
			if err := call(); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: error is %v, want %q", name, err, store.ErrUnavailable)
			}
			if took := time.Since(begun); took > 40*time.Second {
				t.Errorf("%s: gave up after %v", name, took)
			}
		})
	}
	running.Wait()
	must(t, c.Thaw())
	must(t, s.Ping(t.Context()))
	must(t, c.Freeze())
	begun := time.Now()
	must(t, s.Close())
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("closing took %v", took)
	}
}

func TestSessionsEndedByTheServerAreReplacedUnnoticed(t *testing.T) {
	c, dsn := own(t, pgtest.Options{})
	s := open(t, dsn)
	var all sync.WaitGroup
	for range 8 { // fill the pool
		all.Go(func() { _, _ = s.Users(t.Context()) })
	}
	all.Wait()
	must(t, c.Exec(t.Context(), "postgres", `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE application_name = 'linewarden' AND pid <> pg_backend_pid()`))
	for range 16 {
		// The first call on a dead session may learn of it only from the answer.
		if err := s.Ping(t.Context()); err != nil && !errors.Is(err, store.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	must(t, s.Ping(t.Context()))
}

func TestCrashedServerLosesNothing(t *testing.T) {
	c, dsn := own(t, pgtest.Options{Durable: true})
	s := open(t, dsn)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var mu sync.Mutex
	saved := map[string]int64{}
	enough := make(chan struct{}, 1)
	done := make(chan error, 1)
	go func() {
		done <- storetest.Write(ctx, s, func(id string, version int64) {
			mu.Lock()
			defer mu.Unlock()
			saved[id] = version
			if version%10 == 0 {
				select {
				case enough <- struct{}{}:
				default:
				}
			}
		})
	}()
	for range 3 {
		select {
		case <-enough:
		case err := <-done:
			t.Fatal(err)
		case <-time.After(30 * time.Second):
			t.Fatal("the writer does not get on")
		}
		must(t, c.Crash())
		mu.Lock()
		reported := maps.Clone(saved)
		mu.Unlock()
		must(t, c.Restart(t.Context()))
		for id, version := range reported {
			tk, err := s.Ticket(t.Context(), id)
			must(t, err)
			if tk.Version < version {
				t.Fatalf("%s is in version %d, but %d was reported as saved", id, tk.Version, version)
			}
		}
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	storetest.CheckWritten(t, s, saved)
}

func TestOpenSaysWhatIsWrongAndNeverThePassword(t *testing.T) {
	dsn := server.Database(t)
	host := pgHost(t, dsn)
	for name, c := range map[string]struct{ dsn, want string }{
		"no such database": {"host=" + host + " user=postgres password=hunter2 dbname=nowhere", `"nowhere"`},
		"no such server":   {"postgres://lw:hunter2@127.0.0.1:1/tickets", "127.0.0.1:1"},
		"no such host":     {"postgres://lw:hunter2@db.invalid/tickets", "db.invalid"},
		"wrong password":   {"host=" + host + " user=guarded password=hunter2 dbname=postgres", "password authentication failed"},
		"no such user":     {"host=" + host + " user=nemo password=hunter2 dbname=postgres", `"nemo"`},
		"no address":       {"postgres://lw:hunter2@host:port/x", "address"},
		"no key=value":     {"password=hunter2 host", "address"},
		"no right to make": {"host=" + host + " user=guarded password='" + pgtest.Password + "' dbname=postgres", "permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := postgres.Open(t.Context(), c.dsn, zap.NewNop())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error is %v, want one with %s", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), pgtest.Password) {
				t.Fatalf("the error has the password: %v", err)
			}
		})
	}
}

func TestDaemonsThatStartTogetherMigrateOnce(t *testing.T) {
	_, dsn := own(t, pgtest.Options{})
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			s, err := postgres.Open(t.Context(), dsn, zap.NewNop())
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(s.Ping(t.Context()), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestNewerSchemaIsLeftAlone(t *testing.T) {
	dsn := server.Database(t)
	exec(t, dsn, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)`)
	_, err := postgres.Open(t.Context(), dsn, zap.NewNop())
	if err == nil || !strings.Contains(err.Error(), "newer linewarden") {
		t.Fatalf("error is %v, want one about a newer linewarden", err)
	}
}

func TestRecordsCannotBeEdited(t *testing.T) {
	dsn := server.Database(t)
	storetest.Record(t, open(t, dsn))
	conn, err := pgx.Connect(t.Context(), dsn)
	must(t, err)
	defer conn.Close(t.Context())
	for _, table := range storetest.RecordTables {
		for _, change := range []string{"UPDATE " + table + " SET at = '2000-01-01'", "DELETE FROM " + table, "TRUNCATE " + table} {
			if _, err := conn.Exec(t.Context(), change); err == nil || !strings.Contains(err.Error(), "only grows") {
				t.Errorf("%s: error is %v, want one that says that it only grows", change, err)
			}
		}
	}
}

func TestStandbyIsUnavailableForWriting(t *testing.T) {
	dsn := server.Database(t)
	s := open(t, dsn+"&default_transaction_read_only=on")
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("error is %v, want %q", err, store.ErrUnavailable)
	}
	if _, err := s.Users(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func pgHost(t *testing.T, dsn string) string {
	t.Helper()
	cfg, err := pgx.ParseConfig(dsn)
	must(t, err)
	return cfg.Host
}

func exec(t *testing.T, dsn, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	must(t, err)
	_, err = conn.Exec(t.Context(), statement)
	must(t, errors.Join(err, conn.Close(t.Context())))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
