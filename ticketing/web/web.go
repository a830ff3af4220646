// Package web is the HTTP server on which the console and the public API hang:
// sign-in, sessions, tokens, health, and the protection every answer gets. It
// knows who asks; what he may do is for people and ticket to say.
package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/store"
)

// Problem is a reason for not being ready, or something to look at.
type Problem struct {
	Part   string `json:"part"` // database, bus, inventory, collector
	Reason string `json:"reason"`
}

// Deps are what the server stands on. Without Accounts, as in a process that
// only collects, nobody can sign in, and health and metrics are all it serves.
// Ready nil is always ready, Metrics nil has none. Warnings are what a person
// should look at although the daemon works.
type Deps struct {
	Accounts store.Accounts
	Ready    func(context.Context) []Problem
	Warnings func() []Problem
	Metrics  http.Handler
	Now      func() time.Time
	Log      *zap.Logger
}

// Limits of a request, far above what a form or an API client sends.
const (
	maxBody   = 2 << 20
	maxHeader = 64 << 10
	// A page is written within this; streams push their own deadline on.
	writeTimeout = time.Minute
)

// Server serves. Register handlers on Mux before Run.
type Server struct {
	Mux      *http.ServeMux
	cfg      Config
	deps     Deps
	log      *zap.Logger
	sessions *scs.SessionManager
	guesses  *guesses
}

// New makes a server with health and metrics on it.
func New(cfg Config, deps Deps) *Server {
	s := &Server{
		Mux: http.NewServeMux(), cfg: cfg, deps: deps, log: deps.Log.Named("web"), guesses: newGuesses(deps.Now),
	}
	s.sessions = scs.New()
	s.sessions.Store = newSessionStore(deps.Accounts, deps.Now)
	s.sessions.Lifetime = cfg.SessionLifetime
	s.sessions.IdleTimeout = cfg.SessionIdle
	s.sessions.Cookie.Name = "linewarden"
	s.sessions.Cookie.SameSite = http.SameSiteLaxMode
	s.sessions.Cookie.HttpOnly = true
	s.sessions.Cookie.Secure = cfg.SecureCookies
	s.sessions.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		if r.Context().Err() == nil {
			s.log.Warn("session store failed", zap.Error(err))
		}
		refuse(
			w, r, http.StatusServiceUnavailable, "unavailable", "the database cannot be reached; try again shortly",
		)
	}
	s.Mux.HandleFunc("GET /healthz", s.healthz)
	s.Mux.HandleFunc("GET /readyz", s.readyz)
	s.Mux.Handle("GET /metrics", s.metrics())
	return s
}

// Handler is the whole server as one handler.
func (s *Server) Handler() http.Handler {
	h := s.healthFirst(s.withSession(s.person(s.Mux)))
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, "forbidden", "a page of another site sent this request")
	}))
	h = origins.Handler(h)
	h = http.MaxBytesHandler(h, maxBody)
	h = secure(h)
	return s.recovered(h)
}

// Run serves on the listener until ctx ends. Requests under way are finished,
// streams are told by Closing.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	base := context.WithValue(context.WithoutCancel(ctx), closingKey, ctx.Done())
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: s.cfg.ReadTimeout,
		ReadTimeout:       s.cfg.ReadTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          zap.NewStdLog(s.log.WithOptions(zap.IncreaseLevel(zap.WarnLevel))),
	}
	stopped := make(chan error, 1)
	served := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
		case <-served:
		}
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.ShutdownTimeout)
		defer cancel()
		err := server.Shutdown(grace)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
		stopped <- err
	}()
	s.log.Info("serving", zap.String("address", l.Addr().String()))
	err := server.Serve(l)
	close(served)
	if stop := <-stopped; errors.Is(err, http.ErrServerClosed) {
		return stop
	}
	return err
}

// Closing is closed when the server is about to stop; a stream then ends.
func Closing(ctx context.Context) <-chan struct{} {
	closing, _ := ctx.Value(closingKey).(<-chan struct{})
	return closing
}
