package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/web"
)

func (s *site) signOut() {
	s.t.Helper()
	answer, err := s.client.Post(s.http.URL+"/logout", "", nil)
	if err != nil || answer.StatusCode != 200 {
		s.t.Fatalf("sign out: %v %v", answer, err)
	}
	answer.Body.Close()
}

func (s *site) change(id string, how func(*store.User)) {
	s.t.Helper()
	u, err := s.db.Store.User(s.t.Context(), id)
	if err == nil {
		how(&u)
		err = s.db.SaveUser(s.t.Context(), s.now(), u, false)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestANewPasswordEndsTheSessionsOfTheOld(t *testing.T) {
	s := open(t, web.DefaultConfig())
	s.hire("wu", false)
	s.signIn("wu", password)
	s.expect("signed in", "/who", 200, "wu true")
	s.change("wu", func(u *store.User) { u.Name = "吴" })
	s.expect("renamed", "/who", 200, "wu true")
	hash, err := web.HashPassword("another " + password)
	if err != nil {
		t.Fatal(err)
	}
	s.change("wu", func(u *store.User) { u.PasswordHash = hash })
	s.expect("with a new password", "/who", 200, " false")
	if got := s.signIn("wu", "another "+password); got != 200 {
		t.Errorf("sign in with the new password: %d", got)
	}
	s.expect("signed in anew", "/who", 200, "wu true")
}

// A request that was under way while its person signed out writes the session
// down when it ends: that must not bring it back.
func TestASessionThatEndedDoesNotComeBack(t *testing.T) {
	s := open(t, web.DefaultConfig())
	s.hire("wu", false)
	arrived, leave := make(chan bool), make(chan bool)
	s.Mux.HandleFunc("GET /slow", func(http.ResponseWriter, *http.Request) {
		arrived <- true
		<-leave
	})
	s.signIn("wu", password)
	cookie := "linewarden=" + s.client.Jar.Cookies(mustURL(s.http.URL))[0].Value
	// An idle time-out is written down again only after a while.
	s.skew.Add(int64(2 * time.Minute))
	done := make(chan error, 1)
	go func() {
		r, err := http.NewRequest("GET", s.http.URL+"/slow", nil)
		if err == nil {
			r.Header.Set("Cookie", cookie)
			var answer *http.Response
			if answer, err = http.DefaultClient.Do(r); err == nil {
				answer.Body.Close()
			}
		}
		done <- err
	}()
	<-arrived
	s.signOut()
	close(leave)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	s.client = s.visitor()
	s.expect("the session that ended", "/who", 200, " false", "Cookie", cookie)
	s.skew.Add(int64(time.Hour))
	s.expect("an hour later", "/who", 200, " false", "Cookie", cookie)
}

// A stream outlives the moment at which its reader was let in.
func TestWhoStreamsIsLookedUpAnew(t *testing.T) {
	s := open(t, web.DefaultConfig())
	s.hire("wu", false)
	var stream context.Context
	s.Mux.HandleFunc("GET /stream", func(_ http.ResponseWriter, r *http.Request) {
		stream = context.WithoutCancel(r.Context())
	})
	still := func(what string, want bool) {
		t.Helper()
		if p, ok := web.PersonNow(stream); ok != want || ok && p.ID != "wu" {
			t.Errorf("%s: %v %v, want %v", what, p.ID, ok, want)
		}
	}
	s.signIn("wu", password)
	s.get("/stream")
	still("signed in", true)
	s.db.down.Store(true)
	still("without a database", true)
	s.db.down.Store(false)
	s.change("wu", func(u *store.User) { u.Disabled = true })
	still("disabled", false)
	s.change("wu", func(u *store.User) { u.Disabled = false })
	still("enabled again", true)
	s.signOut()
	still("signed out", false)

	token, hash := web.NewToken()
	given := store.Token{ID: "t", User: "wu", Hash: hash, Created: s.now()}
	if err := s.db.SaveToken(t.Context(), s.now(), given); err != nil {
		t.Fatal(err)
	}
	s.get("/stream", "Authorization", "Bearer "+token)
	still("with a token", true)
	given.Revoked = s.now()
	if err := s.db.SaveToken(t.Context(), s.now(), given); err != nil {
		t.Fatal(err)
	}
	still("with a revoked token", false)
}

func TestOtherSitesAreRefusedInTheCallersWords(t *testing.T) {
	s := open(t, web.DefaultConfig())
	for path, want := range map[string]string{"/tmf-api/who": `"status":"403"`, "/logout": "其他网站"} {
		r, err := http.NewRequest("POST", s.http.URL+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		answer, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body := make([]byte, 2048)
		n, _ := answer.Body.Read(body)
		answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden || !strings.Contains(string(body[:n]), want) {
			t.Errorf("%s: %d %s, want 403 with %s", path, answer.StatusCode, body[:n], want)
		}
	}
}
