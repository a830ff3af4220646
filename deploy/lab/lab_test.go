package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/wait"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

func TestMain(m *testing.M) {
	Reexec()
	helper()
	os.Exit(m.Run())
}

// up brings a lab up for a test. The directory's name is longer than a
// socket's name may be.
func up(t *testing.T, lines int) (Client, *plan.Network) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	p, err := Start(Options{Dir: dir, Lines: lines, Seed: 1}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error("stop:", err)
		}
		if left := livingIn(p.Info.Namespace); len(left) > 0 {
			t.Errorf("processes left in the namespace: %v", left)
		}
	})
	n, err := plan.Generate(lines, 1)
	if err != nil {
		t.Fatal(err)
	}
	return Client{Dir: dir}, n
}

func livingIn(ns string) (pids []string) {
	names, _ := filepath.Glob("/proc/[0-9]*")
	for _, n := range names {
		if namespace(filepath.Base(n)) == ns {
			pids = append(pids, filepath.Base(n))
		}
	}
	return pids
}

// execute runs a command in the lab and returns what it printed.
func execute(t *testing.T, c Client, args ...string) (out string, code int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	text := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		text <- string(b)
	}()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	code, err = c.Exec(Command{Args: args, Files: []*os.File{null, w, w}}, nil)
	w.Close()
	out = <-text
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out, code
}

// alive pings with fping and returns who answered.
func alive(t *testing.T, c Client, targets ...netip.Addr) (living []string) {
	t.Helper()
	args := []string{"fping", "-a", "-r", "1", "-t", "500"}
	for _, a := range targets {
		args = append(args, a.String())
	}
	out, code := execute(t, c, args...)
	if code > 1 {
		t.Fatalf("fping ended with %d: %s", code, out)
	}
	for line := range strings.Lines(out) {
		if !strings.Contains(line, " ") {
			living = append(living, strings.TrimSpace(line))
		}
	}
	return living
}

func targets(n *plan.Network) (all []netip.Addr) {
	for _, d := range n.Devices {
		if d.Address.IsValid() {
			all = append(all, d.Address)
		}
	}
	for _, l := range n.Lines {
		all = append(all, l.Target)
	}
	return all
}

func TestFpingFindsEverybodyAndACutTakesWhatTheTruthSays(t *testing.T) {
	c, n := up(t, 60)
	all := targets(n)
	if got := alive(t, c, all...); len(got) != len(all) {
		t.Fatalf("%d of %d answer", len(got), len(all))
	}
	var cable string
	for _, x := range must(c.List())(t) {
		if x.Kind == "cable" && x.Layer == "tail" && len(x.Lines) > 2 {
			cable = x.Subject
		}
	}
	must(c.Inject(world.Fault{Subject: cable, Action: world.Cut}))(t)
	truth, _, err := c.Truth()
	if err != nil || len(truth.Faults) != 1 || len(truth.Down) < 3 {
		t.Fatalf("truth %+v, %v", truth, err)
	}
	living := alive(t, c, all...)
	for _, l := range n.Lines {
		aEnd := l.Target.String()
		if l.ZPort == plan.None && slices.Contains(living, aEnd) == slices.Contains(truth.Down, l.ID) {
			t.Errorf("%s: answers %v, down by the truth %v", l.ID, slices.Contains(living, aEnd),
				slices.Contains(truth.Down, l.ID))
		}
	}
	must(c.Heal(cable))(t)
	if got := alive(t, c, all...); len(got) != len(all) {
		t.Errorf("after healing %d of %d answer", len(got), len(all))
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestSnmpwalkReadsEveryVendor(t *testing.T) {
	c, n := up(t, 20)
	for _, v := range []plan.Vendor{plan.Huawei, plan.Raisecom, plan.RCFT, plan.H3C} {
		i := slices.IndexFunc(n.Devices, func(d plan.Device) bool { return d.Vendor == v })
		d := n.Devices[i]
		bulk, code := execute(t, c, "snmpbulkwalk", "-v2c", "-c", n.Community, "-On", "-r0", "-t2", d.Address.String(),
			".1.3")
		if code != 0 || strings.Contains(bulk, "Error") {
			t.Errorf("%s: snmpbulkwalk ended with %d: %s", d.ID, code, bulk)
		}
		single, code := execute(t, c, "snmpwalk", "-v2c", "-c", n.Community, "-On", "-r0", "-t2", d.Address.String(), ".1.3")
		if code != 0 || strings.Count(single, "\n") != strings.Count(bulk, "\n") || strings.Count(single, " = ") < 25 {
			t.Errorf("%s: snmpwalk ended with %d and %d rows, snmpbulkwalk had %d", d.ID, code, strings.Count(single, "\n"),
				strings.Count(bulk, "\n"))
		}
		if !strings.Contains(single, `.1.3.6.1.2.1.1.5.0 = STRING: "`+d.ID+`"`) {
			t.Errorf("%s does not know its name", d.ID)
		}
	}
	if out, code := execute(t, c, "snmpget", "-v2c", "-c", "public", "-On", "-r0", "-t0.3", n.Devices[0].Address.String(),
		".1.3.6.1.2.1.1.5.0"); code == 0 {
		t.Errorf("a wrong community was answered: %s", out)
	}
}

func TestIPv6AnswersToo(t *testing.T) {
	c, n := up(t, 5)
	if out, code := execute(t, c, "fping", "-6", "-t", "1000", plan.Address6(n.Devices[0].Address).String()); code != 0 {
		t.Errorf("fping -6 ended with %d: %s", code, out)
	}
}

func TestTrapsReachTheStation(t *testing.T) {
	c, n := up(t, 30)
	i := slices.IndexFunc(n.Devices, func(d plan.Device) bool { return d.Kind == "transceiver" })
	site, near := n.Sites[n.Devices[i].Site].ID, n.Ports[n.Devices[i].NearEnd].Device
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	signals := make(chan os.Signal, 1)
	done := make(chan error, 1)
	go func() {
		_, err := c.Exec(Command{Args: []string{self(t), "listen-for-traps", "3"},
			Files: []*os.File{os.Stdin, w, os.Stderr}}, signals)
		w.Close()
		done <- err
	}()
	in := json.NewDecoder(r)
	var hello string
	if err := in.Decode(&hello); err != nil || hello != "listening" {
		t.Fatalf("the listener says %q, %v", hello, err)
	}
	must(c.Inject(world.Fault{Subject: "power/" + site, Action: world.Poweroff}))(t)
	var got []heard
	for range 3 {
		var h heard
		if err := in.Decode(&h); err != nil {
			t.Fatal(err)
		}
		got = append(got, h)
	}
	for k, want := range []string{".1.3.6.1.2.1.158.0.2", ".1.3.6.1.4.1.8886.2.0.8", ".1.3.6.1.4.1.8886.2.0.28"} {
		if got[k].Name != want || got[k].From != n.Devices[near].Address.String() || got[k].Community != n.Community {
			t.Errorf("trap %d is %+v, want %s from %v", k+1, got[k], want, n.Devices[near].Address)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAnIsolatedStationHearsNothing(t *testing.T) {
	c, n := up(t, 10)
	must(c.Inject(world.Fault{Subject: "station/ST1", Action: world.Isolate}))(t)
	if got := alive(t, c, n.Devices[0].Address, n.Lines[0].Target); len(got) > 0 {
		t.Errorf("%v answer", got)
	}
	before := stats(t, c)
	must(c.Inject(world.Fault{Subject: "link/L-R01-2", Action: world.Cut}))(t)
	wait.For(t, "the ring's traps to be lost", func() bool { return stats(t, c).TrapsCut >= before.TrapsCut+2 })
	if after := stats(t, c); after.Traps != before.Traps {
		t.Errorf("%d traps came through", after.Traps-before.Traps)
	}
}

func stats(t *testing.T, c Client) Stats {
	t.Helper()
	_, s, err := c.Truth()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestManagementAloneDeadLeavesTheServiceAddress(t *testing.T) {
	c, n := up(t, 10)
	l := n.Lines[0]
	must(c.Inject(world.Fault{Subject: "device/" + n.Devices[l.A].ID, Action: world.Mute}))(t)
	if got := alive(t, c, n.Devices[l.A].Address, l.Target); !slices.Equal(got, []string{l.Target.String()}) {
		t.Errorf("%v answer, want %v alone", got, l.Target)
	}
}

func TestLossIsWhatWasAsked(t *testing.T) {
	c, n := up(t, 5)
	l := n.Lines[0]
	must(c.Inject(world.Fault{Subject: "line/" + l.ID, Action: world.Degrade, Loss: 0.3,
		Latency: 40 * time.Millisecond}))(t)
	out, _ := execute(t, c, "fping", "-q", "-c", "400", "-p", "5", "-t", "1000", l.Target.String())
	var sent, back, lost int
	var low, avg, high float64
	_, tail, _ := strings.Cut(out, " = ")
	if _, err := fmt.Sscanf(strings.Replace(tail, "%, min/avg/max = ", " ", 1), "%d/%d/%d %f/%f/%f", &sent, &back, &lost,
		&low, &avg, &high); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	// 400 draws at 0.3: five standard deviations are 46. A busy fping notes some
	// of its sendings late, so that single answers look too fast; the mean does not.
	if lost := sent - back; lost < 74 || lost > 166 || avg < 40 || low > 70 {
		t.Errorf("%d of %d lost, fastest %v ms, mean %v ms", lost, sent, low, avg)
	}
}

func TestExecPassesExitCodesSignalsAndFiles(t *testing.T) {
	c, _ := up(t, 1)
	for args, want := range map[string]int{"exit 7": 7, "kill -9 $$": 137, "true": 0} {
		if _, code := execute(t, c, "sh", "-c", args); code != want {
			t.Errorf("%s ended with %d, want %d", args, code, want)
		}
	}
	if code, err := c.Exec(Command{Args: []string{"no-such-command"}, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}},
		nil); code != 127 || err == nil {
		t.Errorf("a missing command ended with %d, %v", code, err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	signals := make(chan os.Signal, 1)
	done := make(chan int)
	go func() {
		code, _ := c.Exec(Command{Args: []string{"sh", "-c",
			`exec 2>/dev/null; trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.05; done`},
			Files: []*os.File{os.Stdin, w, w}}, signals)
		w.Close()
		done <- code
	}()
	b := make([]byte, 6)
	if _, err := io.ReadFull(r, b); err != nil || string(b) != "ready\n" {
		t.Fatalf("%q, %v", b, err)
	}
	signals <- syscall.SIGTERM
	if code := <-done; code != 5 {
		t.Errorf("ended with %d, want 5", code)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "caught\n" {
		t.Errorf("said %q", rest)
	}
}

func TestACommandDiesWithItsClient(t *testing.T) {
	c, _ := up(t, 1)
	info := must(c.Info())(t)
	client := exec.Command("/proc/self/exe", c.Dir)
	client.Args[0] = "exec-client"
	out, err := client.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 6)
	if _, err := io.ReadFull(out, b); err != nil {
		t.Fatal(err)
	}
	if len(livingIn(info.Namespace)) < 2 {
		t.Fatal("the command is not in the namespace")
	}
	if err := client.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = client.Wait() // killed
	wait.For(t, "the command to die", func() bool { return len(livingIn(info.Namespace)) == 1 })
}

func TestDownEndsEverything(t *testing.T) {
	dir := t.TempDir()
	p, err := Start(Options{Dir: dir, Lines: 5, Seed: 1}, true)
	if err != nil {
		t.Fatal(err)
	}
	c := Client{Dir: dir}
	if _, err := Start(Options{Dir: dir, Lines: 5, Seed: 1}, true); err == nil ||
		!strings.Contains(err.Error(), "already") {
		t.Errorf("a second lab in one directory: %v", err)
	}
	done := make(chan int)
	go func() {
		code, _ := c.Exec(Command{Args: []string{"sleep", "600"}, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}}, nil)
		done <- code
	}()
	wait.For(t, "the command to run", func() bool { return len(livingIn(p.Info.Namespace)) == 2 })
	if err := c.Down(); err != nil {
		t.Fatal(err)
	}
	if code := <-done; code != 128+int(syscall.SIGTERM) {
		t.Errorf("the command ended with %d", code)
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
	if left := livingIn(p.Info.Namespace); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	for _, f := range []string{socketFile, infoFile} {
		if _, err := os.Stat(filepath.Join(dir, f)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", f)
		}
	}
	if _, err := c.List(); !errors.Is(err, ErrNotUp) {
		t.Errorf("after down: %v", err)
	}
}

func TestTheLabComesUpWithoutRoot(t *testing.T) {
	flags := attempts(1000)
	if len(flags) != 1 {
		t.Fatalf("%d ways without root", len(flags))
	}
	dir := t.TempDir()
	p, err := start(Options{Dir: dir, Lines: 5, Seed: 1}, false, flags[0])
	if err != nil {
		t.Fatalf("user namespaces: %v\n%s", err, advice(false, sysctl))
	}
	defer func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if !p.Info.User {
		t.Error("the holder does not live in a user namespace")
	}
	c := Client{Dir: dir}
	if out, code := execute(t, c, "fping", "-t", "1000", "198.18.1.1"); code != 0 {
		t.Errorf("fping ended with %d: %s", code, out)
	}
}

// A directory that may not be written is nothing that another kernel setting
// would mend.
func TestADirectoryThatIsNotOursIsNoMatterOfNamespaces(t *testing.T) {
	for _, err := range []error{fmt.Errorf("write: %w", os.ErrPermission), refused(errors.New("no such device"))} {
		if errors.As(err, new(refusal)) {
			t.Errorf("%v is taken for a refusal by the system", err)
		}
	}
	if err := refused(fmt.Errorf("make a veth pair: %w", unix.EPERM)); !errors.As(err, new(refusal)) {
		t.Errorf("%v is taken for no refusal", err)
	}
}

func TestFilesForTheDaemonAreThere(t *testing.T) {
	c, n := up(t, 5)
	for _, f := range []string{"customers", "sites", "devices", "links", "cables", "lines", "stations"} {
		if _, err := os.Stat(filepath.Join(c.Dir, "inventory", f+".csv")); err != nil {
			t.Error(err)
		}
	}
	info, err := os.Stat(filepath.Join(c.Dir, "secrets.yaml"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("secrets.yaml: %v, %v", info, err)
	}
	b, _ := os.ReadFile(filepath.Join(c.Dir, "secrets.yaml"))
	if !bytes.Contains(b, []byte(n.Community)) {
		t.Error("secrets.yaml does not hold the community")
	}
}
