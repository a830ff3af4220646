package infer

import (
	"slices"
	"strings"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/evidence"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// component is anything that can be a root. Failing, it takes its atoms with it.
type component struct {
	subject symptom.Subject
	kind    symptom.SubjectKind
	domain  verdict.Domain
	tech    string
	prior   float32
	atoms   []int32
	device  int32 // the device it is, or whose port or card it is; -1
}

// span is a stretch of a flat array.
type span struct{ from, to int32 }

// model is an inventory compiled for the search: numbers instead of names, and
// flat arrays instead of maps. It is never changed once it is made.
//
// Atoms are what a way is made of: devices 0..D-1, links D..D+L-1, and the
// customers' ports after them. Points are what can be observed: for each
// station its devices and both ends of its lines, then ports and the rest.
type model struct {
	inv *inventory.Inventory

	deviceAt map[string]int32
	linkAt   map[string]int32
	lineAt   map[string]int32
	compAt   map[symptom.Subject]int32
	portAtom map[inventory.PortRef]int32 // ports without a link at which lines end

	comps     []component
	atomComps [][]int32 // components that take the atom away, itself first
	stations  []int32   // station -> component
	uplinks   []int32   // station -> the point of the device at which it stands

	areas    []*area
	domains  map[string]*domain
	areaAt   map[string]int32
	segments []segment
	segAt    map[segKey]int32

	points    []point
	entries   []entry
	segsOf    []int32 // points' segments
	stationN  int32
	portBase  int32
	extraAt   map[symptom.Subject]int32
	areasOf   [][]int32 // component -> areas it takes a part of
	pings     []int32   // [component*S+station]: how many ping points it would darken
	compPorts lists     // component -> port and far-end points that speak of it

	lines     []lineWay
	lineComps []int32
	lineSegs  []int32
	compLines lists // component -> lines in whose series it stands
	segLines  lists
	segPoints lists
	endsAt    map[int32][]int32 // device -> lines that end there
}

// lineWay is a line's own way from A to Z, which is not the way of its observation.
type lineWay struct {
	comps, segs span
	atoms       []int32 // in order from A, for the side
	active      bool
	service     bool // a watch proves its service
}

// lists is a compressed list of lists.
type lists struct {
	start []int32
	items []int32
}

func (l lists) of(i int32) []int32 { return l.items[l.start[i]:l.start[i+1]] }

// listsOf groups items by key; walk is called twice.
func listsOf(keys int, walk func(put func(key, item int32))) lists {
	l := lists{start: make([]int32, keys+1)}
	walk(func(key, _ int32) { l.start[key+1]++ })
	for i := range keys {
		l.start[i+1] += l.start[i]
	}
	l.items = make([]int32, l.start[keys])
	next := slices.Clone(l.start[:keys])
	walk(func(key, item int32) {
		l.items[next[key]] = item
		next[key]++
	})
	return l
}

// compile makes the model of an inventory.
func compile(inv *inventory.Inventory) *model {
	m := &model{inv: inv,
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

func (m *model) linkAtom(i int32) int32 { return int32(len(m.inv.Devices)) + i }

// addParts makes a component of each device, link and customer's port.
func (m *model) addParts() {
	inv := m.inv
	for i := range inv.Devices {
		d := &inv.Devices[i]
		m.add(component{subject: symptom.Device(d.ID), kind: symptom.DeviceSubject, domain: domainOf(d.Layer),
			tech: string(d.Technology), atoms: []int32{int32(i)}, device: int32(i),
			prior: evidence.Prior(evidence.Part{Kind: symptom.DeviceSubject, Layer: d.Layer, Device: d.Kind})})
	}
	for i := range inv.Links {
		l := &inv.Links[i]
		m.add(component{subject: symptom.Link(l.ID), kind: symptom.LinkSubject, domain: domainOf(l.Layer),
			tech: m.linkTech(l), atoms: []int32{m.linkAtom(int32(i))}, device: -1,
			prior: evidence.Prior(evidence.Part{Kind: symptom.LinkSubject, Layer: l.Layer})})
	}
	m.atomComps = make([][]int32, len(inv.Devices)+len(inv.Links))
	for i := range m.comps {
		m.atomComps[i] = []int32{int32(i)}
	}
	for i := range inv.Lines {
		m.addPort(inv.Lines[i].A)
		m.addPort(inv.Lines[i].Z)
	}
}

// addPort makes a component of a port at which a line ends, unless a link does.
func (m *model) addPort(ref inventory.PortRef) {
	if ref.Port == "" {
		return
	}
	if _, known := m.portAtom[ref]; known {
		return
	}
	if _, linked := m.inv.LinkAtPort(ref); linked {
		return
	}
	at, ok := m.deviceAt[ref.Device]
	if !ok {
		return
	}
	d := &m.inv.Devices[at]
	domain := verdict.Premises // the customer's cord or equipment
	if d.Layer == inventory.Core || d.Layer == inventory.Backbone {
		domain = domainOf(d.Layer)
	}
	atom := int32(len(m.atomComps))
	m.portAtom[ref] = atom
	c := m.add(component{subject: symptom.Port(ref.Device, ref.Port), kind: symptom.PortSubject, domain: domain,
		tech: string(d.Technology), atoms: []int32{atom}, device: at,
		prior: evidence.Prior(evidence.Part{Kind: symptom.PortSubject, Layer: d.Layer})})
	m.atomComps = append(m.atomComps, []int32{c})
}

func (m *model) add(c component) int32 {
	at := int32(len(m.comps))
	m.comps = append(m.comps, c)
	m.compAt[c.subject] = at
	return at
}

// addStations makes a component of each station, its uplink included.
func (m *model) addStations() {
	for i := range m.inv.Stations {
		s := &m.inv.Stations[i]
		m.stations = append(m.stations, m.add(component{subject: symptom.Station(s.ID), kind: symptom.StationSubject,
			domain: verdict.Monitoring, device: -1, prior: evidence.Prior(evidence.Part{Kind: symptom.StationSubject})}))
	}
	m.stationN = int32(len(m.stations))
}

// linkTech is the group that repairs a link: who lays fibre, or who owns the
// inner of two boxes.
func (m *model) linkTech(l *inventory.Link) string {
	if l.Layer == inventory.Tail || l.Layer == inventory.Premises {
		return string(inventory.Access)
	}
	if l.Medium == inventory.Fiber || l.Medium == inventory.Microwave || l.Medium == "" {
		return string(inventory.Transmission)
	}
	if d, ok := m.inv.Device(l.Z.Device); ok {
		return string(d.Technology)
	}
	return string(inventory.Transmission)
}

func domainOf(l inventory.Layer) verdict.Domain {
	switch l {
	case inventory.Premises:
		return verdict.Premises
	case inventory.Tail:
		return verdict.Tail
	case inventory.Trunk:
		return verdict.Trunk
	case inventory.Core:
		return verdict.Core
	case inventory.Backbone:
		return verdict.Backbone
	}
	return verdict.UndeterminedDomain
}

var layers = []inventory.Layer{inventory.Premises, inventory.Tail, inventory.Trunk, inventory.Core, inventory.Backbone}

// innermost is the layer of a shared risk: that of the most important part it takes.
func innermost(a, b inventory.Layer) inventory.Layer {
	if slices.Index(layers, b) > slices.Index(layers, a) {
		return b
	}
	return a
}

// depth is how far inwards an atom lies; a customer's port is outermost.
func (m *model) depth(atom int32) int {
	devices := int32(len(m.inv.Devices))
	switch {
	case atom < devices:
		return slices.Index(layers, m.inv.Devices[atom].Layer)
	case atom < devices+int32(len(m.inv.Links)):
		return slices.Index(layers, m.inv.Links[atom-devices].Layer)
	}
	return -1
}

// addPoint's names of ports: "port/DEVICE/IFNAME" as the subject says it.
func portRef(s symptom.Subject) inventory.PortRef {
	return inventory.PortRef{Device: s.Device(), Port: s.Part()}
}

func joinNames(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ";")
}
