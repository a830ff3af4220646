package metrics

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/linewarden/linewarden/deploy/lab"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

// eventually waits until check returns "", and fails with what it said last.
func eventually(t *testing.T, patience time.Duration, check func() string) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		problem := check()
		if problem == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", patience, problem)
		}
	}
}

// network is a lab that is up until the test ends.
type network struct {
	lab.Client
	t *testing.T
}

func startNetwork(t *testing.T, lines int) *network {
	t.Helper()
	dir, err := os.MkdirTemp("", "linewarden-lab-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := lab.Start(lab.Options{Dir: dir, Lines: lines, Seed: 1}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &network{lab.Client{Dir: dir}, t}
}

func (n *network) hurt(f world.Fault) {
	n.t.Helper()
	if _, err := n.Inject(f); err != nil {
		n.t.Fatal(err)
	}
}

func (n *network) heal() {
	n.t.Helper()
	if _, err := n.HealAll(); err != nil {
		n.t.Fatal(err)
	}
}

// cable is a tail cable over which several lines run, one of them of a grade
// that must not wait.
func (n *network) cable(grade func(line string) string) world.Thing {
	n.t.Helper()
	all, err := n.List()
	if err != nil {
		n.t.Fatal(err)
	}
	for _, x := range all {
		if x.Kind == "cable" && x.Layer == "tail" && len(x.Lines) >= 2 && len(x.Lines) < 10 &&
			slices.ContainsFunc(x.Lines, func(l string) bool { return grade(l) == "AAA" || grade(l) == "AA" }) {
			return x
		}
	}
	n.t.Fatal("no tail cable has several lines with one of grade AA or better; take more lines")
	return world.Thing{}
}

// daemon is linewarden in the lab, quick, and reached from outside.
type daemon struct {
	t                 *testing.T
	dir, config, addr string
	log               string
}

// configure writes a configuration whose sweeps suit a test's patience.
func (n *network) configure(dir, more string) *daemon {
	n.t.Helper()
	d := &daemon{t: n.t, dir: dir, config: filepath.Join(dir, "linewarden.yaml"), log: filepath.Join(dir, "linewarden.log")}
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
	secrets, err := os.ReadFile(filepath.Join(n.Dir, "secrets.yaml"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "secrets.yaml"), secrets, 0o600)
	}
	if err == nil {
		err = os.WriteFile(d.config, []byte(text), 0o644)
	}
	if err != nil {
		n.t.Fatal(err)
	}
	return d
}

// start runs the daemon, behind the words of wrap if there are any, until the
// test ends, and waits until it is ready.
func (n *network) start(d *daemon, env []string, wrap ...string) {
	t := n.t
	t.Helper()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.addr = door.Addr().String()
	socket, err := door.(*net.TCPListener).File()
	door.Close()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(d.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	signals, ended := make(chan os.Signal, 1), make(chan string, 1)
	var code int
	go func() {
		defer func() { null.Close(); log.Close(); socket.Close() }()
		code, err = n.Exec(lab.Command{Args: append(wrap, linewarden, "serve", "--config", d.config), Dir: d.dir,
			Env:   append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "LISTEN_") }), append(env, "LISTEN_FDS=1")...),
			Files: []*os.File{null, log, log, socket}}, signals)
		ended <- fmt.Sprintf("it ended with exit code %d: %v", code, err)
		close(ended)
	}()
	t.Cleanup(func() {
		signals <- syscall.SIGTERM
		<-ended
		if code != 0 || t.Failed() {
			text, _ := os.ReadFile(d.log)
			t.Errorf("the daemon ended with exit code %d: %v\n%s", code, err, tail(text))
		}
	})
	eventually(t, 60*time.Second, func() string {
		select {
		case how := <-ended:
			text, _ := os.ReadFile(d.log)
			t.Fatalf("%s\n%s", how, tail(text))
		default:
		}
		status, body := d.get("/readyz", "")
		if status == http.StatusOK {
			return ""
		}
		return fmt.Sprint("readyz: ", status, " ", body)
	})
}

func tail(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

// ask runs a sub-command of the daemon and returns the last line it prints.
func (d *daemon) ask(args ...string) string {
	d.t.Helper()
	cmd := exec.Command(linewarden, append(args, "--config", d.config)...)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", cmd, err, &problem)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

func (d *daemon) get(path, token string) (int, string) {
	req, err := http.NewRequest(http.MethodGet, "http://"+d.addr+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	r, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, err.Error()
	}
	return r.StatusCode, string(body)
}
