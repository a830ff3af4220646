// Package sqlite keeps the store in one file: the embedded default, for one
// daemon on one machine. It needs no cgo and no server. Every commit is on the
// disk before it is reported.
//
// It does not share the file over a network; several daemons want
// store/postgres.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/tables"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the contract on a file.
type Store struct {
	*tables.Store
}

var _ store.Store = (*Store)(nil)

// readers is how many reads run at once, beside the one writer.
const readers = 6

// Open opens the file, makes it if there is none, and brings its tables up to
// date. The directory must exist.
func Open(ctx context.Context, path string, log *zap.Logger) (*Store, error) {
	s, err := open(ctx, path, log.Named("sqlite"))
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	return s, nil
}

func open(ctx context.Context, path string, log *zap.Logger) (_ *Store, err error) {
	if err := touch(path); err != nil {
		return nil, err
	}
	var write, read *sql.DB
	defer func() {
		if err != nil {
			err = errors.Join(err, closer(read, write)())
		}
	}()
	if write, err = connect(path, "immediate", 1, "cache_size(-65536)"); err != nil {
		return nil, err
	}
	if read, err = connect(path, "deferred", readers, "cache_size(-16384)", "query_only(1)"); err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := tables.Migrate(ctx, tables.SQLite, write, files, log); err != nil {
		return nil, explain(ctx, err)
	}
	db := tables.DB{Write: write, Read: read, Close: closer(read, write)}
	return &Store{tables.New(db, dialect(), log)}, nil
}

// touch makes the file readable to its owner alone, since it holds people and
// their password hashes; the log files beside it take the same mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
