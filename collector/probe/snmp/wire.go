package snmp

import (
	"context"
	"fmt"

	"github.com/gosnmp/gosnmp"

	"github.com/linewarden/linewarden/collector/probe/ber"
)

// Versions of SNMP that a credential may ask for.
const (
	V1  = "1"
	V2c = "2c"
)

// Credential is how a device wants to be asked. Community is a secret: it is
// never logged and never part of an error.
type Credential struct {
	Version   string // "1" or "2c"; empty: 2c
	Community string
}

// String keeps the community out of logs and dumps.
func (c Credential) String() string { return "v" + c.version() + " (community hidden)" }

// GoString keeps it out of %#v as well.
func (c Credential) GoString() string { return c.String() }

func (c Credential) version() string {
	if c.Version == "" {
		return V2c
	}
	return c.Version
}

// question is one PDU before it has an id and a security wrapping.
type question struct {
	kind        gosnmp.PDUType
	oids        []string
	repetitions uint32
}

// codec turns questions into datagrams and datagrams into answers. SNMPv3 will
// be a second implementation, with keys of its own per device.
type codec interface {
	encode(q question, id uint32) ([]byte, error)
	decode(datagram []byte) (*gosnmp.SnmpPacket, error)
	bulk() bool
}

// communityCodec speaks v1 and v2c.
type communityCodec struct {
	version   gosnmp.SnmpVersion
	community string
	parser    *gosnmp.GoSNMP
}

// newParser has every field set that gosnmp would otherwise write on first use,
// so that decoding only reads it, from as many goroutines as there are.
func newParser() *gosnmp.GoSNMP {
	return &gosnmp.GoSNMP{Version: gosnmp.Version2c, Transport: "udp", MaxOids: gosnmp.MaxOids,
		Context: context.Background()}
}

// Validate tells why a device with this credential cannot be polled.
func (c Credential) Validate() error {
	_, err := newCodec(c, nil)
	return err
}

func newCodec(c Credential, parser *gosnmp.GoSNMP) (codec, error) {
	if v := c.version(); v != V1 && v != V2c {
		return nil, fmt.Errorf("SNMP version %q is not supported (1, 2c)", v)
	}
	if len(c.Community) > 127 {
		return nil, fmt.Errorf("the community is %d bytes long, more than the 127 that fit", len(c.Community))
	}
	if c.Community == "" {
		return nil, fmt.Errorf("no community given")
	}
	version := gosnmp.Version2c
	if c.version() == V1 {
		version = gosnmp.Version1
	}
	return &communityCodec{version: version, community: c.Community, parser: parser}, nil
}

func (c *communityCodec) bulk() bool { return c.version != gosnmp.Version1 }

func (c *communityCodec) encode(q question, id uint32) ([]byte, error) {
	variables := make([]gosnmp.SnmpPDU, len(q.oids))
	for i, oid := range q.oids {
		variables[i] = gosnmp.SnmpPDU{Name: oid, Type: gosnmp.Null}
	}
	packet := gosnmp.SnmpPacket{
		Version: c.version, Community: c.community, PDUType: q.kind,
		RequestID: id, MaxRepetitions: q.repetitions, Variables: variables,
	}
	datagram, err := packet.MarshalMsg()
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return datagram, nil
}

// decode refuses whatever is not an answer in our own version and community.
// The returned strings share the datagram's memory.
func (c *communityCodec) decode(datagram []byte) (*gosnmp.SnmpPacket, error) {
	packet, err := c.parser.SnmpDecodePacket(datagram)
	if err != nil {
		return nil, err
	}
	if packet.Version != c.version || packet.Community != c.community || packet.PDUType != gosnmp.GetResponse {
		return nil, fmt.Errorf("not an answer to us: version %s, %s", packet.Version, packet.PDUType)
	}
	return packet, nil
}

// peekID reads the request id (v3: the message id) without decoding the rest,
// so that strays cost next to nothing.
func peekID(datagram []byte) (id uint32, ok bool) {
	message, _, ok := ber.Take(datagram, ber.Sequence)
	if !ok {
		return 0, false
	}
	version, rest, ok := ber.Take(message, ber.Integer)
	if !ok || len(version) != 1 {
		return 0, false
	}
	if version[0] == byte(gosnmp.Version3) {
		header, _, ok := ber.Take(rest, ber.Sequence)
		if !ok {
			return 0, false
		}
		return integer(header)
	}
	_, rest, ok = ber.Take(rest, ber.OctetString)
	if !ok {
		return 0, false
	}
	pdu, _, ok := ber.Take(rest, byte(gosnmp.GetResponse))
	if !ok {
		return 0, false
	}
	return integer(pdu)
}

func integer(b []byte) (uint32, bool) {
	content, _, ok := ber.Take(b, ber.Integer)
	if !ok || len(content) == 0 || len(content) > 5 {
		return 0, false
	}
	var n uint64
	for _, octet := range content {
		n = n<<8 | uint64(octet)
	}
	return uint32(n), true
}
