package snmp

import (
	"context"
	"errors"
	"fmt"

	"github.com/gosnmp/gosnmp"
)

// mostRows bounds a walk, whatever the agent says.
const mostRows = 50_000

var errLoop = errors.New("the walk goes round in circles")

// walk reads everything below root. An agent that repeats itself ends the walk
// with errLoop; one that answers out of order is followed as long as what it
// says is new.
func (s *session) walk(ctx context.Context, root string, take func(index string, pdu gosnmp.SnmpPDU)) error {
	last := root
	ordered := true
	var seen map[string]bool // only once the agent has left the order
	var rows []string
	for {
		packet, err := s.next(ctx, last)
		if err != nil {
			return err
		}
		if packet == nil || len(packet.Variables) == 0 {
			return nil
		}
		progress := false
		for _, pdu := range packet.Variables {
			index, below := under(root, pdu.Name)
			if !below || pdu.Type == gosnmp.EndOfMibView || pdu.Type == gosnmp.NoSuchObject ||
				pdu.Type == gosnmp.NoSuchInstance {
				return nil
			}
			if ordered && compareOID(pdu.Name, last) <= 0 {
				ordered = false
				seen = make(map[string]bool, len(rows))
				for _, row := range rows {
					seen[row] = true
				}
			}
			if !ordered && seen[pdu.Name] {
				return fmt.Errorf("walk of %s, at %s: %w", root, pdu.Name, errLoop)
			}
			if !ordered {
				seen[pdu.Name] = true
			}
			if rows = append(rows, pdu.Name); len(rows) > mostRows {
				return fmt.Errorf("walk of %s: more than %d rows", root, mostRows)
			}
			last, progress = pdu.Name, true
			take(index, pdu)
		}
		if !progress {
			return nil
		}
	}
}

// next asks for what follows oid, by GETBULK where the agent can. A nil packet
// says that there is no more.
func (s *session) next(ctx context.Context, oid string) (*gosnmp.SnmpPacket, error) {
	for s.codec.bulk() && !s.noBulk {
		packet, err := s.ask(ctx, question{kind: gosnmp.GetBulkRequest, oids: []string{oid},
			repetitions: uint32(s.repetitions)})
		switch {
		case err != nil && (ctx.Err() != nil || !s.answered):
			return nil, err
		case err != nil || packet.Error == gosnmp.TooBig:
			// Silent to this but not to others, or too much for it.
			if s.repetitions /= 2; s.repetitions < 1 || err != nil && s.repetitions < mostRepetitions/2 {
				s.repetitions, s.noBulk = 1, true
			}
		case packet.Error != gosnmp.NoError:
			s.noBulk = true
		default:
			return packet, nil
		}
	}
	packet, err := s.ask(ctx, question{kind: gosnmp.GetNextRequest, oids: []string{oid}})
	if err != nil {
		return nil, err
	}
	if packet.Error != gosnmp.NoError { // v1 says noSuchName at the end
		return nil, nil
	}
	return packet, nil
}
