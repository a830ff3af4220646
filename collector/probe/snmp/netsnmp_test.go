package snmp

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// snmpd starts net-snmp's agent, which nobody here wrote, on a free port.
func snmpd(t testing.TB, lines ...string) netip.AddrPort {
	t.Helper()
	path, err := exec.LookPath("snmpd")
	if err != nil {
		if path = "/usr/sbin/snmpd"; !exists(path) {
			t.Fatal("net-snmp's snmpd is needed for this test: apt-get install snmpd")
		}
	}
	free, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	addr := free.LocalAddr().(*net.UDPAddr).AddrPort()
	_ = free.Close()
	dir := t.TempDir()
	config := filepath.Join(dir, "snmpd.conf")
	text := strings.Join(append(lines, "rocommunity secret 127.0.0.1", "[snmp] persistentDir "+dir), "\n") + "\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "-f", "-Le", "-C", "-c", config, "-p", filepath.Join(dir, "pid"), "-I", "-smux",
		fmt.Sprintf("udp:127.0.0.1:%d", addr.Port()))
	command.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+dir)
	var log strings.Builder
	command.Stderr = &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Log("snmpd says:\n" + log.String())
		}
	})
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func TestRealAgent(t *testing.T) {
	for _, version := range []string{V1, V2c} {
		t.Run("v"+version, func(t *testing.T) {
			config := DefaultConfig()
			config.Timeouts.Initial = config.Timeouts.Min
			e := startEngine(t, config, nil, nil, Target{ID: "host", Address: snmpd(t), All: true,
				Credential: Credential{Version: version, Community: "secret"}, Ports: map[string]Port{"lo": {Link: true}}})
			var r Result
			wait.For(t, "snmpd answers", func() bool { r = poll(t, e, "host"); return r.Answered && r.Err == nil })
			if r.Profile != "generic" || !strings.HasPrefix(r.SysObjectID, ".1.3.6.1.4.1.8072.") {
				t.Errorf("profile %s of %s", r.Profile, r.SysObjectID)
			}
			expect(t, r, "port/host/lo", symptom.LinkDown, probe.Normal)
			expect(t, r, "device/host", symptom.AgentSilent, probe.Normal)
			if octets, ok := r.reading("port/host/lo", "if_in_octets_total"); version == V2c && (!ok || octets <= 0) {
				t.Errorf("octets of lo: %v (%v)", octets, ok)
			}
			if up, ok := r.reading("device/host", "uptime_seconds"); !ok || up < 0 {
				t.Errorf("uptime %v (%v)", up, ok)
			}
			if again := mustPoll(t, e, "host"); again.Requests > r.Requests {
				t.Errorf("%d requests, and then %d: the names of the ports were read again", r.Requests, again.Requests)
			}
		})
	}
}

func TestRealAgentWithAnotherCommunityIsSilent(t *testing.T) {
	addr := snmpd(t)
	e := startEngine(t, quick(), nil, nil,
		Target{ID: "right", Address: addr, Credential: Credential{Community: "secret"}},
		Target{ID: "wrong", Address: addr, Credential: Credential{Community: "public"}})
	wait.For(t, "snmpd answers", func() bool { return poll(t, e, "right").Answered })
	r := poll(t, e, "wrong")
	if r.Answered || !Silent(r.Err) {
		t.Errorf("answered %v: %v", r.Answered, r.Err)
	}
}
