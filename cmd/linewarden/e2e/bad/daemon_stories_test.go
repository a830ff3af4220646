package bad

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// PostgreSQL is not there: the daemon says where it looked, as whom and for
// what, and keeps the password to itself.
func TestBadDatabaseNotThere(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := closed.Addr().String()
	closed.Close()
	dsn := "postgres://warden:hunter2secret@" + at + "/lines"

	t.Run("by the file", func(t *testing.T) {
		s := newSite(t)
		s.Append("linewarden.yaml", "store: {postgres: \""+dsn+"\"}\n")
		said, code := s.Run("serve")
		databaseRefused(t, said, code, at)
	})
	t.Run("by the environment", func(t *testing.T) {
		s := newSite(t)
		cmd := s.command(t.Context(), "serve")
		cmd.Env = append(os.Environ(), "LINEWARDEN_POSTGRES="+dsn)
		said, code := s.finish(cmd)
		databaseRefused(t, said, code, at)
	})
	t.Run("an address that is none", func(t *testing.T) {
		s := newSite(t)
		s.Append("linewarden.yaml", "store: {postgres: \"postgres://warden:hunter2secret@127.0.0.1:notaport/lines\"}\n")
		said, code := s.Run("serve")
		refused(t, said, code, "postgres")
		if strings.Contains(said, "hunter2secret") {
			t.Errorf("the password is in the message:\n%s", said)
		}
	})
}

func databaseRefused(t *testing.T, said string, code int, at string) {
	t.Helper()
	refused(t, said, code, at, "lines", "warden", "connection refused")
	if strings.Contains(said, "hunter2secret") {
		t.Errorf("the password is in the message:\n%s", said)
	}
}

// The embedded database's file is something else.
func TestBadDatabaseFile(t *testing.T) {
	t.Run("a directory", func(t *testing.T) {
		s := newSite(t)
		s.must(os.MkdirAll(s.path("data/linewarden.db"), 0o755))
		said, code := s.Run("serve")
		refused(t, said, code, "linewarden.db", "directory")
	})
	t.Run("no database", func(t *testing.T) {
		s := newSite(t)
		s.Write("data/linewarden.db", strings.Repeat("this is no database\n", 1000))
		said, code := s.Run("serve")
		refused(t, said, code, "linewarden.db", "not a database")
	})
}

// The console's port is taken.
func TestBadListenAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s := newSite(t)
	s.Replace("linewarden.yaml", "127.0.0.1:0", taken.Addr().String())
	said, code := s.Run("serve")
	refused(t, said, code, taken.Addr().String(), "address already in use")
}

// A community that the agent does not know: the agent's silence is named, and
// no line and no customer suffers. First from the very start, then for an agent
// that has answered before.
func TestBadCredential(t *testing.T) {
	port := freeUDP(t)
	s := newSite(t)
	s.Append("linewarden.yaml", fmt.Sprintf(`collector:
  intervals: {AAA: 1s}
  snmp: {port: %d, interval: 5s, tries: 2, timeouts: {initial: 250ms, min: 100ms, max: 500ms}}
`, port))
	stop := s.agent(port, "other")
	d := s.Serve()
	const agentUp, core = "linewarden_device_agent_up", `device="CR-1"`
	d.ExpectLog("agent is silent", "CR-1", fmt.Sprintf("127.0.1.1:%d", port))
	d.ExpectMetric(0, agentUp, core)
	d.ExpectSymptoms() // it has never answered: a finding in the inventory, no fault
	d.ExpectNobodyCalled()

	stop()
	stop = s.agent(port, "right")
	d.ExpectMetric(1, agentUp, core)

	stop()
	stop = s.agent(port, "other")
	d.ExpectSymptoms("agent_silent device/CR-1")
	d.ExpectMetric(0, agentUp, core)
	d.ExpectNobodyCalled()

	stop()
	s.agent(port, "right")
	d.ExpectSymptoms()
	d.ExpectNobodyCalled()
}

// agent starts net-snmp's agent for CR-1 with a community.
func (s *site) agent(port int, community string) (stop func()) {
	s.t.Helper()
	dir := s.t.TempDir()
	config := filepath.Join(dir, "snmpd.conf")
	s.must(os.WriteFile(config, fmt.Appendf(nil, "agentaddress udp:127.0.1.1:%d\nrocommunity %s\n", port, community),
		0o600))
	log, err := os.Create(filepath.Join(dir, "out"))
	s.must(err)
	defer log.Close()
	cmd := exec.Command("snmpd", "-f", "-LF", "w", filepath.Join(dir, "log"), "-C", "-c", config, "-p",
		filepath.Join(dir, "pid"))
	cmd.Env = append(os.Environ(), "MIBS=", "MIBDIRS="+dir, "SNMP_PERSISTENT_DIR="+dir,
		"PATH="+os.Getenv("PATH")+":/usr/sbin")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("start snmpd (apt-get install snmpd): %v", err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	s.t.Cleanup(stop)
	return stop
}

func freeUDP(t *testing.T) int {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// A reload that is wrong changes nothing, says where it is wrong, and leaves
// the daemon able to take a right one.
func TestBadReloadKeepsTheOldState(t *testing.T) {
	s := newSite(t)
	s.Append("linewarden.yaml", "collector: {intervals: {AAA: 1s}}\n")
	d := s.Serve()
	before := d.lines()

	for _, bad := range []struct {
		file, from, to string
		say            []string
	}{
		{"inventory/links.csv", "CPE-2/wan", "CPE-9/wan", []string{"links.csv:3:", "CPE-9", "the old one stays"}},
		{"inventory/lines.csv", "id,customer,product,grade", "id,customer,product,class",
			[]string{"lines.csv:1:", "grade", "the old one stays"}},
		{"inventory/customers.csv", "CU-2,", "CU-1,", []string{"customers.csv:3:", "customers.csv:2", "the old one stays"}},
	} {
		s.Replace(bad.file, bad.from, bad.to)
		d.hangUp()
		d.ExpectLog(bad.say...)
		d.must(d.well())
		if now := d.lines(); now != before {
			t.Errorf("after a bad %s: lines %q, want %q", bad.file, now, before)
		}
		d.ExpectWarning(bad.say[0], bad.say[1])
		d.ExpectMetric(0, "linewarden_config_last_reload_successful")
		s.Write(bad.file, good[bad.file])
	}
	s.Write("rules/intake.yaml", "hold: {AAA: soon}\n")
	s.Write("secrets.yaml", "snmp: {core: {comunity: right}}\n")
	d.hangUp()
	d.ExpectLog("intake.yaml", "the old ones stay")
	d.ExpectLog("secrets.yaml", "the old ones stay")
	d.ExpectWarning("intake.yaml", "secrets.yaml")
	d.must(d.well())
	s.must(os.Remove(s.path("rules/intake.yaml")))
	s.Write("secrets.yaml", good["secrets.yaml"])

	// A good one takes effect, a new credential with it.
	s.Append("inventory/lines.csv", "LN-3,CU-2,internet,AAA,CPE-2,CR-1,127.0.2.3\n")
	s.Replace("inventory/devices.csv", "127.0.1.3,", "127.0.1.3,access")
	s.Append("secrets.yaml", "  access: {version: 2c, community: another}\n")
	d.hangUp()
	d.ExpectMetric(1, "linewarden_line_up", `line="LN-3"`)
	d.ExpectMetric(1, "linewarden_config_last_reload_successful")
	d.ExpectWarning()
	d.ExpectMetric(0, "linewarden_device_agent_up", `device="CPE-2"`) // it is asked, and nobody answers there
	d.ExpectNobodyCalled()

	// A line that is gone is no longer watched.
	s.Write("inventory/lines.csv", good["inventory/lines.csv"])
	d.hangUp()
	d.Await("LN-3 is no longer shown", func() error {
		if strings.Contains(d.lines(), "LN-3") {
			return fmt.Errorf("LN-3 is still shown")
		}
		return nil
	})
	d.ExpectNobodyCalled()
}

// ExpectWarning waits until the health warns with all of these words, or, without
// any, of nothing.
func (d *daemon) ExpectWarning(words ...string) {
	d.t.Helper()
	d.Await(fmt.Sprintf("the health warns with %q", words), func() error {
		body, err := d.Get("/readyz")
		if err != nil {
			return err
		}
		if len(words) == 0 && strings.Contains(string(body), "warnings") {
			return fmt.Errorf("the health warns: %s", body)
		}
		for _, w := range words {
			if !strings.Contains(string(body), "warnings") || !strings.Contains(string(body), w) {
				return fmt.Errorf("the health does not speak of %q: %s", w, body)
			}
		}
		return nil
	})
}

func (d *daemon) hangUp() {
	d.t.Helper()
	d.Signal(syscall.SIGHUP)
}

// lines are the lines that are shown.
func (d *daemon) lines() string {
	d.t.Helper()
	samples, err := d.Metrics("linewarden_line_info")
	d.must(err)
	var all []string
	for _, s := range samples {
		all = append(all, s.Labels)
	}
	return strings.Join(all, "\n")
}

// A second daemon on the same state says so and leaves the first alone.
func TestBadSecondDaemon(t *testing.T) {
	s := newSite(t)
	d := s.Serve()
	said, code := s.Run("serve")
	refused(t, said, code, filepath.Join(s.dir, "data"))
	d.ExpectNobodyCalled()
}

// The first SIGTERM lets requests under way come to their end; whoever does not
// want to wait sends a second one.
func TestSecondSignalEndsItAtOnce(t *testing.T) {
	s := newSite(t)
	d := s.Serve()
	d.LetGo()
	address := strings.TrimPrefix(d.URL, "http://")
	slow, err := net.Dial("tcp", address)
	s.must(err)
	defer slow.Close()
	_, err = slow.Write([]byte("POST /login HTTP/1.1\r\nHost: noc\r\nContent-Length: 100\r\n\r\nuser"))
	s.must(err)
	s.must(d.Ready()) // a later request was answered: the slow one is under way
	d.Signal(syscall.SIGTERM)
	wait.Until(t, "it takes no more connections", func() error {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return nil
		}
		c.Close()
		return fmt.Errorf("it still takes connections")
	})
	if d.Ended() {
		t.Fatalf("it did not wait for the request: %d", d.ExitCode())
	}
	d.Signal(syscall.SIGTERM)
	if code, want := d.ExitCode(), 128+int(syscall.SIGTERM); code != want {
		t.Errorf("it ended with exit code %d, want %d, by the signal itself", code, want)
	}
}
