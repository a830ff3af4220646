package tables

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"go.uber.org/zap"
)

// Engine names the dialect of migrations.
type Engine goose.Dialect

// The engines.
const (
	SQLite   = Engine(goose.DialectSQLite3)
	Postgres = Engine(goose.DialectPostgres)
)

// Migrate brings the tables up to date. It refuses a database that a newer
// program has written to, rather than guess what has changed.
func Migrate(ctx context.Context, e Engine, db *sql.DB, files fs.FS, log *zap.Logger) error {
	p, err := goose.NewProvider(goose.Dialect(e), db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("schema version: %w", err)
	}
	if current > target {
		return fmt.Errorf("schema version %d was written by a newer linewarden; this one knows up to %d", current, target)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate from schema version %d to %d: %w", current, target, err)
	}
	if len(done) > 0 {
		log.Info("schema migrated", zap.Int64("from", current), zap.Int64("to", target))
	}
	return nil
}
