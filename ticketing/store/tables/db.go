// Package tables implements the store's contract over tables that SQLite and
// PostgreSQL have in common. The SQL is written once, in the language that both
// speak; what differs is in a Dialect, and how to reach the database is a DB.
//
// It is not for callers: they open store/sqlite or store/postgres. It knows no
// workflow, asks neither the clock nor the database for the time, and never
// retries what may have been committed.
package tables

import (
	"context"
	"database/sql"
	"errors"

	"go.uber.org/zap"
)

// Conn runs statements, with parameters $1, $2 ... Arguments are strings,
// integers, bools, byte slices, []string, and the three times of this package.
type Conn interface {
	// Exec says how many rows it touched.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	// Send executes statements in order; over a network in one round trip.
	Send(ctx context.Context, stmts []Stmt) error
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	// Row gives sql.ErrNoRows on Scan if there is none.
	Row(ctx context.Context, query string, args ...any) Row
}

// DB is a database with the tables in it. Outside a transaction each statement
// is one of its own. Errors come explained: store.ErrDuplicate for a taken
// unique value, store.ErrUnavailable if the database cannot be reached.
type DB interface {
	Conn
	// Update commits what f does, or nothing of it. f may run more than once.
	Update(ctx context.Context, f func(Conn) error) error
	// View lets f read one unchanging state.
	View(ctx context.Context, f func(Conn) error) error
	Close() error
}

// Stmt is a statement with its arguments.
type Stmt struct {
	SQL  string
	Args []any
}

// Row is one row to come.
type Row interface{ Scan(dest ...any) error }

// Rows is many.
type Rows interface {
	Row
	Next() bool
	Err() error
	Close() error
}

// Dialect is where the two databases differ.
type Dialect struct {
	// AnyOf is the condition that column is one of the []string parameter.
	AnyOf func(column, param string) string
	// Contains is the condition that the text column has the parameter in it.
	Contains func(column, param string) string
	// Match selects, without an ORDER BY, n of the tickets that have all the
	// pieces in the parameter, which Pieces encodes.
	Match  func(param string) string
	Pieces func(grams []string) string
	// SaveGrams replaces the grams of ticket n; first says that it has none.
	SaveGrams func(n int64, grams []string, first bool) []Stmt
	// Unindexed is the column in a form by which no index is sorted.
	Unindexed func(column string) string
	// Later is the function for the greater of two values: max, greatest.
	Later string
	// Locks that SQLite, with its one writer, does not need.
	ForUpdate, ForShare, SkipLocked string
}

// Store is the contract on a DB.
type Store struct {
	db  DB
	d   Dialect
	log *zap.Logger
}

// New wraps a migrated database.
func New(db DB, d Dialect, log *zap.Logger) *Store {
	return &Store{db: db, d: d, log: log}
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Ping writes, since a full disk and a standby still answer reads.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO pings (id, n) VALUES (1, 1)
		ON CONFLICT (id) DO UPDATE SET n = pings.n + 1`)
	return err
}

// each calls f for every row; f scans it.
func each(ctx context.Context, c Conn, query string, args []any, f func(Row) error) error {
	rows, err := c.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one scans the only row and turns its absence into missing.
func one(row Row, missing error, dest ...any) error {
	err := row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return missing
	}
	return err
}
