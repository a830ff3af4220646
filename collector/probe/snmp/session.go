package snmp

import (
	"context"
	"fmt"
	"time"

	"github.com/gosnmp/gosnmp"
)

const (
	mostVarbinds    = 32 // about 1,100 bytes of answer
	mostRepetitions = 24
	absentObject    = time.Hour // how long an object that the agent does not know is left out
	shrunkFor       = 6 * time.Hour
	absentName      = 10 * time.Minute // and one that it refuses by name
)

// session is one conversation with one agent, one request at a time, and what
// has been learnt of the agent's manners. It is not safe for concurrent use.
type session struct {
	transport *transport
	target    Target
	codec     codec
	rtt       *rtt
	line      *line
	tries     int
	kept      asked

	shrunk      time.Time
	varbinds    int  // most varbinds that it takes in one request
	repetitions int  // most rows of a GETBULK that it takes
	noBulk      bool // it never answers GETBULK, or not properly
	absent      map[string]time.Time
	changes     int // of absent

	answered bool      // anything in this poll
	sent     time.Time // when the last answered question was sent
	took     time.Duration
	requests int
}

func newSession(t *transport, target Target, parser *gosnmp.GoSNMP, limits Timeouts, tries int) (*session, error) {
	c, err := newCodec(target.Credential, parser)
	if err != nil {
		return nil, err
	}
	r := &rtt{limits: limits}
	return &session{transport: t, target: target, codec: c, rtt: r, line: newLine(target.Address, r), tries: tries,
		varbinds: mostVarbinds, repetitions: mostRepetitions, absent: map[string]time.Time{}}, nil
}

func (s *session) ask(ctx context.Context, q question) (*gosnmp.SnmpPacket, error) {
	return s.send(ctx, plainMessage{s.codec, q})
}

func (s *session) send(ctx context.Context, m message) (*gosnmp.SnmpPacket, error) {
	s.requests++
	a, err := s.transport.ask(ctx, s.line, m, s.tries)
	if err != nil {
		return nil, err
	}
	s.answered, s.sent, s.took = true, a.sent, a.rtt
	return a.packet, nil
}

// found takes one value, and when its question was sent.
type found func(oid string, pdu gosnmp.SnmpPDU, sent time.Time)

// get asks for all of oids, in as many requests as this agent needs. Objects
// that do not exist there are not reported.
func (s *session) get(ctx context.Context, oids []string, take found) error {
	now := time.Now()
	if s.varbinds < mostVarbinds && now.Sub(s.shrunk) > shrunkFor {
		s.varbinds, s.shrunk = min(2*s.varbinds, mostVarbinds), now // the agent may be another by now
	}
	queue := s.filter(oids, now)
	for len(queue) > 0 {
		chunk := queue[:min(len(queue), s.varbinds)]
		retry, err := s.getChunk(ctx, chunk, take)
		if err != nil {
			return err
		}
		if queue = queue[len(chunk):]; len(retry) > 0 {
			queue = append(retry, queue...)
		}
	}
	return nil
}

// getChunk asks once, and returns what has to be asked again.
func (s *session) getChunk(ctx context.Context, chunk []string, take found) (again []string, err error) {
	packet, err := s.send(ctx, s.message(chunk))
	if err != nil {
		// An agent that answers little questions may be unable to answer big
		// ones, or its fragments get lost: ask it less from now on.
		if ctx.Err() == nil && len(chunk) > 1 && s.knock(ctx) == nil {
			s.shrink(len(chunk) / 2)
			return clone(chunk), nil
		}
		return nil, err
	}
	if packet.Error == gosnmp.NoError {
		s.match(chunk, packet, take)
		return nil, nil
	}
	return s.refusal(chunk, packet)
}

// refusal decides what to do about an error status.
func (s *session) refusal(chunk []string, packet *gosnmp.SnmpPacket) (again []string, err error) {
	switch {
	case packet.Error == gosnmp.AuthorizationError:
		return nil, fmt.Errorf("the agent refuses: %s", packet.Error)
	case len(chunk) == 1:
		s.lacks(chunk[0], absentName)
		return nil, nil
	case packet.Error == gosnmp.TooBig:
		s.shrink(len(chunk) / 2)
		return clone(chunk), nil
	case packet.ErrorIndex >= 1 && int(packet.ErrorIndex) <= len(chunk):
		at := int(packet.ErrorIndex) - 1
		s.lacks(chunk[at], absentName)
		return append(clone(chunk[:at]), chunk[at+1:]...), nil
	}
	// An error about nothing in particular: find it by asking one half at a time.
	s.shrink(len(chunk) / 2)
	return clone(chunk), nil
}

// lacks notes that the agent does not have an object.
func (s *session) lacks(oid string, during time.Duration) {
	s.absent[oid] = time.Now().Add(during)
	s.changes++
}

// shrink makes requests smaller, and remembers it.
func (s *session) shrink(to int) { s.varbinds, s.shrunk = max(1, to), time.Now() }

// knock sends the smallest question there is, once.
func (s *session) knock(ctx context.Context) error {
	defer func(tries int) { s.tries = tries }(s.tries)
	s.tries = 1
	_, err := s.ask(ctx, question{kind: gosnmp.GetRequest, oids: []string{sysObjectID}})
	return err
}

// match pairs values with questions by name: agents may answer out of order,
// leave some out, or add what nobody asked for.
func (s *session) match(chunk []string, packet *gosnmp.SnmpPacket, take found) {
	wanted := func(i int, name string) bool { return i < len(chunk) && chunk[i] == name }
	var set map[string]bool
	for i, pdu := range packet.Variables {
		if !wanted(i, pdu.Name) {
			if set == nil {
				set = make(map[string]bool, len(chunk))
				for _, oid := range chunk {
					set[oid] = true
				}
			}
			if !set[pdu.Name] {
				continue
			}
		}
		switch pdu.Type {
		case gosnmp.NoSuchObject:
			s.lacks(pdu.Name, absentObject)
		case gosnmp.NoSuchInstance, gosnmp.EndOfMibView, gosnmp.Null, gosnmp.UnknownType:
		default:
			take(pdu.Name, pdu, s.sent)
		}
	}
}

func clone(s []string) []string { return append([]string(nil), s...) }
