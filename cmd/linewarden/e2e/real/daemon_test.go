package real

import (
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
)

// noc is a daemon at the station and a person who asks it through its API.
type noc struct {
	t       *testing.T
	dir     string
	base    string
	token   string
	client  *http.Client
	process *exec.Cmd
	ended   chan error
	stopped bool
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
	n := &noc{t: t, dir: dir, client: &http.Client{Timeout: 10 * time.Second}}
	n.writeFiles()
	n.command("user", "add", "noc", "--role", "admin")
	n.token = n.command("user", "token", "noc")
	n.serve()
	t.Cleanup(n.close)
	n.ExpectAllWell()
	return net, n
}

func (n *noc) config() string { return filepath.Join(n.dir, "linewarden.yaml") }

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
		"rules/workflows/fault.yaml": builtIn(n.t, "workflows/fault.yaml", "timer: {after: 5m, to: confirm", "timer: {after: 2s, to: confirm"),
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

// command runs the binary and gives what it prints.
func (n *noc) command(args ...string) string {
	n.t.Helper()
	cmd := exec.Command(filepath.Join(workDir, "linewarden"), append(args, "--config", n.config())...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		n.t.Fatalf("linewarden %s: %v: %s", strings.Join(args, " "), err, said.String())
	}
	return strings.TrimSpace(string(out))
}

// serve starts the daemon at the station. Its console's socket is opened here
// and handed in, as systemd does.
func (n *noc) serve() {
	n.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		n.t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		n.t.Fatal(err)
	}
	defer socket.Close()
	log, err := os.Create(n.logFile())
	if err != nil {
		n.t.Fatal(err)
	}
	defer log.Close()
	n.base = "http://" + listener.Addr().String()
	n.process = exec.Command("ip", "netns", "exec", stationNS, filepath.Join(workDir, "linewarden"), "serve", "--config", n.config())
	n.process.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_PID=0")
	n.process.ExtraFiles = []*os.File{socket}
	n.process.Stdout, n.process.Stderr = log, log
	if err := n.process.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.ended = make(chan error, 1)
	go func() { n.ended <- n.process.Wait() }()
	eventually(n.t, 30*time.Second, func() error {
		select {
		case err := <-n.ended:
			n.ended <- err
			n.t.Fatalf("the daemon ended: %v\n%s", err, n.logTail())
		default:
		}
		resp, err := n.client.Get(n.base + "/readyz")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var body bytes.Buffer
		_, _ = body.ReadFrom(resp.Body)
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("/readyz: %s: %s", resp.Status, body.String())
		}
		return nil
	})
}

func (n *noc) logFile() string { return filepath.Join(n.dir, "daemon.log") }

func (n *noc) logTail() string {
	raw, _ := os.ReadFile(n.logFile())
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

// Stop ends the daemon as systemd does; it must end well and soon.
func (n *noc) Stop() {
	n.t.Helper()
	if n.stopped {
		return
	}
	n.stopped = true
	_ = n.process.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-n.ended:
		if err != nil {
			n.t.Errorf("the daemon ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		_ = n.process.Process.Kill()
		n.t.Error("the daemon did not end within 20s of SIGTERM")
	}
}

func (n *noc) close() {
	n.Stop()
	if n.t.Failed() {
		n.t.Logf("the daemon's last words:\n%s", n.logTail())
	}
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
