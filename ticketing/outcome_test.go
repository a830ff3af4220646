package ticketing_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/pgtest"
	"github.com/linewarden/linewarden/ticketing/store/postgres"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// courier delivers at once. With its first message something happens, before
// the daemon can record that it went out.
type courier struct {
	mu    sync.Mutex
	calls map[string]int      // by idempotency key
	order map[string][]string // events of a ticket
	first sync.Once
	then  func()
}

func newCourier(then func()) *courier {
	return &courier{calls: map[string]int{}, order: map[string][]string{}, then: then}
}

func (c *courier) Send(_ context.Context, m notify.Message) error {
	c.mu.Lock()
	c.calls[m.ID]++
	c.order[m.Ticket] = append(c.order[m.Ticket], m.Event)
	c.mu.Unlock()
	c.first.Do(c.then)
	return nil
}

func (c *courier) told(ticket string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.order[ticket]
}

func (c *courier) channel() ticketing.Channel {
	return ticketing.Channel{Kind: "webhook", Name: "webhook/oss", Send: c}
}

// once fails the test for each message that arrived more than once.
func (c *courier) once(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, n := range c.calls {
		if n != 1 {
			t.Errorf("%s arrived %d times", key, n)
		}
	}
}

// away is a database that does not answer for a while.
type away struct {
	store.Store
	gone atomic.Bool
}

func (s *away) fails() error {
	if s.gone.Load() {
		return store.ErrUnavailable
	}
	return nil
}

func (s *away) ClaimEffects(ctx context.Context, c store.Claim) ([]store.PendingEffect, error) {
	if err := s.fails(); err != nil {
		return nil, err
	}
	return s.Store.ClaimEffects(ctx, c)
}

func (s *away) KeepEffects(ctx context.Context, until time.Time, by string, ids []string) error {
	if err := s.fails(); err != nil {
		return err
	}
	return s.Store.KeepEffects(ctx, until, by, ids)
}

func (s *away) FinishEffect(ctx context.Context, now time.Time, id string) error {
	if err := s.fails(); err != nil {
		return err
	}
	return s.Store.FinishEffect(ctx, now, id)
}

func (s *away) Due(ctx context.Context, now time.Time, limit int) ([]string, []string, error) {
	if err := s.fails(); err != nil {
		return nil, nil, err
	}
	return s.Store.Due(ctx, now, limit)
}

// breakable is a database that a test can make unreachable.
type breakable struct {
	open       func() store.Store // one for each daemon
	lose, mend func() error
}

func sqliteAway(t *testing.T) breakable {
	file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "linewarden.db"), zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	db := &away{Store: file}
	return breakable{
		open: func() store.Store { return db },
		lose: func() error { db.gone.Store(true); return nil },
		mend: func() error { db.gone.Store(false); return nil },
	}
}

func postgresAway(
	lose func(*pgtest.Cluster) error, mend func(context.Context, *pgtest.Cluster) error,
) func(*testing.T) breakable {
	return func(t *testing.T) breakable {
		cluster, err := pgtest.Start(t.Context(), pgtest.Options{})
		pgtest.Need(t, err)
		t.Cleanup(func() {
			if err := cluster.Close(); err != nil {
				t.Error(err)
			}
		})
		return breakable{
			open: func() store.Store {
				db, err := postgres.Open(t.Context(), cluster.DSN("postgres"), zap.NewNop())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				return db
			},
			lose: func() error { return lose(cluster) },
			mend: func() error { return mend(t.Context(), cluster) },
		}
	}
}

var (
	postgresStopped = postgresAway((*pgtest.Cluster).Stop,
		func(ctx context.Context, c *pgtest.Cluster) error { return c.Restart(ctx) })
	postgresFrozen = postgresAway((*pgtest.Cluster).Freeze,
		func(_ context.Context, c *pgtest.Cluster) error { return c.Thaw() })
)

// TestWhatWentOutIsRecordedWhenTheDatabaseIsBack loses the database between a
// notice and its record. Nothing is said twice, and what follows on the channel
// does not wait until the claim of the first has run out.
func TestWhatWentOutIsRecordedWhenTheDatabaseIsBack(t *testing.T) {
	for name, c := range map[string]struct {
		database func(*testing.T) breakable
		away     time.Duration // by the daemons' clock
	}{
		"SQLite does not answer":                   {sqliteAway, 0},
		"SQLite does not answer for long":          {sqliteAway, time.Hour},
		"PostgreSQL ends its sessions":             {postgresStopped, 0},
		"PostgreSQL is away longer than a claim":   {postgresStopped, time.Hour},
		"PostgreSQL is halted where it stands":     {postgresFrozen, 0},
		"PostgreSQL is halted longer than a claim": {postgresFrozen, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recordedAfter(t, c.database(t), c.away)
		})
	}
}

func recordedAfter(t *testing.T, database breakable, away time.Duration) {
	lost := make(chan struct{})
	box := newCourier(func() {
		if err := database.lose(); err != nil {
			t.Error(err)
		}
		close(lost)
	})
	var daemons []*world
	for range 2 {
		w := worldOn(t, database.open(), box.channel())
		daemons = append(daemons, w)
		w.run()
	}
	w := daemons[0]
	open, cleared := cut("V1", 1, verdict.Open), cut("V1", 2, verdict.Cleared)
	w.wire.PutVerdict(t.Context(), &open)
	<-lost
	w.within("both say that the database is away", func() bool {
		return daemons[0].Problem() != "" && daemons[1].Problem() != ""
	})
	for _, w := range daemons {
		w.clock.move(away)
	}
	if err := database.mend(); err != nil {
		t.Fatal(err)
	}
	w.within("both say that it is back", func() bool { return daemons[0].Problem() == "" && daemons[1].Problem() == "" })
	w.within("there is a ticket", func() bool { return len(w.tickets(ticket.Network)) == 1 })
	id := w.tickets(ticket.Network)[0].ID
	w.wire.PutVerdict(t.Context(), &cleared)
	w.within("what follows is told", func() bool { return len(box.told(id)) >= 2 })
	w.within("all is recorded", func() bool {
		effects, err := w.db.EffectsOf(t.Context(), id, 100)
		for _, e := range effects {
			if e.Kind == ticket.Notify && e.Done.IsZero() {
				return false
			}
		}
		return err == nil
	})
	box.once(t)
}

// A daemon that is stopped in good order between a notice and its record makes
// the record before it ends.
func TestWhoStopsRecordsWhatWentOut(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	box := newCourier(stop)
	w := newWorld(t, box.channel())
	if err := w.Apply(t.Context(), cut("V1", 1, verdict.Open)); err != nil {
		t.Fatal(err)
	}
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
	for key := range box.calls {
		id, _, _ := strings.Cut(key, "/")
		effects, err := w.db.EffectsOf(t.Context(), id, 100)
		i := slices.IndexFunc(effects, func(e store.PendingEffect) bool { return e.ID == key })
		if err != nil || i < 0 || effects[i].Done.IsZero() {
			t.Errorf("%s went out, and of the effects %+v it is not done (%v)", key, effects, err)
		}
	}
}
