package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
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
				refuse(w, r, http.StatusInternalServerError, "internalError", "something went wrong here; the log says what")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// refuse answers a request that reaches no handler: a program in TMF's words, a
// person with a page.
func refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	if strings.HasPrefix(r.URL.Path, "/tmf-api/") || r.Header.Get("Authorization") != "" {
		h.Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]string{"code": code, "reason": http.StatusText(status), "message": message, "status": strconv.Itoa(status)})
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, page, status, status, chinese[status], message)
}

// page tries again by itself: who looks at a wallboard has no keyboard.
const page = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="10">
<title>%d · Linewarden</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}</style><h1>%d</h1><p>%s</p><p>%s</p>
`

var chinese = map[int]string{
	http.StatusUnauthorized:        "请先登录。",
	http.StatusForbidden:           "请求来自其他网站，已拒绝。",
	http.StatusInternalServerError: "程序出错，详情见日志。",
	http.StatusServiceUnavailable:  "数据库暂时无法访问，页面会自动重试。",
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
	t := d.tries[key]
	if t == nil || now.Sub(t.last) > triesWait {
		if t == nil && len(d.tries) >= maxDoors {
			d.makeRoom(now)
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

// makeRoom forgets who need not wait any more, and at any rate the longest
// past: who tries ten thousand names keeps nobody else out.
func (d *doors) makeRoom(now time.Time) {
	oldest := ""
	for k, t := range d.tries {
		if now.Sub(t.last) > triesWait {
			delete(d.tries, k)
		} else if oldest == "" || t.last.Before(d.tries[oldest].last) {
			oldest = k
		}
	}
	if len(d.tries) >= maxDoors {
		delete(d.tries, oldest)
	}
}

func (d *doors) welcome(name, from string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.tries, name+"\n"+from)
}

// hashing waits for its turn, as long as the caller does.
func (d *doors) hashing(ctx context.Context) (release func(), err error) {
	select {
	case d.slots <- struct{}{}:
		return func() { <-d.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
