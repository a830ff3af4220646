package snmp

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

var epoch = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// standIn is an SNMP agent with the manners that a test gives it.
type standIn struct {
	conn *net.UDPConn
	addr netip.AddrPort

	mu     sync.Mutex
	values map[string]gosnmp.SnmpPDU
	manner func(s *standIn, request *gosnmp.SnmpPacket, from *net.UDPAddr) (handled bool)
	asked  []*gosnmp.SnmpPacket
}

func newStandIn(t testing.TB) *standIn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := &standIn{conn: conn, addr: conn.LocalAddr().(*net.UDPAddr).AddrPort(), values: map[string]gosnmp.SnmpPDU{}}
	s.addr = netip.AddrPortFrom(s.addr.Addr().Unmap(), s.addr.Port())
	done := make(chan struct{})
	go func() { defer close(done); s.serve() }()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	s.set(sysObjectID, gosnmp.ObjectIdentifier, ".1.3.6.1.4.1.8072.3.2.10")
	s.set(".1.3.6.1.2.1.1.3.0", gosnmp.TimeTicks, uint32(8_640_000))
	return s
}

func (s *standIn) set(oid string, kind gosnmp.Asn1BER, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[oid] = gosnmp.SnmpPDU{Name: oid, Type: kind, Value: value}
}

func (s *standIn) remove(oid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, oid)
}

func (s *standIn) behave(manner func(*standIn, *gosnmp.SnmpPacket, *net.UDPAddr) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.manner = manner
}

// requests returns what was asked since the last call.
func (s *standIn) requests() []*gosnmp.SnmpPacket {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// port makes an interface with usual values.
func (s *standIn) port(index, name string, admin, oper int) {
	s.set(".1.3.6.1.2.1.31.1.1.1.1."+index, gosnmp.OctetString, name)
	s.set(".1.3.6.1.2.1.2.2.1.7."+index, gosnmp.Integer, admin)
	s.set(".1.3.6.1.2.1.2.2.1.8."+index, gosnmp.Integer, oper)
	s.set(".1.3.6.1.2.1.31.1.1.1.15."+index, gosnmp.Gauge32, uint32(1000))
}

func (s *standIn) serve() {
	buffer := make([]byte, 65535)
	parser := newParser()
	for {
		n, from, err := s.conn.ReadFromUDP(buffer)
		if err != nil {
			return
		}
		request, err := parser.SnmpDecodePacket(slices.Clone(buffer[:n]))
		if err != nil {
			continue
		}
		s.mu.Lock()
		s.asked = append(s.asked, request)
		manner := s.manner
		s.mu.Unlock()
		if manner != nil && manner(s, request, from) {
			continue
		}
		s.reply(s.answer(request), from)
	}
}

// answer does what RFC 3416 says.
func (s *standIn) answer(request *gosnmp.SnmpPacket) *gosnmp.SnmpPacket {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := &gosnmp.SnmpPacket{Version: request.Version, Community: request.Community, PDUType: gosnmp.GetResponse,
		RequestID: request.RequestID}
	var order []string
	if request.PDUType != gosnmp.GetRequest {
		order = sortedKeys(s.values)
		slices.SortFunc(order, compareOID)
	}
	for i, v := range request.Variables {
		switch request.PDUType {
		case gosnmp.GetRequest:
			pdu, ok := s.values[v.Name]
			if !ok && request.Version == gosnmp.Version1 {
				answer.Error, answer.ErrorIndex, answer.Variables = gosnmp.NoSuchName, uint8(i+1), request.Variables
				return answer
			}
			if !ok {
				pdu = gosnmp.SnmpPDU{Name: v.Name, Type: gosnmp.NoSuchInstance}
			}
			answer.Variables = append(answer.Variables, pdu)
		case gosnmp.GetNextRequest, gosnmp.GetBulkRequest:
			at := v.Name
			repetitions := 1
			if request.PDUType == gosnmp.GetBulkRequest {
				repetitions = int(request.MaxRepetitions)
			}
			for range repetitions {
				k := slices.IndexFunc(order, func(oid string) bool { return compareOID(oid, at) > 0 })
				if k < 0 && request.Version == gosnmp.Version1 {
					answer.Error, answer.ErrorIndex, answer.Variables = gosnmp.NoSuchName, 1, request.Variables
					return answer
				}
				if k < 0 {
					answer.Variables = append(answer.Variables, gosnmp.SnmpPDU{Name: at, Type: gosnmp.EndOfMibView})
					break
				}
				at = order[k]
				answer.Variables = append(answer.Variables, s.values[at])
			}
		}
	}
	return answer
}

func (s *standIn) reply(answer *gosnmp.SnmpPacket, to *net.UDPAddr) {
	datagram, err := answer.MarshalMsg()
	if err != nil {
		panic(err) // a mistake in the test
	}
	_, _ = s.conn.WriteToUDP(datagram, to) // the socket may be closing
}

// quick are limits that keep tests short.
func quick() Config {
	return Config{Sockets: 1, Tries: 2, Timeouts: Timeouts{Initial: 150 * time.Millisecond, Min: 100 * time.Millisecond,
		Max: 800 * time.Millisecond}}
}

// startEngine runs an engine with the shipped profiles until the test ends.
func startEngine(t testing.TB, config Config, handle func(Result), swept func(Sweep), targets ...Target) *Engine {
	t.Helper()
	e, err := New(config, shipped(t), handle, swept, nil, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Set(targets); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return e
}

func (s *standIn) target(id string, ports map[string]Port) Target {
	return Target{ID: id, Address: s.addr, Credential: Credential{Community: "secret"}, Ports: ports}
}

func poll(t testing.TB, e *Engine, device string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := e.Poll(ctx, device)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustPoll(t testing.TB, e *Engine, device string) Result {
	t.Helper()
	r := poll(t, e, device)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}

// says finds what a result says of a subject, or -1.
func (r Result) says(subject symptom.Subject, kind symptom.Kind) probe.Judgement {
	for _, s := range r.Samples {
		if s.Subject == subject && s.Kind == kind {
			return s.Judgement
		}
	}
	return silence
}

const silence = probe.Judgement(255)

func expect(t testing.TB, r Result, subject symptom.Subject, kind symptom.Kind, want probe.Judgement) {
	t.Helper()
	words := map[probe.Judgement]string{probe.Keep: "keep", probe.Normal: "normal", probe.Abnormal: "abnormal",
		silence: "nothing"}
	if got := r.says(subject, kind); got != want {
		t.Errorf("%s of %s: %s, want %s", kind, subject, words[got], words[want])
	}
}

func (r Result) reading(subject symptom.Subject, name string) (float64, bool) {
	for _, x := range r.Readings {
		if x.Subject == subject && x.Name == name {
			return x.Value, true
		}
	}
	return 0, false
}
