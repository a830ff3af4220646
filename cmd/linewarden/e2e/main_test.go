// Package e2e holds the stories: a simulated carrier's network over real
// sockets, the daemon as it is shipped, and what people and programs see of it.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The programs under test.
var linewarden, linelab string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if os.Getuid() != 0 && os.Getenv("CI") == "" && !namespaces() {
		fmt.Fprintln(os.Stderr, "SKIPPED, ALL OF IT: the stories need root or user namespaces; run them as root")
		return 0
	}
	dir, err := os.MkdirTemp("", "linewarden-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", dir+string(os.PathSeparator), "../", "../../linelab")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the programs:", err)
		return 1
	}
	linewarden, linelab = filepath.Join(dir, "linewarden"), filepath.Join(dir, "linelab")
	return m.Run()
}

// namespaces tells whether an unprivileged user may have a network of his own.
func namespaces() bool { return exec.Command("unshare", "-rn", "true").Run() == nil }
