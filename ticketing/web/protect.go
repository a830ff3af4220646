package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"go.uber.org/zap"
)

const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// secure sets the headers that every answer carries. Pages load nothing from
// elsewhere and run no inline script.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
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
				s.log.Error("handler panicked",
					zap.Any("panic", p), zap.String("path", r.URL.Path), zap.ByteString("stack", debug.Stack()))
				refuse(
					w, r, http.StatusInternalServerError, "internalError",
					"something went wrong here; the log says what",
				)
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
		json.NewEncoder(w).Encode(map[string]string{
			"code": code, "reason": http.StatusText(status), "message": message, "status": strconv.Itoa(status),
		})
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, page, status, status, chinese[status], message)
}

// page tries again by itself: who looks at a wallboard has no keyboard.
const page = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="10">
<title>%d · Linewarden</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}</style>
<h1>%d</h1><p>%s</p><p>%s</p>
`

var chinese = map[int]string{
	http.StatusUnauthorized:        "请先登录。",
	http.StatusForbidden:           "请求来自其他网站，已拒绝。",
	http.StatusInternalServerError: "程序出错，详情见日志。",
	http.StatusServiceUnavailable:  "数据库暂时无法访问，页面会自动重试。",
}
