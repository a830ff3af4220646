package web

import (
	"context"
	"net/http"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

// sessionStore keeps sessions in the database under the digest of their token,
// so that who reads the database cannot take one over.
type sessionStore struct {
	accounts store.Accounts
	now      func() time.Time
}

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.accounts.Session(ctx, s.now(), HashToken(token))
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	return s.accounts.SaveSession(ctx, HashToken(token), data, expires)
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.accounts.DeleteSession(ctx, HashToken(token))
}

func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessionStore) Commit(token string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expires)
}

func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// withSession loads the session where a request can have one: not for tokens,
// and not for health, which must answer without a database.
func (s *Server) withSession(next http.Handler) http.Handler {
	loaded := s.sessions.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "", r.URL.Path == "/healthz", r.URL.Path == "/readyz", r.URL.Path == "/metrics":
			next.ServeHTTP(w, r)
		default:
			loaded.ServeHTTP(w, r)
		}
	})
}

// sessionUser is the signed-in user's id; "" where no session was loaded.
func (s *Server) sessionUser(r *http.Request) string {
	if r.Header.Get("Authorization") != "" {
		return ""
	}
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		return ""
	}
	return s.sessions.GetString(r.Context(), "user")
}
