package real

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// network is the running test network. There is one; each story finds it well
// and leaves it well.
type network struct {
	t    *testing.T
	undo []func()
}

var (
	built    sync.Once
	buildErr error
)

// well gives the network to a story, with every address reachable from the
// station, and mends what the story leaves broken.
func well(t *testing.T) *network {
	t.Helper()
	if workDir == "" {
		t.Skip(loudly)
	}
	built.Do(func() { buildErr = buildNetwork() })
	if buildErr != nil {
		t.Fatalf("the test network could not be built: %v", buildErr)
	}
	n := &network{t: t}
	n.awaitAll()
	t.Cleanup(n.mend)
	return n
}

// awaitAll waits until routing has converged and everything answers.
func (n *network) awaitAll() {
	n.t.Helper()
	var missing []string
	wait.Until(n.t, "the station reaches everything", func() error {
		if missing = unreachable(addresses()); len(missing) > 0 {
			return fmt.Errorf("the station does not reach %v", missing)
		}
		return nil
	})
}

// Cut takes the light from both ends of links. Nobody has shut anything.
func (n *network) Cut(ids ...string) time.Time {
	n.t.Helper()
	at := time.Now()
	n.middle("down", ids)
	for _, id := range ids {
		n.undo = append(n.undo, func() { n.middle("up", []string{id}) })
	}
	return at
}

// CutOff cuts every link of a device.
func (n *network) CutOff(device string) time.Time {
	n.t.Helper()
	var ids []string
	for _, l := range linksAt(device) {
		ids = append(ids, l.id)
	}
	return n.Cut(ids...)
}

// Heal mends everything that is cut, shut or lost.
func (n *network) Heal() time.Time {
	n.t.Helper()
	at := time.Now()
	n.mend()
	n.awaitAll()
	return at
}

func (n *network) mend() {
	for _, f := range slices.Backward(n.undo) {
		f()
	}
	n.undo = nil
}

func (n *network) middle(state string, ids []string) {
	n.t.Helper()
	var script strings.Builder
	for _, id := range ids {
		l := linkOf(id)
		fmt.Fprintf(&script, "link set %s %s\nlink set %s %s\n", l.middlePort(l.a), state, l.middlePort(l.z), state)
	}
	n.must(ipIn(middleNS, script.String()))
}

// farEnd is what a port sees when the other end of its link is shut.
type farEnd bool

const (
	farEndDark farEnd = true  // a bare fibre: no light any more
	farEndLit  farEnd = false // equipment between them keeps the light on
)

// Shut is an administrator's `shutdown` on the device's port of a link.
func (n *network) Shut(id, device string, far farEnd) {
	n.t.Helper()
	l := linkOf(id)
	port, ns := l.portOf(device), nodeOf(device).netns()
	n.must(ipIn(ns, "link set "+port+" down\n"))
	n.undo = append(n.undo, func() { n.must(ipIn(ns, "link set "+port+" up\n")) })
	if far == farEndDark {
		middle := l.middlePort(l.far(device))
		n.must(ipIn(middleNS, "link set "+middle+" down\n"))
		n.undo = append(n.undo, func() { n.must(ipIn(middleNS, "link set "+middle+" up\n")) })
	}
}

// LoseManagement takes a CPE's management address away and nothing else.
func (n *network) LoseManagement(device string) {
	n.t.Helper()
	d := nodeOf(device)
	n.must(ipIn(d.netns(), "addr del "+d.management()+"/32 dev lo\n"))
	n.undo = append(n.undo, func() { n.must(ipIn(d.netns(), "addr add "+d.management()+"/32 dev lo\n")) })
}

func (n *network) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Errorf("the test network: %v", err)
	}
}

// ExpectPort waits until the agent of the device itself says so of its port.
func (n *network) ExpectPort(id, device, admin, oper string) {
	n.t.Helper()
	port, ns := linkOf(id).portOf(device), nodeOf(device).netns()
	wait.Until(n.t, "the agent of "+device+" says so of its port", func() error {
		got, err := agentSays(ns, port)
		if err != nil {
			return err
		}
		if want := [2]string{admin, oper}; got != want {
			return fmt.Errorf("%s/%s is %v, want %v (admin, oper)", device, port, got, want)
		}
		return nil
	})
}

// ExpectReaches waits until a device answers the station, whatever way round.
func (n *network) ExpectReaches(addresses ...string) {
	n.t.Helper()
	wait.Until(n.t, "the station reaches it the other way round", func() error {
		if missing := unreachable(addresses); len(missing) > 0 {
			return fmt.Errorf("the station does not reach %v", missing)
		}
		return nil
	})
}

func addresses() []string {
	var all []string
	for _, n := range nodes {
		all = append(all, n.management())
		if n.cpe() {
			all = append(all, n.service())
		}
	}
	return all
}

// unreachable asks with the system's ping, all at once.
func unreachable(addresses []string) []string {
	var wg sync.WaitGroup
	missing := make([]string, len(addresses))
	for i, a := range addresses {
		wg.Go(func() {
			if err := exec.Command("ip", "netns", "exec", stationNS, "ping", "-q", "-c1", "-W1", a).Run(); err != nil {
				missing[i] = a
			}
		})
	}
	wg.Wait()
	return slices.DeleteFunc(missing, func(s string) bool { return s == "" })
}

// ipIn runs an ip batch in a namespace.
func ipIn(ns, script string) error {
	cmd := exec.Command("ip", "-n", ns, "-batch", "-")
	cmd.Stdin = strings.NewReader(script)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("ip -n %s: %w: %s\n%s", ns, err, said.String(), script)
	}
	return nil
}

// run runs a program to its end.
func run(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// start leaves a program running in a namespace until the tests end: it is
// killed with process 1.
func start(ns, dir string, env []string, args ...string) error {
	log, err := os.Create(filepath.Join(dir, filepath.Base(args[0])+".out"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("ip", append([]string{"netns", "exec", ns}, args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s in %s: %w", args[0], ns, err)
	}
	go func() { _ = cmd.Wait() }()
	return nil
}
