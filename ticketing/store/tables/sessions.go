package tables

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

// sessionKey is what is kept of a session's token: who reads the database
// cannot sign in with it.
func sessionKey(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// SaveSession inserts or replaces.
func (s *Store) SaveSession(ctx context.Context, token string, data []byte, expires time.Time) error {
	if data == nil {
		data = []byte{}
	}
	_, err := s.db.exec(ctx, `
		INSERT INTO sessions (token, data, expires) VALUES ($1, $2, $3)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires = excluded.expires`,
		sessionKey(token), data, expires)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return nil
}

// Session finds one that has not expired.
func (s *Store) Session(ctx context.Context, now time.Time, token string) (data []byte, ok bool, err error) {
	err = one(s.db.row(ctx, `SELECT data FROM sessions WHERE token = $1 AND expires > $2`,
		sessionKey(token), now), store.ErrNotFound, &data)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("session: %w", err)
	}
	return data, true, nil
}

// DeleteSession forgets one, if it is there.
func (s *Store) DeleteSession(ctx context.Context, token string) error {
	if _, err := s.db.exec(ctx, `DELETE FROM sessions WHERE token = $1`, sessionKey(token)); err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

// DeleteExpired forgets the expired ones.
func (s *Store) DeleteExpired(ctx context.Context, now time.Time) error {
	if _, err := s.db.exec(ctx, `DELETE FROM sessions WHERE expires <= $1`, now); err != nil {
		return fmt.Errorf("delete expired sessions: %w", err)
	}
	return nil
}
