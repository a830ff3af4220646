package sqlite

import (
	"cmp"
	"os"
	"testing"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/store/storetest"
)

// BenchmarkListMillion fills a file with a million tickets, which takes some
// minutes, and lists pages of them. LINEWARDEN_MILLION names a file to fill
// once and keep.
func BenchmarkListMillion(b *testing.B) {
	path := cmp.Or(os.Getenv("LINEWARDEN_MILLION"), b.TempDir()+"/million.db")
	s, err := Open(b.Context(), path, zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	storetest.Fill(b, s, storetest.Million)
	storetest.Pages(b, s)
}

// BenchmarkSave measures transactions on an empty database.
func BenchmarkSave(b *testing.B) {
	s, err := Open(b.Context(), b.TempDir()+"/saves.db", zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	storetest.Saves(b, s)
}
