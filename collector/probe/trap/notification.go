package trap

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/gosnmp/gosnmp"

	"github.com/linewarden/linewarden/collector/probe/ber"
)

// Objects that say what a notification is and who sent it.
const (
	snmpTrapOID     = ".1.3.6.1.6.3.1.1.4.1.0" // SNMPv2-MIB
	snmpTrapAddress = ".1.3.6.1.6.3.18.1.3.0"  // SNMP-COMMUNITY-MIB, set by who passes a trap on
	snmpTraps       = ".1.3.6.1.6.3.1.1.5."    // SNMPv2-MIB: generic trap n of v1 is n+1 here (RFC 3584)
	enterpriseTrap  = 6                        // v1: the specific number counts
)

// notification is a trap or an inform of any version.
type notification struct {
	community       string
	oid             string
	agent           netip.Addr // who the trap is really from, where it says so
	variables       map[string]any
	acknowledgement []byte // what an inform is owed
}

// errVersion is what a sender of SNMPv3 has to be told: what it sends is no
// garbage, but nobody here can read it.
var errVersion = errors.New("SNMPv3 is not supported here; have the device send v1 or v2c")

// decode never panics, whatever comes in.
func decode(parser *gosnmp.GoSNMP, datagram []byte) (n notification, err error) {
	defer func() {
		if p := recover(); p != nil { // in the codec, which is not ours
			n, err = notification{}, fmt.Errorf("undecodable: %v", p)
		}
	}()
	version, at, ok := pdu(datagram)
	if !ok {
		return notification{}, errors.New("not an SNMP message")
	}
	if version == byte(gosnmp.Version3) {
		return notification{}, errVersion
	}
	if version != byte(gosnmp.Version1) && version != byte(gosnmp.Version2c) {
		return notification{}, fmt.Errorf("SNMP version %d is not supported", version)
	}
	// The codec's octet strings share memory with its input.
	own := slices.Clone(datagram)
	packet, err := parser.UnmarshalTrap(own, false)
	if err != nil {
		return notification{}, fmt.Errorf("undecodable: %w", err)
	}
	n = notification{community: packet.Community, variables: make(map[string]any, len(packet.Variables))}
	for _, v := range packet.Variables {
		n.variables[v.Name] = plain(v.Value)
	}
	switch packet.PDUType {
	case gosnmp.Trap:
		n.oid = v1OID(packet)
		n.agent = address(packet.AgentAddress)
	case gosnmp.SNMPv2Trap, gosnmp.InformRequest:
		n.oid, _ = n.variables[snmpTrapOID].(string)
		forwarded, _ := n.variables[snmpTrapAddress].(string)
		n.agent = address(forwarded)
	default:
		return notification{}, fmt.Errorf("not a notification: %s", packet.PDUType)
	}
	if n.oid == "" {
		return notification{}, errors.New("a notification without snmpTrapOID")
	}
	if packet.PDUType == gosnmp.InformRequest {
		// The answer repeats the inform with another tag (RFC 3416, 4.2.7).
		n.acknowledgement = slices.Clone(datagram)
		n.acknowledgement[at] = byte(gosnmp.GetResponse)
	}
	return n, nil
}

// v1OID writes a v1 trap as v2 knows it (RFC 3584, 3.1).
func v1OID(p *gosnmp.SnmpPacket) string {
	if p.GenericTrap >= 0 && p.GenericTrap < enterpriseTrap {
		return snmpTraps + strconv.Itoa(p.GenericTrap+1)
	}
	enterprise := p.Enterprise
	if enterprise == "" {
		return ""
	}
	if !strings.HasSuffix(enterprise, ".0") { // some agents already put it there
		enterprise += ".0"
	}
	return enterprise + "." + strconv.Itoa(p.SpecificTrap)
}

func plain(v any) any {
	switch n := v.(type) {
	case int:
		return int64(n)
	case uint:
		return uint64(n)
	case uint32:
		return uint64(n)
	case uint64, string, []byte:
		return n
	}
	return nil
}

// address is invalid for 0.0.0.0, which says that the agent does not know.
func address(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil || a.IsUnspecified() {
		return netip.Addr{}
	}
	return a.Unmap()
}

// pdu finds the version and where the PDU begins; of a version that is not read
// here, only the version.
func pdu(datagram []byte) (version byte, at int, ok bool) {
	message, trailing, ok := ber.Take(datagram, ber.Sequence)
	if !ok || len(trailing) > 0 {
		return 0, 0, false
	}
	number, rest, ok := ber.Take(message, ber.Integer)
	if !ok || len(number) != 1 {
		return 0, 0, false
	}
	if number[0] == byte(gosnmp.Version3) {
		return number[0], 0, true
	}
	_, rest, ok = ber.Take(rest, ber.OctetString) // the community
	if !ok || len(rest) == 0 {
		return 0, 0, false
	}
	return number[0], len(datagram) - len(rest), true
}
