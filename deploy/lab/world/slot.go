package world

import (
	"time"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

// Slot is what a transceiver chassis knows of one of its slots. A far end
// that is not there, or does not speak, has nothing to say about itself.
type Slot struct {
	Equipped bool // with a line card and a far end
	Exist    bool // the far end answers over its fibre
	Optical  bool // light is received here
	Copper   bool // the far end's port towards the customer is up
}

// Slot is the state of a chassis port.
func (w *World) Slot(port int) Slot { return w.ports[port].slot }

func (w *World) settleSlots(at time.Time, booted map[int]bool) {
	for fe := range w.Net.Devices {
		near := w.Net.Devices[fe].NearEnd
		if near == plan.None {
			continue
		}
		chassis := w.Net.Ports[near].Device
		if !w.devs[chassis].alive {
			continue
		}
		lit := w.links[w.Net.Ports[near].Link].up
		next := Slot{Equipped: true, Optical: lit, Exist: lit && !w.devs[fe].mute}
		for _, p := range w.Net.Devices[fe].Ports {
			if !w.Net.Ports[p].Optical {
				next.Copper = next.Exist && w.ports[p].oper
			}
		}
		was := w.ports[near].slot
		w.ports[near].slot = next
		if was.Equipped && !booted[chassis] {
			w.sayOfSlot(at, Trap{Device: chassis, Port: near}, was, next)
		}
	}
}

func (w *World) sayOfSlot(at time.Time, t Trap, was, is Slot) {
	if was.Optical != is.Optical {
		t.Kind, t.Value = SlotOptical, upDown(is.Optical)
		w.say(at, 120, t)
	}
	if was.Exist != is.Exist {
		t.Kind, t.Value = FarEndLost, upDown(is.Exist)
		if is.Exist {
			t.Kind = FarEndBack
		}
		w.say(at, 500, t)
	}
	if was.Copper != is.Copper && was.Exist && is.Exist {
		t.Kind, t.Value = CustomerPort, upDown(is.Copper)
		w.say(at, 200, t)
	}
}

// upDown is the truth value of the RCFT MIB: 1 good, 2 bad.
func upDown(good bool) int {
	if good {
		return 1
	}
	return 2
}
