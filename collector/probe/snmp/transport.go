package snmp

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gosnmp/gosnmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// ErrNoAnswer is returned when every try of a request went unanswered. v1 and
// v2c agents answer a wrong community with silence, so it may mean that, too.
var ErrNoAnswer = errors.New("no answer")

const (
	batch       = 32
	bufferSize  = 16 << 10
	gather      = time.Millisecond // answers that come within it are read together
	remembered  = time.Minute      // how long the ids of an abandoned request stay known
	socketQueue = 4 << 20
	firstID     = 1 << 30
)

// transport owns the shared sockets and knows which answers are awaited.
type transport struct {
	metrics *metrics
	four    []*net.UDPConn
	six     []*net.UDPConn
	turn    atomic.Uint32
	ids     ids

	mu      sync.Mutex
	pending map[uint32]*try
}

// try is one datagram sent. Its id is never used by another while it is known.
type try struct {
	id        uint32
	to        netip.AddrPort
	sent      time.Time
	inbox     chan<- arrival
	rtt       *rtt
	abandoned time.Time // zero while its request is waiting
}

type arrival struct {
	try      *try
	datagram []byte
	at       time.Time
}

// ids hands out request ids: a bijection of a counter onto 30 bits from a
// random start, so that an id returns only after a thousand million others,
// and the next one is not the last plus one. All of them take four octets.
type ids struct {
	counter atomic.Uint32
	offset  uint32
}

func newIDs() ids {
	var seed [4]byte
	_, _ = rand.Read(seed[:]) // never fails (crypto/rand)
	return ids{offset: binary.BigEndian.Uint32(seed[:])}
}

func (s *ids) next() uint32 {
	const odd = 0x9E3779B1
	return (s.counter.Add(1)*odd+s.offset)&(firstID-1) | firstID
}

func openTransport(sockets int, m *metrics) (*transport, error) {
	t := &transport{metrics: m, ids: newIDs(), pending: map[uint32]*try{}}
	for range max(sockets, 1) {
		four, err := net.ListenUDP("udp4", nil)
		if err != nil {
			t.close()
			return nil, fmt.Errorf("open a socket for SNMP: %w", err)
		}
		_ = four.SetReadBuffer(socketQueue) // as much as the kernel allows
		t.four = append(t.four, four)
		if six, err := net.ListenUDP("udp6", nil); err == nil { // a host may have no IPv6
			_ = six.SetReadBuffer(socketQueue)
			t.six = append(t.six, six)
		}
	}
	return t, nil
}

func (t *transport) close() {
	for _, c := range append(t.four, t.six...) {
		_ = c.Close()
	}
}

// run reads until the context ends, which closes the sockets.
func (t *transport) run(ctx context.Context) error {
	var readers sync.WaitGroup
	for _, c := range append(append([]*net.UDPConn(nil), t.four...), t.six...) {
		readers.Go(func() { t.read(ctx, c) })
	}
	tick := time.NewTicker(remembered / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			t.close()
			readers.Wait()
			return nil
		case now := <-tick.C:
			t.forget(now)
		}
	}
}

func (t *transport) read(ctx context.Context, c *net.UDPConn) {
	var conn interface {
		ReadBatch(messages []ipv4.Message, flags int) (int, error)
	} = ipv4.NewPacketConn(c)
	if at, ok := c.LocalAddr().(*net.UDPAddr); ok && at.IP.To4() == nil {
		conn = ipv6.NewPacketConn(c)
	}
	messages := make([]ipv4.Message, batch)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, bufferSize)}
	}
	for {
		n, err := conn.ReadBatch(messages, 0)
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			t.metrics.socketErrors.Inc() // one bad datagram's error; the socket lives on
			continue
		}
		now := time.Now()
		for _, m := range messages[:n] {
			if from, ok := m.Addr.(*net.UDPAddr); ok {
				t.deliver(m.Buffers[0][:m.N], from.AddrPort(), now)
			}
		}
		// Waking up for each answer by itself costs more than all the rest. The
		// kernel keeps what comes meanwhile.
		if n < batch {
			time.Sleep(gather)
		}
	}
}

// deliver hands a datagram to the one who asked for it, and to nobody else.
func (t *transport) deliver(datagram []byte, from netip.AddrPort, now time.Time) {
	id, ok := peekID(datagram)
	if !ok {
		t.metrics.refused("garbage")
		return
	}
	t.mu.Lock()
	waiting := t.pending[id]
	foreign := waiting != nil && netip.AddrPortFrom(from.Addr().Unmap(), from.Port()) != waiting.to
	late := waiting != nil && !foreign && !waiting.abandoned.IsZero()
	if late {
		delete(t.pending, id)
	}
	t.mu.Unlock()
	switch {
	case waiting == nil:
		t.metrics.refused("unknown_id")
	case foreign:
		t.metrics.refused("wrong_source")
	case late:
		t.metrics.refused("late")
		waiting.rtt.late(now.Sub(waiting.sent))
	default:
		own := make([]byte, len(datagram))
		copy(own, datagram)
		select {
		case waiting.inbox <- arrival{try: waiting, datagram: own, at: now}:
		default:
			t.metrics.refused("duplicate")
		}
	}
}

func (t *transport) forget(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, w := range t.pending {
		if !w.abandoned.IsZero() && now.Sub(w.abandoned) > remembered {
			delete(t.pending, id)
		}
	}
}

// answer is a decoded reply and the moment its question was sent.
type answer struct {
	packet *gosnmp.SnmpPacket
	sent   time.Time
	rtt    time.Duration
}

// line is one device's end of the transport. One request at a time uses it.
type line struct {
	to    netip.AddrPort
	rtt   *rtt
	inbox chan arrival
	timer *time.Timer
	tries []*try // of the present request
}

func newLine(to netip.AddrPort, r *rtt) *line {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return &line{to: to, rtt: r, inbox: make(chan arrival, 4), timer: timer}
}

// ask sends m until it is answered or tries are used up. An answer to an
// earlier try counts while we still wait; after that it only teaches the time-out.
func (t *transport) ask(ctx context.Context, l *line, m message, tries int) (answer, error) {
	answered := false
	l.tries = l.tries[:0]
	defer func() { l.timer.Stop(); t.settle(l.tries, answered) }()

	var sendErr error
	for n := range max(tries, 1) {
		w := &try{id: t.ids.next(), to: l.to, inbox: l.inbox, rtt: l.rtt}
		datagram, err := m.encode(w.id)
		if err != nil {
			return answer{}, err
		}
		l.tries = append(l.tries, w)
		t.mu.Lock()
		w.sent = time.Now()
		t.pending[w.id] = w
		t.mu.Unlock()
		t.metrics.requests.Inc()
		if n > 0 {
			t.metrics.retries.Inc()
		}
		if sendErr = t.send(datagram, l.to); sendErr != nil {
			t.metrics.sendErrors.Inc()
		}
		l.timer.Reset(l.rtt.timeout(n))
		for waiting := true; waiting; {
			select {
			case a := <-l.inbox:
				if !slices.Contains(l.tries, a.try) { // of an earlier request, at the last moment
					t.metrics.refused("late")
					continue
				}
				packet, err := m.decode(a.datagram, a.try.id)
				if err != nil || packet.RequestID != a.try.id {
					t.metrics.refused("undecodable")
					continue
				}
				answered = true
				took := a.at.Sub(a.try.sent)
				l.rtt.observe(took)
				t.metrics.replies.Inc()
				return answer{packet: packet, sent: a.try.sent, rtt: took}, nil
			case <-l.timer.C:
				waiting = false
			case <-ctx.Done():
				return answer{}, ctx.Err()
			}
		}
	}
	t.metrics.timeouts.Inc()
	if sendErr != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrNoAnswer, sendErr)
	}
	return answer{}, ErrNoAnswer
}

// settle forgets the tries of an answered request, and keeps those of an
// abandoned one for a while, so that a late answer is known for what it is.
func (t *transport) settle(sent []*try, answered bool) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range sent {
		if answered {
			delete(t.pending, w.id)
		} else {
			w.abandoned = now
		}
	}
}

func (t *transport) send(datagram []byte, to netip.AddrPort) error {
	sockets := t.four
	if to.Addr().Is6() {
		sockets = t.six
	}
	if len(sockets) == 0 {
		return fmt.Errorf("no socket for the address family of %s", to.Addr())
	}
	_, err := sockets[int(t.turn.Add(1))%len(sockets)].WriteToUDPAddrPort(datagram, to)
	return err
}
