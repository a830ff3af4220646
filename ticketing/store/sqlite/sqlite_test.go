package sqlite

import (
	"path/filepath"
	"testing"

	"go.uber.org/zap/zaptest"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return fresh(t, filepath.Join(t.TempDir(), "linewarden.db"))
	})
}

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
