package agent

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/ber"
	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

// Names that every notification carries, and the notifications themselves.
var (
	upTimeOID = []uint32{1, 3, 6, 1, 2, 1, 1, 3, 0}
	trapOID   = []uint32{1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0}

	trapNames = map[world.TrapKind][]uint32{
		world.ColdStart:    {1, 3, 6, 1, 6, 3, 1, 1, 5, 1},     // SNMPv2-MIB coldStart
		world.LinkDown:     {1, 3, 6, 1, 6, 3, 1, 1, 5, 3},     // IF-MIB linkDown
		world.LinkUp:       {1, 3, 6, 1, 6, 3, 1, 1, 5, 4},     // IF-MIB linkUp
		world.DyingGasp:    {1, 3, 6, 1, 2, 1, 158, 0, 2},      // DOT3-OAM-MIB dot3OamNonThresholdEvent
		world.CustomerPort: {1, 3, 6, 1, 4, 1, 8886, 2, 0, 7},  // RAISECOM-RCFT-MIB rcftRELinkTrap
		world.SlotOptical:  {1, 3, 6, 1, 4, 1, 8886, 2, 0, 8},  // rcftOLinkTrap
		world.FarEndLost:   {1, 3, 6, 1, 4, 1, 8886, 2, 0, 28}, // rcftRSlotFault
		world.FarEndBack:   {1, 3, 6, 1, 4, 1, 8886, 2, 0, 30}, // rcftRSlotExistNotify
	}
	// The column of the chassis table that tells what a chassis' trap means.
	trapColumns = map[world.TrapKind]uint32{
		world.CustomerPort: 40, world.SlotOptical: 14, world.FarEndLost: 37, world.FarEndBack: 37,
	}
)

// Trap is the notification's message, in the end of buf, sent at now.
func (a *Agent) Trap(t world.Trap, id int32, buf []byte, now time.Time) []byte {
	w := ber.NewWriter(buf)
	a.trapVars(w, t, now)
	mark := w.Len()
	w.OID(trapNames[t.Kind])
	w.OID(trapOID)
	w.Close(ber.Sequence, mark)
	mark = w.Len()
	w.Uint(ber.TimeTicks, ticks(a.world, t.Device, now))
	w.OID(upTimeOID)
	w.Close(ber.Sequence, mark)
	w.Close(ber.Sequence, 0)
	w.Int(0)
	w.Int(0)
	w.Int(int64(id))
	return a.finish(w, pduTrap)
}

// trapVars writes the notification's own variables, the last one first.
func (a *Agent) trapVars(w *ber.Writer, t world.Trap, now time.Time) {
	if t.Port == plan.None {
		return
	}
	index := uint32(a.world.Net.Ports[t.Port].IfIndex)
	add := func(is object, arg int, base []uint32, tail ...uint32) {
		mark := w.Len()
		a.value(w, t.Device, entry{is: is, arg: uint16(arg), port: int32(t.Port)}, now)
		w.OID(append(append([]uint32{}, base...), tail...))
		w.Close(ber.Sequence, mark)
	}
	switch t.Kind {
	case world.LinkDown, world.LinkUp:
		mark := w.Len()
		w.Int(upDown(t.Kind == world.LinkUp))
		w.OID(append(append([]uint32{}, ifTable...), 8, index))
		w.Close(ber.Sequence, mark)
		add(ifAdminStatus, 0, ifTable, 7, index)
		add(ifIndex, 0, ifTable, 1, index)
	case world.DyingGasp:
		row := slices.IndexFunc(a.world.OAMLog(t.Device), func(e world.OAMEvent) bool { return e.Index == t.Value })
		for i := len(gaspVars) - 1; i >= 0; i-- {
			add(gaspVars[i].is, row, oamLog, gaspVars[i].n, index, uint32(t.Value))
		}
	default:
		mark := w.Len()
		w.Int(int64(t.Value))
		w.OID(append(append([]uint32{}, rcft...), trapColumns[t.Kind], index/100, index%100))
		w.Close(ber.Sequence, mark)
	}
}

// gaspVars are the objects of dot3OamNonThresholdEvent, in their order.
var gaspVars = []column{{2, oamTime}, {3, oamOUI}, {4, oamType}, {5, oamLocation}, {12, oamTotal}}
