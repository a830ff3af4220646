package icmp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// hole adds an interface that swallows what is routed into it: one end of a
// veth pair whose other end nobody listens on, so that ARP, if on, gets no answer.
func (ns netns) hole(prefix string, arp bool) {
	ns.t.Helper()
	veth := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "hole"}, PeerName: "bottom"}
	ns.do(func() {
		addr, err := netlink.ParseAddr(prefix)
		if err != nil {
			ns.t.Error(err)
			return
		}
		for what, step := range []func() error{
			func() error { return netlink.LinkAdd(veth) },
			func() error {
				if arp {
					return nil
				}
				return netlink.LinkSetARPOff(veth)
			},
			func() error { return netlink.AddrAdd(veth, addr) },
			func() error { return netlink.LinkSetUp(veth) },
			func() error {
				bottom, err := netlink.LinkByName("bottom")
				if err != nil {
					return err
				}
				return netlink.LinkSetUp(bottom)
			},
		} {
			if err := step(); err != nil {
				ns.t.Errorf("veth pair, step %d: %v", what, err)
				return
			}
		}
	})
}

func (ns netns) route(prefix string, kind int) {
	ns.t.Helper()
	ns.do(func() {
		_, to, err := net.ParseCIDR(prefix)
		if err == nil {
			err = netlink.RouteAdd(&netlink.Route{Dst: to, Type: kind})
		}
		if err != nil {
			ns.t.Errorf("route %s: %v", prefix, err)
		}
	})
}

func TestSilenceIsLostAndNoRouteIsUnknown(t *testing.T) {
	ns := newNetns(t)
	ns.hole("198.18.0.1/24", false)
	ns.route("198.18.1.0/24", unix.RTN_BLACKHOLE)
	ns.route("198.18.2.0/24", unix.RTN_UNREACHABLE)
	var l log
	e, _ := ns.engine(DefaultConfig(), l.deliver, func() {})
	cases := []struct {
		what, addr string
		outcome    Outcome
		err        error
	}{
		{"swallowed on the way", "198.18.0.77", Lost, nil},
		{"answers", "127.0.0.1", Answered, nil},
		{"black hole route", "198.18.1.1", Unknown, unix.EINVAL},
		{"unreachable route", "198.18.2.1", Unknown, unix.EHOSTUNREACH},
		{"no route at all", "203.0.113.1", Unknown, unix.ENETUNREACH},
		{"IPv6 without a route", "2001:db8::1", Unknown, unix.ENETUNREACH},
	}
	var targets []Target
	for i, c := range cases {
		for k := range 20 { // many of each, so that batches mix them
			targets = append(targets, Target{
				Key: uint32(100*i + k), Addr: netip.MustParseAddr(c.addr), Interval: 100 * time.Millisecond,
				Timeout: 150 * time.Millisecond,
			})
		}
	}
	start := time.Now()
	if err := e.Set(targets); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		for k := range 20 {
			key := uint32(100*i + k)
			wait.For(t, c.what, func() bool { return len(l.of(key)) >= 3 })
			for _, r := range l.of(key) {
				if c.addr == "2001:db8::1" && inside(t, e, func() bool { return e.v6 == nil }) {
					c.err = r.Err // no IPv6 in this kernel: any reason will do, but one there must be
				}
				if r.Outcome != c.outcome || !errors.Is(r.Err, c.err) {
					t.Fatalf("%s: %s, %v", c.what, r.Outcome, r.Err)
				}
				if r.Sent.Before(start) || r.Sent.After(time.Now()) {
					t.Fatalf("%s: sent at %v, started at %v", c.what, r.Sent, start)
				}
			}
		}
	}
}

// A receive buffer that is too small is our fault, not the line's.
func TestOverrunIsUnknownNotLost(t *testing.T) {
	ns := newNetns(t)
	cfg := DefaultConfig()
	cfg.ReceiveBuffer, cfg.Batch = 1, 512 // the kernel makes it 2,304 bytes
	cfg.ProbeRate, cfg.ProbeBurst = 1e6, 1e6
	e, reg := ns.engine(cfg, func([]Result) {}, func() {})
	tallies, err := e.Probe(t.Context(), ring(2000, time.Second), Plan{Count: 1, Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var received, unknown int
	for _, y := range tallies {
		received += y.Received
		unknown += y.Unknown
		if y.Unknown > 0 && !errors.Is(y.Err, ErrOverrun) {
			t.Fatalf("%s: %v", y.Addr, y.Err)
		}
	}
	if unknown == 0 {
		t.Fatal("nothing was dropped: the test tests nothing")
	}
	if received+unknown != len(tallies) {
		t.Errorf("%d answered, %d unknown, so %d were called lost", received, unknown, len(tallies)-received-unknown)
	}
	if drops := counter(t, reg, "linewarden_ping_receive_drops_total"); int(drops) < unknown {
		t.Errorf("%v drops counted, %d outcomes unknown", drops, unknown)
	}
}

// What the filter turns away is no overrun.
func TestForeignRepliesAreNoOverrun(t *testing.T) {
	ns := newNetns(t)
	e, reg := ns.engine(DefaultConfig(), func([]Result) {}, func() {})
	other, _ := ns.engine(DefaultConfig(), func([]Result) {}, func() {})
	for _, engine := range []*Engine{other, e} {
		tallies, err := engine.Probe(t.Context(), ring(500, time.Second), Plan{Count: 1, Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		for _, y := range tallies {
			if y.Received != 1 {
				t.Fatalf("%+v", y)
			}
		}
	}
	inside(t, e, func() bool {
		e.timeouts.add(e.newFlight(e.newEntry(entry{flying: 1, gone: true})), 0)
		e.airborne++
		return true
	})
	wait.For(t, "the expiry that reads the drop counter",
		func() bool { return inside(t, e, func() int { return e.airborne }) == 0 })
	for _, name := range []string{"linewarden_ping_receive_drops_total", "linewarden_ping_stray_replies_total"} {
		if n := counter(t, reg, name); n != 0 {
			t.Errorf("%s is %v", name, n)
		}
	}
}

// Requests that wait for ARP fill the send buffer: what cannot leave within an
// interval is unknown, what left is lost, and the others follow once there is room.
func TestCongestionIsUnknownNotLost(t *testing.T) {
	ns := newNetns(t)
	ns.hole("198.18.0.1/16", true)
	cfg := DefaultConfig()
	cfg.SendBuffer = 1 // the kernel makes it 4,608 bytes
	e, _ := ns.engine(cfg, func([]Result) {}, func() {})
	targets := make([]Target, 100)
	for i := range targets {
		targets[i] = Target{Key: uint32(i), Addr: netip.AddrFrom4([4]byte{198, 18, 1, byte(1 + i)})}
	}
	tallies, err := e.Probe(t.Context(), targets, Plan{Count: 1, Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var lost, congested int
	for _, y := range tallies {
		switch {
		case y.Received == 0 && y.Sent == 1 && y.Unknown == 0:
			lost++
		case y.Unknown == 1 && errors.Is(y.Err, ErrCongested):
			congested++
		default:
			t.Fatalf("%+v", y)
		}
	}
	if lost == 0 || congested == 0 {
		t.Errorf("%d lost, %d congested: both were expected", lost, congested)
	}
	wait.For(t, "room in the send buffer", func() bool {
		tallies, err := e.Probe(t.Context(), ring(1, 0), Plan{Count: 1, Timeout: time.Second})
		return err == nil && tallies[0].Received == 1
	})
}

func TestUnprivilegedSocketsAndTheErrorWithoutThem(t *testing.T) {
	ns := newNetns(t)
	ns.sysctl("ping_group_range", "1 0")
	ns.do(func() {
		dropNetRaw(t)
		err := New(DefaultConfig(), nil, nil).Run(t.Context())
		if !errors.Is(err, ErrPermission) {
			t.Errorf("without any permission: %v", err)
		}
		if _, err := Test(t.Context(), loopback(1), 1, time.Second, time.Second); !errors.Is(err, ErrPermission) {
			t.Errorf("test now without any permission: %v", err)
		}
	})
	ns.sysctl("ping_group_range", "0 2147483647")
	e, _ := ns.engine(DefaultConfig(), func([]Result) {}, func() { dropNetRaw(t) })
	tallies, err := e.Probe(t.Context(), ring(3000, time.Second),
		Plan{Count: 2, Gap: 100 * time.Millisecond, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if inside(t, e, func() bool { return e.v4.raw }) {
		t.Fatal("the socket is raw: the test tests nothing")
	}
	for _, y := range tallies {
		if y.Sent != 2 || y.Received != 2 {
			t.Fatalf("%+v", y)
		}
	}
	ns.do(func() {
		dropNetRaw(t)
		s, err := Test(context.Background(), loopback(1), 3, 10*time.Millisecond, time.Second)
		if err != nil || s.Received != 3 {
			t.Errorf("test now, unprivileged: %+v, %v", s, err)
		}
	})
}
