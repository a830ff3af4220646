package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab"
)

// TestApart runs each role as a daemon of its own on an external NATS server:
// the whole path works, whichever of them dies, and when the server has lost
// all that it held.
func TestApart(t *testing.T) {
	n := newNOC(t, opts{lines: 40, rules: hurried, config: hurriedPace, prepare: standApart})
	n.quiet()
	cable := feeder(n)
	began := n.cut(cable.Subject)
	first := n.oneNetworkTicket(began, 20*time.Second)
	n.settled(&first)
	if !slices.Contains(first.roots(), cable.Subject) || first.owner() != "support" || len(first.lines()) != len(cable.Lines) {
		t.Errorf("roots %v, owner %s, lines %v; want %s, support, %v", first.roots(), first.owner(), first.lines(), cable.Subject, cable.Lines)
	}
	services, err := n.since(began, "serviceFault")
	if err != nil {
		t.Fatal(err)
	}

	for _, role := range []string{"collector", "correlator"} {
		n.others[role].kill()
		n.others[role].start()
	}
	n.kill()
	n.start()
	n.unchanged(began, first, services)

	// The server loses everything; then a correlator comes that knows only what
	// the others say again.
	n.others["nats"].kill()
	if err := os.RemoveAll(filepath.Join(n.dir, "nats")); err != nil {
		t.Fatal(err)
	}
	n.others["nats"].start()
	n.within(30*time.Second, "the verdict is on the bus again", func() error {
		if !strings.Contains(n.logTail(50), "open verdict put back on the bus") {
			return fmt.Errorf("the log does not say so")
		}
		return nil
	})
	n.others["correlator"].kill()
	n.others["correlator"].start()
	n.unchanged(began, first, services)

	n.healAll()
	n.within(time.Minute, "the ticket was re-tested and waits for the customer", func() error {
		now, err := n.ticket(first.ID)
		if err == nil && now.State != "confirm" {
			err = fmt.Errorf("it is %s", now.State)
		}
		return err
	})
	n.same(began, first)
}

// standApart makes the NOC's own daemon the ticketing role alone, and starts a
// NATS server and the other roles beside it.
func standApart(n *noc) {
	server := filepath.Join(filepath.Dir(linewarden), "nats-server")
	if out, err := exec.Command("go", "build", "-o", server, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		n.t.Fatalf("build the NATS server: %v\n%s", err, out)
	}
	conf := filepath.Join(n.dir, "nats.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "listen: 127.0.0.1:4222\njetstream: {store_dir: %q}\nauthorization: {user: noc, password: pencil}\n",
		filepath.Join(n.dir, "nats")), 0o600); err != nil {
		n.t.Fatal(err)
	}
	raw, err := os.ReadFile(n.config)
	if err != nil {
		n.t.Fatal(err)
	}
	config := string(raw) + "bus: {url: \"nats://noc:pencil@127.0.0.1:4222\"}\n"
	n.others = map[string]*companion{"nats": {noc: n, name: "nats", args: []string{server, "-c", conf}, ready: "Server is ready"}}
	n.others["nats"].start()
	for i, role := range []string{"collector", "correlator", "ticketing"} {
		path := n.config
		if role != "ticketing" {
			path = filepath.Join(n.dir, role+".yaml")
		}
		address := fmt.Sprintf("127.0.0.1:%d", 8081+i)
		own := replaceKey(n.t, replaceKey(n.t, config, "data_dir", filepath.Join(n.dir, "data-"+role)), "listen", address)
		if err := os.WriteFile(path, []byte(own+"roles: ["+role+"]\n"), 0o600); err != nil {
			n.t.Fatal(err)
		}
		if role == "ticketing" {
			break // the NOC starts it
		}
		c := &companion{noc: n, name: role, args: []string{linewarden, "serve", "--config", path}, ready: `"msg":"serving"`}
		n.others[role] = c
		c.start()
	}
}

// replaceKey gives a key of the top level another value.
func replaceKey(t *testing.T, config, key, value string) string {
	t.Helper()
	lines := strings.Split(config, "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, key+":") })
	if i < 0 {
		return config + key + ": " + value + "\n"
	}
	lines[i] = key + ": " + value
	return strings.Join(lines, "\n")
}

// companion is a process of the lab beside the NOC's own daemon.
type companion struct {
	*noc
	name    string
	args    []string
	ready   string // what its log says once it serves
	signals chan os.Signal
	ended   chan struct{}
}

func (c *companion) start() {
	c.t.Helper()
	log, err := os.OpenFile(filepath.Join(c.dir, c.name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		c.t.Fatal(err)
	}
	before, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		c.t.Fatal(err)
	}
	c.signals, c.ended = make(chan os.Signal, 1), make(chan struct{})
	ended, signals := c.ended, c.signals
	go func() {
		defer close(ended)
		defer log.Close()
		defer null.Close()
		c.lab.Exec(lab.Command{Args: c.args, Files: []*os.File{null, log, log}}, signals)
	}()
	c.t.Cleanup(func() {
		select {
		case <-ended:
		default:
			signals <- unix.SIGTERM
			<-ended
		}
		if c.t.Failed() {
			raw, _ := os.ReadFile(log.Name())
			c.t.Logf("%s said:\n%s", c.name, raw[max(0, len(raw)-6000):])
		}
	})
	c.within(30*time.Second, c.name+" serves", func() error {
		select {
		case <-ended:
			c.t.Fatalf("%s ended", c.name)
		default:
		}
		raw, err := os.ReadFile(log.Name())
		if err == nil && !strings.Contains(string(raw[before:]), c.ready) {
			err = fmt.Errorf("its log does not say %s", c.ready)
		}
		return err
	})
}

func (c *companion) kill() {
	c.signals <- unix.SIGKILL
	<-c.ended
}
