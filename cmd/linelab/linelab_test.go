package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/linewarden/linewarden/deploy/lab"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

func TestMain(m *testing.M) {
	lab.Reexec()
	if filepath.Base(os.Args[0]) == "linewarden" {
		if err := playDaemon(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// playDaemon is a linewarden that keeps its contract with linelab and does
// nothing else, so that linelab is tested alone: user add, user token, and
// serve on a socket that is handed in, which must work inside the lab.
func playDaemon(args []string) error {
	dir := filepath.Dir(args[len(args)-1])
	switch strings.Join(args[:2], " ") {
	case "user add":
		if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
			return err
		}
		fmt.Println("s3cret")
		return nil
	case "user token":
		fmt.Println("t0ken")
		return nil
	case "serve --config":
	default:
		return fmt.Errorf("no command %q", args)
	}
	if os.Getenv("LISTEN_FDS") != "1" || os.Getenv("LISTEN_PID") != "" {
		return fmt.Errorf("LISTEN_FDS=%q LISTEN_PID=%q", os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_PID"))
	}
	if _, err := os.Stat(filepath.Join(dir, "fail")); err == nil {
		return fmt.Errorf("told to fail")
	}
	l, err := net.FileListener(os.NewFile(3, "console"))
	if err != nil {
		return err
	}
	if _, err := net.InterfaceByName("lw0"); err != nil {
		return fmt.Errorf("not in the lab: %w", err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			http.NotFound(w, r)
		}
	}))
	<-stop
	return os.WriteFile(filepath.Join(dir, "stopped"), nil, 0o600)
}

// fakeDaemon is the test binary under the daemon's name.
func fakeDaemon(t *testing.T) string {
	t.Helper()
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "linewarden")
	if err := os.Symlink(me, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// screen collects what a command prints.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

func (s *screen) wait(t *testing.T, text string) {
	t.Helper()
	wait.Until(t, fmt.Sprintf("%q on the screen", text), func() error {
		if said := s.String(); !strings.Contains(said, text) {
			return fmt.Errorf("the screen shows:\n%s", said)
		}
		return nil
	})
}

// command runs linelab in this process.
func command(args ...string) (out string, code int) {
	var s screen
	code = run(args, &s, &s)
	return s.String(), code
}

// demo runs a demonstration to its end, which SIGINT to this process brings.
func demo(t *testing.T, dir string, during func(out string)) string {
	t.Helper()
	var s screen
	ended := make(chan int, 1)
	go func() {
		ended <- run([]string{"demo", "--dir", dir, "--lines", "40", "--listen", "127.0.0.1:0", "--daemon", fakeDaemon(t)},
			&s, &s)
	}()
	s.wait(t, "Ctrl-C ends")
	during(s.String())
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != 0 {
		t.Errorf("ended with %d:\n%s", code, &s)
	}
	return s.String()
}

func TestTheDemoShowsEverythingAndEndsCleanly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a lab")
	faults := regexp.MustCompile(`(?m)^  \S+ (cut|poweroff) --dir '[^']+' (\S+)$`)
	out := demo(t, dir, func(out string) {
		url := regexp.MustCompile(`http://\S+/`).FindString(out)
		r, err := http.Get(url + "readyz")
		if err != nil || r.StatusCode != http.StatusOK {
			t.Errorf("the console: %v, %v", r, err)
		}
		for _, m := range faults.FindAllStringSubmatch(out, -1) {
			if text, code := command(m[1], "--dir", dir, m[2]); code != 0 {
				t.Errorf("%s %s: %s", m[1], m[2], text)
			}
		}
		if text, _ := command("truth", "--dir", dir); strings.Count(text, " since ") != 3 {
			t.Errorf("the truth after three faults:\n%s", text)
		}
		if text, code := command("heal", "--dir", dir, "--all"); code != 0 || strings.Count(text, "healed") != 3 {
			t.Errorf("healing: %s", text)
		}
	})
	if !strings.Contains(out, "s3cret") || len(faults.FindAllString(out, -1)) != 3 {
		t.Errorf("shown:\n%s", out)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "token")); string(b) != "t0ken\n" {
		t.Errorf("token file: %q", b)
	}
	if _, err := os.Stat(filepath.Join(dir, "stopped")); err != nil {
		t.Error("the daemon was not asked to stop:", err)
	}
	if lab.Up(dir) {
		t.Error("the lab is still up")
	}
	// Again in the same directory: user add would fail now.
	if again := demo(t, dir, func(string) {}); !strings.Contains(again, "s3cret") {
		t.Errorf("the second time:\n%s", again)
	}
	// Another network would not fit the tickets.
	if text, code := command("demo", "--dir", dir, "--lines", "41", "--daemon", fakeDaemon(t)); code != 1 ||
		!strings.Contains(text, "40 lines") {
		t.Errorf("another network in the same directory: %d, %s", code, text)
	}
}

func TestADaemonThatFailsIsReportedWithTheEndOfItsLog(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fail"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	text, code := command("demo", "--dir", dir, "--lines", "5", "--listen", "127.0.0.1:0", "--daemon", fakeDaemon(t))
	if code != 1 || !strings.Contains(text, "told to fail") || !strings.Contains(text, "exit code 3") {
		t.Errorf("%d: %s", code, text)
	}
	if lab.Up(dir) {
		t.Error("the lab is still up")
	}
}

func TestALabThatIsKilledIsToldFromADaemonThatFails(t *testing.T) {
	dir := t.TempDir()
	var s screen
	ended := make(chan int, 1)
	go func() {
		ended <- run([]string{"demo", "--dir", dir, "--lines", "5", "--listen", "127.0.0.1:0", "--daemon", fakeDaemon(t)},
			&s, &s)
	}()
	s.wait(t, "Ctrl-C ends")
	var info lab.Info
	b, err := os.ReadFile(filepath.Join(dir, "holder.json"))
	if err == nil {
		err = json.Unmarshal(b, &info)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(info.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != 1 || !strings.Contains(s.String(),
		"the lab has ended, and the daemon with it: signal: killed") {
		t.Errorf("ended with %d:\n%s", code, &s)
	}
}

func TestADemoThatIsBroughtDownEndsWell(t *testing.T) {
	dir := t.TempDir()
	var s screen
	ended := make(chan int, 1)
	go func() {
		ended <- run([]string{"demo", "--dir", dir, "--lines", "5", "--listen", "127.0.0.1:0", "--daemon", fakeDaemon(t)},
			&s, &s)
	}()
	s.wait(t, "Ctrl-C ends")
	if text, code := command("down", "--dir", dir); code != 0 {
		t.Fatalf("down: %d, %s", code, text)
	}
	if code := <-ended; code != 0 || !strings.Contains(s.String(), "brought down") {
		t.Errorf("ended with %d:\n%s", code, &s)
	}
}

func TestABusyConsoleAddressIsSaid(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	text, code := command("demo", "--dir", t.TempDir(), "--listen", l.Addr().String(), "--daemon", fakeDaemon(t))
	if code != 1 || !strings.Contains(text, "console's address") {
		t.Errorf("%d: %s", code, text)
	}
}

func TestTheConsolesAddressCanBeTyped(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:0": "127.0.0.1:", ":0": "127.0.0.1:", "0.0.0.0:0": "127.0.0.1:", "[::]:0": "127.0.0.1:",
		"[::1]:0": "[::1]:",
	} {
		l, err := net.Listen("tcp", listen)
		if err != nil {
			t.Fatal(err)
		}
		if got := reachable(l.Addr()); !strings.HasPrefix(got, want) {
			t.Errorf("%s is reached at %s", listen, got)
		}
		l.Close()
	}
}

func TestUpListCutHealDown(t *testing.T) {
	dir := t.TempDir()
	if text, code := command("up", "--detach", "--dir", dir, "--lines", "30"); code != 0 ||
		!strings.Contains(text, "30 lines") {
		t.Fatalf("%d: %s", code, text)
	}
	defer command("down", "--dir", dir)
	var things []map[string]any
	text, _ := command("list", "--json", "--dir", dir)
	if err := json.Unmarshal([]byte(text), &things); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"subject", "id", "kind", "layer", "lines", "broken"} {
		if _, ok := things[0][key]; !ok || len(things[0]) != 6 {
			t.Errorf("%s is missing, or there is more: %v", key, things[0])
		}
	}
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"cut cable/CBL-F-0001", 0, "cut cable/CBL-F-0001 at"},
		{"list --broken", 0, "cable/CBL-F-0001"},
		{"degrade --loss 5% device/CR1", 0, "degrade device/CR1"},
		{"degrade --loss 500% device/CR1", 2, "is no share"},
		{"degrade --management-only device/CPE-0001", 0, "mute device/CPE-0001"},
		{"flap --period 1h link/L-R01-1", 0, "flap link/L-R01-1"},
		{"poweroff --no-gasp device/CPE-0002", 0, "poweroff device/CPE-0002"},
		{"reboot device/AN-0001", 0, "reboot device/AN-0001"},
		{"isolate station/ST1", 0, "isolate station/ST1"},
		{"shut port/CR1/GE1/0/0", 0, "shut port/CR1/GE1/0/0"},
		{"truth", 0, "layer monitoring"},
		{"cut cable/NOPE", 1, "there is no cable/NOPE"},
		{"heal cable/CBL-F-0001", 0, "healed cable/CBL-F-0001: cut since"},
		{"heal cable/CBL-F-0001", 0, "is not broken"},
		{"heal cable/NOPE", 1, "there is no cable/NOPE"},
		{"degrade cable/CBL-F-0001", 0, " dB at "},
		{"heal", 1, "--all"},
		{"heal --all", 0, "healed station/ST1"},
		{"exec -- sh -c exit\\ 4", 1, ""},
	} {
		args := append(strings.SplitN(c.args, " ", 2)[:1], "--dir", dir)
		if rest := strings.Fields(strings.TrimPrefix(c.args, args[0])); rest != nil {
			args = append(args, rest...)
		}
		if args[0] == "exec" {
			args, c.code = []string{"exec", "--dir", dir, "--", "sh", "-c", "exit 4"}, 4
		}
		if text, code := command(args...); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d, %s", c.args, code, text)
		}
	}
	if text, code := command("down", "--dir", dir); code != 0 {
		t.Errorf("down: %d, %s", code, text)
	}
	if text, code := command("list", "--dir", dir); code != 1 || !strings.Contains(text, "no lab is up") {
		t.Errorf("after down: %d, %s", code, text)
	}
}

func TestAScenarioIsPlayed(t *testing.T) {
	dir := t.TempDir()
	if text, code := command("up", "--detach", "--dir", dir, "--lines", "10"); code != 0 {
		t.Fatal(text)
	}
	defer command("down", "--dir", dir)
	file := filepath.Join(dir, "drill.yaml")
	if err := os.WriteFile(file,
		[]byte("- {at: 0s, do: cut, subject: link/L-R01-1}\n- {at: 50ms, do: cut, subject: link/NOPE}\n- {at: 100ms, do: "+
			"heal-all}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, code := command("play", "--dir", dir, file)
	if code != 1 || !strings.Contains(text, "cut link/L-R01-1\n") || !strings.Contains(text, "heal-all\n") ||
		!strings.Contains(text, "1 of 3 steps failed") {
		t.Errorf("%d: %s", code, text)
	}
}

func TestHelpTellsWhatEachVerbDoes(t *testing.T) {
	text, code := command("--help")
	if code != 0 {
		t.Errorf("help ended with %d", code)
	}
	for _, verb := range []string{"up", "down", "demo", "exec", "list", "truth", "cut", "poweroff", "degrade", "flap",
		"reboot", "isolate", "mute", "shut", "play", "heal"} {
		if !regexp.MustCompile(`(?m)^  ` + verb + `\b.*\n    \S`).MatchString(text) {
			t.Errorf("no help for %s in:\n%s", verb, text)
		}
	}
}

var _ io.Writer = (*screen)(nil)
