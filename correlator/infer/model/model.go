// Package model is an inventory compiled for the search for a fault's place:
// components, the ways of lines and observations, protection domains, and what
// each point that can be observed says of whom. It knows no symptoms and no time,
// and a Model never changes.
//
// Atoms are what a way is made of: devices 0..D-1, links D..D+L-1, and the
// customers' ports after them. Components take atoms away: each atom by itself,
// what several of them share (cable, duct, card, site power, building), and the
// stations. Points are what can be observed: for each station its devices and both
// ends of its lines, then ports and the rest.
//
// A way, of a line from A to Z or of an observation from its station to its
// target, is a series list and segments: stretches that cross a protection domain.
// What cuts a segment alone (bridges, cut vertices, shared risks) is in the series;
// for the rest it takes two failures, and which two sever it is asked of the
// domain's graph (Islands). A ring is closed by the more inward domain on which it
// is homed twice.
//
// All numbers are int32 indexes that mean nothing outside one Model.
package model

import (
	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Component is anything that can be a root. Failing, it takes its atoms with it.
type Component struct {
	Subject symptom.Subject
	Kind    symptom.SubjectKind
	Domain  verdict.Domain
	Tech    string // the group that repairs it
	Prior   float32
	Atoms   []int32
	Device  int32 // the device it is, or whose port or card it is; -1
}

// Model is an inventory compiled for the search: numbers instead of names, and
// flat arrays instead of maps. It is never changed once it is made.
type Model struct {
	inv *inventory.Inventory

	deviceAt map[string]int32
	linkAt   map[string]int32
	lineAt   map[string]int32
	compAt   map[symptom.Subject]int32
	portAtom map[inventory.PortRef]int32 // ports without a link at which lines end

	comps     []Component
	atomComps [][]int32 // components that take the atom away, itself first
	stations  []int32   // station -> component
	uplinks   []int32   // station -> the point of the device at which it stands

	areas    []*area
	domains  map[string]*domain
	areaAt   map[string]int32
	segments []Segment
	segAt    map[segKey]int32
	areaSegs lists // area -> its segments

	points    []Point
	entries   []Entry
	segsOf    []int32 // points' segments
	portBase  int32
	extraAt   map[symptom.Subject]int32
	areasOf   [][]int32 // component -> areas it takes a part of
	pings     []int32   // [component*S+station]: how many ping points it would darken
	compPorts lists     // component -> port and far-end points that speak of it

	lines     []LineWay
	lineComps []int32
	lineSegs  []int32
	compLines lists // component -> lines in whose series it stands
	segLines  lists
	segPoints lists
	endsAt    map[int32][]int32 // device -> lines that end there
}

// LineWay is a line's own way from A to Z, which is not the way of its observation.
type LineWay struct {
	Atoms       []int32 // in order from A, for the side
	Active      bool
	Service     bool // a watch proves its service
	comps, segs span
}

// Compile makes the model of an inventory.
func Compile(inv *inventory.Inventory) *Model {
	m := &Model{inv: inv,
		deviceAt: make(map[string]int32, len(inv.Devices)), linkAt: make(map[string]int32, len(inv.Links)),
		lineAt: make(map[string]int32, len(inv.Lines)), compAt: make(map[symptom.Subject]int32),
		portAtom: make(map[inventory.PortRef]int32), areaAt: make(map[string]int32),
		segAt: make(map[segKey]int32), extraAt: make(map[symptom.Subject]int32), endsAt: make(map[int32][]int32)}
	for i := range inv.Devices {
		m.deviceAt[inv.Devices[i].ID] = int32(i)
	}
	for i := range inv.Links {
		m.linkAt[inv.Links[i].ID] = int32(i)
	}
	for i := range inv.Lines {
		m.lineAt[inv.Lines[i].ID] = int32(i)
	}
	m.addParts()
	m.addShared()
	m.addStations()
	m.addLines()
	m.addPoints()
	m.index()
	return m
}
