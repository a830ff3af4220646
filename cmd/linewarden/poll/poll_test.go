package poll

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// snmpd starts net-snmp's agent on a free port of loopback.
func snmpd(t *testing.T) int {
	t.Helper()
	path := "/usr/sbin/snmpd"
	if found, err := exec.LookPath("snmpd"); err == nil {
		path = found
	}
	port := freePort(t)
	dir := t.TempDir()
	config := write(t, dir, "snmpd.conf", 0o600, "rocommunity secret 127.0.0.1\n[snmp] persistentDir "+dir+"\n")
	agent := exec.Command(path, "-f", "-Le", "-C", "-c", config, "-p", filepath.Join(dir, "pid"), "-I", "-smux", fmt.Sprintf("udp:127.0.0.1:%d", port))
	agent.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+dir)
	if err := agent.Start(); err != nil {
		t.Fatalf("net-snmp's snmpd is needed for this test (apt-get install snmpd): %v", err)
	}
	t.Cleanup(func() { _ = agent.Process.Kill(); _ = agent.Wait() })
	wait.Until(t, "snmpd answers", func() error {
		out, err := poll(t, "--community=secret", "--json", "--tries=1", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil && !strings.Contains(out, `"answered":true`) {
			err = fmt.Errorf("got %s", out)
		}
		return err
	})
	return port
}

func freePort(t *testing.T) int {
	t.Helper()
	free, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	return free.LocalAddr().(*net.UDPAddr).Port
}

func write(t *testing.T, dir, name string, mode os.FileMode, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// poll runs the command as the shell would.
func poll(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var c Cmd
	var out bytes.Buffer
	parser, err := kong.New(&c, kong.Name("poll"), kong.BindTo(t.Context(), (*context.Context)(nil)), kong.Writers(&out, &out))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		return "", err
	}
	err = c.Run(t.Context(), &out)
	return out.String(), err
}

func code(err error) int {
	var e Exit
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func TestPollOfAStranger(t *testing.T) {
	target := fmt.Sprintf("127.0.0.1:%d", snmpd(t))
	out, err := poll(t, "--community", "secret", target)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"profile generic", "sysObjectID 1.3.6.1.4.1.8072.", "port/" + target + "/lo", "if_oper_up=1", "up "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out, err = poll(t, "--community", "secret", "--json", target)
	var got deviceJSON
	if err != nil || json.Unmarshal([]byte(out), &got) != nil || !got.Answered || got.Profile != "generic" || len(got.Readings) == 0 {
		t.Errorf("%v: %s", err, out)
	}
}

func TestPollFromAnInventory(t *testing.T) {
	port := snmpd(t)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "inventory"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"customers.csv": "id,name,grade\nCU-1,One,gold\n",
		"sites.csv":     "id,name,kind\nS-1,Here,exchange\n",
		"devices.csv": "id,name,kind,site,layer,technology,address,credential,near_end\n" +
			"R1,Router,router,S-1,core,data,127.0.0.1,core,\nR2,Router two,router,S-1,core,data,127.0.0.2,,\nFE,Far end,transceiver,S-1,tail,access,,,R1/lo\n",
		"links.csv": "id,a,z,layer\nL1,R1/lo,R2/lo,core\nL2,R1/GE9,R2/GE9,core\n",
		"lines.csv": "id,customer,product,grade,a,z,target\nLN-1,CU-1,internet,AAA,R2,R1,none\n",
	} {
		write(t, filepath.Join(dir, "inventory"), name, 0o644, text)
	}
	write(t, dir, "secrets.yaml", 0o600, "snmp:\n  core: {version: 2c, community: secret}\n")
	config := write(t, dir, "linewarden.yaml", 0o600, fmt.Sprintf("inventory: {dir: inventory}\nsecrets_file: secrets.yaml\ncollector: {snmp: {port: %d}}\n", port))

	out, err := poll(t, "--config", config)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"R1 at 127.0.0.1", "port/R1/lo", "MISSING", "port/R1/GE9"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "R2 at") || strings.Contains(out, "secret") {
		t.Errorf("too much is told:\n%s", out)
	}
	for want, args := range map[string][]string{
		"R1 at 127.0.0.1":           {"--config", config, "127.0.0.1"},
		"there is no device R9":     {"--config", config, "--device", "R9"},
		"seen through R1/lo":        {"--config", config, "--device", "FE"},
		"device R2: no credential":  {"--config", config, "--device", "R2"},
		"no credential \"core\" in": {"--inventory", filepath.Join(dir, "inventory"), "--device", "R1"},
		"needs --inventory":         {"--device", "R1"},
		"name a target":             {},
		"which community":           {"127.0.0.1"},
		"\"99999\" is not a port":   {"--community=x", "127.0.0.1:99999"},
		"no SNMP profile \"acme\"":  {"--community=x", "--profile=acme", "127.0.0.1"},
	} {
		out, err := poll(t, args...)
		if !strings.Contains(out+fmt.Sprint(err), want) {
			t.Errorf("poll %v: no %q in %s%v", args, want, out, err)
		}
		if err != nil && code(err) != unable {
			t.Errorf("poll %v: exit status %d, want %d", args, code(err), unable)
		}
	}
}

func TestNoAnswerIsExplained(t *testing.T) {
	target := fmt.Sprintf("127.0.0.1:%d", snmpd(t))
	out, err := poll(t, "--community=guess", "--timeout=100ms", "--tries=1", target)
	if code(err) != someSilent || !strings.Contains(out, "NO ANSWER") || !strings.Contains(out, "wrong community") {
		t.Errorf("a wrong community: %v\n%s", err, out)
	}
	if strings.Contains(out, "guess") {
		t.Error("the community is shown")
	}
	out, err = poll(t, "--community=secret", "--timeout=100ms", "--tries=1", fmt.Sprintf("127.0.0.1:%d", freePort(t)))
	if code(err) != someSilent || !strings.Contains(out, "nothing listens") {
		t.Errorf("nobody there: %v\n%s", err, out)
	}
}
