package snmp

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

func TestCommunityIsNeverPrinted(t *testing.T) {
	c := Credential{Community: "hush"}
	target := Target{ID: "R1", Credential: c}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, c) + fmt.Sprintf(format, target) +
			fmt.Sprintf(format, &target); strings.Contains(text, "hush") {
			t.Errorf("%s prints %s", format, text)
		}
	}
}

func TestOIDs(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{".1.3.6", ".1.3.6", 0}, {".1.3.6", ".1.3.6.1", -1}, {".1.3.10", ".1.3.9", 1}, {".1.3.6.1.9", ".1.3.6.2", -1},
		{".1.3.4294967295", ".1.3.4294967294", 1},
	} {
		if got := compareOID(c.a, c.b); got < 0 != (c.want < 0) || got > 0 != (c.want > 0) {
			t.Errorf("compare %s with %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
	if rest, ok := under(".1.3.6", ".1.3.6.7.8"); !ok || rest != "7.8" {
		t.Errorf("under: %q %v", rest, ok)
	}
	for _, oid := range []string{".1.3.6", ".1.3.61", ".1.3"} {
		if _, ok := under(".1.3.6", oid); ok {
			t.Errorf("%s is not under .1.3.6", oid)
		}
	}
}

// FuzzAnswer feeds datagrams to all that stands between the socket and a judgement.
func FuzzAnswer(f *testing.F) {
	c, err := newCodec(Credential{Community: "secret"}, newParser())
	if err != nil {
		f.Fatal(err)
	}
	add := func(p gosnmp.SnmpPacket) {
		seed, err := p.MarshalMsg()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	add(gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "secret", PDUType: gosnmp.GetResponse,
		RequestID: 0x7fffffff, Variables: []gosnmp.SnmpPDU{
			{Name: sysObjectID, Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1.4.1.8072.3.2.10"},
			{Name: ".1.3.6.1.2.1.31.1.1.1.6.7", Type: gosnmp.Counter64, Value: uint64(1) << 63},
			{Name: ".1.3.6.1.2.1.31.1.1.1.1.7", Type: gosnmp.OctetString, Value: "GE0/0/7"},
			{Name: ".1.3.6.1.2.1.2.2.1.8.7", Type: gosnmp.Integer, Value: 7},
		}})
	add(gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "secret", PDUType: gosnmp.GetResponse, RequestID: 3,
		Error: gosnmp.TooBig, ErrorIndex: 200})
	add(gosnmp.SnmpPacket{Version: gosnmp.Version1, Community: "secret", PDUType: gosnmp.GetResponse, RequestID: 3,
		Error: gosnmp.NoSuchName, ErrorIndex: 1})
	f.Add([]byte("0\x06\x02\x01\x030\x01\x02"))
	chunk := []string{sysObjectID, ".1.3.6.1.2.1.31.1.1.1.6.7", ".1.3.6.1.2.1.2.2.1.8.7"}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		before := string(datagram)
		id, ok := peekID(datagram)
		tr := &transport{metrics: newMetrics(nil), pending: map[uint32]*try{}}
		tr.deliver(datagram, netip.AddrPort{}, epoch) // nobody waits
		packet, err := c.decode(slices.Clone(datagram))
		if string(datagram) != before {
			t.Error("the datagram was changed")
		}
		if err != nil {
			return
		}
		if ok && id != packet.RequestID { // stricter than the codec is fine
			t.Errorf("peeked at id %d (%v), decoded %d", id, ok, packet.RequestID)
		}
		s := &session{varbinds: mostVarbinds, absent: map[string]time.Time{}}
		for i, pdu := range packet.Variables {
			_, _ = number(pdu)
			_ = text(pdu)
			if i > 0 {
				_ = compareOID(pdu.Name, packet.Variables[i-1].Name)
			}
		}
		if packet.Error != gosnmp.NoError {
			again, _ := s.refusal(chunk, packet)
			if len(again) >= len(chunk) && s.varbinds >= len(chunk) {
				t.Errorf("error %s at %d is answered with the same question", packet.Error, packet.ErrorIndex)
			}
			return
		}
		s.match(chunk, packet, func(oid string, _ gosnmp.SnmpPDU, _ time.Time) {
			if !slices.Contains(chunk, oid) {
				t.Errorf("took %s, which was not asked for", oid)
			}
		})
	})
}
