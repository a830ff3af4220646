package state

import (
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
)

// Cover takes in what can be observed on a device, or at a line's end.
func (s *State) Cover(c *symptom.Coverage) {
	station := max(s.stationOf(symptom.Collector(c.Collector)), 0)
	var m evidence.Mask
	for _, k := range c.Kinds {
		m |= evidence.Of(k)
	}
	if c.Never || c.Skipped["snmp"] != "" {
		m &^= evidence.Local
	}
	blind := c.Never || m&evidence.Of(symptom.Unreachable) == 0 || c.Skipped["icmp"] != "" || c.Skipped["ping"] != ""
	if c.Line != "" {
		if p, ok := s.m.PointOf(station, symptom.Line(c.Line), c.End); ok {
			s.told[p] = *c
			s.setBlind(p, blind)
		}
		return
	}
	d, ok := s.m.DeviceOf(c.Device)
	if !ok {
		return
	}
	if !s.covers[station] {
		// This collector says what it covers: what it has not spoken of is unknown.
		s.covers[station] = true
		for i := range s.m.Inventory().Devices {
			s.setBlind(s.m.DevicePoint(station, int32(i)), true)
		}
	}
	p := s.m.DevicePoint(station, d)
	s.told[p] = *c
	s.capable[d] = m
	s.setBlind(p, blind)
}

// setBlind notes that a ping point cannot be observed at present, or can again.
func (s *State) setBlind(p int32, blind bool) {
	pt := s.m.Point(p)
	if !pt.Ping || s.blind[p] == blind {
		return
	}
	s.blind[p] = blind
	delta := int32(1)
	if !blind {
		delta = -1
	}
	for _, e := range s.m.Entries(p) {
		if e.Rel() != evidence.Way {
			s.blinds[e.Comp()*s.m.Stations()+pt.Station] += delta
		}
	}
}
