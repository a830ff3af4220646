package model

import (
	"slices"
	"strings"
)

// area is one protection domain, or several that a route crosses one after the
// other (a ring homed on two hubs of a routed core), as one graph in which
// traffic finds its own way.
type area struct {
	nodes  []int32         // devices
	at     map[int32]int32 // device -> place in nodes
	edges  []areaEdge
	edgeAt map[int32]int32 // link's atom -> place in edges
	next   [][]half
	comps  []int32 // components that take away at least one edge or node of it
	risks  []int32 // those of them that take away more than one
	trees  map[int32]*tree
}

type areaEdge struct {
	a, z int32 // places in nodes
	link int32 // atom
}

type half struct{ edge, to int32 }

// areaOf is the joint area of the named domains, and of the more inward ones on
// which they are homed: traffic between two nodes of a ring whose link is cut
// goes round over its hubs.
func (m *Model) areaOf(names []string) int32 {
	key := names[0]
	if len(names) > 1 {
		key = joinNames(names)
	}
	if at, ok := m.areaAt[key]; ok {
		return at
	}
	in := map[string]bool{}
	for _, n := range strings.Split(key, ";") {
		in[n] = true
	}
	for _, n := range m.homes(strings.Split(key, ";")) {
		in[n] = true
	}
	a := newArea()
	var links []int32
	for n := range in {
		links = append(links, m.domains[n].links...)
	}
	slices.Sort(links)
	for _, i := range links {
		l := &m.inv.Links[i]
		a.join(m.deviceAt[l.A.Device], m.deviceAt[l.Z.Device], m.linkAtom(i))
	}
	m.findParts(a)
	at := int32(len(m.areas))
	m.areas = append(m.areas, a)
	m.areaAt[key] = at
	return at
}

func newArea() *area {
	return &area{at: map[int32]int32{}, edgeAt: map[int32]int32{}, trees: map[int32]*tree{}}
}

// place is the place of a device among the nodes, which it becomes if it is not yet.
func (a *area) place(device int32) int32 {
	at, ok := a.at[device]
	if !ok {
		at = int32(len(a.nodes))
		a.at[device] = at
		a.nodes = append(a.nodes, device)
		a.next = append(a.next, nil)
	}
	return at
}

// join adds a link between two devices.
func (a *area) join(from, to, link int32) {
	e := areaEdge{a: a.place(from), z: a.place(to), link: link}
	at := int32(len(a.edges))
	a.edgeAt[link] = at
	a.edges = append(a.edges, e)
	a.next[e.a] = append(a.next[e.a], half{at, e.z})
	a.next[e.z] = append(a.next[e.z], half{at, e.a})
}

// findParts finds the components that take something of an area away, and those
// that take more than one thing.
func (m *Model) findParts(a *area) {
	count := map[int32]int{}
	for _, e := range a.edges {
		for _, c := range m.atomComps[e.link] {
			count[c]++
		}
	}
	for _, d := range a.nodes {
		for _, c := range m.atomComps[d] {
			count[c]++
		}
	}
	for c, n := range count {
		a.comps = append(a.comps, c)
		if n > 1 {
			a.risks = append(a.risks, c)
		}
	}
	slices.Sort(a.comps)
	slices.Sort(a.risks)
}

// homes are the domains of a layer further inwards that share two devices or
// more with the named ones.
func (m *Model) homes(names []string) []string {
	if m.domains == nil {
		m.findDomains()
	}
	deepest := -1
	nodes := map[string]bool{}
	for _, n := range names {
		deepest = max(deepest, m.domains[n].depth)
		for d := range m.domains[n].devices {
			nodes[d] = true
		}
	}
	var out []string
	for name, d := range m.domains {
		shared := 0
		for dev := range d.devices {
			if nodes[dev] {
				shared++
			}
		}
		if d.depth > deepest && shared >= 2 {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// domain is a protection domain as its links name it.
type domain struct {
	depth   int // innermost layer
	devices map[string]bool
	links   []int32
}

func (m *Model) findDomains() {
	m.domains = map[string]*domain{}
	for i := range m.inv.Links {
		l := &m.inv.Links[i]
		if l.Protection == "" {
			continue
		}
		d := m.domains[l.Protection]
		if d == nil {
			d = &domain{devices: map[string]bool{}}
			m.domains[l.Protection] = d
		}
		d.depth = max(d.depth, slices.Index(layers, l.Layer))
		d.devices[l.A.Device], d.devices[l.Z.Device] = true, true
		d.links = append(d.links, int32(i))
	}
}

func joinNames(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ";")
}
