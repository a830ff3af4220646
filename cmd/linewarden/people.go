package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/web"
)

// firstAdmin makes the first administrator where there is nobody at all, and
// prints his password: once, to the terminal, never to the log.
func firstAdmin(ctx context.Context, s store.Store, out io.Writer, log *zap.Logger) error {
	users, err := s.Users(ctx)
	if err != nil || len(users) > 0 {
		return err
	}
	password := web.NewPassword()
	hash, err := web.HashPassword(password)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	u := store.User{
		Person:       people.Person{ID: "admin", Roles: []people.Role{people.Admin}},
		PasswordHash: hash, Created: now, Updated: now,
	}
	if err := s.SaveUser(ctx, now, u, true); err != nil {
		return fmt.Errorf("make the first administrator: %w", err)
	}
	fmt.Fprintf(out, "first administrator: admin, password: %s\n", password)
	log.Info("first administrator made; the password was printed once", zap.String("user", "admin"))
	return s.Audit(ctx, store.Audit{At: now, By: "system", Action: "user_added", Subject: "admin"})
}
