package postgres_test

import (
	"os"
	"testing"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/store/postgres"
	"github.com/linewarden/linewarden/ticketing/store/storetest"
)

// BenchmarkListMillion fills a database with a million tickets, which takes
// some minutes, and lists pages of them. LINEWARDEN_MILLION_DSN names a
// database to fill once and keep.
func BenchmarkListMillion(b *testing.B) {
	dsn := os.Getenv("LINEWARDEN_MILLION_DSN")
	if dsn == "" {
		dsn = server.Database(b)
	}
	s, err := postgres.Open(b.Context(), dsn, zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	storetest.Fill(b, s, storetest.Million)
	storetest.Pages(b, s)
}

// BenchmarkSave measures transactions on an empty database.
func BenchmarkSave(b *testing.B) {
	s, err := postgres.Open(b.Context(), server.Database(b), zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	storetest.Saves(b, s)
}
