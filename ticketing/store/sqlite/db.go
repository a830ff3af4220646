package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/tables"
)

// db is one writer and several readers on the same file.
type db struct {
	write, read *sql.DB
}

func (d *db) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return conn{d.write}.Exec(ctx, query, args...)
}

func (d *db) Send(ctx context.Context, stmts []tables.Stmt) error {
	return d.Update(ctx, func(c tables.Conn) error { return c.Send(ctx, stmts) })
}

func (d *db) Query(ctx context.Context, query string, args ...any) (tables.Rows, error) {
	return conn{d.read}.Query(ctx, query, args...)
}

func (d *db) Row(ctx context.Context, query string, args ...any) tables.Row {
	return conn{d.read}.Row(ctx, query, args...)
}

func (d *db) Update(ctx context.Context, f func(tables.Conn) error) error {
	return within(ctx, d.write, f)
}

func (d *db) View(ctx context.Context, f func(tables.Conn) error) error {
	return within(ctx, d.read, f)
}

func within(ctx context.Context, pool *sql.DB, f func(tables.Conn) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	if err := f(conn{tx}); err != nil {
		// What went wrong matters; a rollback that fails closes the connection.
		_ = tx.Rollback()
		return err
	}
	return explain(tx.Commit())
}

func (d *db) Close() error {
	var errs []error
	for _, pool := range []*sql.DB{d.read, d.write} { // the writer last: it empties the log
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// conn runs statements on a pool or in a transaction.
type conn struct {
	on interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
		QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	}
}

func (c conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := c.on.ExecContext(ctx, numbered(query), native(args)...)
	if err != nil {
		return 0, explain(err)
	}
	return r.RowsAffected()
}

func (c conn) Send(ctx context.Context, stmts []tables.Stmt) error {
	for _, s := range stmts {
		if _, err := c.Exec(ctx, s.SQL, s.Args...); err != nil {
			return err
		}
	}
	return nil
}

func (c conn) Query(ctx context.Context, query string, args ...any) (tables.Rows, error) {
	r, err := c.on.QueryContext(ctx, numbered(query), native(args)...)
	if err != nil {
		return nil, explain(err)
	}
	return r, nil
}

func (c conn) Row(ctx context.Context, query string, args ...any) tables.Row {
	return row{c.on.QueryRowContext(ctx, numbered(query), native(args)...)}
}

type row struct{ *sql.Row }

func (r row) Scan(dest ...any) error { return explain(r.Row.Scan(dest...)) }

// numbered turns $1 into ?1; no statement has a dollar sign elsewhere.
func numbered(query string) string { return strings.ReplaceAll(query, "$", "?") }

// native turns arguments into what the driver stores.
func native(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case tables.Time:
			out[i] = v.UnixMicro()
		case tables.Null:
			if !v.IsZero() {
				out[i] = v.UnixMicro()
			}
		case tables.Never:
			out[i] = int64(math.MaxInt64)
			if !v.IsZero() {
				out[i] = v.UnixMicro()
			}
		case bool:
			out[i] = 0
			if v {
				out[i] = 1
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
func explain(err error) error {
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
