package icmp

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// family is what differs between IPv4 and IPv6.
type family struct {
	name           string
	domain, proto  int
	request, reply byte
	// rawHeader: a raw socket delivers the IP header too, and leaves the ICMP
	// checksum to us. IPv6 does neither (RFC 3542, 3.1).
	rawHeader bool
}

var (
	ipv4 = family{name: "IPv4", domain: unix.AF_INET, proto: unix.IPPROTO_ICMP, request: 8, reply: 0, rawHeader: true}
	ipv6 = family{name: "IPv6", domain: unix.AF_INET6, proto: unix.IPPROTO_ICMPV6, request: 128, reply: 129}
)

// filter is the classic BPF program that lets through echo replies with our
// identifier and our instance number, and nothing else. header says whether
// an IPv4 header of variable length comes first.
func (f family) filter(header bool, id uint16, instance uint32) []unix.SockFilter {
	const (
		loadX  = unix.BPF_LDX | unix.BPF_B | unix.BPF_MSH
		loadB  = unix.BPF_LD | unix.BPF_B | unix.BPF_IND
		loadH  = unix.BPF_LD | unix.BPF_H | unix.BPF_IND
		loadW  = unix.BPF_LD | unix.BPF_W | unix.BPF_IND
		jumpEq = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		ret    = unix.BPF_RET | unix.BPF_K
	)
	first := unix.SockFilter{Code: loadX, K: 0} // X = length of the IPv4 header
	if !header {
		first = unix.SockFilter{Code: unix.BPF_LDX | unix.BPF_W | unix.BPF_IMM, K: 0}
	}
	return []unix.SockFilter{
		first,
		{Code: loadB, K: offType},
		{Code: jumpEq, K: uint32(f.reply), Jf: 5},
		{Code: loadH, K: offID},
		{Code: jumpEq, K: uint32(id), Jf: 3},
		{Code: loadW, K: offInstance},
		{Code: jumpEq, K: instance, Jf: 1},
		{Code: ret, K: 0xffffffff},
		{Code: ret, K: 0},
	}
}

// sockaddr is large enough for both families; only its head is used for IPv4.
type sockaddr = unix.RawSockaddrInet6

// putAddr writes addr as a socket address and returns its length.
func putAddr(to *sockaddr, addr netip.Addr, zone uint32) uint32 {
	if addr.Is4() {
		v4 := asInet4(to)
		*v4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: addr.As4()}
		return unix.SizeofSockaddrInet4
	}
	*to = unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: addr.As16(), Scope_id: zone}
	return unix.SizeofSockaddrInet6
}

// sameAddr compares a packet's source with the address that was asked.
func sameAddr(from *sockaddr, addr netip.Addr) bool {
	if addr.Is4() {
		v4 := asInet4(from)
		return v4.Family == unix.AF_INET && v4.Addr == addr.As4()
	}
	return from.Family == unix.AF_INET6 && from.Addr == addr.As16()
}
