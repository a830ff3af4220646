package postgres_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/pgtest"
	"github.com/linewarden/linewarden/ticketing/store/postgres"
	"github.com/linewarden/linewarden/ticketing/store/storetest"
)

var server = pgtest.Shared{Migrate: func(ctx context.Context, dsn string) error {
	s, err := postgres.Open(ctx, dsn, zap.NewNop())
	if err != nil {
		return err
	}
	return s.Close()
}}

func reopen(ctx context.Context, dsn string) (store.Store, error) {
	return postgres.Open(ctx, dsn, zap.NewNop())
}

func TestMain(m *testing.M) {
	storetest.Child(reopen)
	code := m.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, server.Database(t)) })
}

func open(t *testing.T, dsn string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), dsn, zaptest.NewLogger(t))
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
