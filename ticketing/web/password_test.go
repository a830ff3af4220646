package web_test

import (
	"strings"
	"testing"

	"github.com/linewarden/linewarden/ticketing/web"
)

func TestPasswords(t *testing.T) {
	hash, err := web.HashPassword("电信级别的密码很长很长")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %s", hash)
	}
	if again, _ := web.HashPassword("电信级别的密码很长很长"); again == hash {
		t.Error("two hashes of one password are the same: no salt")
	}
	if err := web.CheckPassword(hash, "电信级别的密码很长很长"); err != nil {
		t.Error(err)
	}
	for _, word := range []string{"", "电信级别的密码很长很", hash} {
		if web.CheckPassword(hash, word) == nil {
			t.Errorf("%q fits", word)
		}
	}
	if _, err := web.HashPassword("ninechars"); err == nil {
		t.Error("nine characters are accepted")
	}
	seen := map[string]bool{}
	for range 100 {
		p := web.NewPassword()
		token, digest := web.NewToken()
		if len(p) != 20 || seen[p] || seen[token] || web.HashToken(token) != digest || strings.Contains(digest, token) {
			t.Fatalf("password %q, token %q, digest %q", p, token, digest)
		}
		seen[p], seen[token] = true, true
	}
}

// TestAHashOfAnEarlierReleaseFits: what is stored stays good.
func TestAHashOfAnEarlierReleaseFits(t *testing.T) {
	const stored = "$argon2id$v=19$m=19456,t=2,p=1$pVMzf6n5njTT/ckY3+Tt5A$oAqxENHIHoW10c1TnAVMHY8tmCxm4/nqpUQbo5pX+Sw"
	if err := web.CheckPassword(stored, "电信级别的密码很长很长"); err != nil {
		t.Error(err)
	}
	if web.CheckPassword(stored, "电信级别的密码很长很短") == nil {
		t.Error("another password fits")
	}
}

// TestForeignHashesAreRefused: what a database may hold by accident or malice
// neither fits nor costs memory without bound.
func TestForeignHashesAreRefused(t *testing.T) {
	for _, hash := range []string{
		"", "$", "plain", "$2a$10$abcdefghijklmnopqrstuv",
		"$argon2id$v=18$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
		"$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
		"$argon2id$v=19$m=19456,t=4294967295,p=1$c2FsdHNhbHQ$aGFzaA",
		"$argon2id$v=19$m=19456,t=0,p=1$c2FsdHNhbHQ$aGFzaA",
		"$argon2id$v=19$m=19456,t=2,p=0$c2FsdHNhbHQ$aGFzaA",
		"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$",
		"$argon2id$v=19$m=19456,t=2,p=1$!!$aGFzaA",
	} {
		if web.CheckPassword(hash, "anything at all") == nil {
			t.Errorf("%q fits", hash)
		}
	}
}

func FuzzCheckPassword(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA")
	f.Add("$argon2id$v=19$m=9999999999,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, hash string) {
		if strings.Contains(hash, "m=") && len(hash) > 40 {
			return // a valid one costs time by design
		}
		if web.CheckPassword(hash, "x") == nil {
			t.Errorf("%q fits", hash)
		}
	})
}
