package inventory

import "slices"

// topology is the network as a graph of devices, split in two: trees, in which
// there is only one way to go, and the core that remains when the trees have
// been cut off leaf by leaf. In a carrier's network nine devices in ten hang on
// a tree, so that searching is left to a small core.
//
// Of parallel links between two devices only the one with the smallest id
// counts here: it is the one that a route takes.
type topology struct {
	// For a device in a tree: the next device towards the core and the link to
	// it. For a device of the core: itself and none.
	up, via []int32
	depth   []int32 // steps to the core
	root    []int32 // device of the core that the tree hangs on

	core   []int32      // devices of the core
	number []int32      // device -> place in core, or -1
	edges  groups[edge] // of the core, by link id
	dead   []bool       // of the core: ends here, carries nobody else's traffic

	chains [][]int32 // station -> parent link of each core device on the way to it
}

// edge leads from one device of the core to another.
type edge struct{ to, link int32 }

func newTopology(inv *Inventory) *topology {
	n := len(inv.Devices)
	t := &topology{up: make([]int32, n), via: make([]int32, n), depth: make([]int32, n),
		root: make([]int32, n), number: make([]int32, n)}
	next := neighbours(inv)
	cut := t.trim(next)
	t.hang(cut)
	t.settle(inv, next)
	return t
}

// neighbours lists for each device the devices next to it, each once, in the
// order of the links' ids.
func neighbours(inv *Inventory) groups[edge] {
	seen := make([]int32, len(inv.Devices)) // 1 + the device at which it was last seen
	return group(len(inv.Devices), func(put func(int, edge)) {
		clear(seen)
		for d := range inv.Devices {
			for _, l := range inv.index.linksAt.of(d) {
				other := inv.across(int32(l), int32(d))
				if seen[other] != int32(d)+1 {
					seen[other] = int32(d) + 1
					put(d, edge{other, int32(l)})
				}
			}
		}
	})
}

// trim cuts off leaves until none are left, and returns them in that order.
func (t *topology) trim(next groups[edge]) []int32 {
	degree := make([]int32, len(t.up))
	var cut []int32
	for d := range t.up {
		t.up[d], t.via[d], t.root[d] = int32(d), -1, int32(d)
		degree[d] = int32(len(next.of(d)))
		if degree[d] == 1 {
			cut = append(cut, int32(d))
		}
	}
	gone := make([]bool, len(t.up))
	kept := cut[:0:0]
	for i := 0; i < len(cut); i++ {
		d := cut[i]
		if degree[d] != 1 {
			continue // the last one of a tree that hangs on nothing
		}
		for _, e := range next.of(int(d)) {
			if gone[e.to] {
				continue
			}
			t.up[d], t.via[d] = e.to, e.link
			if degree[e.to]--; degree[e.to] == 1 {
				cut = append(cut, e.to)
			}
		}
		gone[d] = true
		degree[d] = 0
		kept = append(kept, d)
	}
	return kept
}

// hang gives each cut device its depth and root; what was cut last is nearest.
func (t *topology) hang(cut []int32) {
	for _, d := range slices.Backward(cut) {
		t.depth[d] = t.depth[t.up[d]] + 1
		t.root[d] = t.root[t.up[d]]
	}
}

// settle builds the graph of the core.
func (t *topology) settle(inv *Inventory, next groups[edge]) {
	for d := range t.up {
		t.number[d] = -1
		if t.root[d] == int32(d) {
			t.number[d] = int32(len(t.core))
			t.core = append(t.core, int32(d))
			t.dead = append(t.dead, inv.Devices[d].Kind == CPE)
		}
	}
	t.edges = group(len(t.core), func(put func(int, edge)) {
		for c, d := range t.core {
			for _, e := range next.of(int(d)) {
				if to := t.number[e.to]; to >= 0 {
					put(c, edge{to, e.link})
				}
			}
		}
	})
}

// climb appends the links from d up to, not beyond, the given depth.
func (t *topology) climb(links []int32, d, depth int32) ([]int32, int32) {
	for t.depth[d] > depth {
		links = append(links, t.via[d])
		d = t.up[d]
	}
	return links, d
}

// withinTree appends the links from a to z, which hang on the same root.
func (t *topology) withinTree(links []int32, a, z int32) []int32 {
	var back []int32
	links, a = t.climb(links, a, t.depth[z])
	back, z = t.climb(back, z, t.depth[a])
	for a != z {
		links, a = append(links, t.via[a]), t.up[a]
		back, z = append(back, t.via[z]), t.up[z]
	}
	slices.Reverse(back)
	return append(links, back...)
}
