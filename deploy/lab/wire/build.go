package wire

import (
	"encoding/binary"
	"net/netip"
)

// Link is the Ethernet header of all frames towards the host, but its type.
type Link struct{ Host, Lab [6]byte }

func (l *Link) header(out []byte, v6 bool) {
	copy(out, l.Host[:])
	copy(out[6:], l.Lab[:])
	if v6 {
		binary.BigEndian.PutUint16(out[12:], 0x86dd)
	} else {
		binary.BigEndian.PutUint16(out[12:], 0x0800)
	}
}

// EchoReply writes the reply to an echo request into out and returns its
// length, or 0 where it does not fit.
func (l *Link) EchoReply(p *Packet, out []byte) int {
	head, kind, proto := ip4Len, byte(0), byte(protoICMP)
	if p.V6 {
		head, kind, proto = ip6Len, 129, protoICMP6
	}
	n := ethLen + head + len(p.Body)
	if n > len(out) {
		return 0
	}
	l.header(out, p.V6)
	ip := out[ethLen:n]
	body := ip[head:]
	copy(body, p.Body)
	body[0], body[2], body[3] = kind, 0, 0
	l.back(p, ip, proto)
	acc := uint64(0)
	if p.V6 {
		acc = pseudo6(ip, len(body), protoICMP6)
	}
	binary.BigEndian.PutUint16(body[2:], ^fold(sum(acc, body)))
	return n
}

// Reply writes a UDP answer to p into out and returns its length, or 0.
func (l *Link) Reply(p *Packet, payload, out []byte) int {
	head := ip4Len
	if p.V6 {
		head = ip6Len
	}
	n := ethLen + head + udpLen + len(payload)
	if n > len(out) {
		return 0
	}
	l.header(out, p.V6)
	ip := out[ethLen:n]
	l.back(p, ip, protoUDP)
	udp(ip, head, p.Ports[1], p.Ports[0], payload)
	return n
}

// back writes the IP header of an answer: ip has its final length.
func (l *Link) back(p *Packet, ip []byte, proto byte) {
	if p.V6 {
		header6(ip, proto)
		copy(ip[8:24], p.ip[24:40])
		copy(ip[24:40], p.ip[8:24])
		return
	}
	header4(ip, proto, [4]byte(p.ip[16:20]), [4]byte(p.ip[12:16]))
}

// Send writes a UDP packet from one of the lab's IPv4 addresses to the host.
func (l *Link) Send(from, to netip.AddrPort, payload, out []byte) int {
	n := ethLen + ip4Len + udpLen + len(payload)
	if n > len(out) {
		return 0
	}
	l.header(out, false)
	ip := out[ethLen:n]
	header4(ip, protoUDP, from.Addr().As4(), to.Addr().As4())
	udp(ip, ip4Len, int(from.Port()), int(to.Port()), payload)
	return n
}

func header4(ip []byte, proto byte, src, dst [4]byte) {
	clear(ip[:ip4Len])
	ip[0], ip[6], ip[8], ip[9] = 0x45, 0x40, hopLimit, proto // do not fragment
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
	copy(ip[12:], src[:])
	copy(ip[16:], dst[:])
	binary.BigEndian.PutUint16(ip[10:], ^fold(sum(0, ip[:ip4Len])))
}

func header6(ip []byte, proto byte) {
	clear(ip[:8])
	ip[0], ip[6], ip[7] = 0x60, proto, hopLimit
	binary.BigEndian.PutUint16(ip[4:], uint16(len(ip)-ip6Len))
}

func udp(ip []byte, head, from, to int, payload []byte) {
	b := ip[head:]
	binary.BigEndian.PutUint16(b, uint16(from))
	binary.BigEndian.PutUint16(b[2:], uint16(to))
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
	b[6], b[7] = 0, 0
	copy(b[udpLen:], payload)
	addresses := ip[12:20]
	if head == ip6Len {
		addresses = ip[8:40]
	}
	check := ^fold(sum(sum(uint64(len(b))+protoUDP, addresses), b))
	if check == 0 {
		check = 0xffff
	}
	binary.BigEndian.PutUint16(b[6:], check)
}
