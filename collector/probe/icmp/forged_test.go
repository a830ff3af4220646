package icmp

import (
	"context"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// forger answers pings, as it likes, inside a namespace whose kernel does not.
type forger struct {
	t        *testing.T
	out      int
	requests chan []byte // IPv4 packets
}

// forgedTTL keeps the forger from hearing itself.
const forgedTTL = 63

func newForger(t *testing.T, ns netns) *forger {
	t.Helper()
	ns.sysctl("icmp_echo_ignore_all", "1")
	f := &forger{t: t, requests: make(chan []byte, 64)}
	var in int
	ns.do(func() {
		open := func(proto int) int {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, proto)
			if err != nil {
				t.Errorf("raw socket: %v", err)
			}
			return fd
		}
		in, f.out = open(unix.IPPROTO_ICMP), open(unix.IPPROTO_RAW) // the latter takes whole IPv4 packets
		if err := unix.SetsockoptInt(in, unix.SOL_RAW, unix.ICMP_FILTER, int(^uint32(1<<8))); err != nil {
			t.Errorf("ICMP_FILTER: %v", err)
		}
		if err := unix.SetsockoptTimeval(in, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 50_000}); err != nil {
			t.Errorf("SO_RCVTIMEO: %v", err)
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for ctx.Err() == nil {
			if n, _, err := unix.Recvfrom(in, buf, 0); err == nil && buf[8] != forgedTTL {
				select {
				case f.requests <- append([]byte(nil), buf[:n]...):
				case <-ctx.Done():
				}
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		unix.Close(in)
		unix.Close(f.out)
	})
	return f
}

// next waits for one request.
func (f *forger) next() []byte {
	f.t.Helper()
	return wait.Receive(f.t, f.requests, "a request")
}

// lie changes a truthful reply: its source address and its ICMP message.
type lie func(from *[4]byte, icmp []byte) []byte

func truth(_ *[4]byte, p []byte) []byte { return p }

// reply answers a request.
func (f *forger) reply(request []byte, tell lie) {
	f.t.Helper()
	asked, asker := [4]byte(request[16:20]), [4]byte(request[12:16])
	icmp := append([]byte(nil), request[20:]...)
	icmp[offType], icmp[offChecksum], icmp[offChecksum+1] = ipv4.reply, 0, 0
	from := asked
	icmp = tell(&from, icmp)
	if icmp[offChecksum] == 0 && icmp[offChecksum+1] == 0 {
		binary.BigEndian.PutUint16(icmp[offChecksum:], ^fold(sumWords(icmp)))
	}
	p := ipv4Packet(0, icmp)
	p[8] = forgedTTL
	copy(p[12:], from[:])
	copy(p[16:], asker[:])
	if err := unix.Sendto(f.out, p, 0, &unix.SockaddrInet4{Addr: asker}); err != nil {
		f.t.Fatalf("send a forged reply: %v", err)
	}
}

// lies are replies that look like ours and must not count.
func lies() map[string]lie {
	flip := func(offset int) lie {
		return func(_ *[4]byte, p []byte) []byte { p[offset] ^= 1; return p }
	}
	return map[string]lie{
		"wrong identifier":         flip(offID + 1),
		"wrong sequence number":    flip(offSeq + 1),
		"another engine's":         flip(offInstance),
		"another request's number": flip(offFlight + 3),
		"number out of range":      flip(offFlight),
		"wrong nonce":              flip(offNonce + 7),
		"code not 0":               flip(offCode),
		"still a request":          func(_ *[4]byte, p []byte) []byte { p[offType] = 8; return p },
		"destination unreachable":  func(_ *[4]byte, p []byte) []byte { p[offType] = 3; return p },
		"from another address":     func(from *[4]byte, p []byte) []byte { from[3] ^= 0x80; return p },
		"bad checksum":             func(_ *[4]byte, p []byte) []byte { p[offChecksum] = 1; return p },
		"payload cut off":          func(_ *[4]byte, p []byte) []byte { return p[:12] },
		"empty":                    func(_ *[4]byte, p []byte) []byte { return p[:8] },
	}
}

// startProbe starts a Probe in the background.
func startProbe(t *testing.T, e *Engine, targets []Target, plan Plan) func() []Tally {
	type outcome struct {
		tallies []Tally
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		tallies, err := e.Probe(t.Context(), targets, plan)
		done <- outcome{tallies, err}
	}()
	return func() []Tally {
		t.Helper()
		o := <-done
		if o.err != nil {
			t.Fatal(o.err)
		}
		return o.tallies
	}
}

func TestForgedRepliesNeverCount(t *testing.T) {
	ns := newNetns(t)
	f := newForger(t, ns)
	e, _ := ns.engine(DefaultConfig(), func([]Result) {}, func() {})
	var names []string
	var targets []Target
	for name := range lies() {
		targets = append(targets, Target{Key: uint32(len(names)),
			Addr: netip.AddrFrom4([4]byte{127, 5, 0, byte(1 + len(names))})})
		names = append(names, name)
	}
	tellLies := func(also lie) func() []Tally {
		finish := startProbe(t, e, targets, Plan{Count: 1, Timeout: 500 * time.Millisecond})
		for range targets {
			request := f.next()
			f.reply(request, lies()[names[request[19]-1]])
			if also != nil {
				f.reply(request, also)
			}
		}
		return finish
	}
	for i, y := range tellLies(nil)() {
		if y.Sent != 1 || y.Received != 0 || y.Unknown != 0 {
			t.Errorf("%s, alone: %+v", names[i], y)
		}
	}
	for i, y := range tellLies(truth)() {
		if y.Sent != 1 || y.Received != 1 {
			t.Errorf("%s, before the true reply: %+v", names[i], y)
		}
	}
}

func TestLateAndDoubledRepliesNeverCount(t *testing.T) {
	ns := newNetns(t)
	f := newForger(t, ns)
	e, reg := ns.engine(DefaultConfig(), func([]Result) {}, func() {})
	target := []Target{{Key: 1, Addr: loopback(1)}}

	finish := startProbe(t, e, target, Plan{Count: 1, Timeout: 100 * time.Millisecond})
	first := f.next()
	if y := finish()[0]; y.Sent != 1 || y.Received != 0 {
		t.Fatalf("not answered: %+v", y)
	}
	// The old reply now comes instead of the new one, then the new one twice.
	finish = startProbe(t, e, target, Plan{Count: 1, Timeout: 300 * time.Millisecond})
	f.next()
	f.reply(first, truth)
	if y := finish()[0]; y.Received != 0 {
		t.Errorf("a reply to an earlier request counted: %+v", y)
	}
	finish = startProbe(t, e, target, Plan{Count: 2, Gap: 200 * time.Millisecond, Timeout: 300 * time.Millisecond})
	request := f.next()
	f.reply(request, truth)
	f.reply(request, truth)
	f.reply(request, truth)
	f.next()
	if y := finish()[0]; y.Sent != 2 || y.Received != 1 {
		t.Errorf("one of two answered, three times over: %+v", y)
	}
	wait.For(t, "three stray replies counted", func() bool {
		return counter(t, reg, "linewarden_ping_stray_replies_total") == 3
	})
}

// A reply that came in time counts even if the engine reads it late; one that
// came too late does not, even if it is read before the time-out is noticed.
func TestTheKernelsStampDecidesWhatIsLate(t *testing.T) {
	ns := newNetns(t)
	f := newForger(t, ns)
	e, _ := ns.engine(DefaultConfig(), func([]Result) {}, func() {})
	hold := func(plan Plan, whileHeld func(request []byte)) Tally {
		finish := startProbe(t, e, []Target{{Key: 1, Addr: loopback(1)}}, plan)
		request := f.next()
		held, release := make(chan struct{}), make(chan struct{})
		if err := e.do(func(int64) { close(held); <-release }); err != nil {
			t.Fatal(err)
		}
		<-held
		whileHeld(request)
		close(release)
		return finish()[0]
	}
	pass := func(d time.Duration) { <-time.After(d) } // time itself is what is tested here
	// The kernel begins to stamp a moment after it was first asked to.
	wait.For(t, "stamps from the kernel", func() bool {
		y := hold(Plan{Count: 1, Timeout: time.Second}, func(request []byte) {
			f.reply(request, truth)
			pass(50 * time.Millisecond)
		})
		return y.RTT.Max < 50*time.Millisecond
	})
	y := hold(Plan{Count: 1, Timeout: time.Second}, func(request []byte) {
		f.reply(request, truth)
		pass(1200 * time.Millisecond)
	})
	if y.Received != 1 || y.RTT.Max > time.Second {
		t.Errorf("in time, read late: %+v", y)
	}
	y = hold(Plan{Count: 1, Timeout: 200 * time.Millisecond}, func(request []byte) {
		pass(250 * time.Millisecond)
		f.reply(request, truth)
	})
	if y.Sent != 1 || y.Received != 0 {
		t.Errorf("50 ms late: %+v", y)
	}
}
