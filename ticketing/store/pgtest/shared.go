package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// Shared is one cluster for all tests of a package, started when the first
// asks. Close it at the end of TestMain.
type Shared struct {
	Options Options
	// Migrate makes the template of every test's database.
	Migrate func(ctx context.Context, dsn string) error

	mu      sync.Mutex
	tried   bool
	cluster *Cluster
	err     error
	n       int
}

const template = "template_store"

// Cluster is the running cluster. Without PostgreSQL the test fails where
// CI=true, and elsewhere is skipped, loudly.
func (s *Shared) Cluster(tb testing.TB) *Cluster {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tried {
		s.tried = true
		s.cluster, s.err = s.start(context.Background())
	}
	Need(tb, s.err)
	return s.cluster
}

// Need ends the test over an error of Start.
func Need(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrMissing) && os.Getenv("CI") != "true":
		fmt.Fprintf(os.Stderr, "\n*** NOT TESTED: %s: %v ***\n\n", tb.Name(), err)
		tb.Skip(err)
	default:
		tb.Fatal(err)
	}
}

func (s *Shared) start(ctx context.Context) (*Cluster, error) {
	c, err := Start(ctx, s.Options)
	if err != nil {
		return nil, err
	}
	err = c.Exec(ctx, "postgres", "CREATE DATABASE "+template)
	if err == nil && s.Migrate != nil {
		err = s.Migrate(ctx, c.DSN(template))
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Database makes a database for one test, with the template's tables, and
// returns its address. It is dropped at the end.
func (s *Shared) Database(tb testing.TB) string {
	tb.Helper()
	c := s.Cluster(tb)
	s.mu.Lock()
	s.n++
	name := fmt.Sprintf("test_%d", s.n)
	s.mu.Unlock()
	if err := c.Exec(context.Background(), "postgres", "CREATE DATABASE "+name+" TEMPLATE "+template+c.strategy); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Exec(context.Background(), "postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
	return c.DSN(name)
}

// Close ends the cluster, if it was started.
func (s *Shared) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster == nil {
		return nil
	}
	return s.cluster.Close()
}
