package lab

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/wire"
)

// Names of the veth pair: the host's side, where a daemon in the lab has its
// address, and the side where the lab listens.
const (
	hostSide = "lw0"
	labSide  = "lw1"
)

// gatewayMAC is that of the neighbour to whom all packets go. It is none of
// the pair's own, so the kernel leaves what reaches the far end to the packet
// socket.
var gatewayMAC = net.HardwareAddr{0x02, 0x6c, 0x77, 0, 0, 1}

// furnish sets up the network namespace that the process is in, which must be
// empty: loopback, the veth pair, the stations' addresses, and routes through
// one permanent neighbour. An on-link prefix would need a neighbour entry for
// every device, and the table overflows at 1,024.
func furnish(stations []plan.Station) (wire.Link, error) {
	var link wire.Link
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return link, fmt.Errorf("find loopback: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return link, fmt.Errorf("loopback up: %w", err)
	}
	pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: hostSide, MTU: 1500}, PeerName: labSide}
	if err := netlink.LinkAdd(pair); err != nil {
		return link, fmt.Errorf("make a veth pair: %w", err)
	}
	for _, name := range []string{labSide, hostSide} {
		// Quiet: no router solicitations, no address of its own.
		_ = os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/addr_gen_mode", []byte("1"), 0)
		l, err := netlink.LinkByName(name)
		if err != nil {
			return link, fmt.Errorf("find %s: %w", name, err)
		}
		if err := netlink.LinkSetUp(l); err != nil {
			return link, fmt.Errorf("%s up: %w", name, err)
		}
	}
	host, err := netlink.LinkByName(hostSide)
	if err != nil {
		return link, fmt.Errorf("find %s: %w", hostSide, err)
	}
	copy(link.Host[:], host.Attrs().HardwareAddr)
	copy(link.Lab[:], gatewayMAC)
	for _, s := range stations {
		if err := address(host, s.Address, 32); err != nil {
			return link, err
		}
	}
	if err := route(host, plan.Block4, plan.Gateway, stations[0].Address); err != nil {
		return link, err
	}
	if err := furnish6(host, stations); err != nil {
		fmt.Fprintln(os.Stderr, "linelab: no IPv6 in the lab:", err)
	}
	allowPing()
	return link, nil
}

func furnish6(host netlink.Link, stations []plan.Station) error {
	for _, s := range stations {
		if err := address(host, plan.Address6(s.Address), 128); err != nil {
			return err
		}
	}
	return route(host, plan.Block6, plan.Address6(plan.Gateway), plan.Address6(stations[0].Address))
}

func address(l netlink.Link, a netip.Addr, bits int) error {
	ip := &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(bits, bits)}
	if err := netlink.AddrAdd(l, &netlink.Addr{IPNet: ip, Flags: unix.IFA_F_NODAD}); err != nil {
		return fmt.Errorf("address %v: %w", a, err)
	}
	return nil
}

// route sends a block to a permanent neighbour.
func route(l netlink.Link, block netip.Prefix, via, from netip.Addr) error {
	family := unix.AF_INET
	if via.Is6() {
		family = unix.AF_INET6
	}
	n := &netlink.Neigh{
		LinkIndex: l.Attrs().Index, Family: family, State: netlink.NUD_PERMANENT,
		IP: via.AsSlice(), HardwareAddr: gatewayMAC,
	}
	if err := netlink.NeighSet(n); err != nil {
		return fmt.Errorf("neighbour %v: %w", via, err)
	}
	r := &netlink.Route{
		LinkIndex: l.Attrs().Index, Gw: via.AsSlice(), Src: from.AsSlice(), Flags: int(netlink.FLAG_ONLINK),
		Dst: &net.IPNet{IP: block.Addr().AsSlice(), Mask: net.CIDRMask(block.Bits(), block.Addr().BitLen())},
	}
	if err := netlink.RouteAdd(r); err != nil {
		return fmt.Errorf("route %v: %w", block, err)
	}
	return nil
}

// allowPing opens unprivileged ICMP sockets to everybody in the namespace, as
// distributions do outside. Where /proc is read-only it stays as it is.
func allowPing() {
	const file = "/proc/sys/net/ipv4/ping_group_range"
	if os.WriteFile(file, []byte("0 2147483647"), 0) != nil {
		_ = os.WriteFile(file, []byte("0 0"), 0) // a user namespace maps one group
	}
}

// namespace is the identity of the network namespace that a process is in.
func namespace(pid string) string {
	name, err := os.Readlink("/proc/" + pid + "/ns/net")
	if err != nil || !strings.HasPrefix(name, "net:") {
		return ""
	}
	return name
}
