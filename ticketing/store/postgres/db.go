package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/linewarden/linewarden/ticketing/store/tables"
)

// db is a pool of connections.
type db struct {
	pool *pgxpool.Pool
}

// attempts is how often is tried again what the server gave up for another's
// sake, or what never reached it over a dead connection.
const attempts = 20

// patience is how long a statement may take. A server that has frozen, or that
// a network no longer reaches, sends no error: without a limit whoever asked
// would wait until TCP gives up, a quarter of an hour later.
const patience = 15 * time.Second

func (d *db) Exec(ctx context.Context, query string, args ...any) (n int64, err error) {
	for range attempts {
		n, err = conn{d.pool}.Exec(ctx, query, args...)
		if err == nil || !deadConnection(err) && !gaveWay(err) {
			return n, err
		}
	}
	return n, err
}

func (d *db) Send(ctx context.Context, stmts []tables.Stmt) error {
	return d.Update(ctx, func(c tables.Conn) error { return c.Send(ctx, stmts) })
}

func (d *db) Query(ctx context.Context, query string, args ...any) (tables.Rows, error) {
	var err error
	for range attempts {
		var r tables.Rows
		if r, err = (conn{d.pool}).Query(ctx, query, args...); err == nil || !deadConnection(err) {
			return r, err
		}
	}
	return nil, err
}

func (d *db) Row(ctx context.Context, query string, args ...any) tables.Row {
	return lazyRow{ctx, d, query, args}
}

// lazyRow asks when it is scanned, so that it can ask again.
type lazyRow struct {
	ctx   context.Context
	db    *db
	query string
	args  []any
}

func (r lazyRow) Scan(dest ...any) (err error) {
	for range attempts {
		err = conn{r.db.pool}.Row(r.ctx, r.query, r.args...).Scan(dest...)
		if err == nil || !deadConnection(err) {
			return err
		}
	}
	return err
}

func (d *db) Update(ctx context.Context, f func(tables.Conn) error) error {
	return d.within(ctx, pgx.TxOptions{}, f)
}

func (d *db) View(ctx context.Context, f func(tables.Conn) error) error {
	return d.within(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f)
}

// within tries again only where the server has surely committed nothing.
func (d *db) within(ctx context.Context, opts pgx.TxOptions, f func(tables.Conn) error) (err error) {
	for range attempts {
		var again bool
		if again, err = d.once(ctx, opts, f); !again {
			return err
		}
	}
	return err
}

func (d *db) once(ctx context.Context, opts pgx.TxOptions, f func(tables.Conn) error) (again bool, err error) {
	begin, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tx, err := d.pool.BeginTx(begin, opts)
	if err != nil {
		return deadConnection(err), explain(ctx, err)
	}
	if err := f(conn{tx}); err != nil {
		// A rollback that fails closes the connection, which rolls back too.
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tx.Rollback(late)
		return gaveWay(err), err
	}
	end, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = tx.Commit(end)
	return gaveWay(err), explain(ctx, err)
}

// Close waits for connections to be closed in good order, but not for a server
// that does not answer any more.
func (d *db) Close() error {
	closed := make(chan struct{})
	go func() { d.pool.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(3 * time.Second):
	}
	return nil
}

// conn runs statements on the pool or in a transaction.
type conn struct {
	on interface {
		Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
		Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
		QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
		SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	}
}

func (c conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tag, err := c.on.Exec(limited, query, native(args)...)
	return tag.RowsAffected(), explain(ctx, err)
}

func (c conn) Send(ctx context.Context, stmts []tables.Stmt) error {
	if len(stmts) == 0 {
		return nil
	}
	var b pgx.Batch
	for _, s := range stmts {
		b.Queue(s.SQL, native(s.Args)...)
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return explain(ctx, c.on.SendBatch(limited, &b).Close())
}

func (c conn) Query(ctx context.Context, query string, args ...any) (tables.Rows, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	r, err := c.on.Query(limited, query, native(args)...)
	if err != nil {
		cancel()
		return nil, explain(ctx, err)
	}
	return rows{r, ctx, cancel}, nil
}

func (c conn) Row(ctx context.Context, query string, args ...any) tables.Row {
	limited, cancel := context.WithTimeout(ctx, patience)
	return row{c.on.QueryRow(limited, query, native(args)...), ctx, cancel}
}

type row struct {
	pgx.Row
	ctx    context.Context
	cancel context.CancelFunc
}

func (r row) Scan(dest ...any) error {
	defer r.cancel()
	return explain(r.ctx, r.Row.Scan(dest...))
}

type rows struct {
	pgx.Rows
	ctx    context.Context
	cancel context.CancelFunc
}

func (r rows) Scan(dest ...any) error { return explain(r.ctx, r.Rows.Scan(dest...)) }
func (r rows) Err() error             { return explain(r.ctx, r.Rows.Err()) }
func (r rows) Close() error {
	r.Rows.Close()
	r.cancel()
	return nil
}
