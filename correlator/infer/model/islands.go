package model

import "github.com/linewarden/linewarden/collector/symptom"

// gone marks what the failed components take away from the area.
func (m *Model) gone(a *area, failed []int32) (nodes, edges []bool) {
	nodes, edges = make([]bool, len(a.nodes)), make([]bool, len(a.edges))
	for _, c := range failed {
		for _, atom := range m.comps[c].Atoms {
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

// Islands gives each node of an area the number of the island it is on when the
// failed components are gone; a node that is gone itself has -1. See Severed.
func (m *Model) Islands(area int32, failed []int32) []int32 { return m.islands(m.areas[area], failed) }

func (m *Model) islands(a *area, failed []int32) []int32 {
	nodes, edges := m.gone(a, failed)
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

// Remains is an area without some of its parts.
type Remains struct {
	m            *Model
	area         *area
	nodes, edges []bool
	trees        map[int32]*tree
}

// Without gives what is left of an area when the failed components are gone.
func (m *Model) Without(area int32, failed []int32) *Remains {
	r := &Remains{m: m, area: m.areas[area], trees: map[int32]*tree{}}
	r.nodes, r.edges = m.gone(r.area, failed)
	return r
}

// Weaker tells whether a segment has lost ways that it has when all is well:
// whether it still holds, and if so, whether more single failures would cut it.
func (r *Remains) Weaker(s *Segment) (holds, weaker bool) {
	t, ok := r.trees[s.z]
	if !ok {
		t = r.area.search(s.z, r.nodes, r.edges)
		r.trees[s.z] = t
	}
	return t.reach[s.a], t.sole[s.a] > r.m.tree(r.area, s.z).sole[s.a]
}

// Beside are the links of the protection domains to which the first nodes of some
// segments belong, each with its cables.
func (m *Model) Beside(area int32, segments []int32) [][]int32 {
	a := m.areas[area]
	rings := map[string]bool{}
	for _, id := range segments {
		for _, h := range a.next[m.segments[id].a] {
			rings[m.ring(a, h.edge)] = true
		}
	}
	var out [][]int32
	for i, e := range a.edges {
		if !rings[m.ring(a, int32(i))] {
			continue
		}
		var comps []int32
		for _, c := range m.atomComps[e.link] {
			if k := m.comps[c].Kind; k == symptom.LinkSubject || k == symptom.CableSubject {
				comps = append(comps, c)
			}
		}
		out = append(out, comps)
	}
	return out
}

// ring is the protection domain of an area's link.
func (m *Model) ring(a *area, edge int32) string {
	return m.inv.Links[a.edges[edge].link-int32(len(m.inv.Devices))].Protection
}
