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

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/deploy/lab"
)

// deploy is what is shipped beside the daemon; systemd's tools want it absolute.
var deploy string

func TestMain(m *testing.M) {
	lab.Reexec()
	if unit := os.Getenv(confineEnv); unit != "" {
		fmt.Fprintln(os.Stderr, "confine:", confine(unit, os.Args[1:])) // returns only if it fails
		os.Exit(125)
	}
	if !kit.Namespaces() {
		fmt.Fprintln(os.Stderr, "*** linewarden e2e/metrics NOT RUN: it needs root or user namespaces ***")
		os.Exit(0)
	}
	var err error
	if deploy, err = filepath.Abs("../../../../deploy"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(kit.Main(m, "linewarden"))
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
