// Package postgres keeps the store in PostgreSQL: for production, with any
// number of daemons on it. It needs no extension and asks the server for no
// time.
//
// A server that is away makes every call fail with store.ErrUnavailable, at
// once where it refuses; when it is back, the next call works.
package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/tables"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the contract on a PostgreSQL database.
type Store struct {
	*tables.Store
}

var _ store.Store = (*Store)(nil)

// Open connects to the database that dsn names, as a URL or as key=value pairs
// (with the variables of libpq for what it leaves out), and brings its tables
// up to date. Errors name host and database, never the password.
func Open(ctx context.Context, dsn string, log *zap.Logger) (*Store, error) {
	cfg, err := config(dsn)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, cfg, log.Named("postgres"))
	if err != nil {
		c := cfg.ConnConfig
		return nil, fmt.Errorf("database %q at %s:%d, user %q: %w", c.Database, c.Host, c.Port, c.User, err)
	}
	return s, nil
}

// config adds what the DSN may override.
func config(dsn string) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err) // pgx blanks the password
	}
	cfg.MaxConns = max(cfg.MaxConns, 8)
	c := cfg.ConnConfig
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	for name, value := range map[string]string{
		"application_name": "linewarden",
		"timezone":         "UTC",
		// A daemon that hangs within a transaction shall not hold up the others.
		"idle_in_transaction_session_timeout": "60000",
	} {
		if _, given := c.RuntimeParams[name]; !given {
			c.RuntimeParams[name] = value
		}
	}
	// Plans fit their values: what is rare in one filter is common in another.
	c.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	return cfg, nil
}

func open(ctx context.Context, cfg *pgxpool.Config, log *zap.Logger) (*Store, error) {
	if err := migrate(ctx, cfg, log); err != nil {
		return nil, explain(ctx, err)
	}
	db := pool(cfg)
	if err := db.PingContext(ctx); err != nil {
		return nil, explain(ctx, errors.Join(err, db.Close()))
	}
	return &Store{tables.New(tables.DB{Write: db, Read: db, Close: closer(db)}, dialect(), log)}, nil
}

// migrationLock is the key of the advisory lock: "linewarde" in ASCII, cut to
// eight bytes.
const migrationLock = 0x6c696e6577617264

// migrate lets one daemon at a time change the schema.
func migrate(ctx context.Context, cfg *pgxpool.Config, log *zap.Logger) (err error) {
	lock, err := pgx.ConnectConfig(ctx, cfg.ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		// Closing the session gives the lock back, also when ctx has ended.
		err = errors.Join(err, lock.Close(context.WithoutCancel(ctx)))
	}()
	if _, err := lock.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for other daemons' migrations: %w", err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	sqlDB := stdlib.OpenDB(*cfg.ConnConfig)
	defer func() { err = errors.Join(err, sqlDB.Close()) }()
	return tables.Migrate(ctx, tables.Postgres, sqlDB, files, log)
}
