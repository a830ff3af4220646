// Package tables implements the store's contract over tables that SQLite and
// PostgreSQL have in common. The SQL is written once, for database/sql, in the
// language that both speak; what differs is in a Dialect.
//
// It is not for callers: they open store/sqlite or store/postgres. It knows no
// workflow, asks neither the clock nor the database for the time, and never
// retries what may have been committed.
package tables

import (
	"context"
	"database/sql"
	"time"

	"go.uber.org/zap"
)

// DB is a database with the tables in it. Write and Read may be the same pool.
type DB struct {
	Write *sql.DB
	Read  *sql.DB // for statements and transactions that only read
	Close func() error
}

// Stmt is a statement with its arguments.
type Stmt struct {
	SQL  string
	Args []any
}

// Dialect is where the two databases differ. Functions that may be nil say so.
type Dialect struct {
	// Args turns arguments into what the driver takes. They are strings,
	// integers, bools, byte slices, times, nil, []string and Never.
	Args func(args []any) []any
	// Explain turns an error into the contract's: store.ErrDuplicate for a
	// taken unique value, store.ErrUnavailable if the database cannot be
	// reached. ctx is the caller's, which may have ended.
	Explain func(ctx context.Context, err error) error
	// NotSent says that a statement never reached the database, so that another
	// connection may have better luck. nil: cannot happen.
	NotSent func(err error) bool
	// GaveWay says that the database rolled back so that another could go on.
	// nil: cannot happen.
	GaveWay func(err error) bool
	// Patience is how long a statement may take; 0: no limit.
	Patience time.Duration
	// Snapshot is a transaction that sees one unchanging state.
	Snapshot *sql.TxOptions
	// Batch executes statements in order and in one round trip, on a connection
	// that is in a transaction. nil: one by one.
	Batch func(ctx context.Context, on *sql.Conn, stmts []Stmt) error

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
	db  database
	d   *Dialect
	log *zap.Logger
}

// New wraps a migrated database.
func New(db DB, d Dialect, log *zap.Logger) *Store {
	return &Store{db: newDatabase(db, &d), d: &d, log: log}
}

// Close closes the database.
func (s *Store) Close() error { return s.db.close() }

// Ping writes, since a full disk and a standby still answer reads.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.db.exec(ctx, `
		INSERT INTO pings (id, n) VALUES (1, 1)
		ON CONFLICT (id) DO UPDATE SET n = pings.n + 1`)
	return err
}
