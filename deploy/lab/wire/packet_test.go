package wire

import (
	"bytes"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

var (
	station = netip.MustParseAddr("198.18.0.2")
	device  = netip.MustParseAddr("198.18.1.7")
)

// frame4 is an IPv4 frame from the station to the device, its header written
// by x/net, not by the code under test.
func frame4(t testing.TB, proto int, body []byte, change func(*ipv4.Header)) []byte {
	t.Helper()
	h := &ipv4.Header{Version: 4, Len: 20, TotalLen: 20 + len(body), TTL: 64, Protocol: proto, Src: station.AsSlice(),
		Dst: device.AsSlice()}
	if change != nil {
		change(h)
	}
	b, err := h.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	check := ^fold(sum(0, b))
	b[10], b[11] = byte(check>>8), byte(check)
	return append(append([]byte{14: 0}[:12], 8, 0), append(b, body...)...)
}

func echo(t testing.TB) []byte {
	t.Helper()
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: 7, Seq: 9, Data: []byte("odd payload")}}
	b, err := m.Marshal(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func frame6(t testing.TB) []byte {
	t.Helper()
	src, dst := plan.Address6(station).As16(), plan.Address6(device).As16()
	m := icmp.Message{Type: ipv6.ICMPTypeEchoRequest, Body: &icmp.Echo{ID: 7, Seq: 9, Data: []byte("odd payload")}}
	b, err := m.Marshal(icmp.IPv6PseudoHeader(src[:], dst[:]))
	if err != nil {
		t.Fatal(err)
	}
	head := append([]byte{0x60, 0, 0, 0, 0, byte(len(b)), 58, 64}, append(src[:], dst[:]...)...)
	return append(append([]byte{14: 0}[:12], 0x86, 0xdd), append(head, b...)...)
}

var link = Link{Host: [6]byte{1, 2, 3, 4, 5, 6}, Lab: [6]byte{6, 5, 4, 3, 2, 1}}

func TestAnEchoComesBackWithItsPayload(t *testing.T) {
	var p Packet
	if !p.Parse(frame4(t, 1, echo(t), nil)) || !p.Echo {
		t.Fatal("an echo request is not understood")
	}
	if s, _ := plan.Slot(station); p.Src != s {
		t.Errorf("from slot %d", p.Src)
	}
	out := make([]byte, MaxFrame)
	n := link.EchoReply(&p, out)
	h, err := ipv4.ParseHeader(out[14:n])
	if err != nil || !h.Src.Equal(net.IP(device.AsSlice())) || !h.Dst.Equal(net.IP(station.AsSlice())) ||
		h.TotalLen != n-14 {
		t.Fatalf("header %v, %v", h, err)
	}
	if fold(sum(0, out[14:34])) != 0xffff || fold(sum(0, out[34:n])) != 0xffff {
		t.Error("a checksum is wrong")
	}
	m, err := icmp.ParseMessage(1, out[34:n])
	if err != nil || m.Type != ipv4.ICMPTypeEchoReply {
		t.Fatalf("%v, %v", m, err)
	}
	if e := m.Body.(*icmp.Echo); e.ID != 7 || e.Seq != 9 || string(e.Data) != "odd payload" {
		t.Errorf("echo %+v", e)
	}
	if !bytes.Equal(out[:6], link.Host[:]) {
		t.Error("not addressed to the host")
	}
}

func TestAnIPv6EchoComesBack(t *testing.T) {
	var p Packet
	if !p.Parse(frame6(t)) || !p.Echo || !p.V6 {
		t.Fatal("an IPv6 echo request is not understood")
	}
	out := make([]byte, MaxFrame)
	n := link.EchoReply(&p, out)
	m, err := icmp.ParseMessage(58, out[54:n])
	if err != nil || m.Type != ipv6.ICMPTypeEchoReply {
		t.Fatalf("%v, %v", m, err)
	}
	if fold(sum(pseudo6(out[14:n], n-54, 58), out[54:n])) != 0xffff {
		t.Error("the checksum is wrong")
	}
}

func TestUDPComesBackToItsPort(t *testing.T) {
	var p Packet
	request := append([]byte{0xc0, 0, 0, 161, 0, 12, 0, 0}, "ping"...)
	if !p.Parse(frame4(t, 17, request, nil)) || p.Echo || p.Ports != [2]int{0xc000, 161} || string(p.Body) != "ping" {
		t.Fatalf("understood as %+v", p)
	}
	out := make([]byte, MaxFrame)
	n := link.Reply(&p, []byte("pong!"), out)
	if got := out[34:n]; got[0] != 0 || got[1] != 161 || got[2] != 0xc0 || got[3] != 0 || string(got[8:]) != "pong!" {
		t.Errorf("answer % x", got)
	}
	udpSum := sum(sum(uint64(n-34)+17, out[26:34]), out[34:n])
	if fold(udpSum) != 0xffff {
		t.Error("the checksum is wrong")
	}
}

func TestWhatIsNotForTheLabIsDropped(t *testing.T) {
	bad := echo(t)
	bad[len(bad)-1]++
	for name, frame := range map[string][]byte{
		"empty":               nil,
		"cut short":           frame4(t, 1, echo(t), nil)[:40],
		"ARP":                 append(bytes.Repeat([]byte{0}, 12), append([]byte{8, 6}, make([]byte, 40)...)...),
		"another destination": frame4(t, 1, echo(t), func(h *ipv4.Header) { h.Dst = net.IPv4(10, 0, 0, 1) }),
		"a fragment":          frame4(t, 1, echo(t), func(h *ipv4.Header) { h.Flags = ipv4.MoreFragments }),
		"a later fragment":    frame4(t, 1, echo(t), func(h *ipv4.Header) { h.FragOff = 8 }),
		"wrong ICMP checksum": frame4(t, 1, bad, nil),
		"TCP":                 frame4(t, 6, make([]byte, 20), nil),
		"UDP longer than IP":  frame4(t, 17, []byte{0, 1, 0, 161, 0, 99, 0, 0}, nil),
		"an echo reply":       frame4(t, 1, func() []byte { b := echo(t); b[0] = 0; b[2] += 8; return b }(), nil),
	} {
		var p Packet
		if p.Parse(frame) {
			t.Errorf("%s: taken for %+v", name, p)
		}
	}
	broken := frame4(t, 1, echo(t), nil)
	broken[24]++
	if new(Packet).Parse(broken) {
		t.Error("a wrong header checksum is accepted")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(frame4(f, 1, echo(f), nil))
	f.Add(frame4(f, 17, append([]byte{0xc0, 0, 0, 161, 0, 12, 0, 0}, "ping"...), nil))
	f.Add(frame6(f))
	out := make([]byte, MaxFrame)
	f.Fuzz(func(t *testing.T, frame []byte) {
		var p Packet
		if !p.Parse(frame) {
			return
		}
		if p.Src >= plan.Slots() || p.Dst >= plan.Slots() {
			t.Fatalf("slots %d, %d", p.Src, p.Dst)
		}
		if p.Echo {
			link.EchoReply(&p, out)
		} else {
			link.Reply(&p, p.Body, out)
		}
	})
}
