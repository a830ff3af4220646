// Package e2e holds the stories: a simulated carrier's network over real
// sockets, the daemon as it is shipped, and what people and programs see of it.
package e2e

import (
	"fmt"
	"os"
	"testing"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/deploy/lab"
)

func TestMain(m *testing.M) {
	lab.Reexec()
	if !kit.Namespaces() {
		fmt.Fprintln(os.Stderr, "SKIPPED, ALL OF IT: the stories need root or user namespaces; run them as root")
		os.Exit(0)
	}
	os.Exit(kit.Main(m, "linewarden", "nats-server"))
}
