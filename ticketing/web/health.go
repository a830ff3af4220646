package web

import (
	"encoding/json"
	"net/http"
)

// healthFirst answers for the daemon's health, and with metrics that are open,
// without looking up who asks. That needs the database, and its absence is what
// the answer may have to tell.
func (s *Server) healthFirst(others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/healthz", path == "/readyz", path == "/metrics" && s.cfg.PublicMetrics:
			s.Mux.ServeHTTP(w, r)
		default:
			others.ServeHTTP(w, r)
		}
	})
}

// healthz says that the process lives and answers.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte(`{"status":"alive"}` + "\n"))
}

// readyz says whether the daemon can do its work, and what keeps it from it.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	var problems []Problem
	if s.deps.Ready != nil {
		problems = s.deps.Ready(r.Context())
	}
	answer := struct {
		Status   string    `json:"status"`
		Problems []Problem `json:"problems,omitempty"`
		Warnings []Problem `json:"warnings,omitempty"`
	}{Status: "ready", Problems: problems}
	if s.deps.Warnings != nil {
		answer.Warnings = s.deps.Warnings()
	}
	status := http.StatusOK
	if len(problems) > 0 {
		answer.Status, status = "not ready", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

// metrics are open, or for who is known and sees every line. In a process
// without accounts that is nobody.
func (s *Server) metrics() http.Handler {
	if s.deps.Metrics == nil {
		return http.NotFoundHandler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, known := PersonOf(r.Context())
		switch {
		case s.cfg.PublicMetrics:
		case !known:
			w.Header().Set("WWW-Authenticate", `Bearer realm="linewarden"`)
			refuse(w, r, http.StatusUnauthorized, "unauthorized", "a bearer token is needed")
			return
		case !p.SeesEverything():
			refuse(w, r, http.StatusForbidden, "forbidden", "the metrics tell of everyone's lines")
			return
		}
		s.deps.Metrics.ServeHTTP(w, r)
	})
}
