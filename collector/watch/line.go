package watch

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// Line is one active line, and by what it is watched.
type Line struct {
	ID   string
	Ends []End
}

// End is one end of a line: the target that proves the service, the ports that
// prove access.
type End struct {
	Name    string // a or z
	Served  bool   // something proves the service
	Service *Target
	Ports   []*Port

	at Endpoint // of Service
}

// Port is a port that a line uses, what is seen through it, and its newest
// readings.
type Port struct {
	Subject symptom.Subject

	farEnd symptom.Subject
	have   uint16
	values [len(PortReadings)]float64
}

// PortReadings are the readings that are kept of a line's port.
var PortReadings = [...]string{
	"if_oper_up", "if_in_octets_total", "if_out_octets_total", "if_in_errors_total", "if_out_errors_total",
	"rx_power_dbm", "far_end_present", "near_optical_ok", "customer_port_up",
}

// Reading is the newest of PortReadings[i]; ok is false if there was none.
func (p *Port) Reading(i int) (value float64, ok bool) {
	return p.values[i], p.have&(1<<i) != 0
}

func (p *Port) take(name string, value float64) {
	if i := slices.Index(PortReadings[:], name); i >= 0 {
		p.values[i] = value
		p.have |= 1 << i
	}
}

func (l *Line) end(name string) *End {
	if name == "" {
		name = "a"
	}
	for i := range l.Ends {
		if l.Ends[i].Name == name {
			return &l.Ends[i]
		}
	}
	l.Ends = append(l.Ends, End{Name: name})
	return &l.Ends[len(l.Ends)-1]
}

// serve notes the target that proves the service at an end; the first counts.
func (l *Line) serve(end string, at Endpoint) {
	if e := l.end(end); !e.Served {
		e.at, e.Served = at, true
	}
}

// access notes a port that proves access at an end.
func (l *Line) access(inv *inventory.Inventory, end string, ref inventory.PortRef) {
	if ref.Port == "" {
		return
	}
	e := l.end(end)
	subject := symptom.Port(ref.Device, ref.Port)
	if slices.ContainsFunc(e.Ports, func(p *Port) bool { return p.Subject == subject }) {
		return
	}
	port := &Port{Subject: subject}
	if far, ok := inv.FarEnd(ref); ok {
		port.farEnd = symptom.Device(far.ID)
	}
	e.Ports = append(e.Ports, port)
}

// Monitored tells whether anything proves the line's service.
func (l *Line) Monitored() bool {
	return slices.ContainsFunc(l.Ends, func(e End) bool { return e.Served })
}

// joinLines joins the lines of a plan with what is known. Lines that use the
// same port share it, and its readings survive a reload.
func (s *State) joinLines(p *Plan) {
	ports := map[symptom.Subject]*Port{}
	for i := range p.Lines {
		for k := range p.Lines[i].Ends {
			e := &p.Lines[i].Ends[k]
			if e.Served {
				e.Service = s.roster.at[e.at]
			}
			for n, port := range e.Ports {
				if shared := ports[port.Subject]; shared != nil {
					e.Ports[n] = shared
					continue
				}
				if old := s.ports[port.Subject]; old != nil {
					port.have, port.values = old.have, old.values
				}
				ports[port.Subject] = port
			}
		}
	}
	s.ports = ports
}

// takeReadings files measured values where somebody looks for them.
func (s *State) takeReadings(a *Agent, all []probe.Reading) {
	for _, r := range all {
		if r.Name == "uptime_seconds" {
			a.uptime = r.Value
		} else if port := s.ports[r.Subject]; port != nil {
			port.take(r.Name, r.Value)
		}
	}
}

// accessDown are the kinds that, on a line's access port or on what is seen
// through it, mean that the line cannot be up.
var accessDown = []symptom.Kind{
	symptom.LinkDown, symptom.LOS, symptom.LOF, symptom.FarEndMissing, symptom.PowerFail, symptom.Unreachable,
}

// LineUp follows from the watches: service proves up or down, access down only.
func (s *State) LineUp(l *Line) (up, known bool) {
	for i := range l.Ends {
		e := &l.Ends[i]
		if slices.ContainsFunc(e.Ports, s.portDown) {
			return false, true
		}
		switch reachable, sure := s.TargetUp(e.Service); {
		case !sure:
		case !reachable:
			return false, true
		default:
			up, known = true, true
		}
	}
	return up, known
}

// TargetUp tells whether a target answers; known is false where it never has,
// and while that cannot be told.
func (s *State) TargetUp(t *Target) (up, known bool) {
	if t == nil || !t.ping.Ever || t.unknown != "" || s.isolated || s.undecided.held.has(t) {
		return false, false
	}
	return !t.ping.Unreachable(), true
}

func (s *State) portDown(p *Port) bool {
	if s.conditions.Quiet() {
		return false
	}
	for _, kind := range accessDown {
		if s.conditions.Raised(symptom.PlaceOf(p.Subject, ""), kind) ||
			p.farEnd != "" && s.conditions.Raised(symptom.PlaceOf(p.farEnd, ""), kind) {
			return true
		}
	}
	return false
}
