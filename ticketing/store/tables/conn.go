package tables

import (
	"context"
	"database/sql"
	"errors"
)

// attempts is how often is tried again what the database gave up for another's
// sake, or what never reached it over a dead connection.
const attempts = 20

// runner is a transaction, or the pools outside of one.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// pools run each statement by itself.
type pools struct{ write, read *sql.DB }

func (p pools) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.write.ExecContext(ctx, query, args...)
}

func (p pools) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return p.read.QueryContext(ctx, query, args...)
}

func (p pools) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return p.read.QueryRowContext(ctx, query, args...)
}

// conn runs statements, with parameters $1, $2 ... Its errors are explained.
type conn struct {
	on       runner
	d        *Dialect
	attempts int       // 1 within a transaction: all of it has to be done again
	batch    *sql.Conn // of the transaction; nil: none
}

// scanner is a row of an answer.
type scanner interface{ Scan(dest ...any) error }

// exec says how many rows it touched.
func (c conn) exec(ctx context.Context, query string, args ...any) (n int64, err error) {
	for range c.attempts {
		n, err = c.execOnce(ctx, query, args)
		if err == nil || !c.d.notSent(err) && !c.d.gaveWay(err) {
			return n, err
		}
	}
	return n, err
}

func (c conn) execOnce(ctx context.Context, query string, args []any) (int64, error) {
	limited, cancel := c.d.limit(ctx)
	defer cancel()
	r, err := c.on.ExecContext(limited, query, c.d.Args(args)...)
	if err != nil {
		return 0, c.d.Explain(ctx, err)
	}
	return r.RowsAffected()
}

// send executes statements in order.
func (c conn) send(ctx context.Context, stmts []Stmt) error {
	if len(stmts) == 0 {
		return nil
	}
	if c.d.Batch == nil {
		for _, s := range stmts {
			if _, err := c.exec(ctx, s.SQL, s.Args...); err != nil {
				return err
			}
		}
		return nil
	}
	limited, cancel := c.d.limit(ctx)
	defer cancel()
	return c.d.Explain(ctx, c.d.Batch(limited, c.batch, stmts))
}

// each calls f for every row; f scans it.
func (c conn) each(ctx context.Context, query string, args []any, f func(scanner) error) (err error) {
	for range c.attempts {
		var begun bool
		begun, err = c.eachOnce(ctx, query, args, f)
		if err == nil || begun || !c.d.notSent(err) {
			return err
		}
	}
	return err
}

// eachOnce says whether f may have been called.
func (c conn) eachOnce(
	ctx context.Context, query string, args []any, f func(scanner) error,
) (begun bool, err error) {
	limited, cancel := c.d.limit(ctx)
	defer cancel()
	rows, err := c.on.QueryContext(limited, query, c.d.Args(args)...)
	if err != nil {
		return false, c.d.Explain(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return true, c.d.Explain(ctx, err)
		}
	}
	return true, c.d.Explain(ctx, rows.Err())
}

// row is one row to come. Scan asks for it, and gives sql.ErrNoRows if there is
// none.
func (c conn) row(ctx context.Context, query string, args ...any) scanner {
	return lazyRow{c, ctx, query, args}
}

type lazyRow struct {
	c     conn
	ctx   context.Context
	query string
	args  []any
}

func (r lazyRow) Scan(dest ...any) (err error) {
	for range r.c.attempts {
		if err = r.scanOnce(dest); err == nil || !r.c.d.notSent(err) {
			return err
		}
	}
	return err
}

func (r lazyRow) scanOnce(dest []any) error {
	limited, cancel := r.c.d.limit(r.ctx)
	defer cancel()
	err := r.c.on.QueryRowContext(limited, r.query, r.c.d.Args(r.args)...).Scan(dest...)
	return r.c.d.Explain(r.ctx, err)
}

// one scans the only row and turns its absence into missing.
func one(row scanner, missing error, dest ...any) error {
	err := row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return missing
	}
	return err
}

// limit is the context of a statement.
func (d *Dialect) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if d.Patience == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d.Patience)
}

func (d *Dialect) notSent(err error) bool { return d.NotSent != nil && d.NotSent(err) }
func (d *Dialect) gaveWay(err error) bool { return d.GaveWay != nil && d.GaveWay(err) }
