package metrics

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

// cableOf is a tail cable over which several lines run, one of them of a grade
// that must not wait.
func cableOf(n *kit.Lab, grade func(line string) string) world.Thing {
	n.T.Helper()
	return n.Pick("tail cable with several lines, one of grade AA or better: take more lines", func(x world.Thing) bool {
		return x.Kind == "cable" && x.Layer == "tail" && len(x.Lines) >= 2 && len(x.Lines) < 10 &&
			slices.ContainsFunc(x.Lines, func(l string) bool { return grade(l) == "AAA" || grade(l) == "AA" })
	})
}

// configure prepares a daemon whose sweeps suit a test's patience.
func configure(n *kit.Lab, dir, more string) *kit.NOC {
	n.T.Helper()
	text := fmt.Sprintf(`
data_dir: %q
inventory: {dir: %q}
secrets_file: %q
collector:
  id: c1
  intervals: {AAA: 2s, AA: 2s, A: 2s, standard: 2s}
  snmp: {interval: 6s}
  trap: {listen: ":162"}
%s`, filepath.Join(dir, "data"), filepath.Join(n.Dir, "inventory"), filepath.Join(dir, "secrets.yaml"), more)
	config := filepath.Join(dir, "linewarden.yaml")
	secrets, err := os.ReadFile(filepath.Join(n.Dir, "secrets.yaml"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "secrets.yaml"), secrets, 0o600)
	}
	if err == nil {
		err = os.WriteFile(config, []byte(text), 0o644)
	}
	if err != nil {
		n.T.Fatal(err)
	}
	return kit.NewNOC(n.T, config, n.Exec)
}
