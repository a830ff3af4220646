// Package ber takes elements off the front of what is encoded by the basic
// encoding rules of ASN.1 (ITU-T X.690), as far as SNMP messages need it: tags of
// one octet, definite lengths of up to three octets. It copies nothing, and
// accepts lengths in more octets than they need: agents send such, which is why
// golang.org/x/crypto/cryptobyte and encoding/asn1, made for DER, do not do.
package ber

// Tags of what a message is made of.
const (
	Integer     = 0x02
	OctetString = 0x04
	Sequence    = 0x30
)

// Take takes the element with this tag off the front of b.
func Take(b []byte, tag byte) (content, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != tag {
		return nil, nil, false
	}
	length, at := int(b[1]), 2
	if b[1]&0x80 != 0 {
		octets := int(b[1] & 0x7f)
		if octets == 0 || octets > 3 || len(b) < at+octets {
			return nil, nil, false
		}
		length = 0
		for _, octet := range b[at : at+octets] {
			length = length<<8 | int(octet)
		}
		at += octets
	}
	if len(b)-at < length {
		return nil, nil, false
	}
	return b[at : at+length], b[at+length:], true
}
