package real

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
)

// noc is a daemon at the station and a person who asks it.
type noc struct {
	*kit.NOC
	t   *testing.T
	dir string
}

// watch starts a fresh daemon at the station and waits until it has seen the
// whole network well.
func watch(t *testing.T) (*network, *noc) {
	t.Helper()
	net := well(t)
	dir, err := os.MkdirTemp(workDir, "noc-")
	if err != nil {
		t.Fatal(err)
	}
	n := &noc{NOC: kit.NewNOC(t, filepath.Join(dir, "linewarden.yaml"), kit.InNamespace(stationNS)), t: t, dir: dir}
	n.writeFiles()
	n.SignIn("noc", "admin")
	n.Start()
	n.ExpectAllWell()
	return net, n
}

// misses is how many pings in a row make a target unreachable. Where a routed
// area has to find the way round, it is given the seconds that OSPF takes.
func (n *noc) misses() int {
	switch n.t.Name() {
	case "TestRealRingLinkCut", "TestRealCoreLinkCut":
		return 8
	}
	return 3
}

func (n *noc) writeFiles() {
	n.t.Helper()
	files := map[string]string{
		"linewarden.yaml": fmt.Sprintf(`data_dir: data
inventory: {dir: inventory}
secrets_file: secrets.yaml
collector:
  intervals: {AAA: 1s, AA: 1s, A: 1s, standard: 1s}
  snmp: {interval: 5s, timeouts: {initial: 500ms, min: 250ms, max: 2s}}
  thresholds: {ping: {misses: %d}}
  trap: {listen: "%s:162", communities: [%s]}
ticketing: {dir: rules}
`, n.misses(), stationAddress, community),
		"secrets.yaml": "snmp: {lab: {version: 2c, community: " + community + "}}\n",
		// The stability time is five minutes by default: nobody waits that long here.
		"rules/workflows/fault.yaml": builtIn(n.t, "workflows/fault.yaml", "timer: {after: 5m, to: confirm",
			"timer: {after: 2s, to: confirm"),
	}
	for name, text := range inventoryFiles() {
		files["inventory/"+name] = text
	}
	for name, text := range files {
		path := filepath.Join(n.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			n.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
}

// builtIn is a built-in file of rules with one thing changed.
func builtIn(t *testing.T, name, from, to string) string {
	t.Helper()
	raw, err := fs.ReadFile(configs.Rules(), name)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(raw, []byte(from)) != 1 {
		t.Fatalf("%s does not say %q once", name, from)
	}
	return strings.Replace(string(raw), from, to, 1)
}

// ledger stops the daemon and opens what it leaves behind.
func (n *noc) ledger() store.Store {
	n.t.Helper()
	n.Stop()
	db, err := sqlite.Open(n.t.Context(), filepath.Join(n.dir, "data", "linewarden.db"), zap.NewNop())
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = db.Close() })
	return db
}
