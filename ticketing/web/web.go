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

// Config of the server.
type Config struct {
	SessionLifetime time.Duration `yaml:"session_lifetime"` // since the last sign-in
	SessionIdle     time.Duration `yaml:"session_idle"`     // without a request
	SecureCookies   bool          `yaml:"secure_cookies"`   // set behind TLS
	PublicMetrics   bool          `yaml:"public_metrics"`   // /metrics without a token
	ReadTimeout     time.Duration `yaml:"read_timeout"`
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"`
}

// DefaultConfig suits a NOC: a shift without signing in again.
func DefaultConfig() Config {
	return Config{
		SessionLifetime: 12 * time.Hour,
		SessionIdle:     9 * time.Hour,
		PublicMetrics:   true,
		ReadTimeout:     15 * time.Second,
		ShutdownTimeout: 5 * time.Second,
	}
}

// Validate tells what is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	positive := func(key string, d time.Duration) {
		if d <= 0 {
			errs = append(errs, errors.New(key+": want a positive duration, such as 12h"))
		}
	}
	positive("session_lifetime", c.SessionLifetime)
	positive("session_idle", c.SessionIdle)
	positive("read_timeout", c.ReadTimeout)
	positive("shutdown_timeout", c.ShutdownTimeout)
	return errors.Join(errs...)
}

// Problem is a reason for not being ready.
type Problem struct {
	Part   string `json:"part"` // database, bus, inventory, collector
	Reason string `json:"reason"`
}

// Deps are what the server stands on.
type Deps struct {
	Accounts store.Accounts
	Ready    func(context.Context) []Problem
	Metrics  http.Handler
	Now      func() time.Time
	Log      *zap.Logger
}

// Server serves. Register handlers on Mux before Run.
type Server struct {
	Mux      *http.ServeMux
	cfg      Config
	deps     Deps
	log      *zap.Logger
	sessions *scs.SessionManager
	doors    *doors
}

// New makes a server with health and metrics on it.
func New(cfg Config, deps Deps) *Server {
	s := &Server{Mux: http.NewServeMux(), cfg: cfg, deps: deps, log: deps.Log.Named("web"), doors: newDoors(deps.Now)}
	s.sessions = scs.New()
	s.sessions.Store = sessionStore{deps.Accounts, deps.Now}
	s.sessions.Lifetime = cfg.SessionLifetime
	s.sessions.IdleTimeout = cfg.SessionIdle
	s.sessions.Cookie.Name = "linewarden"
	s.sessions.Cookie.SameSite = http.SameSiteLaxMode
	s.sessions.Cookie.HttpOnly = true
	s.sessions.Cookie.Secure = cfg.SecureCookies
	s.sessions.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		s.log.Warn("session store failed", zap.Error(err))
		http.Error(w, "the database cannot be reached; try again shortly", http.StatusServiceUnavailable)
	}
	s.Mux.HandleFunc("GET /healthz", s.healthz)
	s.Mux.HandleFunc("GET /readyz", s.readyz)
	s.Mux.Handle("GET /metrics", s.metrics())
	return s
}

// Handler is the whole server as one handler.
func (s *Server) Handler() http.Handler {
	var h http.Handler = s.Mux
	h = s.person(h)
	h = s.withSession(h)
	h = http.NewCrossOriginProtection().Handler(h)
	h = secure(h)
	return s.recovered(h)
}

// Run serves on the listener until ctx ends.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: s.cfg.ReadTimeout,
		IdleTimeout:       2 * time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          zap.NewStdLog(s.log),
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.ShutdownTimeout)
		defer cancel()
		stopped <- server.Shutdown(grace)
	}()
	s.log.Info("serving", zap.String("address", l.Addr().String()))
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	if err := <-stopped; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
