package web

import (
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"go.uber.org/zap"
)

// secure sets the headers that every answer carries. Pages load nothing from
// elsewhere and run no inline script.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		next.ServeHTTP(w, r)
	})
}

func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				s.log.Error("handler panicked", zap.Any("panic", p), zap.String("path", r.URL.Path), zap.ByteString("stack", debug.Stack()))
				http.Error(w, "internal error", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// doors slows down who guesses: after five wrong passwords a name from an
// address waits a minute. It also bounds how many hashes are computed at once,
// since each takes 19 MiB.
type doors struct {
	now   func() time.Time
	slots chan struct{}
	mu    sync.Mutex
	tries map[string]*tries
}

type tries struct {
	count int
	last  time.Time
}

const (
	maxTries  = 5
	triesWait = time.Minute
	maxDoors  = 10_000
)

func newDoors(now func() time.Time) *doors {
	return &doors{now: now, slots: make(chan struct{}, 4), tries: map[string]*tries{}}
}

func (d *doors) open(name, from string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, key := d.now(), name+"\n"+from
	if len(d.tries) >= maxDoors {
		for k, t := range d.tries {
			if now.Sub(t.last) > triesWait {
				delete(d.tries, k)
			}
		}
	}
	t := d.tries[key]
	if t == nil || now.Sub(t.last) > triesWait {
		if t == nil && len(d.tries) >= maxDoors {
			return false
		}
		t = &tries{}
		d.tries[key] = t
	}
	if t.count >= maxTries {
		return false
	}
	t.count++
	t.last = now
	return true
}

func (d *doors) welcome(name, from string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.tries, name+"\n"+from)
}

func (d *doors) hashing() (release func()) {
	d.slots <- struct{}{}
	return func() { <-d.slots }
}
