package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/storetest"
)

func TestMain(m *testing.M) {
	storetest.Child(reopen)
	os.Exit(m.Run())
}

func reopen(ctx context.Context, path string) (store.Store, error) {
	return Open(ctx, path, zap.NewNop())
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return fresh(t, file(t)) })
}

func TestKilledWriterLosesNothing(t *testing.T) {
	storetest.KillWriters(t, file(t), reopen)
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "line warden #1?.db") }

func fresh(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestFileIsItsOwnersAlone(t *testing.T) {
	path := file(t)
	s := fresh(t, path)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", filepath.Base(path+suffix), info.Mode())
		}
	}
}

func TestOpenNamesTheFileAtFault(t *testing.T) {
	garbage := file(t)
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for why, path := range map[string]string{
		"no such directory": filepath.Join(t.TempDir(), "missing", "linewarden.db"),
		"a directory":       t.TempDir(),
		"no database":       garbage,
	} {
		_, err := Open(t.Context(), path, zap.NewNop())
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error is %v, want one that names %s", why, err, path)
		}
	}
}

func TestNewerSchemaIsLeftAlone(t *testing.T) {
	path := file(t)
	s := fresh(t, path)
	raw, err := connect(path, "immediate", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path, zap.NewNop())
	if err == nil || !strings.Contains(err.Error(), "newer linewarden") {
		t.Fatalf("error is %v, want one about a newer linewarden", err)
	}
}

func TestRecordsCannotBeEdited(t *testing.T) {
	path := file(t)
	s := fresh(t, path)
	storetest.Record(t, s)
	raw, err := connect(path, "immediate", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for _, table := range storetest.RecordTables {
		for _, change := range []string{"UPDATE " + table + " SET at = 0", "DELETE FROM " + table} {
			if _, err := raw.Exec(change); err == nil || !strings.Contains(err.Error(), "only grows") {
				t.Errorf("%s: error is %v, want one that says that it only grows", change, err)
			}
		}
	}
}

func TestLockedFileIsUnavailable(t *testing.T) {
	path := file(t)
	s := fresh(t, path)
	raw, err := connect(path, "immediate", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	other, err := raw.Begin()
	if err != nil {
		t.Fatal(err)
	}
	ours := s.Store
	db, err := connect(path, "immediate", 1, "busy_timeout(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.ExecContext(t.Context(), `INSERT INTO pings (id, n) VALUES (1, 1)`)
	if err = explain(t.Context(), err); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("error is %v, want %v", err, store.ErrUnavailable)
	}
	if _, err := ours.Users(t.Context()); err != nil {
		t.Errorf("a reader is held up by a writer: %v", err)
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}
