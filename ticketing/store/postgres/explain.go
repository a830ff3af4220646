package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/linewarden/linewarden/ticketing/store"
)

// SQLSTATE codes, from appendix A of the PostgreSQL manual.
const (
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// away are the codes with which a server says that it does not serve, or not
// for writing, now.
var away = []string{
	"08",    // connection exceptions
	"25006", // read only: a standby
	"53",    // insufficient resources: disk full, too many connections
	"57P",   // shutting down, crashed, starting up, database dropped
	"58",    // system errors: I/O
}

// explain turns what callers branch on into the contract's errors.
func explain(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrDuplicate) {
		return err
	}
	var said *pgconn.PgError
	var failed *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &said) && said.Code == uniqueViolation:
		return fmt.Errorf("%w: %w", store.ErrDuplicate, err)
	case said != nil:
		for _, prefix := range away {
			if strings.HasPrefix(said.Code, prefix) {
				return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
			}
		}
		return err
	case ctx.Err() != nil: // the caller's own haste
		return err
	case errors.As(err, &failed), errors.As(err, &network), pgconn.SafeToRetry(err), pgconn.Timeout(err), gone(err):
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}

// gone says that a connection broke, or was closed since our patience ended.
func gone(err error) bool {
	for _, e := range []error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, errOutside,
		context.DeadlineExceeded, context.Canceled,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// gaveWay says that the server rolled back so that another could go on.
func gaveWay(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && (said.Code == serializationFailure || said.Code == deadlockDetected)
}

// notSent says that a connection of the pool was dead before anything was sent
// over it. A server that cannot be connected to is another matter: trying at
// once would not help.
func notSent(err error) bool {
	var failed *pgconn.ConnectError
	return errors.Is(err, driver.ErrBadConn) ||
		err != nil && pgconn.SafeToRetry(err) && !errors.As(err, &failed)
}
