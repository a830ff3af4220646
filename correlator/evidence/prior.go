package evidence

import (
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
)

// Part describes a component as far as its prior needs it.
type Part struct {
	Kind     symptom.SubjectKind
	Layer    inventory.Layer
	Device   inventory.DeviceKind // of a device
	Customer bool                 // at a customer's site
}

// Prior is the log of the probability that the component is down at the time
// when something is seen to be wrong. Customers lose power more often than
// exchanges do, fibre in the street is cut more often than in the core, and a
// station that sees nearly nothing is a worse witness than the network is a
// victim.
func Prior(p Part) float32 {
	inner := p.Layer == inventory.Core || p.Layer == inventory.Backbone
	switch p.Kind {
	case symptom.DeviceSubject:
		switch {
		case p.Device == inventory.CPE || p.Device == inventory.Transceiver || p.Device == inventory.ONU:
			return -8.5
		case inner:
			return -10.2
		}
		return -9.4
	case symptom.LinkSubject:
		switch {
		case inner:
			return -9.8
		case p.Layer == inventory.Trunk:
			return -9.4
		}
		return -9
	case symptom.CableSubject:
		if inner {
			return -9.6
		}
		return -8.9
	case symptom.PortSubject:
		return -8.3
	case symptom.CardSubject:
		return -10.2
	case symptom.PowerSubject:
		if p.Customer {
			return -8.1
		}
		return -13.4 // exchanges have batteries
	case symptom.DuctSubject:
		return -12
	case symptom.BuildingSubject:
		return -13.4
	case symptom.StationSubject:
		return -6.8
	case symptom.CollectorSubject:
		return -8
	}
	return -9.5
}
