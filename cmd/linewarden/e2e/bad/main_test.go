// Package bad gives the daemon what it cannot use: wrong files, wrong
// credentials, garbage, a database that is not there. Each time it must say
// clearly where the fault is, and go on with what it can.
//
// It runs the real binary against the loopback interface; nothing here knows
// how the daemon is made inside.
package bad

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m, "linewarden")) }

// site is a directory with a configuration and an inventory that are well.
type site struct {
	t   *testing.T
	dir string
}

// Everything answers pings here: it is all on the loopback interface.
var good = map[string]string{
	"linewarden.yaml": "listen: 127.0.0.1:0\ndata_dir: data\ninventory: {dir: inventory}\nsecrets_file: " +
		"secrets.yaml\nticketing: {dir: rules}\n",
	"secrets.yaml": "snmp:\n  core: {version: 2c, community: right}\n",

	"inventory/customers.csv": "id,name,grade\nCU-1,市第一人民医院,gold\nCU-2,东风机械厂,standard\n",
	"inventory/sites.csv":     "id,name,kind\nST-1,中心机房,exchange\nCS-1,医院,customer\nCS-2,机械厂,customer\n",
	"inventory/devices.csv": "id,name,kind,site,layer,technology,address,credential\n" +
		"CR-1,核心路由器,router,ST-1,core,data,127.0.1.1,core\n" +
		"CPE-1,医院路由器,cpe,CS-1,premises,data,127.0.1.2,\n" +
		"CPE-2,机械厂路由器,cpe,CS-2,premises,data,127.0.1.3,\n",
	"inventory/links.csv": "id,a,z,layer\nLK-1,CR-1/lo,CPE-1/wan,tail\nLK-2,CR-1/GE2,CPE-2/wan,tail\n",
	"inventory/lines.csv": "id,customer,product,grade,a,z,target\n" +
		"LN-1,CU-1,internet,AAA,CPE-1,CR-1,127.0.2.1\nLN-2,CU-2,internet,AAA,CPE-2,CR-1,127.0.2.2\n",
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	for name, text := range good {
		s.Write(name, text)
	}
	s.must(os.MkdirAll(s.path("rules"), 0o755))
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// Write puts a file where it belongs.
func (s *site) Write(name, text string) {
	s.t.Helper()
	s.must(os.MkdirAll(filepath.Dir(s.path(name)), 0o755))
	s.must(os.WriteFile(s.path(name), []byte(text), 0o600))
}

// Replace changes one place in a good file.
func (s *site) Replace(name, from, to string) {
	s.t.Helper()
	raw, err := os.ReadFile(s.path(name))
	s.must(err)
	if strings.Count(string(raw), from) != 1 {
		s.t.Fatalf("%s does not hold %q once", name, from)
	}
	s.Write(name, strings.Replace(string(raw), from, to, 1))
}

// Append adds to a good file.
func (s *site) Append(name, text string) {
	s.t.Helper()
	raw, err := os.ReadFile(s.path(name))
	s.must(err)
	s.Write(name, string(raw)+text)
}

// Run runs the binary to its end, which must come soon.
func (s *site) Run(args ...string) (said string, code int) {
	s.t.Helper()
	return s.finish(s.command(s.t.Context(), args...))
}

func (s *site) command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, kit.Bin("linewarden"), append(args, "--config", s.path("linewarden.yaml"))...)
}

func (s *site) finish(cmd *exec.Cmd) (string, int) {
	s.t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	s.must(cmd.Start())
	late := time.AfterFunc(wait.Long, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// refused checks how a program gave up: by itself, with a message that says
// all that is wanted, and without losing its temper.
func refused(t *testing.T, said string, code int, want ...string) {
	t.Helper()
	if code != 1 {
		t.Errorf("exit status %d, want 1", code)
	}
	for _, w := range want {
		if !strings.Contains(said, w) {
			t.Errorf("the message does not name %q", w)
		}
	}
	for _, never := range []string{"panic:", "goroutine ", "nil pointer"} {
		if strings.Contains(said, never) {
			t.Errorf("the message holds %q", never)
		}
	}
	if t.Failed() {
		t.Logf("it said:\n%s", said)
	}
}
