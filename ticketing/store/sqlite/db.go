package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/tables"
)

// connect gives a pool of at most n connections, all set up alike.
func connect(path, lock string, n int, pragmas ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	q := url.Values{
		"_txlock":              {lock},
		"_time_integer_format": {"unix_micro"}, // of arguments
		"_pragma": append([]string{
			"busy_timeout(10000)",
			"journal_mode(WAL)",
			"synchronous(FULL)",
			"foreign_keys(1)",
			"temp_store(MEMORY)",
			"journal_size_limit(67108864)", // after a checkpoint
		}, pragmas...),
	}
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return pool, nil
}

// closer closes pools in order: the writer comes last, since it empties the log.
func closer(pools ...*sql.DB) func() error {
	return func() error {
		var errs []error
		for _, pool := range pools {
			if pool != nil {
				errs = append(errs, pool.Close())
			}
		}
		return errors.Join(errs...)
	}
}

// native turns arguments into what the driver takes.
func native(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case tables.Never:
			out[i] = int64(math.MaxInt64)
			if !v.IsZero() {
				out[i] = v.UnixMicro()
			}
		case []string:
			list, _ := json.Marshal(v) // strings always marshal
			out[i] = string(list)
		default:
			out[i] = a
		}
	}
	return out
}

// explain turns what callers branch on into the contract's errors.
func explain(_ context.Context, err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", store.ErrDuplicate, err)
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_CANTOPEN, lib.SQLITE_IOERR, lib.SQLITE_FULL, lib.SQLITE_READONLY:
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}
