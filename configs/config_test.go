package configs

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/configs/secret"
)

var update = flag.Bool("update", false, "write the golden files anew")

func noEnv(string) string { return "" }

func TestDefaultsPassTheirOwnCheck(t *testing.T) {
	c, err := load("", nil, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if c.Store.SQLite != "/var/lib/linewarden/linewarden.db" {
		t.Errorf("sqlite = %q", c.Store.SQLite)
	}
}

func TestPathsAreTakenFromTheFilesDirectory(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lw.yaml")
	write(t, path, "data_dir: state\ninventory: {dir: ../inv}\nstore: {sqlite: /srv/lw.db}\nsecrets_file: s.yaml\n")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range [][2]string{
		{c.DataDir, filepath.Join(dir, "state")},
		{c.Inventory.Dir, filepath.Join(filepath.Dir(dir), "inv")},
		{c.Store.SQLite, "/srv/lw.db"},
		{c.SecretsFile, filepath.Join(dir, "s.yaml")},
	} {
		if p[0] != p[1] {
			t.Errorf("path %s, want %s", p[0], p[1])
		}
	}
}

func TestOnlySecretsComeFromTheEnvironment(t *testing.T) {
	env := map[string]string{
		EnvPostgres: "postgres://lw:pw@db/lw", EnvSecretsFile: "/run/secrets.yaml", EnvMailPassword: "mail-pw",
		"LINEWARDEN_LISTEN": "0.0.0.0:1",
	}
	c, err := load("", nil, func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	if c.Store.Postgres.Reveal() != env[EnvPostgres] || c.SecretsFile != "/run/secrets.yaml" ||
		c.Notify.Email.Password.Reveal() != "mail-pw" || c.Listen != "127.0.0.1:8080" {
		t.Errorf("config = %+v", c)
	}
}

func TestASecretIsNeverShown(t *testing.T) {
	c := Default()
	c.Store.Postgres = "hunter2"
	c.Collector.Trap.Communities = []secret.Text{"hunter2"}
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	y, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(j), string(y), fmt.Sprint(c), fmt.Sprintf("%+v %#v", c, c)} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("shown: %s", text)
		}
		if !strings.Contains(text, secret.Hidden) {
			t.Errorf("not marked as hidden: %s", text)
		}
	}
}

// TestConfigErrors runs testdata/config/*.txt: a file, a line of dashes, what
// is said about it.
func TestConfigErrors(t *testing.T) {
	golden(t, "testdata/config/*.txt", func(name, text string) error {
		_, err := load("linewarden.yaml", func(string) ([]byte, error) { return []byte(text), nil }, noEnv)
		return err
	})
}

func TestSecretsErrors(t *testing.T) {
	golden(t, "testdata/secrets/*.txt", func(name, text string) error {
		_, err := decodeSecrets("secrets.yaml", []byte(text))
		return err
	})
}

func TestProfileErrors(t *testing.T) {
	golden(t, "testdata/profiles/*.txt", func(name, text string) error {
		_, err := readProfiles(fstest.MapFS{"x.yaml": {Data: []byte(text)}})
		return err
	})
}

func golden(t *testing.T, pattern string, run func(name, text string) error) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts at %s: %v", pattern, err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			script, want, _ := strings.Cut(string(raw), "\n-----\n")
			got := "ok\n"
			if err := run(name, script+"\n"); err != nil {
				got = err.Error() + "\n"
			}
			if strings.Contains(got, "hunter2") {
				t.Errorf("a secret is shown:\n%s", got)
			}
			if *update {
				write(t, path, script+"\n-----\n"+got)
			} else if got != want {
				t.Errorf("said:\n%swant:\n%s", got, want)
			}
		})
	}
}

func TestAFileIsUTF8(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a byte order mark is taken off", "\xef\xbb\xbflisten: 127.0.0.1:1\n", ""},
		{"UTF-16, low byte first", "\xff\xfel\x00i\x00", "lw.yaml: the file is UTF-16; save it as UTF-8"},
		{"UTF-16, high byte first", "\xfe\xff\x00l\x00i", "lw.yaml: the file is UTF-16; save it as UTF-8"},
		{"GB18030", "listen: 127.0.0.1:1\n# \xd7\xa8\xcf\xdf\n", "lw.yaml:2: is not UTF-8 text; save the file as UTF-8"},
		{"no text", "listen: 127.0.0.1:1\n\x00\x01\n", "lw.yaml:2: holds bytes that are no text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if _, err := load("lw.yaml", func(string) ([]byte, error) { return []byte(c.text), nil }, noEnv); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
}

// A few lines of aliases to aliases stand for more than memory holds.
func TestAliasesDoNotGrowWithoutEnd(t *testing.T) {
	text := "roles: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 30 {
		text += fmt.Sprintf("k%d: &a%d [%s]\n", i, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	_, err := load("lw.yaml", func(string) ([]byte, error) { return []byte(text), nil }, noEnv)
	if err == nil || !strings.Contains(err.Error(), "aliases") {
		t.Errorf("error = %v", err)
	}
}

func TestAMissingConfigSaysSo(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("error = %v", err)
	}
}

func TestSecretsMustBePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.yaml")
	write(t, path, "snmp: {core: {version: 2c, community: hunter2}}\n")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err := LoadSecrets(path)
	if err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) {
		t.Errorf("error = %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := LoadSecrets(path)
	if err != nil || s.SNMP["core"].Community.Reveal() != "hunter2" || s.SNMP["core"].Version != "2c" {
		t.Errorf("secrets = %+v, %v", s, err)
	}
	c := &Config{SecretsFile: path + ".gone"}
	if _, err := c.Secrets(); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("error = %v", err)
	}
}

func TestTheSampleWorks(t *testing.T) {
	inv, err := inventory.Load(Sample())
	if err != nil {
		t.Fatal(err)
	}
	for i := range inv.Lines {
		if _, ok := inv.RouteOf(&inv.Lines[i]); !ok {
			t.Errorf("line %s has no route", inv.Lines[i].ID)
		}
	}
	raw, err := fs.ReadFile(Sample(), "secrets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := decodeSecrets("secrets.yaml", raw)
	if err != nil {
		t.Fatal(err)
	}
	for i := range inv.Devices {
		if name := inv.Devices[i].Credential; name != "" {
			if _, ok := s.SNMP[name]; !ok {
				t.Errorf("device %s: no credential %q", inv.Devices[i].ID, name)
			}
		}
	}
	raw, err = fs.ReadFile(Sample(), "linewarden.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load("linewarden.yaml", func(string) ([]byte, error) { return raw, nil }, noEnv); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
