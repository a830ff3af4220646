package agent

import (
	"fmt"
	"math"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/ber"
	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

var descr = map[plan.Vendor]string{
	plan.Huawei:   "Huawei Versatile Routing Platform Software\r\nVRP (R) software, Version 8.180 (linelab)",
	plan.Raisecom: "ROS_4.14 MSTP access device (linelab)",
	plan.RCFT:     "RC002 fiber transceiver chassis, RCFT master (linelab)",
	plan.H3C:      "H3C Comware Software, Version 7.1.064 (linelab)",
}

// hwInvalid is what a Huawei port says that has no module.
const hwInvalid = math.MaxInt32

// ticks is a device's uptime at a time, in hundredths of a second.
func ticks(w *world.World, dev int, at time.Time) uint64 {
	return uint64(max(0, at.Sub(w.Booted(dev)))/(10*time.Millisecond)) & math.MaxUint32
}

// value writes the value of an entry.
func (a *Agent) value(w *ber.Writer, dev int, e entry, now time.Time) {
	d := &a.world.Net.Devices[dev]
	switch e.is {
	case sysDescr:
		w.String(descr[d.Vendor])
	case sysObjectID:
		w.OID(objectID[d.Vendor])
	case sysUpTime:
		w.Uint(ber.TimeTicks, ticks(a.world, dev, now))
	case sysContact:
		w.String("noc@example.com")
	case sysName:
		w.String(d.ID)
	case sysLocation:
		w.String(a.world.Net.Sites[d.Site].Name)
	case sysServices:
		w.Int(6)
	case ifNumber:
		n := len(d.Ports)
		if d.Vendor == plan.RCFT {
			n = 1
		}
		w.Int(int64(n))
	case ifTableLastChange:
		w.Uint(ber.TimeTicks, 0) // no port was ever added
	case oamTime, oamOUI, oamType, oamLocation, oamRunning, oamTotal:
		a.oam(w, dev, e)
	case slotELink, slotOLink, slotORLnk, slotOTLnk, slotOSD, farExist, farELink, farReceSen, farOSD, farOLink:
		w.Int(slotValue(e.is, a.world.Slot(int(e.port))))
	case entDescr, entClass, entName, entAlias, hwRxPower, hwTxPower, rcValue, rcDDMValid, rcRxLos, h3cTx, h3cRx:
		a.light(w, e, now)
	default:
		a.iface(w, dev, e, now)
	}
}

func (a *Agent) iface(w *ber.Writer, dev int, e entry, now time.Time) {
	p := int(e.port)
	q, state := &a.world.Net.Ports[p], a.world.Port(p)
	count := func(tag byte, v uint64) {
		if tag == ber.Counter32 {
			v &= math.MaxUint32
		}
		w.Uint(tag, v)
	}
	c := func() world.Counters { return a.world.Counters(p, now) }
	switch e.is {
	case ifIndex:
		w.Int(int64(q.IfIndex))
	case ifDescr, ifName:
		w.String(q.Name)
	case ifType:
		w.Int(6)
	case ifMTU:
		w.Int(1500)
	case ifSpeed:
		w.Uint(ber.Gauge32, min(uint64(q.Mbps)*1e6, math.MaxUint32))
	case ifPhysAddress:
		w.Element(ber.OctetString, []byte{2, 0, byte(dev >> 16), byte(dev >> 8), byte(dev), byte(q.IfIndex)})
	case ifAdminStatus:
		w.Int(upDown(state.AdminUp))
	case ifOperStatus:
		w.Int(upDown(state.OperUp))
	case ifLastChange:
		w.Uint(ber.TimeTicks, ticks(a.world, dev, state.Changed))
	case ifInOctets:
		count(ber.Counter32, c().In)
	case ifOutOctets:
		count(ber.Counter32, c().Out)
	case ifHCInOctets:
		count(ber.Counter64, c().In)
	case ifHCOutOctets:
		count(ber.Counter64, c().Out)
	case ifInUcast:
		count(ber.Counter32, c().In/800)
	case ifOutUcast:
		count(ber.Counter32, c().Out/800)
	case ifHCInUcast:
		count(ber.Counter64, c().In/800)
	case ifHCOutUcast:
		count(ber.Counter64, c().Out/800)
	case ifInErrors:
		count(ber.Counter32, c().Errors)
	case ifInDiscards, ifOutDiscards, ifOutErrors:
		count(ber.Counter32, 0)
	case ifHighSpeed:
		w.Uint(ber.Gauge32, uint64(q.Mbps))
	case ifConnector:
		w.Int(1)
	case ifAlias:
		w.String(q.Alias)
	case ifDiscontinuity:
		w.Uint(ber.TimeTicks, 0)
	}
}

// upDown is ifAdminStatus and ifOperStatus, and most truth values of RCFT.
func upDown(good bool) int64 {
	if good {
		return 1
	}
	return 2
}

func slotValue(is object, s world.Slot) int64 {
	switch is {
	case slotELink, slotOTLnk:
		return upDown(s.Equipped)
	case slotOLink, slotORLnk, slotOSD:
		return upDown(s.Optical)
	case farELink:
		return upDown(s.Copper)
	}
	return upDown(s.Exist)
}

// txPower is what every laser of the lab sends, in dBm.
const txPower = -2.5

// light writes receive and transmit power in the vendor's unit.
func (a *Agent) light(w *ber.Writer, e entry, now time.Time) {
	q := &a.world.Net.Ports[e.port]
	rx, ok := a.world.Light(int(e.port), now)
	if !ok {
		rx = world.Floor
	}
	scaled := func(v, unit float64) { w.Int(int64(math.Round(v * unit))) }
	switch e.is {
	case entDescr:
		w.String("Port " + q.Name)
	case entClass:
		w.Int(10)
	case entName:
		w.String(q.Name)
	case entAlias:
		w.OID(append(append([]uint32{}, ifTable...), 1, uint32(q.IfIndex)))
	case hwRxPower, hwTxPower:
		switch {
		case !q.Optical || !ok:
			w.Int(hwInvalid)
		case e.is == hwTxPower:
			scaled(txPower, 100)
		default:
			scaled(rx, 100)
		}
	case rcValue:
		scaled([]float64{0, 41, 22, txPower, rx, 3.3}[e.arg], 1000)
	case rcDDMValid:
		w.Int(1)
	case rcRxLos:
		w.Int(upDown(!world.Lost(rx)))
	case h3cTx:
		scaled(txPower, 100)
	case h3cRx:
		scaled(rx, 100)
	}
}

// ieeeOUI stands before event types that IEEE 802.3 defines.
var ieeeOUI = []byte{0x01, 0x80, 0xc2}

// Values of DOT3-OAM-MIB for a last gasp heard from the far end.
const (
	dyingGaspEvent = 257
	remote         = 2
)

func (a *Agent) oam(w *ber.Writer, dev int, e entry) {
	var ev world.OAMEvent // a trap may outlive the log that it speaks of
	if log := a.world.OAMLog(dev); int(e.arg) < len(log) {
		ev = log[e.arg]
	}
	switch e.is {
	case oamTime:
		w.Uint(ber.TimeTicks, ticks(a.world, dev, ev.At))
	case oamOUI:
		w.Element(ber.OctetString, ieeeOUI)
	case oamType:
		w.Uint(ber.Gauge32, dyingGaspEvent)
	case oamLocation:
		w.Int(remote)
	case oamRunning:
		w.Uint(ber.Counter64, uint64(ev.N))
	case oamTotal:
		w.Uint(ber.Gauge32, uint64(ev.N))
	default:
		panic(fmt.Sprintf("object %d is none of the event log", e.is))
	}
}
