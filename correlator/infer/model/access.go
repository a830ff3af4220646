package model

import (
	"slices"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
)

// Inventory is what the model was compiled from.
func (m *Model) Inventory() *inventory.Inventory { return m.inv }

// Size counts what the inventory was compiled to.
func (m *Model) Size() (components, points, entries int) {
	return len(m.comps), len(m.points), len(m.entries)
}

// Comp is a component by its number.
func (m *Model) Comp(c int32) *Component { return &m.comps[c] }

// CompOf is the number of a subject's component.
func (m *Model) CompOf(s symptom.Subject) (int32, bool) {
	c, ok := m.compAt[s]
	return c, ok
}

// Stations is how many stations there are; StationComp is a station's component,
// and StationOf the inverse of it, or -1.
func (m *Model) Stations() int32            { return int32(len(m.stations)) }
func (m *Model) StationComp(st int32) int32 { return m.stations[st] }
func (m *Model) StationOf(comp int32) int32 { return int32(slices.Index(m.stations, comp)) }
func (m *Model) Uplink(st int32) int32      { return m.uplinks[st] } // the point of the box at which it stands
func (m *Model) IsStation(comp int32) bool  { return m.comps[comp].Kind == symptom.StationSubject }
func (m *Model) DeviceOf(id string) (int32, bool) {
	d, ok := m.deviceAt[id]
	return d, ok
}

// LineOf is the number of a line.
func (m *Model) LineOf(id string) (int32, bool) {
	l, ok := m.lineAt[id]
	return l, ok
}

// Entries are the components that a point speaks of.
func (m *Model) Entries(p int32) []Entry {
	s := m.points[p].entries
	return m.entries[s.from:s.to]
}

// Point is what can be observed, by its number.
func (m *Model) Point(p int32) *Point { return &m.points[p] }

// PointSegments are the protected stretches on the way to a point.
func (m *Model) PointSegments(p int32) []int32 {
	s := m.points[p].segs
	return m.segsOf[s.from:s.to]
}

// Pings is how many ping points of a station a component's failure would darken.
func (m *Model) Pings(comp, station int32) int32 { return m.pings[comp*int32(len(m.stations))+station] }

// PortsOf are the points of ports and far ends that speak of a component.
func (m *Model) PortsOf(comp int32) []int32 { return m.compPorts.of(comp) }

// Line is a line's own way; LineComps what stands in series on it.
func (m *Model) Line(l int32) *LineWay { return &m.lines[l] }
func (m *Model) LineComps(l int32) []int32 {
	s := m.lines[l].comps
	return m.lineComps[s.from:s.to]
}

// LinesOf are the lines in whose series a component stands.
func (m *Model) LinesOf(comp int32) []int32 { return m.compLines.of(comp) }

// LinesAt are the lines that end at a device.
func (m *Model) LinesAt(device int32) []int32 { return m.endsAt[device] }

// Segment is a protected stretch by its number.
func (m *Model) Segment(id int32) *Segment { return &m.segments[id] }

// SegmentPoints are the points, and SegmentLines the lines, whose way crosses a segment.
func (m *Model) SegmentPoints(id int32) []int32 { return m.segPoints.of(id) }
func (m *Model) SegmentLines(id int32) []int32  { return m.segLines.of(id) }

// AreasOf are the protection domains, or joint ones, of which a component takes
// something away.
func (m *Model) AreasOf(comp int32) []int32 { return m.areasOf[comp] }

// InArea tells whether a component is a part of some protection domain.
func (m *Model) InArea(comp int32) bool { return len(m.areasOf[comp]) > 0 }

// AreaComps are the components that take something of an area away, sorted.
func (m *Model) AreaComps(area int32) []int32 { return m.areas[area].comps }

// AreaSegments are the segments that cross an area.
func (m *Model) AreaSegments(area int32) []int32 { return m.areaSegs.of(area) }

// StationNamed is the number of a station, or -1.
func (m *Model) StationNamed(id string) int32 {
	c, ok := m.compAt[symptom.Station(id)]
	if !ok {
		return -1
	}
	return m.StationOf(c)
}
