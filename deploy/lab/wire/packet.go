// Package wire reads and writes Ethernet frames: ICMP echo and UDP, over IPv4
// and IPv6, and the packet sockets that carry them. It does not reassemble
// fragments, and it drops what it does not know without a word, as a network
// does.
package wire

import (
	"encoding/binary"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

const (
	ethLen  = 14
	ip4Len  = 20
	ip6Len  = 40
	udpLen  = 8
	echoLen = 8

	protoICMP  = 1
	protoUDP   = 17
	protoICMP6 = 58

	hopLimit = 250
)

// MaxFrame is the longest frame: an Ethernet header and 1500 bytes.
const MaxFrame = ethLen + 1500

// Packet is a frame taken apart. Its slices point into the frame.
type Packet struct {
	V6       bool
	Src, Dst int    // slots of the lab's address block
	Echo     bool   // an echo request; otherwise UDP
	Ports    [2]int // source and destination, of UDP
	Body     []byte // UDP payload, or the ICMP message
	ip       []byte
}

// Parse reads a frame that the host sent to the lab. ok is false for whatever
// the lab does not answer.
func (p *Packet) Parse(frame []byte) (ok bool) {
	if len(frame) < ethLen+ip4Len {
		return false
	}
	switch binary.BigEndian.Uint16(frame[12:]) {
	case 0x0800:
		return p.parse4(frame[ethLen:])
	case 0x86dd:
		return p.parse6(frame[ethLen:])
	}
	return false
}

func (p *Packet) parse4(b []byte) bool {
	head, total := int(b[0]&0xf)*4, int(binary.BigEndian.Uint16(b[2:]))
	if b[0]>>4 != 4 || head < ip4Len || total < head || total > len(b) {
		return false
	}
	if binary.BigEndian.Uint16(b[6:])&0x3fff != 0 { // a fragment
		return false
	}
	if fold(sum(0, b[:head])) != 0xffff {
		return false
	}
	var from, to bool
	p.Src, from = plan.SlotOf4(binary.BigEndian.Uint32(b[12:]))
	p.Dst, to = plan.SlotOf4(binary.BigEndian.Uint32(b[16:]))
	p.V6, p.ip = false, b[:total]
	return from && to && p.upper(b[9], b[head:total])
}

func (p *Packet) parse6(b []byte) bool {
	if len(b) < ip6Len || b[0]>>4 != 6 {
		return false
	}
	n := int(binary.BigEndian.Uint16(b[4:]))
	if ip6Len+n > len(b) {
		return false
	}
	var from, to bool
	p.Src, from = plan.SlotOf6([16]byte(b[8:24]))
	p.Dst, to = plan.SlotOf6([16]byte(b[24:40]))
	p.V6, p.ip = true, b[:ip6Len+n]
	return from && to && p.upper(b[6], b[ip6Len:ip6Len+n])
}

// upper reads the transport. The sum of UDP is not checked: the kernel leaves
// it to hardware that a veth does not have.
func (p *Packet) upper(proto byte, b []byte) bool {
	switch {
	case proto == protoICMP && !p.V6:
		p.Echo, p.Body = true, b
		return len(b) >= echoLen && b[0] == 8 && b[1] == 0 && fold(sum(0, b)) == 0xffff
	case proto == protoICMP6 && p.V6:
		p.Echo, p.Body = true, b
		return len(b) >= echoLen && b[0] == 128 && b[1] == 0 && fold(sum(pseudo6(p.ip, len(b), protoICMP6), b)) == 0xffff
	case proto == protoUDP && len(b) >= udpLen:
		n := int(binary.BigEndian.Uint16(b[4:]))
		if n < udpLen || n > len(b) {
			return false
		}
		p.Echo, p.Body = false, b[udpLen:n]
		p.Ports = [2]int{int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))}
		return true
	}
	return false
}

// sum adds the 16-bit words of b to acc, as RFC 1071 does.
func sum(acc uint64, b []byte) uint64 {
	for len(b) >= 4 {
		acc += uint64(binary.BigEndian.Uint32(b))
		b = b[4:]
	}
	switch len(b) {
	case 3:
		acc += uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8
	case 2:
		acc += uint64(b[0])<<24 | uint64(b[1])<<16
	case 1:
		acc += uint64(b[0]) << 24
	}
	return acc
}

func fold(acc uint64) uint16 {
	for acc > 0xffff {
		acc = acc>>16 + acc&0xffff
	}
	return uint16(acc)
}

func pseudo6(ip []byte, n int, proto byte) uint64 {
	return sum(uint64(n)+uint64(proto), ip[8:40])
}
