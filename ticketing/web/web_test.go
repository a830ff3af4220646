package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
	"github.com/linewarden/linewarden/ticketing/web"
)

const password = "correct horse battery"

// site is a server on a real database whose connection can be cut.
type site struct {
	*web.Server
	t       *testing.T
	http    *httptest.Server
	client  *http.Client
	db      *cut
	skew    atomic.Int64
	problem atomic.Pointer[web.Problem]
}

// cut is a database that can be out of reach.
type cut struct {
	store.Store
	down   atomic.Bool
	writes atomic.Int64 // of sessions
}

func (c *cut) broken() error {
	if c.down.Load() {
		return fmt.Errorf("dial: %w", store.ErrUnavailable)
	}
	return nil
}

func (c *cut) Session(ctx context.Context, now time.Time, token string) ([]byte, bool, error) {
	if err := c.broken(); err != nil {
		return nil, false, err
	}
	return c.Store.Session(ctx, now, token)
}

func (c *cut) SaveSession(ctx context.Context, token string, data []byte, expires time.Time) error {
	c.writes.Add(1)
	if err := c.broken(); err != nil {
		return err
	}
	return c.Store.SaveSession(ctx, token, data, expires)
}

func (c *cut) User(ctx context.Context, id string) (store.User, error) {
	if err := c.broken(); err != nil {
		return store.User{}, err
	}
	return c.Store.User(ctx, id)
}

func (c *cut) TokenByHash(ctx context.Context, hash string) (store.Token, error) {
	if err := c.broken(); err != nil {
		return store.Token{}, err
	}
	return c.Store.TokenByHash(ctx, hash)
}

func (s *site) now() time.Time { return time.Now().Add(time.Duration(s.skew.Load())).UTC() }

func open(t *testing.T, cfg web.Config) *site {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lw.db"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := &site{t: t, db: &cut{Store: db}}
	s.Server = web.New(cfg, web.Deps{Accounts: s.db, Now: s.now, Log: zap.NewNop(),
		Ready: func(context.Context) []web.Problem {
			if p := s.problem.Load(); p != nil {
				return []web.Problem{*p}
			}
			return nil
		},
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "up 1\n") })})
	s.Mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		p, err := s.SignIn(r, r.PostFormValue("name"), r.PostFormValue("password"))
		switch {
		case errors.Is(err, web.ErrPassword):
			http.Error(w, "wrong", http.StatusUnauthorized)
		case errors.Is(err, web.ErrTooMany):
			http.Error(w, "too many", http.StatusTooManyRequests)
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		default:
			io.WriteString(w, p.ID)
		}
	})
	s.Mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) { s.SignOut(r) })
	who := func(w http.ResponseWriter, r *http.Request) {
		p, ok := web.PersonOf(r.Context())
		fmt.Fprintf(w, "%s %v", p.ID, ok)
	}
	s.Mux.HandleFunc("GET /who", who)
	s.Mux.HandleFunc("GET /tmf-api/who", who)
	s.Mux.HandleFunc("POST /read", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		fmt.Fprint(w, n)
	})
	s.Mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("a bug") })
	s.http = httptest.NewServer(s.Handler())
	t.Cleanup(s.http.Close)
	s.client = s.visitor()
	return s
}

func (s *site) visitor() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func (s *site) hire(id string, disabled bool) {
	s.t.Helper()
	hash, err := web.HashPassword(password)
	if err != nil {
		s.t.Fatal(err)
	}
	u := store.User{Person: people.Person{ID: id, Roles: []people.Role{people.Monitor}, Disabled: disabled}, PasswordHash: hash}
	if err := s.db.SaveUser(s.t.Context(), s.now(), u, true); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) get(path string, header ...string) (int, string, http.Header) {
	s.t.Helper()
	r, err := http.NewRequest("GET", s.http.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), answer.Header
}

func (s *site) signIn(name, word string) int {
	s.t.Helper()
	answer, err := s.client.PostForm(s.http.URL+"/login", url.Values{"name": {name}, "password": {word}})
	if err != nil {
		s.t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func (s *site) expect(what, path string, status int, body string, header ...string) {
	s.t.Helper()
	got, text, _ := s.get(path, header...)
	if got != status || !strings.Contains(text, body) {
		s.t.Errorf("%s: %d %q, want %d with %q", what, got, text, status, body)
	}
}

func TestSessions(t *testing.T) {
	s := open(t, web.DefaultConfig())
	s.hire("wu", false)
	s.hire("gone", true)
	s.expect("nobody", "/who", 200, " false")
	for name, word := range map[string]string{"wu": "wrong", "nobody": password, "gone": password, "": ""} {
		if got := s.signIn(name, word); got != http.StatusUnauthorized {
			t.Errorf("sign in as %q with %q: %d", name, word, got)
		}
	}
	if got := s.signIn("wu", password); got != 200 {
		t.Fatalf("sign in: %d", got)
	}
	s.expect("signed in", "/who", 200, "wu true")

	writes := s.db.writes.Load()
	for range 20 {
		s.expect("signed in", "/who", 200, "wu true")
	}
	if more := s.db.writes.Load() - writes; more > 1 {
		t.Errorf("20 pages wrote the session %d times", more)
	}

	u, err := s.db.Store.User(t.Context(), "wu")
	if err != nil || u.LastSeen.IsZero() {
		t.Errorf("last seen %v, %v", u.LastSeen, err)
	}
	u.Disabled = true
	if err := s.db.SaveUser(t.Context(), s.now(), u, false); err != nil {
		t.Fatal(err)
	}
	s.expect("disabled meanwhile", "/who", 200, " false")
	u.Disabled = false
	if err := s.db.SaveUser(t.Context(), s.now(), u, false); err != nil {
		t.Fatal(err)
	}
	s.expect("enabled again", "/who", 200, "wu true")
	if answer, err := s.client.Post(s.http.URL+"/logout", "", nil); err != nil || answer.StatusCode != 200 {
		t.Errorf("sign out: %v", err)
	}
	s.expect("signed out", "/who", 200, " false")
	log, err := s.db.AuditLog(t.Context(), s.now().Add(time.Hour), 50)
	said := ""
	for _, a := range log {
		said += a.Action + ":" + a.By + " "
	}
	if err != nil || !strings.Contains(said, "sign_in:wu") || !strings.Contains(said, "sign_out:wu") || !strings.Contains(said, "sign_in_refused:nobody") {
		t.Errorf("audit log: %s %v", said, err)
	}
}

func TestASessionIsNotTakenOver(t *testing.T) {
	s := open(t, web.DefaultConfig())
	s.hire("wu", false)
	s.signIn("wu", password)
	before := s.client.Jar.Cookies(mustURL(s.http.URL))[0]
	if got := s.signIn("wu", password); got != 200 {
		t.Fatal(got)
	}
	after := s.client.Jar.Cookies(mustURL(s.http.URL))[0]
	if before.Value == after.Value {
		t.Error("signing in keeps the session's id")
	}
	s.client = s.visitor()
	s.expect("the id from before", "/who", 200, " false", "Cookie", "linewarden="+before.Value)
	s.expect("the id of now", "/who", 200, "wu true", "Cookie", "linewarden="+after.Value)
	// Who reads the database learns no id.
	if _, ok, err := s.db.Session(t.Context(), s.now(), after.Value); ok || err != nil {
		t.Errorf("the session is kept under its own id: %v %v", ok, err)
	}
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

func TestGuessingIsSlowedDown(t *testing.T) {
	s := open(t, web.DefaultConfig())
	s.hire("wu", false)
	s.hire("zhao", false)
	for range 5 {
		s.signIn("wu", "guess")
	}
	if got := s.signIn("wu", password); got != http.StatusTooManyRequests {
		t.Errorf("the sixth try: %d", got)
	}
	if got := s.signIn("zhao", password); got != 200 {
		t.Errorf("somebody else: %d", got)
	}
	s.skew.Add(int64(61 * time.Second))
	if got := s.signIn("wu", password); got != 200 {
		t.Errorf("a minute later: %d", got)
	}
}

func TestManyGuessAtOnce(t *testing.T) {
	s := open(t, web.DefaultConfig())
	s.hire("wu", false)
	var refused atomic.Int64
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			answer, err := http.PostForm(s.http.URL+"/login", url.Values{"name": {"wu"}, "password": {fmt.Sprint("guess", i)}})
			if err != nil {
				t.Error(err)
				return
			}
			answer.Body.Close()
			if answer.StatusCode == http.StatusTooManyRequests {
				refused.Add(1)
			}
		})
	}
	all.Wait()
	if refused.Load() != 7 {
		t.Errorf("%d of 12 at once were sent away, want 7", refused.Load())
	}
}

func TestTokens(t *testing.T) {
	s := open(t, web.DefaultConfig())
	s.hire("wu", false)
	s.hire("gone", true)
	issue := func(id, user string, expires, revoked time.Time) string {
		t.Helper()
		token, hash := web.NewToken()
		if err := s.db.SaveToken(t.Context(), s.now(), store.Token{ID: id, User: user, Name: id, Hash: hash, Created: s.now(), Expires: expires, Revoked: revoked}); err != nil {
			t.Fatal(err)
		}
		return token
	}
	now := s.now()
	good := issue("good", "wu", now.Add(time.Hour), time.Time{})
	s.expect("a token", "/who", 200, "wu true", "Authorization", "Bearer "+good)
	s.expect("schemes know no case", "/who", 200, "wu true", "Authorization", "bearer "+good)
	for what, token := range map[string]string{
		"revoked":             issue("revoked", "wu", time.Time{}, now.Add(-time.Second)),
		"expired":             issue("expired", "wu", now.Add(-time.Second), time.Time{}),
		"of a disabled user":  issue("disabled", "gone", time.Time{}, time.Time{}),
		"unknown":             "lw_nothing",
		"with a quote inside": `x" OR "1`,
	} {
		s.expect("a token "+what, "/who", 401, `"code":"unauthorized"`, "Authorization", "Bearer "+token)
	}
	s.expect("another scheme", "/who", 200, " false", "Authorization", "Basic d3U6d3U=")
	s.skew.Add(int64(2 * time.Hour))
	s.expect("the token two hours later", "/who", 401, "expired", "Authorization", "Bearer "+good)
	all, err := s.db.Tokens(t.Context(), "wu")
	used := false
	for _, k := range all {
		used = used || k.ID == "good" && !k.LastUsed.IsZero()
	}
	if err != nil || !used {
		t.Errorf("the token's use is not recorded: %v", err)
	}
}

func TestWithoutADatabase(t *testing.T) {
	s := open(t, web.DefaultConfig())
	s.hire("wu", false)
	s.signIn("wu", password)
	s.db.down.Store(true)
	s.problem.Store(&web.Problem{Part: "database", Reason: "cannot be reached"})
	s.expect("a page", "/who", 503, "数据库暂时无法访问")
	s.expect("the API with a session", "/tmf-api/who", 503, `"status":"503"`)
	s.expect("the API with a token", "/tmf-api/who", 503, `"code":"unavailable"`, "Authorization", "Bearer lw_x")
	s.expect("health", "/healthz", 200, "alive")
	s.expect("readiness", "/readyz", 503, `{"part":"database","reason":"cannot be reached"}`)
	s.expect("metrics", "/metrics", 200, "up 1")
	token := []string{"Authorization", "Bearer lw_x"}
	s.expect("health with a token", "/healthz", 200, "alive", token...)
	s.expect("readiness with a token", "/readyz", 503, `"part":"database"`, token...)
	s.expect("open metrics with a token", "/metrics", 200, "up 1", token...)
	s.db.down.Store(false)
	s.problem.Store(nil)
	s.expect("the same session, when it is back", "/who", 200, "wu true")
	s.expect("readiness", "/readyz", 200, `"ready"`)
}

func TestAProcessWithoutAccounts(t *testing.T) {
	for _, public := range []bool{true, false} {
		cfg := web.DefaultConfig()
		cfg.PublicMetrics = public
		server := web.New(cfg, web.Deps{Now: time.Now, Log: zap.NewNop(), Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "up 1") })})
		bare := web.New(cfg, web.Deps{Now: time.Now, Log: zap.NewNop()})
		for _, h := range []http.Handler{server.Handler(), bare.Handler()} {
			for _, path := range []string{"/", "/healthz", "/readyz", "/metrics", "/login", "/faults", "/tmf-api/troubleTicket/v4/troubleTicket", "/events", "/static/x"} {
				for _, method := range []string{"GET", "POST", "PATCH", "HEAD", "DELETE", "OPTIONS"} {
					for _, auth := range []string{"", "Bearer lw_x", "Basic eDp5"} {
						r := httptest.NewRequest(method, path, strings.NewReader("name=a&password=b"))
						r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
						if auth != "" {
							r.Header.Set("Authorization", auth)
						}
						r.AddCookie(&http.Cookie{Name: "linewarden", Value: "x"})
						w := httptest.NewRecorder()
						h.ServeHTTP(w, r)
						ours := path == "/healthz" || path == "/readyz" || path == "/metrics"
						if w.Code == http.StatusInternalServerError || !ours && w.Code != http.StatusNotFound {
							t.Errorf("%s %s with %q: %d", method, path, auth, w.Code)
						}
					}
				}
			}
			for _, path := range []string{"/healthz", "/readyz"} {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
				if w.Code != 200 {
					t.Errorf("%s: %d", path, w.Code)
				}
			}
		}
		w := httptest.NewRecorder()
		server.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		if want := map[bool]int{true: 200, false: 401}[public]; w.Code != want {
			t.Errorf("metrics, public %v: %d", public, w.Code)
		}
		if _, err := bare.SignIn(httptest.NewRequest("POST", "/login", nil), "admin", "x"); err == nil {
			t.Error("somebody signed in")
		}
		if err := bare.SignOut(httptest.NewRequest("POST", "/logout", nil)); err != nil {
			t.Error(err)
		}
	}
}

func TestMetricsForTheKnown(t *testing.T) {
	cfg := web.DefaultConfig()
	cfg.PublicMetrics = false
	s := open(t, cfg)
	s.hire("wu", false)
	token, hash := web.NewToken()
	if err := s.db.SaveToken(t.Context(), s.now(), store.Token{ID: "t", User: "wu", Hash: hash, Created: s.now()}); err != nil {
		t.Fatal(err)
	}
	s.expect("metrics for anyone", "/metrics", 401, "")
	s.expect("metrics with a token", "/metrics", 200, "up 1", "Authorization", "Bearer "+token)
	s.change("wu", func(u *store.User) { u.Roles = []people.Role{people.Manager} })
	s.expect("metrics for a manager", "/metrics", 403, "everyone's lines", "Authorization", "Bearer "+token)
	s.change("wu", func(u *store.User) { u.Roles, u.Regions = []people.Role{people.Support}, []string{"wuhu"} })
	s.expect("metrics for one region", "/metrics", 403, "everyone's lines", "Authorization", "Bearer "+token)
}

func TestRequestsAreBounded(t *testing.T) {
	s := open(t, web.DefaultConfig())
	answer, err := http.Post(s.http.URL+"/read", "text/plain", strings.NewReader(strings.Repeat("x", 3<<20)))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("3 MiB: %d", answer.StatusCode)
	}
	s.expect("a handler that panics", "/panic", 500, "程序出错")
	s.expect("the server afterwards", "/healthz", 200, "alive")
}

// TestStreamsAreFlushedAndEnd reads a stream through the whole server: what is
// written arrives at once, and the stream ends when the server stops.
func TestStreamsAreFlushedAndEnd(t *testing.T) {
	s := open(t, web.DefaultConfig())
	more := make(chan string)
	s.Mux.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		for {
			select {
			case line := <-more:
				fmt.Fprintln(w, line)
				if err := rc.Flush(); err != nil {
					t.Errorf("flush: %v", err)
					return
				}
			case <-web.Closing(r.Context()):
				return
			}
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- s.Run(ctx, l) }()
	go func() { more <- "first" }()
	answer, err := http.Get("http://" + l.Addr().String() + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for _, want := range []string{"first", "second"} {
		if want == "second" {
			more <- want
		}
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("got %q, want %q: %v", lines.Text(), want, lines.Err())
		}
	}
	stop()
	if lines.Scan() {
		t.Errorf("after the end: %q", lines.Text())
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestConfig(t *testing.T) {
	if wrong := web.DefaultConfig().Validate(); len(wrong) > 0 {
		t.Error(wrong)
	}
	err := problem.Error(web.Config{}.Validate())
	for _, key := range []string{"session_lifetime", "session_idle", "read_timeout", "shutdown_timeout"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s is not complained of: %v", key, err)
		}
	}
}
