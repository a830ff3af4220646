package web

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

// sessionStore keeps sessions in the database under the digest of their token,
// so that who reads the database cannot take one over.
type sessionStore struct {
	accounts store.Accounts
	now      func() time.Time
	mu       sync.Mutex
	saved    map[string]saved // by digest
}

// saved is what a session was when it was last written.
type saved struct {
	data    string
	expires time.Time
}

const (
	// An idle time-out moves the expiry on with every request. It is written
	// down only this often: a page is no reason for the database to sync a disk.
	saveEvery = time.Minute
	maxSaved  = 10_000
)

func newSessionStore(accounts store.Accounts, now func() time.Time) *sessionStore {
	return &sessionStore{accounts: accounts, now: now, saved: map[string]saved{}}
}

// fresh reports whether the session is on record as it is now, or nearly.
func (s *sessionStore) fresh(digest string, data []byte, expires time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	have, ok := s.saved[digest]
	return ok && have.data == string(data) && expires.Sub(have.expires) < saveEvery && !expires.Before(have.expires)
}

func (s *sessionStore) note(digest string, data []byte, expires time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.saved) >= maxSaved {
		clear(s.saved)
	}
	s.saved[digest] = saved{string(data), expires}
}

func (s *sessionStore) forget(digest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.saved, digest)
}

func (s *sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.accounts.Session(ctx, s.now(), HashToken(token))
}

func (s *sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	digest := HashToken(token)
	if s.fresh(digest, data, expires) {
		return nil
	}
	if err := s.accounts.SaveSession(ctx, digest, data, expires); err != nil {
		return err
	}
	s.note(digest, data, expires)
	return nil
}

func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	s.forget(HashToken(token))
	return s.accounts.DeleteSession(ctx, HashToken(token))
}

func (s *sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s *sessionStore) Commit(token string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expires)
}

func (s *sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// withSession loads the session where a request can have one.
func (s *Server) withSession(next http.Handler) http.Handler {
	loaded := s.sessions.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.sessionless(r) {
			next.ServeHTTP(w, r)
		} else {
			loaded.ServeHTTP(w, r)
		}
	})
}

// sessionless are requests with a token, health, which must answer without a
// database, and what is the same for everyone.
func (s *Server) sessionless(r *http.Request) bool {
	if s.deps.Accounts == nil || r.Header.Get("Authorization") != "" || strings.HasPrefix(r.URL.Path, "/static/") {
		return true
	}
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		return true
	}
	return false
}

// sessionUser is the signed-in user's id; "" where no session was loaded.
func (s *Server) sessionUser(r *http.Request) string {
	if s.sessionless(r) {
		return ""
	}
	return s.sessions.GetString(r.Context(), "user")
}
