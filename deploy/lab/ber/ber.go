// Package ber is the little of ASN.1's basic encoding rules that an SNMP agent
// needs: a bounds-checked reader, and a writer that fills its buffer from the
// end so that every length is known when it is written. It knows nothing of
// PDUs, and refuses indefinite lengths and lengths beyond its buffer.
package ber

import "errors"

// Tags of SNMP's data types (RFC 2578) and of the exceptions of RFC 3416.
const (
	Integer        = 0x02
	OctetString    = 0x04
	Null           = 0x05
	ObjectID       = 0x06
	Sequence       = 0x30
	IPAddress      = 0x40
	Counter32      = 0x41
	Gauge32        = 0x42
	TimeTicks      = 0x43
	Counter64      = 0x46
	NoSuchObject   = 0x80
	NoSuchInstance = 0x81
	EndOfMibView   = 0x82
)

// ErrMalformed is returned for anything that is not well-formed BER.
var ErrMalformed = errors.New("malformed BER")

// Reader consumes a byte slice from the front.
type Reader []byte

// Next returns the tag and contents of the next element and steps over it.
func (r *Reader) Next() (tag byte, body Reader, err error) {
	b := *r
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return 0, nil, ErrMalformed
	}
	tag = b[0]
	n, b := int(b[1]), b[2:]
	if n >= 0x80 {
		k := n & 0x7f
		if k == 0 || k > 3 || k > len(b) {
			return 0, nil, ErrMalformed
		}
		n = 0
		for _, c := range b[:k] {
			n = n<<8 | int(c)
		}
		b = b[k:]
	}
	if n > len(b) {
		return 0, nil, ErrMalformed
	}
	*r = b[n:]
	return tag, b[:n], nil
}

// Expect is Next where only one tag will do.
func (r *Reader) Expect(tag byte) (Reader, error) {
	t, body, err := r.Next()
	if err != nil || t != tag {
		return nil, ErrMalformed
	}
	return body, nil
}

// Int reads an INTEGER of at most 32 bits.
func (r *Reader) Int() (int32, error) {
	body, err := r.Expect(Integer)
	if err != nil || len(body) == 0 || len(body) > 4 {
		return 0, ErrMalformed
	}
	v := int32(int8(body[0]))
	for _, c := range body[1:] {
		v = v<<8 | int32(c)
	}
	return v, nil
}

// OID appends the arcs of an OBJECT IDENTIFIER's contents to dst. An OID has
// at most 128 arcs of 32 bits (RFC 2578, 3.5).
func OID(dst []uint32, body []byte) ([]uint32, error) {
	if len(body) == 0 {
		return nil, ErrMalformed
	}
	start := len(dst)
	var v uint64
	fresh := true
	for _, c := range body {
		if fresh && c == 0x80 {
			return nil, ErrMalformed
		}
		v = v<<7 | uint64(c&0x7f)
		if v > 1<<32-1+80 {
			return nil, ErrMalformed
		}
		fresh = c&0x80 == 0
		if !fresh {
			continue
		}
		if len(dst) == start {
			first := min(v/40, 2)
			dst = append(dst, uint32(first))
			v -= first * 40
		}
		if v > 1<<32-1 || len(dst)-start >= 128 {
			return nil, ErrMalformed
		}
		dst = append(dst, uint32(v))
		v = 0
	}
	if !fresh {
		return nil, ErrMalformed
	}
	return dst, nil
}

// Compare orders OIDs as GETNEXT does: arc by arc, the shorter one first.
func Compare(a, b []uint32) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			if a[i] < b[i] {
				return -1
			}
			return 1
		}
	}
	return len(a) - len(b)
}
