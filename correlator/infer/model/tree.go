package model

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

// tree is that of an area from an exit, made once.
func (m *Model) tree(a *area, exit int32) *tree {
	if t, ok := a.trees[exit]; ok {
		return t
	}
	t := a.search(exit, nil, nil)
	t.splits = map[int32][]bool{}
	for _, c := range a.risks {
		labels := m.islands(a, []int32{c})
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
	t.count(order)
	return t
}

// count adds up the bridges and cut vertices between each node and the exit.
func (t *tree) count(order []int32) {
	for _, v := range order[1:] {
		t.sole[v] = t.sole[t.parent[v]]
		if t.bridge[v] {
			t.sole[v]++
		}
		if t.cut[v] {
			t.sole[v]++
		}
	}
}
