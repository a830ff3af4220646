package agent

import (
	"slices"

	"github.com/linewarden/linewarden/deploy/lab/ber"
	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

// object is what an OID means, apart from its instance.
type object uint8

const (
	sysDescr object = iota
	sysObjectID
	sysUpTime
	sysContact
	sysName
	sysLocation
	sysServices
	ifNumber
	ifTableLastChange
	ifIndex
	ifDescr
	ifType
	ifMTU
	ifSpeed
	ifPhysAddress
	ifAdminStatus
	ifOperStatus
	ifLastChange
	ifInOctets
	ifInUcast
	ifInDiscards
	ifInErrors
	ifOutOctets
	ifOutUcast
	ifOutDiscards
	ifOutErrors
	ifName
	ifHCInOctets
	ifHCInUcast
	ifHCOutOctets
	ifHCOutUcast
	ifHighSpeed
	ifConnector
	ifAlias
	ifDiscontinuity
	entDescr
	entClass
	entName
	entAlias
	hwRxPower
	hwTxPower
	rcValue // of an optical parameter, arg its type
	rcDDMValid
	rcRxLos
	slotELink
	slotOLink
	slotORLnk
	slotOTLnk
	slotOSD
	farExist
	farELink
	farReceSen
	farOSD
	farOLink
	oamTime
	oamOUI
	oamType
	oamLocation
	oamRunning
	oamTotal
	h3cTx
	h3cRx
)

// Roots of the subtrees, with the MIB that defines them.
var (
	system   = []uint32{1, 3, 6, 1, 2, 1, 1}                           // SNMPv2-MIB
	ifNum    = []uint32{1, 3, 6, 1, 2, 1, 2, 1}                        // IF-MIB
	ifTable  = []uint32{1, 3, 6, 1, 2, 1, 2, 2, 1}                     // IF-MIB
	ifChange = []uint32{1, 3, 6, 1, 2, 1, 31, 1, 5}                    // IF-MIB
	ifXTable = []uint32{1, 3, 6, 1, 2, 1, 31, 1, 1, 1}                 // IF-MIB
	entity   = []uint32{1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1}              // ENTITY-MIB
	entMap   = []uint32{1, 3, 6, 1, 2, 1, 47, 1, 3, 2, 1, 2}           // ENTITY-MIB
	oamLog   = []uint32{1, 3, 6, 1, 2, 1, 158, 1, 6, 1}                // DOT3-OAM-MIB
	hwOptics = []uint32{1, 3, 6, 1, 4, 1, 2011, 5, 25, 31, 1, 1, 3, 1} // HUAWEI-ENTITY-EXTENT-MIB
	rcParam  = []uint32{1, 3, 6, 1, 4, 1, 8886, 1, 18, 2, 2, 1, 1}     // RAISECOM-OPTICAL-TRANSCEIVER-MIB
	rcInfo   = []uint32{1, 3, 6, 1, 4, 1, 8886, 1, 18, 2, 4, 1, 1}     // RAISECOM-OPTICAL-TRANSCEIVER-MIB
	rcft     = []uint32{1, 3, 6, 1, 4, 1, 8886, 2, 1, 5, 1, 1}         // RAISECOM-RCFT-MIB
	h3cOptic = []uint32{1, 3, 6, 1, 4, 1, 25506, 2, 70, 1, 1, 1}       // HH3C-TRANSCEIVER-INFO-MIB
	objectID = map[plan.Vendor][]uint32{
		plan.Huawei:   {1, 3, 6, 1, 4, 1, 2011, 2, 62, 2, 5},
		plan.Raisecom: {1, 3, 6, 1, 4, 1, 8886, 6, 121},
		plan.RCFT:     {1, 3, 6, 1, 4, 1, 8886, 1, 2, 1},
		plan.H3C:      {1, 3, 6, 1, 4, 1, 25506, 1, 1142},
	}
)

// entry is one instance in a device's view: where its OID stands in the
// arena, what it is, and of which port or row.
type entry struct {
	from, to uint32
	is       object
	arg      uint16
	port     int32
}

// mib is a device's view, sorted. Only the event log changes afterwards.
type mib struct {
	arcs    []uint32
	entries []entry
	log     int // version of the event log that is in it
}

func (m *mib) oid(e entry) []uint32 { return m.arcs[e.from:e.to] }

func (m *mib) add(is object, port int, arg int, base []uint32, tail ...uint32) {
	from := len(m.arcs)
	m.arcs = append(append(m.arcs, base...), tail...)
	m.entries = append(m.entries, entry{uint32(from), uint32(len(m.arcs)), is, uint16(arg), int32(port)})
}

// find is the index of the first entry that is not before oid, and whether it
// is oid itself.
func (m *mib) find(oid []uint32) (int, bool) {
	return slices.BinarySearchFunc(m.entries, oid, func(e entry, oid []uint32) int { return ber.Compare(m.oid(e), oid) })
}

type column struct {
	n  uint32
	is object
}

var ifColumns = []column{
	{1, ifIndex}, {2, ifDescr}, {3, ifType}, {4, ifMTU}, {5, ifSpeed}, {6, ifPhysAddress}, {7, ifAdminStatus},
	{8, ifOperStatus},
	{9, ifLastChange}, {10, ifInOctets}, {11, ifInUcast}, {13, ifInDiscards}, {14, ifInErrors}, {16, ifOutOctets},
	{17, ifOutUcast},
	{19, ifOutDiscards}, {20, ifOutErrors},
}

var ifXColumns = []column{
	{1, ifName}, {6, ifHCInOctets}, {7, ifHCInUcast}, {10, ifHCOutOctets}, {11, ifHCOutUcast}, {15, ifHighSpeed},
	{17, ifConnector},
	{18, ifAlias}, {19, ifDiscontinuity},
}

var slotColumns = []column{
	{7, slotELink}, {14, slotOLink}, {20, slotORLnk}, {21, slotOTLnk}, {34, slotOSD}, {37, farExist}, {40, farELink},
	{47, farReceSen},
	{49, farOSD}, {50, farOLink},
}

var logColumns = []column{{2, oamTime}, {3, oamOUI}, {4, oamType}, {5, oamLocation}, {11, oamRunning}, {12, oamTotal}}

// build lists what a device has to say.
func build(w *world.World, dev int) *mib {
	m := &mib{}
	d := &w.Net.Devices[dev]
	for i, is := range []object{sysDescr, sysObjectID, sysUpTime, sysContact, sysName, sysLocation, sysServices} {
		m.add(is, plan.None, 0, system, uint32(i+1), 0)
	}
	m.add(ifNumber, plan.None, 0, ifNum, 0)
	m.add(ifTableLastChange, plan.None, 0, ifChange, 0)
	for _, p := range d.Ports {
		q := &w.Net.Ports[p]
		if w.Net.Slot(p) {
			m.slot(p, q)
			continue
		}
		m.iface(p, uint32(q.IfIndex))
		m.optics(d.Vendor, p, q)
	}
	for row, e := range w.OAMLog(dev) {
		for _, c := range logColumns {
			m.add(c.is, e.Port, row, oamLog, c.n, uint32(w.Net.Ports[e.Port].IfIndex), uint32(e.Index))
		}
	}
	m.log = w.OAMVersion(dev)
	slices.SortFunc(m.entries, func(a, b entry) int { return ber.Compare(m.oid(a), m.oid(b)) })
	return m
}

func (m *mib) iface(port int, index uint32) {
	for _, c := range ifColumns {
		m.add(c.is, port, 0, ifTable, c.n, index)
	}
	for _, c := range ifXColumns {
		m.add(c.is, port, 0, ifXTable, c.n, index)
	}
}

// slot is a row of the chassis table, its index shelf and slot.
func (m *mib) slot(port int, q *plan.Port) {
	shelf, slot := uint32(q.IfIndex/100), uint32(q.IfIndex%100)
	for _, c := range slotColumns {
		m.add(c.is, port, 0, rcft, c.n, shelf, slot)
	}
}

// hwEntity is the entPhysicalIndex of a Huawei port.
func hwEntity(q *plan.Port) uint32 { return 0x01010000 + uint32(q.IfIndex)*10 }

func (m *mib) optics(v plan.Vendor, port int, q *plan.Port) {
	index := uint32(q.IfIndex)
	switch {
	case v == plan.Huawei:
		e := hwEntity(q)
		m.add(entDescr, port, 0, entity, 2, e)
		m.add(entClass, port, 0, entity, 5, e)
		m.add(entName, port, 0, entity, 7, e)
		m.add(entAlias, port, 0, entMap, e, 0)
		m.add(hwRxPower, port, 0, hwOptics, 8, e)
		m.add(hwTxPower, port, 0, hwOptics, 9, e)
	case v == plan.Raisecom && q.Optical:
		for kind := range 5 {
			m.add(rcValue, port, kind+1, rcParam, 2, index, uint32(kind+1))
			m.add(rcDDMValid, port, 0, rcParam, 12, index, uint32(kind+1))
		}
		m.add(rcRxLos, port, 0, rcInfo, 3, index)
	case v == plan.H3C && q.Optical:
		m.add(h3cTx, port, 0, h3cOptic, 9, index)
		m.add(h3cRx, port, 0, h3cOptic, 12, index)
	}
}
