package web

import (
	"encoding/json"
	"net/http"
)

// healthz says that the process lives and answers.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte(`{"status":"alive"}` + "\n"))
}

// readyz says whether the daemon can do its work, and what keeps it from it.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	problems := s.deps.Ready(r.Context())
	answer := struct {
		Status   string    `json:"status"`
		Problems []Problem `json:"problems,omitempty"`
	}{"ready", problems}
	status := http.StatusOK
	if len(problems) > 0 {
		answer.Status, status = "not ready", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

func (s *Server) metrics() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, known := PersonOf(r.Context()); !known && !s.cfg.PublicMetrics {
			http.Error(w, "a bearer token is needed", http.StatusUnauthorized)
			return
		}
		s.deps.Metrics.ServeHTTP(w, r)
	})
}
