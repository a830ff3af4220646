package model

type segKey struct{ area, a, z int32 }

// Segment is the stretch of a way that crosses an area, from device a to z.
// What cuts it alone is series; the rest of it is an AND group: it takes two.
type Segment struct {
	Area  int32
	a, z  int32   // places in the area's nodes
	atoms []int32 // cut vertices and bridges between a and z, without a and z
	risks []int32 // shared risks that separate a from z on their own
}

// segment finds or makes the stretch between two devices of an area.
func (m *Model) segment(at int32, from, to int32) int32 {
	a := m.areas[at]
	x, z := a.at[from], a.at[to]
	key := segKey{at, x, z}
	if s, ok := m.segAt[key]; ok {
		return s
	}
	t := m.tree(a, z)
	s := Segment{Area: at, a: x, z: z}
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

// Severed tells whether a segment is cut on such islands.
func (s *Segment) Severed(labels []int32) bool {
	return labels[s.a] < 0 || labels[s.z] < 0 || labels[s.a] != labels[s.z]
}
