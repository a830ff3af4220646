package tables

import (
	"context"
	"fmt"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

func insertAudit(a store.Audit) (Stmt, error) {
	a = truncated(a)
	body, err := encode(a)
	return Stmt{`INSERT INTO audit (at, body) VALUES ($1, $2)`, []any{a.At, body}}, err
}

// Audit appends a line.
func (s *Store) Audit(ctx context.Context, a store.Audit) error {
	stmt, err := insertAudit(a)
	if err == nil {
		_, err = s.db.exec(ctx, stmt.SQL, stmt.Args...)
	}
	if err != nil {
		return fmt.Errorf("audit %s by %s: %w", a.Action, a.By, err)
	}
	return nil
}

// AuditLog lists lines before a time, newest first; zero is from the newest.
func (s *Store) AuditLog(ctx context.Context, before time.Time, limit int) ([]store.Audit, error) {
	query, args := `SELECT body FROM audit ORDER BY at DESC, seq DESC LIMIT $1`, []any{limit}
	if !before.IsZero() {
		query, args = `SELECT body FROM audit WHERE at < $2 ORDER BY at DESC, seq DESC LIMIT $1`, []any{limit, before}
	}
	out, err := record[store.Audit](ctx, s.db.conn, query, args...)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return out, nil
}
