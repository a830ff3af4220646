package tables

import (
	"context"
	"fmt"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

// SaveUser inserts or updates; the time of creation stays.
func (s *Store) SaveUser(ctx context.Context, now time.Time, u store.User, insert bool) error {
	if u.ID == "" {
		return fmt.Errorf("save user: want an id")
	}
	person, err := encode(u.Person)
	if err != nil {
		return err
	}
	if insert {
		created := u.Created
		if created.IsZero() {
			created = now
		}
		_, err = s.db.exec(ctx, `
			INSERT INTO users (id, person, password_hash, must_change, updated, last_seen, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			u.ID, person, u.PasswordHash, u.MustChange, now, orNull(u.LastSeen), created)
	} else {
		var n int64
		n, err = s.db.exec(ctx, `
			UPDATE users SET person = $2, password_hash = $3, must_change = $4, updated = $5, last_seen = $6
			WHERE id = $1`,
			u.ID, person, u.PasswordHash, u.MustChange, now, orNull(u.LastSeen))
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
	}
	if err != nil {
		return fmt.Errorf("save user %s: %w", u.ID, err)
	}
	return nil
}

const userColumns = `person, password_hash, must_change, created, updated, last_seen`

func scanUser(r scanner, missing error) (u store.User, err error) {
	var person []byte
	err = one(r, missing, &person, &u.PasswordHash, &u.MustChange, into(&u.Created), into(&u.Updated), into(&u.LastSeen))
	if err == nil {
		err = decode(person, &u.Person)
	}
	return u, err
}

// User finds one by sign-in name.
func (s *Store) User(ctx context.Context, id string) (store.User, error) {
	u, err := scanUser(s.db.row(ctx, `SELECT `+userColumns+` FROM users WHERE id = $1`, id), store.ErrNotFound)
	if err != nil {
		return store.User{}, fmt.Errorf("user %s: %w", id, err)
	}
	return u, nil
}

// Users lists all, by id.
func (s *Store) Users(ctx context.Context) ([]store.User, error) {
	var out []store.User
	err := s.db.each(ctx, `SELECT `+userColumns+` FROM users ORDER BY id`, nil, func(r scanner) error {
		u, err := scanUser(r, store.ErrNotFound)
		out = append(out, u)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	return out, nil
}

// SaveToken inserts or updates one of an existing user.
func (s *Store) SaveToken(ctx context.Context, now time.Time, t store.Token) error {
	if t.ID == "" || t.Hash == "" {
		return fmt.Errorf("save token %q of %s: want an id and a hash", t.ID, t.User)
	}
	created := t.Created
	if created.IsZero() {
		created = now
	}
	err := s.db.update(ctx, func(c conn) error {
		var there int
		user := c.row(ctx, `SELECT 1 FROM users WHERE id = $1`+s.d.ForShare, t.User)
		if err := one(user, store.ErrNotFound, &there); err != nil {
			return err
		}
		_, err := c.exec(ctx, `
			INSERT INTO tokens (id, user_id, name, hash, created, expires, last_used, revoked)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, name = excluded.name, hash = excluded.hash,
				expires = excluded.expires, last_used = excluded.last_used, revoked = excluded.revoked`,
			t.ID, t.User, t.Name, t.Hash, created, orNull(t.Expires), orNull(t.LastUsed), orNull(t.Revoked))
		return err
	})
	if err != nil {
		return fmt.Errorf("save token %s of %s: %w", t.ID, t.User, err)
	}
	return nil
}

const tokenColumns = `id, user_id, name, hash, created, expires, last_used, revoked`

func scanToken(r scanner, missing error) (t store.Token, err error) {
	err = one(r, missing, &t.ID, &t.User, &t.Name, &t.Hash,
		into(&t.Created), into(&t.Expires), into(&t.LastUsed), into(&t.Revoked))
	return t, err
}

// TokenByHash finds one, also if it has expired or been revoked.
func (s *Store) TokenByHash(ctx context.Context, hash string) (store.Token, error) {
	t, err := scanToken(s.db.row(ctx, `SELECT `+tokenColumns+` FROM tokens WHERE hash = $1`, hash), store.ErrNotFound)
	if err != nil {
		return store.Token{}, fmt.Errorf("token: %w", err)
	}
	return t, nil
}

// TouchToken records its last use.
func (s *Store) TouchToken(ctx context.Context, now time.Time, id string) error {
	n, err := s.db.exec(ctx, `UPDATE tokens SET last_used = $2 WHERE id = $1`, id, now)
	if err == nil && n == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("touch token %s: %w", id, err)
	}
	return nil
}

// Tokens lists a user's, oldest first.
func (s *Store) Tokens(ctx context.Context, user string) ([]store.Token, error) {
	var out []store.Token
	query := `SELECT ` + tokenColumns + ` FROM tokens WHERE user_id = $1 ORDER BY created, id`
	err := s.db.each(ctx, query, []any{user}, func(r scanner) error {
		t, err := scanToken(r, store.ErrNotFound)
		out = append(out, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("tokens of %s: %w", user, err)
	}
	return out, nil
}
