package watch

import (
	"net/netip"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Do is something for the caller to do, in the order in which it is told.
type Do interface{ do() }

// Say publishes a symptom.
type Say struct{ Symptom symptom.Symptom }

// Cover publishes what can be observed.
type Cover struct{ Coverage symptom.Coverage }

// Beat publishes the end of a sweep, after the symptoms said before it.
type Beat struct{ Heartbeat symptom.Heartbeat }

// Ask pings a target a few times at once; the result comes back as Answered.
type Ask struct {
	Key  uint32
	Addr netip.Addr
}

// Poll asks a device by SNMP now; the result comes back as Polled.
type Poll struct{ Device string }

// Remember is the name of a target or an agent that has answered for the first
// time. The next life is to know it, see New.
type Remember struct{ Name string }

// Isolated tells that the collector takes itself for cut off, or no longer.
type Isolated struct{ Yes bool }

// Held tells that a target is missing and nothing is said of it, since nobody
// vouches for our own way into the network.
type Held struct{ Target string }

// Broken tells that a sweep looked at too few of its targets to say anything.
type Broken struct{ Interval time.Duration }

func (Say) do()      {}
func (Cover) do()    {}
func (Beat) do()     {}
func (Ask) do()      {}
func (Poll) do()     {}
func (Remember) do() {}
func (Isolated) do() {}
func (Held) do()     {}
func (Broken) do()   {}
