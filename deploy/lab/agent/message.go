// Package agent is the SNMP side of the simulated devices: it answers v2c
// GET, GETNEXT and GETBULK out of the state of a world, and writes the traps
// that the world's devices send. It answers nothing to a wrong community or to
// bytes that are not a well-formed request, and it lets nothing be set.
package agent

import (
	"github.com/linewarden/linewarden/deploy/lab/ber"
)

// PDU types of RFC 3416.
const (
	pduGet      = 0xa0
	pduGetNext  = 0xa1
	pduResponse = 0xa2
	pduSet      = 0xa3
	pduGetBulk  = 0xa5
	pduTrap     = 0xa7
)

const (
	version2c = 1

	errTooBig      = 1
	errNotWritable = 17
)

// maxVars bounds the variables of one request.
const maxVars = 256

// request is a decoded message. For GETBULK, first is the number of
// non-repeaters and second the maximum of repetitions.
type request struct {
	community     []byte
	pdu           byte
	id            int32
	first, second int32
	oids          [][]uint32
	arcs          []uint32 // backs oids
}

// parse decodes a request into q, whose storage it uses again.
func (q *request) parse(msg []byte) error {
	q.oids, q.arcs = q.oids[:0], q.arcs[:0]
	r := ber.Reader(msg)
	body, err := r.Expect(ber.Sequence)
	if err != nil {
		return err
	}
	if v, err := body.Int(); err != nil || v != version2c {
		return ber.ErrMalformed
	}
	community, err := body.Expect(ber.OctetString)
	if err != nil {
		return err
	}
	q.community = community
	pdu, data, err := body.Next()
	if err != nil {
		return err
	}
	switch pdu {
	case pduGet, pduGetNext, pduSet, pduGetBulk:
	default:
		return ber.ErrMalformed
	}
	q.pdu = pdu
	if q.id, err = data.Int(); err != nil {
		return err
	}
	if q.first, err = data.Int(); err != nil {
		return err
	}
	if q.second, err = data.Int(); err != nil {
		return err
	}
	list, err := data.Expect(ber.Sequence)
	if err != nil {
		return err
	}
	return q.parseVars(list)
}

func (q *request) parseVars(list ber.Reader) error {
	ends := make([]int, 0, 64)
	for len(list) > 0 {
		vb, err := list.Expect(ber.Sequence)
		if err != nil {
			return err
		}
		name, err := vb.Expect(ber.ObjectID)
		if err != nil {
			return err
		}
		if q.arcs, err = ber.OID(q.arcs, name); err != nil {
			return err
		}
		if _, _, err := vb.Next(); err != nil || len(vb) > 0 || len(ends) == maxVars {
			return ber.ErrMalformed
		}
		ends = append(ends, len(q.arcs))
	}
	start := 0
	for _, end := range ends {
		q.oids = append(q.oids, q.arcs[start:end:end])
		start = end
	}
	return nil
}
