package tables

import (
	"context"
	"database/sql"
	"time"
)

// database runs single statements and transactions.
type database struct {
	conn  // outside a transaction each statement is one of its own
	write *sql.DB
	read  *sql.DB
	close func() error
}

func newDatabase(db DB, d *Dialect) database {
	single := conn{on: pools{db.Write, db.Read}, d: d, attempts: attempts}
	return database{conn: single, write: db.Write, read: db.Read, close: db.Close}
}

// update commits what f does, or nothing of it. f may run more than once.
func (db database) update(ctx context.Context, f func(conn) error) error {
	return db.within(ctx, db.write, nil, f)
}

// view lets f read one unchanging state. f may run more than once.
func (db database) view(ctx context.Context, f func(conn) error) error {
	return db.within(ctx, db.read, db.d.Snapshot, f)
}

// within tries again only where the database has surely committed nothing.
func (db database) within(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, f func(conn) error) (err error) {
	for range attempts {
		var again bool
		if again, err = db.once(ctx, pool, opts, f); !again {
			return err
		}
	}
	return err
}

func (db database) once(
	ctx context.Context, pool *sql.DB, opts *sql.TxOptions, f func(conn) error,
) (again bool, err error) {
	tx, err := db.begin(ctx, pool, opts)
	if err != nil {
		return db.d.notSent(err), db.d.Explain(ctx, err)
	}
	defer tx.end()
	if err := f(conn{on: tx.Tx, batch: tx.on, d: db.d, attempts: 1}); err != nil {
		// What went wrong matters; a rollback that fails closes the connection.
		_ = tx.within(db.d.Patience, tx.Rollback)
		return db.d.gaveWay(err), err
	}
	err = tx.within(db.d.Patience, tx.Commit)
	return db.d.gaveWay(err), db.d.Explain(ctx, err)
}

// transaction is one on a connection of its own. The driver ends it with the
// context that it began with.
type transaction struct {
	*sql.Tx
	on     *sql.Conn
	cancel context.CancelFunc
}

func (db database) begin(ctx context.Context, pool *sql.DB, opts *sql.TxOptions) (*transaction, error) {
	limited, done := db.d.limit(ctx)
	defer done()
	on, err := pool.Conn(limited)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	t := &transaction{on: on, cancel: cancel}
	err = t.within(db.d.Patience, func() error {
		t.Tx, err = on.BeginTx(ctx, opts)
		return err
	})
	if err != nil {
		t.end()
		return nil, err
	}
	return t, nil
}

// within gives f, which takes no context, so much time; 0: any.
func (t *transaction) within(patience time.Duration, f func() error) error {
	if patience > 0 {
		defer time.AfterFunc(patience, t.cancel).Stop()
	}
	return f()
}

func (t *transaction) end() {
	t.cancel()
	_ = t.on.Close() // gives the connection back
}
