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
	saved    map[string]saved     // by digest
	gone     map[string]time.Time // when a session ended, by digest
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
	// No request takes longer, so that none brings back a session that ended
	// while it was under way.
	rememberGone = 2 * writeTimeout
)

func newSessionStore(accounts store.Accounts, now func() time.Time) *sessionStore {
	return &sessionStore{accounts: accounts, now: now, saved: map[string]saved{}, gone: map[string]time.Time{}}
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

// end forgets a session, and remembers that it is over.
func (s *sessionStore) end(digest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.saved, digest)
	now := s.now()
	for d, at := range s.gone {
		if now.Sub(at) > rememberGone {
			delete(s.gone, d)
		}
	}
	s.gone[digest] = now
}

func (s *sessionStore) over(digest string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.gone[digest]
	return ok
}

func (s *sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	digest := HashToken(token)
	if s.over(digest) {
		return nil, false, nil
	}
	return s.accounts.Session(ctx, s.now(), digest)
}

func (s *sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	digest := HashToken(token)
	if s.over(digest) || s.fresh(digest, data, expires) {
		return nil
	}
	if err := s.accounts.SaveSession(ctx, digest, data, expires); err != nil {
		return err
	}
	s.note(digest, data, expires)
	return nil
}

func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	s.end(HashToken(token))
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

// sessionless are requests with a token, and what is the same for everyone.
func (s *Server) sessionless(r *http.Request) bool {
	return s.deps.Accounts == nil || r.Header.Get("Authorization") != "" || strings.HasPrefix(r.URL.Path, "/static/")
}

// sessionUser is the signed-in user's id and the mark of the password that he
// signed in with; "" where no session was loaded. They are one value, since
// several would be encoded in any order, and the session look changed.
func (s *Server) sessionUser(r *http.Request) (id, mark string) {
	if s.sessionless(r) {
		return "", ""
	}
	mark, id, _ = strings.Cut(s.sessions.GetString(r.Context(), "user"), " ")
	return id, mark
}
