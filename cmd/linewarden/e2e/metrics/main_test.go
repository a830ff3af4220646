// Package metrics proves the Prometheus and Grafana side on the real things: a
// lab, the daemon as it is shipped, a Prometheus that scrapes it and evaluates
// the rules, and every query of the dashboard put to it. It proves, too, that
// the systemd unit leaves the daemon all that it needs.
//
// It judges no verdict and no ticket; the stories do.
package metrics

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/linewarden/linewarden/deploy/lab"
)

// Where things are: the daemon under test, and what is shipped beside it.
var (
	linewarden string
	deploy     string
)

func TestMain(m *testing.M) {
	lab.Reexec()
	if unit := os.Getenv(confineEnv); unit != "" {
		fmt.Fprintln(os.Stderr, "confine:", confine(unit, os.Args[1:])) // returns only if it fails
		os.Exit(125)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if os.Geteuid() != 0 && os.Getenv("CI") == "" && exec.Command("unshare", "-rn", "true").Run() != nil {
		fmt.Fprintln(os.Stderr, "*** linewarden e2e/metrics NOT RUN: it needs root or user namespaces ***")
		return 0
	}
	dir, err := os.MkdirTemp("", "linewarden-metrics-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o755) // an unprivileged user runs it
	}
	if err == nil {
		deploy, err = filepath.Abs("../../../../deploy")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	linewarden = filepath.Join(dir, "linewarden")
	build := exec.Command("go", "build", "-o", linewarden, "github.com/linewarden/linewarden/cmd/linewarden")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build linewarden:", err)
		return 1
	}
	return m.Run()
}

// need finds a program. Without it the test fails in CI, and is skipped loudly
// elsewhere.
func need(t *testing.T, program, from string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing (package %s), and CI must run this", program, from)
	}
	fmt.Fprintf(os.Stderr, "*** %s NOT RUN: %s is missing; apt-get install %s ***\n", t.Name(), program, from)
	t.Skipf("%s is missing", program)
	return ""
}
