package real

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

const frr = "/usr/lib/frr/"

// buildNetwork makes the namespaces, the wires and the routers.
func buildNetwork() error {
	for _, program := range []string{"ip", "ping", "snmpd", "snmpget", frr + "zebra", frr + "ospfd"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is missing: apt-get install iproute2 iputils-ping snmpd snmp frr", program)
		}
	}
	if err := wire(); err != nil {
		return err
	}
	var g errgroup.Group
	for _, n := range nodes {
		g.Go(func() error {
			if err := n.boot(); err != nil {
				return fmt.Errorf("%s: %w", n.id, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// wire makes every namespace and joins them.
func wire() error {
	script := map[string]*strings.Builder{}
	in := func(ns, format string, args ...any) {
		if script[ns] == nil {
			script[ns] = &strings.Builder{}
		}
		fmt.Fprintf(script[ns], format+"\n", args...)
	}
	names := []string{middleNS, stationNS}
	for _, n := range nodes {
		names = append(names, n.netns())
	}
	for _, ns := range names {
		if err := run("ip", "netns", "add", ns); err != nil {
			return err
		}
		if err := run("ip", "netns", "exec", ns, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0",
			"net.ipv4.conf.default.rp_filter=0",
			"net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"); err != nil {
			return err
		}
		in(ns, "link set lo up")
	}
	for _, l := range links {
		in(middleNS, "link add %s type bridge stp_state 0 mcast_snooping 0", l.bridge())
		in(middleNS, "link set %s up", l.bridge())
		for _, id := range []string{l.a, l.z} {
			ns, port := nodeOf(id).netns(), l.portOf(id)
			in(middleNS, "link add %s type veth peer name %s netns %s", l.middlePort(id), port, ns)
			in(middleNS, "link set %s master %s up", l.middlePort(id), l.bridge())
			in(ns, "addr add %s/30 dev %s", l.address(id), port)
			in(ns, "link set %s up", port)
		}
	}
	in(stationNS, "link add uplink type veth peer name to-station netns %s", nodeOf("BB-01").netns())
	in(stationNS, "addr add %s/30 dev uplink", stationAddress)
	in(stationNS, "link set uplink up")
	in(stationNS, "route add default via %s", gatewayAddress)
	in("bb-01", "addr add %s/30 dev to-station", gatewayAddress)
	in("bb-01", "link set to-station up")
	for _, n := range nodes {
		in(n.netns(), "addr add %s/32 dev lo", n.management())
		if !n.cpe() {
			continue
		}
		tail := linksAt(n.id)[0]
		access := tail.far(n.id)
		in(n.netns(), "addr add %s/32 dev lo", n.service())
		in(n.netns(), "route add default via %s", tail.address(access))
		in(nodeOf(access).netns(), "route add %s/32 via %s", n.management(), tail.address(n.id))
		in(nodeOf(access).netns(), "route add %s/32 via %s", n.service(), tail.address(n.id))
	}
	for _, ns := range names { // the middle first: it makes the ports
		if err := ipIn(ns, script[ns].String()); err != nil {
			return err
		}
	}
	return nil
}

// boot starts a node's agent and, on a router, its routing.
func (n *node) boot() error {
	dir := filepath.Join(workDir, n.netns())
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := n.bootAgent(dir); err != nil || n.cpe() {
		return err
	}
	if err := run("ip", "netns", "exec", n.netns(), "sysctl", "-qw", "net.ipv4.ip_forward=1"); err != nil {
		return err
	}
	return n.bootRouting(dir)
}

// bootAgent starts net-snmp's agent. It watches ifOperStatus each second and
// sends IF-MIB's linkDown and linkUp as its manual says (linkUpDownNotifications
// does the same once a minute). OIDs are numbers: Debian ships no MIB files.
func (n *node) bootAgent(dir string) error {
	const (
		// ifIndex, ifAdminStatus, ifOperStatus, ifName
		objects = ".1.3.6.1.2.1.2.2.1.1 .1.3.6.1.2.1.2.2.1.7 .1.3.6.1.2.1.2.2.1.8 .1.3.6.1.2.1.31.1.1.1.1"
		oper    = ".1.3.6.1.2.1.2.2.1.8"
	)
	config := fmt.Sprintf(`agentaddress udp:161
rocommunity %s
sysName %s
[snmp] clientaddr %s
[snmpd]
createUser _internal SHA internal-password
rouser _internal noauth
agentSecName _internal
trap2sink %s:162 %s
notificationEvent linkUpTrap .1.3.6.1.6.3.1.1.5.4 %s
notificationEvent linkDownTrap .1.3.6.1.6.3.1.1.5.3 %s
monitor -r 1 -e linkUpTrap "linkUp" %s != 2
monitor -r 1 -e linkDownTrap "linkDown" %s == 2
`, community, n.id, n.management(), stationAddress, community, objects, objects, oper, oper)
	path := filepath.Join(dir, "snmpd.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return err
	}
	env := []string{"MIBS=", "MIBDIRS=" + dir, "SNMP_PERSISTENT_DIR=" + dir, "SNMPCONFPATH=" + dir}
	return start(n.netns(), dir, env, "snmpd", "-f", "-LF", "w", filepath.Join(dir, "snmpd.log"), "-C", "-c", path, "-p",
		filepath.Join(dir, "snmpd.pid"))
}

// bootRouting starts FRR: OSPF on every link to another router, the CPEs'
// addresses from the kernel's table.
func (n *node) bootRouting(dir string) error {
	var ospf strings.Builder
	for _, l := range linksAt(n.id) {
		if nodeOf(l.far(n.id)).cpe() {
			continue
		}
		fmt.Fprintf(&ospf,
			"interface %s\n ip ospf area 0\n ip ospf network point-to-point\n ip ospf hello-interval 1\n ip ospf "+
				"dead-interval 4\n!\n", l.portOf(n.id))
	}
	fmt.Fprintf(&ospf,
		"interface lo\n ip ospf area 0\n!\nrouter ospf\n ospf router-id %s\n timers throttle spf 0 50 200\n redistribute "+
			"kernel\n redistribute connected\n!\n", n.management())
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "ospfd.conf"), []byte(ospf.String()), 0o600),
		os.WriteFile(filepath.Join(dir, "zebra.conf"), []byte("hostname "+n.netns()+"\n"), 0o600),
	); err != nil {
		return err
	}
	if err := run("chown", "frr:frr", dir, filepath.Join(dir, "ospfd.conf"),
		filepath.Join(dir, "zebra.conf")); err != nil {
		return err
	}
	for _, daemon := range []string{"zebra", "ospfd"} {
		at := func(name string) string { return filepath.Join(dir, name) }
		err := start(n.netns(), dir, nil, frr+daemon, "-u", "frr", "-g", "frr", "-P", "0", "-z", at("zserv.api"),
			"-f", at(daemon+".conf"), "-i", at(daemon+".pid"), "--vty_socket", dir, "--log", "file:"+at(daemon+".log"))
		if err != nil {
			return err
		}
		// ospfd would wait ten seconds before it looks for zebra again.
		if err := awaitFile(at("zserv.api")); err != nil {
			return err
		}
	}
	return nil
}

// awaitFile waits for a file to appear; wait needs a test, and this is before the first.
func awaitFile(path string) error {
	deadline := time.Now().Add(wait.Long)
	for tick := time.Tick(20 * time.Millisecond); ; <-tick {
		if _, err := os.Stat(path); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// agentSays asks a node's own agent for a port's ifAdminStatus and ifOperStatus.
func agentSays(ns, port string) (got [2]string, err error) {
	index, err := exec.Command("ip", "netns", "exec", ns, "cat", "/sys/class/net/"+port+"/ifindex").Output()
	if err != nil {
		return got, fmt.Errorf("ifIndex of %s in %s: %w", port, ns, err)
	}
	i := strings.TrimSpace(string(index))
	cmd := exec.Command("ip", "netns", "exec", ns, "snmpget", "-v2c", "-c", community, "-t1", "-r1", "-Oqve", "127.0.0.1",
		".1.3.6.1.2.1.2.2.1.7."+i, ".1.3.6.1.2.1.2.2.1.8."+i)
	cmd.Env = append(os.Environ(), "MIBS=")
	out, err := cmd.Output()
	said := strings.Fields(string(out))
	if err != nil || len(said) != 2 {
		return got, fmt.Errorf("snmpget in %s: %q %w", ns, out, err)
	}
	words := map[string]string{"1": "up", "2": "down"}
	return [2]string{words[said[0]], words[said[1]]}, nil
}
