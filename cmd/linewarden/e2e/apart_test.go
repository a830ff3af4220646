package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
)

// TestApart runs each role as a daemon of its own on an external NATS server:
// the whole path works, whichever of them dies, and when the server has lost
// all that it held.
func TestApart(t *testing.T) {
	n := newScene(t, opts{lines: 40, rules: hurried, config: hurriedPace, prepare: standApart})
	n.quiet()
	cable := feeder(n)
	began := n.lab.Cut(cable.Subject)
	first := n.AwaitOne(began, "networkFault")
	n.settled(&first)
	if !slices.Contains(first.Roots(), cable.Subject) || first.Owner() != "support" ||
		len(first.Lines()) != len(cable.Lines) {
		t.Errorf("roots %v, owner %s, lines %v; want %s, support, %v", first.Roots(), first.Owner(), first.Lines(),
			cable.Subject, cable.Lines)
	}
	services, err := n.Since(began, "serviceFault")
	if err != nil {
		t.Fatal(err)
	}

	for _, role := range []string{"collector", "correlator"} {
		n.roles[role].Kill()
		startRole(n, role)
	}
	n.Kill()
	n.Start()
	n.unchanged(began, first, services)

	// The server loses everything; then a correlator comes that knows only what
	// the others say again.
	lost := len(n.LogText())
	n.nats.Kill()
	if err := os.RemoveAll(n.nats.Files); err != nil {
		t.Fatal(err)
	}
	n.nats.Start()
	n.AwaitLog(lost, "open verdict put back on the bus")
	n.roles["correlator"].Kill()
	startRole(n, "correlator")
	n.unchanged(began, first, services)

	n.lab.Heal()
	n.AwaitState(first.ID, "confirm") // re-tested, it waits for the customer
	n.same(began, first)
}

// standApart makes the NOC's own daemon the ticketing role alone, and starts a
// NATS server and the other roles beside it.
func standApart(n *scene) {
	n.nats = kit.NewNATS(n.T, n.dir, n.lab.Exec)
	n.nats.Start()
	raw, err := os.ReadFile(n.Config)
	if err != nil {
		n.T.Fatal(err)
	}
	config := string(raw) + fmt.Sprintf("bus: {url: %q}\n", n.nats.URL)
	n.roles = map[string]*kit.Process{}
	for i, role := range []string{"collector", "correlator", "ticketing"} {
		path := n.Config
		if role != "ticketing" {
			path = filepath.Join(n.dir, role+".yaml")
		}
		address := fmt.Sprintf("127.0.0.1:%d", 8081+i)
		own := replaceKey(n.T, replaceKey(n.T, config, "data_dir", filepath.Join(n.dir, "data-"+role)), "listen", address)
		if err := os.WriteFile(path, []byte(own+"roles: ["+role+"]\n"), 0o600); err != nil {
			n.T.Fatal(err)
		}
		if role == "ticketing" {
			break // the NOC starts it
		}
		n.roles[role] = &kit.Process{T: n.T, Name: role, Exec: n.lab.Exec, Log: filepath.Join(n.dir, role+".log"),
			Args: []string{kit.Bin("linewarden"), "serve", "--config", path}}
		startRole(n, role)
	}
}

func startRole(n *scene, role string) { n.roles[role].StartUntil(`"msg":"serving"`) }

// replaceKey gives a key of the top level another value.
func replaceKey(t testing.TB, config, key, value string) string {
	t.Helper()
	lines := strings.Split(config, "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, key+":") })
	if i < 0 {
		return config + key + ": " + value + "\n"
	}
	lines[i] = key + ": " + value
	return strings.Join(lines, "\n")
}
