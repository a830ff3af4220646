package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

func TestWhatWasGivenUpIsListedAndSentAgain(t *testing.T) {
	config := filepath.Join(t.TempDir(), "linewarden.yaml")
	if err := os.WriteFile(config, []byte("data_dir: data\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect := func(code int, want string, args ...string) {
		t.Helper()
		var out bytes.Buffer
		got := run(context.Background(), append(args, "--config", config), nil, &out, &out)
		if got != code || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit status %d, %q; want %d, %q", args, got, &out, code, want)
		}
	}
	giveUp(t, config, "NT-1/3/1/email")

	expect(0, "550 no such user", "outbox", "list")
	expect(0, `"id":"NT-1/3/1/email"`, "outbox", "list", "--json")
	expect(1, "NT-2 was not given up", "outbox", "resend", "NT-2", "NT-1/3/1/email")
	expect(1, "was not given up", "outbox", "resend", "NT-1/3/1/email") // it waits for the daemon now
	expect(1, "want at least 1", "outbox", "list", "--limit", "0")
	expect(0, "effect_resent  NT-1/3/1/email", "audit")
	expect(0, `"action":"effect_resent"`, "audit", "--json")
	expect(0, "AT  BY  ACTION", "audit", "--before", "2020-01-01T00:00:00Z")
	expect(1, "want at least 1", "audit", "--limit", "0")
}

// giveUp leaves one effect in the database as undeliverable.
func giveUp(t *testing.T, config, id string) {
	t.Helper()
	s, err := openStore(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now().UTC()
	e := ticket.Effect{ID: id, Ticket: "NT-1", Kind: ticket.Notify, Channel: "email", NotBefore: now}
	if err := s.Save(t.Context(), now, store.Batch{Effects: []ticket.Effect{e}}); err != nil {
		t.Fatal(err)
	}
	claim := store.Claim{Now: now, Until: now.Add(time.Minute), Abandoned: now, By: "test", Limit: 1}
	if _, err := s.ClaimEffects(t.Context(), claim); err != nil {
		t.Fatal(err)
	}
	if err := s.BuryEffect(t.Context(), now, "test", id, "550 no such user"); err != nil {
		t.Fatal(err)
	}
}
