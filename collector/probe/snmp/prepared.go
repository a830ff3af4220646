package snmp

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/linewarden/linewarden/collector/probe/ber"
)

// message is one question on its way: written for each try, read by whoever
// takes the answer.
type message interface {
	encode(id uint32) ([]byte, error)
	decode(datagram []byte, id uint32) (*gosnmp.SnmpPacket, error)
}

// plainMessage is a question that is asked once.
type plainMessage struct {
	codec    codec
	question question
}

func (m plainMessage) encode(id uint32) ([]byte, error) { return m.codec.encode(m.question, id) }
func (m plainMessage) decode(datagram []byte, _ uint32) (*gosnmp.SnmpPacket, error) {
	return m.codec.decode(datagram)
}

// prepared is a GET that is asked again and again: the datagram as the codec
// wrote it, with only the id to be changed. An answer that repeats its names
// one by one, as nearly all do, is read without decoding them; any other goes
// to the codec.
type prepared struct {
	codec    codec
	chunk    []string
	datagram []byte
	idAt     int
	head     []byte   // version and community
	names    [][]byte // the encoded OIDs, in the order of chunk
	object   []byte   // the last OID that came as a value, and how it is written
	written  string
}

// prepare takes a v1 or v2c request apart. ok is false where it cannot.
func prepare(c codec, chunk []string) (*prepared, bool) {
	if _, plain := c.(*communityCodec); !plain {
		return nil, false
	}
	datagram, err := c.encode(question{kind: gosnmp.GetRequest, oids: chunk}, firstID)
	if err != nil {
		return nil, false
	}
	p := &prepared{codec: c, chunk: chunk, datagram: datagram}
	message, _, ok := ber.Take(datagram, ber.Sequence)
	head, pdu, ok2 := headOf(message)
	body, _, ok3 := ber.Take(pdu, byte(gosnmp.GetRequest))
	id, rest, ok4 := ber.Take(body, ber.Integer)
	if !ok || !ok2 || !ok3 || !ok4 || len(id) != 4 {
		return nil, false
	}
	p.head, p.idAt = head, len(datagram)-len(rest)-4
	_, rest, _ = ber.Take(rest, ber.Integer)
	_, rest, _ = ber.Take(rest, ber.Integer)
	list, _, ok := ber.Take(rest, ber.Sequence)
	for ok && len(list) > 0 {
		var variable, name []byte
		if variable, list, ok = ber.Take(list, ber.Sequence); ok {
			name, _, ok = ber.Take(variable, byte(gosnmp.ObjectIdentifier))
			p.names = append(p.names, name)
		}
	}
	return p, ok && len(p.names) == len(chunk)
}

// headOf splits version and community from what follows.
func headOf(message []byte) (head, rest []byte, ok bool) {
	_, rest, ok = ber.Take(message, ber.Integer)
	if !ok {
		return nil, nil, false
	}
	_, rest, ok = ber.Take(rest, ber.OctetString)
	return message[:len(message)-len(rest)], rest, ok
}

func (p *prepared) encode(id uint32) ([]byte, error) {
	binary.BigEndian.PutUint32(p.datagram[p.idAt:], id)
	return p.datagram, nil
}

func (p *prepared) decode(datagram []byte, id uint32) (*gosnmp.SnmpPacket, error) {
	if packet, ok := p.read(datagram, id); ok {
		return packet, nil
	}
	return p.codec.decode(datagram)
}

// read is decode for the usual answer: ours, without error, every name in its place.
func (p *prepared) read(datagram []byte, id uint32) (*gosnmp.SnmpPacket, bool) {
	message, trailing, ok := ber.Take(datagram, ber.Sequence)
	if !ok || len(trailing) > 0 || !bytes.HasPrefix(message, p.head) {
		return nil, false
	}
	body, trailing, ok := ber.Take(message[len(p.head):], byte(gosnmp.GetResponse))
	if !ok || len(trailing) > 0 {
		return nil, false
	}
	got, rest, ok := ber.Take(body, ber.Integer)
	if !ok || len(got) != 4 || binary.BigEndian.Uint32(got) != id {
		return nil, false
	}
	for range 2 { // error status and index
		var n []byte
		if n, rest, ok = ber.Take(rest, ber.Integer); !ok || len(n) != 1 || n[0] != 0 {
			return nil, false
		}
	}
	list, trailing, ok := ber.Take(rest, ber.Sequence)
	if !ok || len(trailing) > 0 {
		return nil, false
	}
	packet := &gosnmp.SnmpPacket{RequestID: id, PDUType: gosnmp.GetResponse,
		Variables: make([]gosnmp.SnmpPDU, len(p.chunk))}
	for i, want := range p.names {
		var variable []byte
		if variable, list, ok = ber.Take(list, ber.Sequence); !ok {
			return nil, false
		}
		name, value, ok := ber.Take(variable, byte(gosnmp.ObjectIdentifier))
		if !ok || !bytes.Equal(name, want) || !p.value(&packet.Variables[i], value) {
			return nil, false
		}
		packet.Variables[i].Name = p.chunk[i]
	}
	return packet, len(list) == 0
}

// value reads the types that polls are made of; the codec does the others.
func (p *prepared) value(into *gosnmp.SnmpPDU, encoded []byte) bool {
	if len(encoded) < 2 {
		return false
	}
	into.Type = gosnmp.Asn1BER(encoded[0])
	content, trailing, ok := ber.Take(encoded, encoded[0])
	if !ok || len(trailing) > 0 {
		return false
	}
	switch into.Type {
	case gosnmp.Integer:
		if len(content) == 0 || len(content) > 8 {
			return false
		}
		n := int64(int8(content[0]))
		for _, octet := range content[1:] {
			n = n<<8 | int64(octet)
		}
		into.Value = int(n)
	case gosnmp.Counter32, gosnmp.Gauge32, gosnmp.TimeTicks, gosnmp.Counter64:
		if len(content) == 9 && content[0] == 0 {
			content = content[1:]
		}
		if len(content) > 8 {
			return false
		}
		var n uint64
		for _, octet := range content {
			n = n<<8 | uint64(octet)
		}
		into.Value = n
	case gosnmp.OctetString:
		into.Value = content
	case gosnmp.ObjectIdentifier:
		if !bytes.Equal(content, p.object) || p.object == nil {
			written, ok := writeOID(content)
			if !ok {
				return false
			}
			p.object, p.written = bytes.Clone(content), written
		}
		into.Value = p.written
	case gosnmp.NoSuchObject, gosnmp.NoSuchInstance, gosnmp.Null:
	default:
		return false
	}
	return true
}

// writeOID decodes an OID as the codec would write it.
func writeOID(b []byte) (string, bool) {
	if len(b) == 0 || b[len(b)-1]&0x80 != 0 || b[0] >= 80 { // unfinished, or under arc 2
		return "", false
	}
	out := strconv.AppendUint([]byte{'.'}, uint64(b[0])/40, 10)
	out = strconv.AppendUint(append(out, '.'), uint64(b[0])%40, 10)
	var n uint64
	for _, octet := range b[1:] {
		if n = n<<7 | uint64(octet&0x7f); n > 0xffffffff {
			return "", false
		}
		if octet&0x80 == 0 {
			out = strconv.AppendUint(append(out, '.'), n, 10)
			n = 0
		}
	}
	return string(out), true
}

// asked remembers what became of a list of OIDs once what is absent was left
// out, and the requests that it makes.
type asked struct {
	of       *string // first of the list; lists are not changed once made
	length   int
	until    time.Time // when something absent is to be tried again
	changes  int       // of absent, at that time
	list     []string
	requests []*prepared
}

// filter leaves out what the agent is known not to have.
func (s *session) filter(oids []string, now time.Time) []string {
	if len(oids) == 0 {
		return nil
	}
	k := &s.kept
	if k.of == &oids[0] && k.length == len(oids) && k.changes == s.changes && now.Before(k.until) {
		return k.list
	}
	*k = asked{of: &oids[0], length: len(oids), until: now.Add(absentObject), changes: s.changes,
		list: make([]string, 0, len(oids))}
	for _, oid := range oids {
		until, gone := s.absent[oid]
		if gone && now.Before(until) {
			if until.Before(k.until) {
				k.until = until
			}
			continue
		}
		k.list = append(k.list, oid)
	}
	return k.list
}

// message is the request for a chunk: a prepared one where it is of the kept list.
func (s *session) message(chunk []string) message {
	q := question{kind: gosnmp.GetRequest, oids: chunk}
	if len(s.kept.list) == 0 || len(chunk) == 0 || len(chunk) > len(s.kept.list) {
		return plainMessage{s.codec, q}
	}
	for _, p := range s.kept.requests {
		if &p.chunk[0] == &chunk[0] && len(p.chunk) == len(chunk) {
			return p
		}
	}
	if !s.partOfKept(chunk) || len(s.kept.requests) > len(s.kept.list) {
		return plainMessage{s.codec, q}
	}
	p, ok := prepare(s.codec, chunk)
	if !ok {
		return plainMessage{s.codec, q}
	}
	s.kept.requests = append(s.kept.requests, p)
	return p
}

// partOfKept tells whether chunk is a piece of the kept list itself.
func (s *session) partOfKept(chunk []string) bool {
	for i := range s.kept.list {
		if &s.kept.list[i] == &chunk[0] {
			return true
		}
	}
	return false
}
