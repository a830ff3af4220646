package bad

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/gosnmp/gosnmp"
)

// Anything may arrive on the trap port. The daemon counts it and lives, and
// still takes the next good trap.
func TestBadTraps(t *testing.T) {
	port := freeUDP(t)
	s := newSite(t)
	s.Append("linewarden.yaml", fmt.Sprintf(`collector:
  intervals: {AAA: 1s}
  trap: {listen: "127.0.0.1:%d", communities: [right], rate: 1000000, burst: 1000000}
`, port))
	d := s.Serve()

	from, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 1, 1)},
		&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	s.must(err)
	defer from.Close()
	linkDown := trapOf(t, "right")
	sent := 0
	send := func(datagrams ...[]byte) {
		t.Helper()
		for _, b := range datagrams {
			_, err := from.Write(b)
			s.must(err)
			if sent++; sent%50 == 0 { // no more than the socket holds
				d.ExpectMetric(float64(sent), "linewarden_traps_received_total")
			}
		}
	}

	var garbage [][]byte
	for n := range len(linkDown) {
		garbage = append(garbage, linkDown[:n]) // truncated at every byte, an empty datagram first
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		b := make([]byte, random.IntN(1400))
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		garbage = append(garbage, b)
	}
	for _, length := range [][]byte{{0x84, 0xff, 0xff, 0xff, 0xff}, {0x88, 1, 2, 3, 4, 5, 6, 7, 8}, {0x80}, {0xff}} {
		garbage = append(garbage, append(append([]byte{0x30}, length...), linkDown[2:]...)) // lengths that lie
	}
	nested := make([]byte, 1400) // SEQUENCE in SEQUENCE in SEQUENCE
	for i := range nested {
		nested[i] = []byte{0x30, 0x82, 0x05, 0x00}[i%4]
	}
	garbage = append(garbage, nested, trapOf(t, "wrong"))
	send(garbage...)
	d.ExpectMetric(float64(sent), "linewarden_traps_received_total")
	d.ExpectMetric(float64(sent), "linewarden_traps_refused_total")
	d.ExpectSymptoms()
	d.ExpectNobodyCalled()

	// Single bits turned: some are traps still, and may be believed; but nothing falls.
	for i := range linkDown {
		for bit := range 8 {
			b := append([]byte(nil), linkDown...)
			b[i] ^= 1 << bit
			send(b)
		}
	}
	d.ExpectMetric(float64(sent), "linewarden_traps_received_total")
	d.must(d.Ready())

	taken, err := d.Metric("linewarden_traps_taken_total")
	s.must(err)
	send(linkDown)
	d.ExpectMetric(taken+1, "linewarden_traps_taken_total")
	d.Await("the next good trap raises its symptom", func() error {
		all, err := d.symptoms()
		if err != nil {
			return err
		}
		for _, s := range all {
			if s == "link_down port/CR-1/lo" {
				return nil
			}
		}
		return fmt.Errorf("raised: %q", all)
	})
}

// trapOf is IF-MIB's linkDown of CR-1's port "lo".
func trapOf(t *testing.T, community string) []byte {
	t.Helper()
	packet := &gosnmp.SnmpPacket{
		Version: gosnmp.Version2c, Community: community, PDUType: gosnmp.SNMPv2Trap, RequestID: 7,
		Variables: []gosnmp.SnmpPDU{
			{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(4711)},
			{Name: ".1.3.6.1.6.3.1.1.4.1.0", Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1.6.3.1.1.5.3"},
			{Name: ".1.3.6.1.2.1.2.2.1.1.1", Type: gosnmp.Integer, Value: 1},
			{Name: ".1.3.6.1.2.1.2.2.1.7.1", Type: gosnmp.Integer, Value: 1},
			{Name: ".1.3.6.1.2.1.2.2.1.8.1", Type: gosnmp.Integer, Value: 2},
			{Name: ".1.3.6.1.2.1.31.1.1.1.1.1", Type: gosnmp.OctetString, Value: "lo"},
		},
	}
	raw, err := packet.MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
