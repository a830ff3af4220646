package infer

import (
	"slices"
	"strings"
)

// area is one protection domain, or several that a route crosses one after the
// other (a ring homed on two hubs of a routed core), as one graph in which
// traffic finds its own way.
type area struct {
	name   string
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

type segKey struct{ area, a, z int32 }

// segment is the stretch of a way that crosses an area, from device a to z.
// What cuts it alone is series; the rest of it is an AND group: it takes two.
type segment struct {
	area  int32
	a, z  int32   // places in the area's nodes
	atoms []int32 // cut vertices and bridges between a and z, without a and z
	risks []int32 // shared risks that separate a from z on their own
}

// areaOf is the joint area of the named domains, and of the more inward ones on
// which they are homed: traffic between two nodes of a ring whose link is cut
// goes round over its hubs.
func (m *model) areaOf(names []string) int32 {
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
	a := &area{name: key, at: map[int32]int32{}, edgeAt: map[int32]int32{}, trees: map[int32]*tree{}}
	place := func(device int32) int32 {
		at, ok := a.at[device]
		if !ok {
			at = int32(len(a.nodes))
			a.at[device] = at
			a.nodes = append(a.nodes, device)
		}
		return at
	}
	count := map[int32]int{}
	var links []int32
	for n := range in {
		links = append(links, m.domains[n].links...)
	}
	slices.Sort(links)
	for _, i := range links {
		l := &m.inv.Links[i]
		e := areaEdge{a: place(m.deviceAt[l.A.Device]), z: place(m.deviceAt[l.Z.Device]), link: m.linkAtom(i)}
		a.edgeAt[e.link] = int32(len(a.edges))
		a.edges = append(a.edges, e)
		for _, c := range m.atomComps[e.link] {
			count[c]++
		}
	}
	a.next = make([][]half, len(a.nodes))
	for i, e := range a.edges {
		a.next[e.a] = append(a.next[e.a], half{int32(i), e.z})
		a.next[e.z] = append(a.next[e.z], half{int32(i), e.a})
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
	at := int32(len(m.areas))
	m.areas = append(m.areas, a)
	m.areaAt[key] = at
	return at
}

// homes are the domains of a layer further inwards that share two devices or
// more with the named ones.
func (m *model) homes(names []string) []string {
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

func (m *model) findDomains() {
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

// tree is a depth-first search of an area from one exit: what alone lies
// between any node and that exit, and which shared risk cuts whom off.
type tree struct {
	parent []int32 // -1: the exit itself, or not connected
	edge   []int32 // to the parent
	bridge []bool  // the edge to the parent is a bridge
	cut    []bool  // the parent is a cut vertex between this node and the exit
	reach  []bool
	sole   []int32 // how many bridges and cut vertices lie between
	splits map[int32][]bool
}

func (a *area) tree(m *model, exit int32) *tree {
	if t, ok := a.trees[exit]; ok {
		return t
	}
	t := a.search(exit, nil, nil)
	t.splits = map[int32][]bool{}
	for _, c := range a.risks {
		labels := a.labels(m, []int32{c})
		if off := cutOff(labels, exit); off != nil {
			t.splits[c] = off
		}
	}
	a.trees[exit] = t
	return t
}

func cutOff(labels []int32, exit int32) []bool {
	off := make([]bool, len(labels))
	any := false
	for i, l := range labels {
		if l < 0 || l != labels[exit] {
			off[i], any = true, true
		}
	}
	if !any {
		return nil
	}
	return off
}

// search is Tarjan's lowlink walk, without recursion; goneNode and goneEdge may
// be nil.
func (a *area) search(exit int32, goneNode, goneEdge []bool) *tree {
	n := len(a.nodes)
	t := &tree{parent: make([]int32, n), edge: make([]int32, n), bridge: make([]bool, n), cut: make([]bool, n),
		reach: make([]bool, n), sole: make([]int32, n)}
	disc, low, next := make([]int32, n), make([]int32, n), make([]int32, n)
	for i := range t.parent {
		t.parent[i], t.edge[i] = -1, -1
	}
	if goneNode != nil && goneNode[exit] {
		return t
	}
	order := []int32{exit}
	stack := []int32{exit}
	clock := int32(1)
	disc[exit], low[exit], t.reach[exit] = 1, 1, true
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		if int(next[v]) < len(a.next[v]) {
			h := a.next[v][next[v]]
			next[v]++
			if h.edge == t.edge[v] || goneEdge != nil && goneEdge[h.edge] || goneNode != nil && goneNode[h.to] {
				continue
			}
			if t.reach[h.to] {
				low[v] = min(low[v], disc[h.to])
				continue
			}
			clock++
			t.reach[h.to], t.parent[h.to], t.edge[h.to] = true, v, h.edge
			disc[h.to], low[h.to] = clock, clock
			stack = append(stack, h.to)
			order = append(order, h.to)
			continue
		}
		stack = stack[:len(stack)-1]
		if p := t.parent[v]; p >= 0 {
			low[p] = min(low[p], low[v])
			t.bridge[v] = low[v] > disc[p]
			t.cut[v] = p != exit && low[v] >= disc[p]
		}
	}
	for _, v := range order[1:] {
		t.sole[v] = t.sole[t.parent[v]]
		if t.bridge[v] {
			t.sole[v]++
		}
		if t.cut[v] {
			t.sole[v]++
		}
	}
	return t
}

// segment interns the stretch between two devices of an area.
func (m *model) segment(at int32, from, to int32) int32 {
	a := m.areas[at]
	x, z := a.at[from], a.at[to]
	key := segKey{at, x, z}
	if s, ok := m.segAt[key]; ok {
		return s
	}
	t := a.tree(m, z)
	s := segment{area: at, a: x, z: z}
	for v := x; t.parent[v] >= 0; v = t.parent[v] {
		if t.bridge[v] {
			s.atoms = append(s.atoms, a.edges[t.edge[v]].link)
		}
		if t.cut[v] {
			s.atoms = append(s.atoms, a.nodes[t.parent[v]])
		}
	}
	for _, c := range a.risks {
		if off := t.splits[c]; off != nil && off[x] {
			s.risks = append(s.risks, c)
		}
	}
	id := int32(len(m.segments))
	m.segments = append(m.segments, s)
	m.segAt[key] = id
	return id
}

// gone marks what the failed components take away from the area.
func (a *area) gone(m *model, failed []int32) (nodes, edges []bool) {
	nodes, edges = make([]bool, len(a.nodes)), make([]bool, len(a.edges))
	for _, c := range failed {
		for _, atom := range m.comps[c].atoms {
			if at, ok := a.at[atom]; ok {
				nodes[at] = true
			}
			if at, ok := a.edgeAt[atom]; ok {
				edges[at] = true
			}
		}
	}
	return nodes, edges
}

// labels gives each node the number of the island it is on when the failed
// components are gone; a node that is gone itself has -1.
func (a *area) labels(m *model, failed []int32) []int32 {
	nodes, edges := a.gone(m, failed)
	labels := make([]int32, len(a.nodes))
	var stack []int32
	island := int32(0)
	for i := range labels {
		if labels[i] != 0 {
			continue
		}
		if nodes[i] {
			labels[i] = -1
			continue
		}
		island++
		labels[i] = island
		stack = append(stack[:0], int32(i))
		for len(stack) > 0 {
			v := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, h := range a.next[v] {
				if !edges[h.edge] && !nodes[h.to] && labels[h.to] == 0 {
					labels[h.to] = island
					stack = append(stack, h.to)
				}
			}
		}
	}
	return labels
}

// severed tells whether a segment is cut on such islands.
func (s *segment) severed(labels []int32) bool {
	return labels[s.a] < 0 || labels[s.z] < 0 || labels[s.a] != labels[s.z]
}
