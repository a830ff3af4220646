package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// userCommand runs `linewarden user` on a configuration of its own.
func userCommand(t *testing.T) func(args ...string) (string, int) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "linewarden.yaml")
	if err := os.WriteFile(config, []byte("data_dir: data\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(args ...string) (string, int) {
		var out bytes.Buffer
		code := run(context.Background(), append(append([]string{"user"}, args...), "--config", config), nil, &out, &out)
		return strings.TrimSpace(out.String()), code
	}
}

func TestUserCommands(t *testing.T) {
	user := userCommand(t)
	expect := func(code int, want string, args ...string) {
		t.Helper()
		if said, got := user(args...); got != code || !strings.Contains(said, want) {
			t.Errorf("user %v: exit status %d, %q; want %d, %q", args, got, said, code, want)
		}
	}
	expect(1, "no person", "token", "wang")
	expect(1, `group "suport": want one of`, "add", "wang", "--group", "suport")
	expect(1, `role "boss": want one of`, "add", "wang", "--role", "boss")
	expect(0, "", "add", "wang", "--role", "support", "--group", "support")
	expect(1, "there is a person", "add", "wang")
	expect(0, "lw_", "token", "wang", "--expires", "720h")
	expect(1, "want a lifetime", "token", "wang", "--expires=-1h") // not for ever
	expect(0, "", "disable", "wang")
	expect(1, "locked out", "token", "wang")
	expect(0, "disabled", "list")
	expect(0, "", "password", "wang")
	expect(0, "lw_", "token", "wang")
	expect(2, "unknown flag", "list", "--nonsense")
}
