package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/postgres"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
)

// openStore opens the database that a configuration file names.
func openStore(ctx context.Context, path string) (store.Store, error) {
	cfg, err := configs.Load(path)
	if err != nil {
		return nil, err
	}
	return storeOf(ctx, cfg, zap.NewNop())
}

// groupsOf names the groups that a configuration's rules know.
func groupsOf(path string) ([]string, error) {
	cfg, err := configs.Load(path)
	if err != nil {
		return nil, err
	}
	policy, err := cfg.Policy()
	if err != nil {
		return nil, fmt.Errorf("rules for tickets:\n%w", err)
	}
	names := make([]string, len(policy.Groups))
	for i, g := range policy.Groups {
		names[i] = g.ID
	}
	return names, nil
}

func storeOf(ctx context.Context, cfg *configs.Config, log *zap.Logger) (store.Store, error) {
	if cfg.Store.Postgres.Set() {
		return postgres.Open(ctx, cfg.Store.Postgres.Reveal(), log)
	}
	if err := os.MkdirAll(filepath.Dir(cfg.Store.SQLite), 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of the database: %w", err)
	}
	return sqlite.Open(ctx, cfg.Store.SQLite, log)
}
