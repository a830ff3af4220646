package plan

import (
	"encoding/binary"
	"net/netip"
)

// The lab lives in the benchmarking blocks of RFC 2544 and RFC 5180, which no
// real network routes. Devices have their management addresses in the lower
// half of the IPv4 block and lines their service addresses in the upper. In
// IPv6 every IPv4 address appears again in the last 32 bits.
var (
	Block4  = netip.MustParsePrefix("198.18.0.0/15")
	Block6  = netip.MustParsePrefix("2001:2::/48")
	Gateway = netip.MustParseAddr("198.18.0.1")
)

const (
	base4    = 198<<24 | 18<<16
	slots    = 1 << 17
	half     = 1 << 16
	stations = 2        // first station: 198.18.0.2
	devices  = 1<<8 | 1 // first device: 198.18.1.1
	services = half | 1 // first service: 198.19.0.1
)

// Slot is the offset of an address, of either family, in the block.
func Slot(a netip.Addr) (int, bool) {
	if a.Is4() {
		b := a.As4()
		return SlotOf4(binary.BigEndian.Uint32(b[:]))
	}
	return SlotOf6(a.As16())
}

// SlotOf6 is Slot for an IPv6 address as bytes.
func SlotOf6(b [16]byte) (int, bool) {
	if b[0] != 0x20 || b[1] != 0x01 || b[3] != 2 || b[2] != 0 {
		return 0, false
	}
	for _, c := range b[4:12] {
		if c != 0 {
			return 0, false
		}
	}
	return SlotOf4(binary.BigEndian.Uint32(b[12:]))
}

// SlotOf4 is Slot for an IPv4 address as a number.
func SlotOf4(a uint32) (int, bool) {
	s := a - base4
	return int(s), s < slots
}

// Slots is the number of addresses in the block.
func Slots() int { return slots }

// Address6 is an IPv4 address of the lab in IPv6.
func Address6(a netip.Addr) netip.Addr {
	b, v4 := Block6.Addr().As16(), a.As4()
	copy(b[12:], v4[:])
	return netip.AddrFrom16(b)
}

func address(slot int) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(base4+slot))
	return netip.AddrFrom4(b)
}

// counter hands out addresses, leaving out those that end in 0 or 255, which
// people take for mistakes.
type counter struct{ next, end int }

func (c *counter) take() (netip.Addr, bool) {
	for c.next < c.end {
		s := c.next
		c.next++
		if last := s & 0xff; last != 0 && last != 0xff {
			return address(s), true
		}
	}
	return netip.Addr{}, false
}
