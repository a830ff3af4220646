package storetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
)

func user(id string) store.User {
	return store.User{
		Person:       people.Person{ID: id, Name: "张工", Roles: []people.Role{people.Support, people.Admin}, Groups: []string{"support"}, Denied: []string{"void"}, Lang: "en"},
		PasswordHash: "$argon2id$...", MustChange: true,
	}
}

var accountTests = []test{
	{"a user is inserted once, updated and listed", func(t *testing.T, s store.Store) {
		wantErr(t, s.SaveUser(t.Context(), at(0), user("zhang"), false), store.ErrNotFound)
		must(t, s.SaveUser(t.Context(), at(0), user("zhang"), true))
		wantErr(t, s.SaveUser(t.Context(), at(0), user("zhang"), true), store.ErrDuplicate)
		changed := user("zhang")
		changed.MustChange, changed.Disabled, changed.LastSeen = false, true, at(2)
		must(t, s.SaveUser(t.Context(), at(3), changed, false))
		must(t, s.SaveUser(t.Context(), at(4), user("li"), true))
		changed.Created, changed.Updated = at(0), at(3)
		got, err := s.User(t.Context(), "zhang")
		must(t, err)
		same(t, "user", got, changed)
		all, err := s.Users(t.Context())
		must(t, err)
		equal(t, "users", len(all), 2)
		equal(t, "first user", all[0].ID, "li")
		_, err = s.User(t.Context(), "wang")
		wantErr(t, err, store.ErrNotFound)
	}},
	{"a token is found by its hash, touched and revoked", func(t *testing.T, s store.Store) {
		tk := store.Token{ID: "t1", User: "zhang", Name: "script", Hash: "h1", Created: at(0), Expires: at(60)}
		wantErr(t, s.SaveToken(t.Context(), at(0), tk), store.ErrNotFound) // no such user
		must(t, s.SaveUser(t.Context(), at(0), user("zhang"), true))
		must(t, s.SaveToken(t.Context(), at(0), tk))
		must(t, s.TouchToken(t.Context(), at(5), "t1"))
		got, err := s.TokenByHash(t.Context(), "h1")
		must(t, err)
		tk.LastUsed = at(5)
		same(t, "token", got, tk)
		tk.Revoked = at(6)
		must(t, s.SaveToken(t.Context(), at(6), tk))
		must(t, s.SaveToken(t.Context(), at(7), store.Token{ID: "t2", User: "zhang", Hash: "h2"}))
		all, err := s.Tokens(t.Context(), "zhang")
		must(t, err)
		same(t, "tokens", all, []store.Token{tk, {ID: "t2", User: "zhang", Hash: "h2", Created: at(7)}})
		wantErr(t, s.SaveToken(t.Context(), at(8), store.Token{ID: "t3", User: "zhang", Hash: "h2"}), store.ErrDuplicate)
		wantErr(t, s.TouchToken(t.Context(), at(8), "t9"), store.ErrNotFound)
		_, err = s.TokenByHash(t.Context(), "h9")
		wantErr(t, err, store.ErrNotFound)
	}},
	{"a session lives until it expires or is deleted", func(t *testing.T, s store.Store) {
		want := func(token string, minute int, data []byte) {
			t.Helper()
			got, ok, err := s.Session(t.Context(), at(minute), token)
			must(t, err)
			equal(t, token+" is there", ok, data != nil)
			equal(t, token+" has its data", bytes.Equal(got, data), true)
		}
		must(t, s.SaveSession(t.Context(), "a", []byte{0, 1, 255}, at(10)))
		must(t, s.SaveSession(t.Context(), "b", []byte{}, at(5)))
		want("a", 9, []byte{0, 1, 255})
		want("b", 4, []byte{})
		want("b", 5, nil)
		want("c", 0, nil)
		must(t, s.SaveSession(t.Context(), "a", []byte("new"), at(20)))
		want("a", 15, []byte("new"))
		must(t, s.DeleteExpired(t.Context(), at(5)))
		want("b", 0, nil) // gone, not only hidden
		want("a", 15, []byte("new"))
		must(t, s.DeleteSession(t.Context(), "a"))
		must(t, s.DeleteSession(t.Context(), "a"))
		want("a", 0, nil)
	}},
	{"the audit log lists newest first, from a time back", func(t *testing.T, s store.Store) {
		for i := range 5 {
			must(t, s.Audit(t.Context(), store.Audit{At: at(i), By: "zhang", Action: fmt.Sprint(i)}))
		}
		actions := func(before time.Time, limit int) (got string) {
			log, err := s.AuditLog(t.Context(), before, limit)
			must(t, err)
			for _, a := range log {
				got += a.Action
			}
			return got
		}
		equal(t, "newest", actions(time.Time{}, 3), "432")
		equal(t, "before", actions(at(2), 3), "10")
	}},
}

var docTests = []test{
	{"a document is put, replaced, listed and deleted", func(t *testing.T, s store.Store) {
		put := func(minute int, kind, id, body string) {
			t.Helper()
			must(t, s.PutDoc(t.Context(), at(minute), store.Doc{Kind: kind, ID: id, Body: json.RawMessage(body)}))
		}
		put(0, "policy", "b", `{"x":  1, "z": "\u0000"}`)
		put(1, "policy", "a", `[]`)
		put(2, "hub", "a", `{}`)
		put(3, "policy", "a", `null`)
		got, err := s.Doc(t.Context(), "policy", "b")
		must(t, err)
		same(t, "document", got, store.Doc{Kind: "policy", ID: "b", Body: json.RawMessage(`{"x":  1, "z": "\u0000"}`), Updated: at(0)})
		all, err := s.DocsOf(t.Context(), "policy")
		must(t, err)
		equal(t, "documents", len(all), 2)
		equal(t, "replaced", string(all[0].Body), "null")
		equal(t, "replaced at", all[0].Updated, at(3))
		must(t, s.DeleteDoc(t.Context(), "policy", "a"))
		must(t, s.DeleteDoc(t.Context(), "policy", "a"))
		_, err = s.Doc(t.Context(), "policy", "a")
		wantErr(t, err, store.ErrNotFound)
		_, err = s.Doc(t.Context(), "hub", "a")
		must(t, err)
	}},
	{"what is no JSON is refused", func(t *testing.T, s store.Store) {
		if s.PutDoc(t.Context(), at(0), store.Doc{Kind: "x", ID: "y", Body: json.RawMessage("{")}) == nil {
			t.Fatal("no error")
		}
	}},
}
