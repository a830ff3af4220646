package web

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
)

type contextKey int

const (
	personKey contextKey = iota
	closingKey
	personNowKey
)

// PersonOf is who sent the request, if he has signed in or shown a token.
func PersonOf(ctx context.Context) (people.Person, bool) {
	p, ok := ctx.Value(personKey).(people.Person)
	return p, ok
}

// WithPerson puts a person into the context, as the server does.
func WithPerson(ctx context.Context, p people.Person) context.Context {
	return context.WithValue(ctx, personKey, p)
}

// PersonNow is who sent the request, looked up anew: false once he has signed out,
// his token was revoked or his account was disabled. A stream asks it now and
// then. While the database does not answer, he is who he was.
func PersonNow(ctx context.Context) (people.Person, bool) {
	if look, ok := ctx.Value(personNowKey).(func(context.Context) (people.Person, bool)); ok {
		return look(ctx)
	}
	return PersonOf(ctx)
}

// ErrTooMany asks the caller to wait before the next try.
var ErrTooMany = errors.New("too many attempts; wait a minute")

// ErrPassword says that the name or the password is wrong, never which.
var ErrPassword = errPassword

// person finds out who asks. A bad token is answered here; a missing one is
// for the handler to judge.
func (s *Server) person(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if s.deps.Accounts == nil {
			next.ServeHTTP(w, r)
			return
		}
		if scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
			user, err := s.userOfToken(ctx, strings.TrimSpace(bearer))
			if errors.Is(err, store.ErrNotFound) {
				w.Header().Set("WWW-Authenticate", `Bearer realm="linewarden", error="invalid_token"`)
				refuse(
					w, r, http.StatusUnauthorized, "unauthorized",
					"the token is not known, has expired or was revoked",
				)
				return
			}
			if err != nil {
				s.sessions.ErrorFunc(w, r, err)
				return
			}
			ctx = WithPerson(ctx, user.Person)
			ctx = s.withPersonNow(ctx, func(ctx context.Context) (store.User, error) {
				return s.userOfToken(ctx, strings.TrimSpace(bearer))
			})
		} else if id, mark := s.sessionUser(r); id != "" {
			user, err := s.userOfSession(ctx, id, mark)
			switch {
			case err == nil:
				session := HashToken(s.sessions.Token(ctx))
				ctx = s.withPersonNow(WithPerson(ctx, user.Person), func(ctx context.Context) (store.User, error) {
					if _, ok, err := s.deps.Accounts.Session(ctx, s.deps.Now(), session); err != nil || !ok {
						return store.User{}, cmp.Or(err, store.ErrNotFound)
					}
					return s.userOfSession(ctx, id, mark)
				})
			case !errors.Is(err, store.ErrNotFound):
				s.sessions.ErrorFunc(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// withPersonNow puts into the context how to look a person up anew.
func (s *Server) withPersonNow(ctx context.Context, look func(context.Context) (store.User, error)) context.Context {
	was, _ := PersonOf(ctx)
	return context.WithValue(ctx, personNowKey, func(ctx context.Context) (people.Person, bool) {
		user, err := look(ctx)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return people.Person{}, false
		case err != nil:
			return was, true
		}
		return user.Person, true
	})
}

// userOfSession is the user, unless he was disabled or has a new password
// since he signed in: that ends the sessions of the old one.
func (s *Server) userOfSession(ctx context.Context, id, mark string) (store.User, error) {
	user, err := s.deps.Accounts.User(ctx, id)
	if err == nil && (user.Disabled || passwordMark(user) != mark) {
		return store.User{}, store.ErrNotFound
	}
	return user, err
}

// passwordMark tells one password of a user from the next.
func passwordMark(u store.User) string { return HashToken(u.PasswordHash)[:16] }

func (s *Server) userOfToken(ctx context.Context, bearer string) (store.User, error) {
	token, err := s.deps.Accounts.TokenByHash(ctx, HashToken(bearer))
	if err != nil {
		return store.User{}, err
	}
	now := s.deps.Now()
	if !token.Revoked.IsZero() || (!token.Expires.IsZero() && !now.Before(token.Expires)) {
		return store.User{}, store.ErrNotFound
	}
	user, err := s.deps.Accounts.User(ctx, token.User)
	if err != nil {
		return store.User{}, err
	}
	if user.Disabled {
		return store.User{}, store.ErrNotFound
	}
	if now.Sub(token.LastUsed) > time.Minute {
		if err := s.deps.Accounts.TouchToken(ctx, now, token.ID); err != nil {
			s.log.Warn("token's last use not recorded", zap.Error(err))
		}
	}
	return user, nil
}

// SignIn checks name and password and begins a session. The error is
// ErrPassword, ErrTooMany, or the database's.
func (s *Server) SignIn(r *http.Request, name, password string) (people.Person, error) {
	ctx, from := r.Context(), remote(r)
	if s.deps.Accounts == nil {
		return people.Person{}, errors.New("this process keeps no accounts")
	}
	if !s.guesses.allow(name, from) {
		return people.Person{}, ErrTooMany
	}
	user, err := s.deps.Accounts.User(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return people.Person{}, err
	}
	hash := user.PasswordHash
	if err != nil || hash == "" || user.Disabled {
		hash = nobody // as long a wait for a name that is not there
	}
	release, err := s.guesses.turn(ctx)
	if err != nil {
		return people.Person{}, err
	}
	wrong := CheckPassword(hash, password)
	release()
	if wrong != nil || hash == nobody {
		s.audit(ctx, store.Audit{By: name, Action: "sign_in_refused", From: from})
		return people.Person{}, ErrPassword
	}
	s.guesses.right(name, from)
	if err := s.sessions.RenewToken(ctx); err != nil {
		return people.Person{}, err
	}
	s.sessions.Put(ctx, "user", passwordMark(user)+" "+user.ID)
	s.seen(ctx, user.ID)
	s.audit(ctx, store.Audit{By: user.ID, Action: "sign_in", From: from})
	return user.Person, nil
}

// seen records the sign-in on the account as it is now: hashing took its time,
// and somebody may have changed it meanwhile.
func (s *Server) seen(ctx context.Context, id string) {
	user, err := s.deps.Accounts.User(ctx, id)
	if err == nil {
		user.LastSeen = s.deps.Now()
		err = s.deps.Accounts.SaveUser(ctx, user.LastSeen, user, false)
	}
	if err != nil {
		s.log.Warn("last sign-in not recorded", zap.Error(err))
	}
}

// SignOut ends the session.
func (s *Server) SignOut(r *http.Request) error {
	if s.deps.Accounts == nil {
		return nil
	}
	if p, ok := PersonOf(r.Context()); ok {
		s.audit(r.Context(), store.Audit{By: p.ID, Action: "sign_out", From: remote(r)})
	}
	return s.sessions.Destroy(r.Context())
}

func (s *Server) audit(ctx context.Context, a store.Audit) {
	a.At = s.deps.Now()
	if err := s.deps.Accounts.Audit(ctx, a); err != nil {
		s.log.Warn("audit entry not written", zap.String("action", a.Action), zap.Error(err))
	}
}

// nobody is the hash of a password that nobody has.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$bm9ib2R5bm9ib2R5bm9ib2R5bm9ib2R5bm9ib2R5bm8"

func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
