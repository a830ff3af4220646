package check_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/linewarden/linewarden/cmd/linewarden/check"
	"github.com/linewarden/linewarden/configs"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestCheck runs testdata/*.txt. Each lays files over the built-in sample and
// shows what is said: "-- FILE --" begins a file ("-- FILE gone --" removes
// one, "-- FILE MODE --" gives it a mode), "-- says --" the expected output.
func TestCheck(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			script, want, _ := strings.Cut(string(raw), "-- says --\n")
			got := run(t, lay(t, script))
			if strings.Contains(got, "hunter2") {
				t.Errorf("a secret is shown:\n%s", got)
			}
			if *update {
				if err := os.WriteFile(path, []byte(script+"-- says --\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("says:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

var section = regexp.MustCompile(`(?m)^-- (\S+)(?: (\S+))? --\n`)

// lay writes the sample and the script's files into a new directory.
func lay(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, configs.Sample()); err != nil {
		t.Fatal(err)
	}
	modes := map[string]fs.FileMode{"secrets.yaml": 0o600, "linewarden.yaml": 0o644}
	marks := section.FindAllStringSubmatchIndex(script, -1)
	for i, m := range marks {
		end := len(script)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		name, how := script[m[2]:m[3]], ""
		if m[4] >= 0 {
			how = script[m[4]:m[5]]
		}
		path := filepath.Join(dir, name)
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		switch how {
		case "gone":
			delete(modes, name)
			continue
		case "folder":
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		case "0644":
			modes[name] = 0o644
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(script[m[1]:end]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range modes {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run checks the directory's configuration and gives what a person reads.
func run(t *testing.T, dir string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := check.Cmd{Config: filepath.Join(dir, "linewarden.yaml")}
	if err := cmd.Run(&out); err != nil {
		out.WriteString("linewarden: " + err.Error() + "\n")
	}
	profiles, err := configs.LoadProfiles("")
	if err != nil {
		t.Fatal(err)
	}
	// What is built in is not this test's business.
	said := strings.NewReplacer(dir, "DIR", strings.Join(profiles.Names(), ", "), "PROFILES").Replace(out.String())
	return regexp.MustCompile(`(?m)^(tickets +).*$`).ReplaceAllString(said, "${1}BUILT IN")
}

func TestTheRulesAreSummed(t *testing.T) {
	var out bytes.Buffer
	if err := (&check.Cmd{Config: filepath.Join(lay(t, ""), "linewarden.yaml")}).Run(&out); err != nil {
		t.Fatal(err)
	}
	policy, err := configs.LoadPolicy(configs.Rules())
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%d clocks, %d routing rules, %d groups, revision %s\n",
		len(policy.SLA.Clocks), len(policy.Routing.Rules), len(policy.Groups), policy.Rev)
	if !strings.Contains(out.String(), want) {
		t.Errorf("said:\n%swithout %q", out.String(), want)
	}
}

func TestAnInventoryAlone(t *testing.T) {
	dir := lay(t, "-- linewarden.yaml --\nnonsense: true\n")
	var out bytes.Buffer
	if err := (&check.Cmd{Inventory: dir}).Run(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "lines.csv            2") || !strings.Contains(out.String(), "all well") {
		t.Errorf("said:\n%s", out.String())
	}
	err := (&check.Cmd{Inventory: filepath.Join(dir, "none")}).Run(&out)
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("error = %v", err)
	}
}
