package icmp

import "encoding/binary"

// An echo request or reply, offsets from the ICMP header. The first sixteen
// bytes of payload are ours; the rest is padding.
const (
	offType     = 0
	offCode     = 1
	offChecksum = 2
	offID       = 4
	offSeq      = 6
	offInstance = 8  // random per engine; the kernel's filter looks at it
	offFlight   = 12 // which request in flight this is
	offNonce    = 16 // random per request
	minEcho     = 24
	echoHeader  = 8
	minPayload  = minEcho - echoHeader
)

// echo is what identifies a request, and a reply to it.
type echo struct {
	id, seq  uint16
	instance uint32
	flight   uint32
	nonce    uint64
}

// put writes the echo into an ICMP packet, all but its type and checksum.
func (e echo) put(p []byte) {
	binary.BigEndian.PutUint16(p[offID:], e.id)
	binary.BigEndian.PutUint16(p[offSeq:], e.seq)
	binary.BigEndian.PutUint32(p[offInstance:], e.instance)
	binary.BigEndian.PutUint32(p[offFlight:], e.flight)
	binary.BigEndian.PutUint64(p[offNonce:], e.nonce)
}

// sum of the words that put wrote, for a checksum kept up incrementally.
func (e echo) sum() uint32 {
	return uint32(e.id) + uint32(e.seq) +
		e.instance>>16 + e.instance&0xffff +
		e.flight>>16 + e.flight&0xffff +
		uint32(e.nonce>>48) + uint32(e.nonce>>32)&0xffff + uint32(e.nonce>>16)&0xffff + uint32(e.nonce)&0xffff
}

// parseEcho reads a whole ICMP message of the wanted type. It accepts nothing
// shorter than our own requests.
func parseEcho(p []byte, kind byte) (echo, bool) {
	if len(p) < minEcho || p[offType] != kind || p[offCode] != 0 {
		return echo{}, false
	}
	return echo{
		id:       binary.BigEndian.Uint16(p[offID:]),
		seq:      binary.BigEndian.Uint16(p[offSeq:]),
		instance: binary.BigEndian.Uint32(p[offInstance:]),
		flight:   binary.BigEndian.Uint32(p[offFlight:]),
		nonce:    binary.BigEndian.Uint64(p[offNonce:]),
	}, true
}

// stripIPv4 cuts the header off an IPv4 packet as a raw socket delivers it,
// and refuses what is cut short, no ICMP, or fails its ICMP checksum: raw
// sockets see packets before the kernel has looked at that.
func stripIPv4(p []byte) ([]byte, bool) {
	if len(p) < 20 || p[0]>>4 != 4 || p[9] != 1 {
		return nil, false
	}
	header, total := int(p[0]&15)*4, int(binary.BigEndian.Uint16(p[2:]))
	if header < 20 || total < header || total > len(p) {
		return nil, false
	}
	p = p[header:total]
	return p, len(p) >= echoHeader && fold(sumWords(p)) == 0xffff
}

// sumWords adds up big-endian 16-bit words (RFC 1071), unfolded.
func sumWords(p []byte) uint32 {
	var s uint64
	for len(p) >= 8 {
		v := binary.BigEndian.Uint64(p)
		s += v>>48 + v>>32&0xffff + v>>16&0xffff + v&0xffff
		p = p[8:]
	}
	for len(p) >= 2 {
		s += uint64(binary.BigEndian.Uint16(p))
		p = p[2:]
	}
	if len(p) == 1 {
		s += uint64(p[0]) << 8
	}
	return uint32(s)
}

func fold(s uint32) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}
