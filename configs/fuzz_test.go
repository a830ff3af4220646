package configs

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// tooLong keeps the fuzzer from growing inputs that only take time.
const tooLong = 1 << 14

// addFiles seeds a fuzz target with every YAML file of a directory.
func addFiles(f *testing.F, fsys fs.FS) {
	f.Helper()
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		raw, err := fs.ReadFile(fsys, path)
		f.Add(raw)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("a: [1, {b: &x c}]\n<<: *x\n? [q]\n: |\n  text\n"))
	f.Add([]byte("roles: collector\nlog:\n - x\n---\nb: !!int 3"))
}

// complete reports problems without a file or a reason, and positions that are
// not in the file.
func complete(t *testing.T, raw []byte, err error) {
	t.Helper()
	problems, _ := err.(Problems)
	for _, p := range problems {
		if p.File == "" || p.Reason == "" || p.Line > 1+strings.Count(string(raw), "\n") || p.Line == 0 && p.Column > 0 {
			t.Errorf("%+v", p)
		}
	}
}

func FuzzConfig(f *testing.F) {
	addFiles(f, fstest.MapFS{"linewarden.yaml": {Data: Example()}})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > tooLong {
			return
		}
		_, err := load("f.yaml", func(string) ([]byte, error) { return raw, nil }, noEnv)
		complete(t, raw, err)
	})
}

func FuzzSecrets(f *testing.F) {
	addFiles(f, Sample())
	f.Add([]byte("snmp:\n  a: {version: 3, user: u, auth: sha, auth_password: 12345678}\n  b.c: {version: '2c', community: x}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > tooLong {
			return
		}
		_, err := decodeSecrets("f.yaml", raw)
		complete(t, raw, err)
	})
}

func FuzzProfiles(f *testing.F) {
	addFiles(f, Profiles())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > tooLong {
			return
		}
		_, err := readProfiles(fstest.MapFS{"f.yaml": {Data: raw}})
		complete(t, raw, err)
	})
}

// FuzzRules puts one file in the place of each of the rules.
func FuzzRules(f *testing.F) {
	addFiles(f, Rules())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > tooLong {
			return
		}
		for _, name := range []string{"sla.yaml", "routing.yaml", "intake.yaml", "groups.yaml", "calendar-x.yaml", "workflows/fault.yaml"} {
			_, err := LoadPolicy(Overlay(fstest.MapFS{name: {Data: raw}}, Rules()))
			if err != nil && err.Error() == "" {
				t.Errorf("%s: nothing is said", name)
			}
		}
	})
}
