package metrics

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/deploy/lab/wait"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

func TestRealMetricsUnitIsValidAndTight(t *testing.T) {
	analyze := need(t, "systemd-analyze", "systemd")
	raw, err := os.ReadFile(unitPath())
	if err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(t.TempDir(), "linewarden.service") // with the binary where it is here
	if err := os.WriteFile(here, []byte(strings.ReplaceAll(string(raw), "/usr/local/bin/linewarden",
		kit.Bin("linewarden"))), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", here).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.Command(need(t, "systemd-sysusers", "systemd"), "--dry-run",
		filepath.Join(deploy, "systemd/linewarden.sysusers.conf")).CombinedOutput(); err != nil ||
		!strings.Contains(string(out), "linewarden") {
		t.Errorf("systemd-sysusers: %v\n%s", err, out)
	}
	// 1.5 of 10: what is left is the network itself.
	if out, err := exec.Command(analyze, "security", "--offline=true", "--threshold=15", "--no-pager",
		here).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

// The unit's user, capabilities and system calls, MemoryDenyWriteExecute and
// all, and the daemon still pings, polls, takes traps and tests on demand.
func TestRealMetricsConfinedDaemonSeesEverything(t *testing.T) {
	need(t, "systemd-analyze", "systemd")
	setpriv := need(t, "setpriv", "util-linux")
	u, err := readUnit(unitPath())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(kit.Bin("linewarden"))
	filter, err := filterOf(u)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "filter"), filter, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	me := filepath.Join(dir, "confine") // where anybody may run it
	if err := kit.CopyFile(me, "/proc/self/exe"); err != nil {
		t.Fatal(err)
	}

	confineFilter := confineEnv + "=" + filepath.Join(dir, "filter")
	forbidden := exec.Command(me, need(t, "chown", "coreutils"), fmt.Sprint(os.Getuid()), me)
	forbidden.Env = append(os.Environ(), confineFilter)
	var exit *exec.ExitError
	if err := forbidden.Run(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGSYS {
		t.Fatalf("the filter does not kill what it forbids: %v", err)
	}

	n := kit.StartLab(t, 48, 1)
	home, err := os.MkdirTemp(dir, "home")
	if err != nil {
		t.Fatal(err)
	}
	d := configure(n, home, "web: {public_metrics: false}\n")
	d.SignIn("prometheus", "monitor")
	caps := u.capabilities(t)
	wrap := []string{setpriv, "--no-new-privs", "--clear-groups", "--inh-caps=" + caps, "--ambient-caps=" + caps,
		"--bounding-set=" + caps}
	if os.Geteuid() == 0 {
		const nobody = 65534
		wrap = append(wrap, fmt.Sprint("--reuid=", nobody), fmt.Sprint("--regid=", nobody))
		if err := filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Chown(path, nobody, nobody)
		}); err != nil {
			t.Fatal(err)
		}
	}
	d.Env = append(d.Env, confineFilter)
	d.Args = append(append(wrap, "--", me), d.Args...)
	d.Start()
	const netRawAndBindService = "0000000000002400"
	for key, want := range map[string]string{"CapEff": netRawAndBindService, "CapBnd": netRawAndBindService,
		"Seccomp": "2", "NoNewPrivs": "1"} {
		if got := statusOf(t, d)[key]; got != want {
			t.Errorf("%s of the daemon: got %s, want %s", key, got, want)
		}
	}

	stranger := *d
	stranger.Token = ""
	if _, err := stranger.Get("/metrics"); kit.Status(err) != http.StatusUnauthorized {
		t.Errorf("metrics are not public, but without a token the answer is %v", err)
	}
	value := func(metric string, labels ...string) float64 {
		v, _ := d.Metric(metric, labels...) // what is not there yet is 0
		return v
	}
	wait.Until(t, "the confined daemon pings and polls", func() error {
		up, monitored, polled := value("linewarden_line_up"), value("linewarden_line_monitored"),
			value("linewarden_device_agent_up")
		if monitored == 0 || up != monitored || polled == 0 {
			return fmt.Errorf("%v of %v lines up, %v devices polled", up, monitored, polled)
		}
		return nil
	})
	p := startPrometheus(t, d)
	wait.Until(t, "Prometheus gets in with the token", func() error {
		if all := p.must(`up{job="linewarden"} == 1`); len(all) != 1 {
			return errors.New("Prometheus does not get in with the token")
		}
		return nil
	})

	n.Cut(n.Pick("tail cable with several lines", func(x world.Thing) bool {
		return x.Kind == "cable" && x.Layer == "tail" && len(x.Lines) > 1
	}).Subject)
	wait.Until(t, "the confined daemon takes traps and opens a ticket", func() error {
		traps, down, opened := value("linewarden_traps_taken_total"), value("linewarden_lines", `state="down"`),
			value("linewarden_tickets")
		if traps == 0 || down == 0 || opened == 0 {
			return fmt.Errorf("%v traps taken, %v lines down, %v tickets", traps, down, opened)
		}
		return nil
	})
	n.Heal()
	wait.Until(t, "the re-test, which pings on demand, is done", func() error {
		if tests := value("linewarden_effects_total", `kind="retest"`, `result="done"`); tests == 0 {
			return errors.New("no re-test yet")
		}
		return nil
	})
}

// statusOf is /proc/PID/status of the daemon.
func statusOf(t *testing.T, d *kit.NOC) map[string]string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		words, _ := os.ReadFile(path) // most are others', and some end meanwhile
		if string(words) != kit.Bin("linewarden")+"\x00serve\x00--config\x00"+d.Config+"\x00" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(filepath.Dir(path), "status"))
		if err != nil {
			t.Fatal(err)
		}
		status := map[string]string{}
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(line, ":")
			status[key] = strings.TrimSpace(value)
		}
		return status
	}
	t.Fatal("no process is the daemon")
	return nil
}
