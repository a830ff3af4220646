package icmp

import (
	"encoding/binary"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// ipv4Packet wraps an ICMP message as a raw socket delivers it.
func ipv4Packet(options int, message []byte) []byte {
	header := make([]byte, 20+4*options)
	header[0] = 0x40 | byte(5+options)
	header[9] = 1
	binary.BigEndian.PutUint16(header[2:], uint16(len(header)+len(message)))
	return append(header, message...)
}

// message builds an echo with a right checksum.
func message(kind byte, e echo, size int) []byte {
	p := make([]byte, echoHeader+size)
	p[offType] = kind
	e.put(p)
	binary.BigEndian.PutUint16(p[offChecksum:], ^fold(sumWords(p)))
	return p
}

func TestWhatIsSentIsWhatIsParsed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := echo{
			id: rapid.Uint16().Draw(t, "id"), seq: rapid.Uint16().Draw(t, "seq"),
			instance: rapid.Uint32().Draw(t, "instance"), flight: rapid.Uint32().Draw(t, "flight"),
			nonce: rapid.Uint64().Draw(t, "nonce"),
		}
		size := rapid.IntRange(minPayload, 200).Draw(t, "size")
		x := newSender(&socket{family: ipv4}, 1, size)
		x.add(loopback(1), 0, want)
		sent := x.bufs[0]
		if fold(sumWords(sent)) != 0xffff {
			t.Fatal("the checksum kept up incrementally is wrong")
		}
		p, ok := stripIPv4(ipv4Packet(rapid.IntRange(0, 10).Draw(t, "options"), sent))
		if !ok {
			t.Fatal("not recognised under its IPv4 header")
		}
		if got, ok := parseEcho(p, ipv4.request); !ok || got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestDamagedRepliesAreRefused(t *testing.T) {
	good := ipv4Packet(0, message(0, echo{id: 1, seq: 2, nonce: 3}, 56))
	cases := map[string]func([]byte) []byte{
		"cut short":         func(p []byte) []byte { return p[:len(p)-1] },
		"header only":       func(p []byte) []byte { return p[:20] },
		"nothing":           func(p []byte) []byte { return nil },
		"not version 4":     func(p []byte) []byte { p[0] = 0x65; return p },
		"header length 4":   func(p []byte) []byte { p[0] = 0x44; return p },
		"not ICMP":          func(p []byte) []byte { p[9] = 17; return p },
		"flipped bit":       func(p []byte) []byte { p[60] ^= 4; return p },
		"total length of 0": func(p []byte) []byte { p[2], p[3] = 0, 0; return p },
		"a request":         func([]byte) []byte { return ipv4Packet(0, message(8, echo{}, 56)) },
		"no room for ours":  func([]byte) []byte { return ipv4Packet(0, message(0, echo{}, 56)[:16]) },
	}
	accepts := func(p []byte) bool {
		m, ok := stripIPv4(p)
		if ok {
			_, ok = parseEcho(m, ipv4.reply)
		}
		return ok
	}
	if !accepts(append([]byte(nil), good...)) {
		t.Fatal("the good one is refused")
	}
	for name, spoil := range cases {
		if accepts(spoil(append([]byte(nil), good...))) {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestRoundTripSurvivesASetClock(t *testing.T) {
	const ms = int64(time.Millisecond)
	cases := []struct {
		name          string
		received, now int64 // wall clock at receipt, monotonic at reading
		want          time.Duration
	}{
		{"both clocks agree", 1000*ms + 20*ms, 25 * ms, 20 * time.Millisecond},
		{"no stamp: when we read it", 0, 25 * ms, 25 * time.Millisecond},
		{"wall clock set back an hour", 1000*ms - 3600_000*ms, 25 * ms, 25 * time.Millisecond},
		{"wall clock set forward an hour", 1000*ms + 3600_000*ms, 25 * ms, 25 * time.Millisecond},
	}
	for _, c := range cases {
		fl := flight{wall: 1000 * ms, mono: 0}
		if got := fl.roundTrip(c.received, c.now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func FuzzReply(f *testing.F) {
	f.Add(ipv4Packet(0, message(0, echo{id: 1, seq: 2, flight: 3, nonce: 4}, 56)))
	f.Add(ipv4Packet(10, message(0, echo{id: 1}, 16)))
	f.Add(message(129, echo{id: 1}, 16))
	f.Add([]byte{0x4f, 0, 0, 60, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, p []byte) {
		if m, ok := stripIPv4(p); ok {
			if len(m) > len(p)-20 || fold(sumWords(m)) != 0xffff {
				t.Fatalf("%x: accepted with a wrong length or checksum", p)
			}
			parseEcho(m, ipv4.reply)
		}
		if e, ok := parseEcho(p, ipv6.reply); ok {
			again := append([]byte(nil), p...)
			e.put(again)
			if string(again) != string(p) {
				t.Fatalf("%x: parsed as %+v, which writes %x", p, e, again)
			}
		}
	})
}
