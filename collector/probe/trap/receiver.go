// Package trap receives SNMP traps and informs: v1 and v2c over UDP. It checks
// who sends, finds the device in the inventory, and asks somebody else what the
// trap means. It believes nothing for long: a trap is a hint, and a poll of the
// device decides. It sends nothing but acknowledgements of informs.
package trap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/configs/secret"
)

const (
	batch       = 32
	bufferSize  = 16 << 10
	socketQueue = 4 << 20
)

// Meaning knows what a notification from a device says. oid is what
// snmpTrapOID.0 holds; variables are by OID with a leading dot, their values
// int64, uint64, string (an OID or an address) or []byte. known is false for a
// notification that nobody has declared.
type Meaning interface {
	Trap(device, oid string, variables map[string]any, at time.Time) (samples []probe.Sample, known bool)
}

// Event is what came of a notification. The device is to be polled at once.
type Event struct {
	Device  string
	OID     string         // empty where a device sent too many to be read
	Samples []probe.Sample // hints; none where only a poll can tell
	At      time.Time      // of receipt
}

// Receiver listens for notifications. Make it with New, and let Run run.
type Receiver struct {
	config   Config
	meaning  Meaning
	handle   func(Event)
	log      *zap.Logger
	refusals *refusals
	metrics  *metrics
	parser   *gosnmp.GoSNMP
	senders  atomic.Pointer[senders]
	strange  *quota // shared by all senders that are not in the inventory
	listener chan netip.AddrPort
}

// New makes a receiver that does nothing before Run. handle is called from one
// goroutine and should not block: the kernel's queue is all that waits.
func New(
	config Config, meaning Meaning, handle func(Event), reg prometheus.Registerer, log *zap.Logger,
) (*Receiver, error) {
	if err := problem.Error(config.Validate()); err != nil {
		return nil, fmt.Errorf("settings of the receiver of traps: %w", err)
	}
	log = log.Named("trap")
	r := &Receiver{config: config, meaning: meaning, handle: handle, log: log,
		refusals: newRefusals(log), metrics: newMetrics(reg),
		strange: newQuota(10*config.Rate, 10*config.Burst),
		parser: &gosnmp.GoSNMP{
			Version: gosnmp.Version2c, Transport: "udp", MaxOids: gosnmp.MaxOids, Context: context.Background(),
		},
		listener: make(chan netip.AddrPort, 1)}
	r.senders.Store(&senders{})
	return r, nil
}

// Set takes over whose addresses are known.
func (r *Receiver) Set(inv *inventory.Inventory) {
	r.senders.Store(newSenders(inv, r.senders.Load(), r.config))
}

// Listening yields the address once, as soon as Run has opened the port.
func (r *Receiver) Listening() <-chan netip.AddrPort { return r.listener }

// Run listens until ctx ends.
func (r *Receiver) Run(ctx context.Context) error {
	packets, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", r.config.Listen)
	if err != nil {
		return fmt.Errorf("listen for traps on %s: %w", r.config.Listen, err)
	}
	conn, ok := packets.(*net.UDPConn)
	if !ok {
		_ = packets.Close()
		return fmt.Errorf("listen for traps on %s: not a UDP socket", r.config.Listen)
	}
	_ = conn.SetReadBuffer(socketQueue) // as much as the kernel allows
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close()
	at, _ := conn.LocalAddr().(*net.UDPAddr)
	select {
	case r.listener <- at.AddrPort():
	default:
	}
	r.log.Info("listening for traps", zap.Stringer("address", at))
	return r.read(ctx, conn, at.IP.To4() != nil)
}

func (r *Receiver) read(ctx context.Context, conn *net.UDPConn, four bool) error {
	var reader interface {
		ReadBatch(messages []ipv4.Message, flags int) (int, error)
	} = ipv6.NewPacketConn(conn)
	if four {
		reader = ipv4.NewPacketConn(conn)
	}
	messages := make([]ipv4.Message, batch)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, bufferSize)}
	}
	for {
		n, err := reader.ReadBatch(messages, 0)
		if err != nil {
			if ctx.Err() != nil {
				return nil //nolint:nilerr // closed because it was told to end
			}
			if errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("read traps: %w", err)
			}
			r.metrics.refused("receive_error")
			continue
		}
		now := time.Now()
		for _, m := range messages[:n] {
			from, ok := m.Addr.(*net.UDPAddr)
			if !ok {
				continue
			}
			if ack := r.receive(m.Buffers[0][:m.N], unmap(from.AddrPort()), now); ack != nil {
				_, _ = conn.WriteToUDPAddrPort(ack, from.AddrPort()) // lost: the inform comes again
			}
		}
	}
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// receive deals with one datagram, and returns the acknowledgement that an
// inform is owed.
func (r *Receiver) receive(datagram []byte, from netip.AddrPort, now time.Time) (ack []byte) {
	r.metrics.received.Inc()
	known := r.senders.Load()
	device := known.device(from.Addr())
	if ok, report := r.admit(known, device, now); !ok {
		r.metrics.refused("rate")
		if report { // once in a while: so many traps deserve a look
			r.handle(Event{Device: device, At: now})
		}
		return nil
	}
	n, err := decode(r.parser, datagram)
	if errors.Is(err, errVersion) {
		return r.refuse("version", from, err)
	}
	if err != nil {
		return r.refuse("garbage", from, err)
	}
	if len(r.config.Communities) > 0 && !slices.Contains(r.config.Communities, secret.Text(n.community)) {
		return r.refuse("community", from, errors.New("the community is not one of ours"))
	}
	if device == "" && n.agent.IsValid() { // passed on by somebody else
		device = known.device(n.agent)
	}
	if device == "" {
		return r.refuse("unknown_sender", from, errors.New("the sender is not in the inventory"))
	}
	samples, declared := r.meaning.Trap(device, n.oid, n.variables, now)
	if !declared {
		r.metrics.refused("unknown_trap")
		r.log.Debug("trap that no profile declares", zap.String("device", device), zap.String("oid", n.oid))
		return n.acknowledgement
	}
	r.metrics.taken.Inc()
	r.handle(Event{Device: device, OID: n.oid, Samples: samples, At: now})
	return n.acknowledgement
}

func (r *Receiver) refuse(reason string, from netip.AddrPort, err error) []byte {
	r.metrics.refused(reason)
	r.refusals.add(reason, from, err)
	return nil
}

// admit counts a notification against its sender's quota. report is true once
// for each second in which a known device was turned away.
func (r *Receiver) admit(known *senders, device string, now time.Time) (ok, report bool) {
	if device == "" {
		return r.strange.AllowN(now, 1), false
	}
	q := known.quotas[device]
	if q.AllowN(now, 1) {
		return true, false
	}
	return false, q.report(now)
}
