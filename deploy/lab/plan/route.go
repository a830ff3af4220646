package plan

import "slices"

// Routes is, for each line, the links from its A end to its Z end while
// everything works: up the tree of either end to the first ring or router, and
// between those the fewest hops, ties going to the link that was built first.
func (n *Network) Routes() [][]int {
	routes := make([][]int, len(n.Lines))
	tails := make([][]int, len(n.Lines))
	ends := make([][2]int, len(n.Lines))
	order := make([]int, len(n.Lines))
	for i, l := range n.Lines {
		a, at := n.climb(l.A)
		z, to := n.climb(l.Z)
		for len(a) > 0 && len(z) > 0 && a[len(a)-1] == z[len(z)-1] {
			a, z = a[:len(a)-1], z[:len(z)-1]
		}
		slices.Reverse(z)
		routes[i], tails[i], ends[i], order[i] = a, z, [2]int{at, to}, i
	}
	slices.SortStableFunc(order, func(i, j int) int { return ends[i][1] - ends[j][1] })
	tree, root := []int(nil), None
	for _, i := range order {
		at, to := ends[i][0], ends[i][1]
		if at != to && root != to {
			tree, root = n.tree(to), to
		}
		for at != to {
			l := tree[at]
			routes[i] = append(routes[i], l)
			at = n.Across(l, at)
		}
		routes[i] = append(routes[i], tails[i]...)
	}
	return routes
}

// Across is the device at the other end of a link.
func (n *Network) Across(link, device int) int {
	if d := n.Ports[n.Links[link].A].Device; d != device {
		return d
	}
	return n.Ports[n.Links[link].Z].Device
}

// climb collects the links from a device to the ring or router it hangs on.
func (n *Network) climb(d int) (links []int, top int) {
	for rank(&n.Devices[d]) > rank(&Device{Kind: "mstp"}) {
		l := n.Uplink(d)
		links = append(links, l)
		d = n.Across(l, d)
	}
	return links, d
}

// Uplink is the link towards the core of a device outside rings and mesh. It
// was built before the links to what hangs behind the device.
func (n *Network) Uplink(d int) int {
	for _, p := range n.Devices[d].Ports {
		if l := n.Ports[p].Link; l != None {
			peer := n.Across(l, d)
			if above := rank(&n.Devices[peer]) - rank(&n.Devices[d]); above < 0 || above == 0 && peer < d {
				return l
			}
		}
	}
	return None
}

// tree is, for each ring node and router, its first link towards the root.
func (n *Network) tree(root int) []int {
	next := make([]int, len(n.Devices))
	for i := range next {
		next[i] = None
	}
	seen, todo := map[int]bool{root: true}, []int{root}
	for len(todo) > 0 {
		d := todo[0]
		todo = todo[1:]
		for _, p := range n.Devices[d].Ports {
			l := n.Ports[p].Link
			if l == None {
				continue
			}
			peer := n.Across(l, d)
			if !seen[peer] && rank(&n.Devices[peer]) <= rank(&Device{Kind: "mstp"}) {
				seen[peer] = true
				next[peer] = l
				todo = append(todo, peer)
			}
		}
	}
	return next
}

// rank is the distance from the core, by kind of device.
func rank(d *Device) int {
	switch d.Kind {
	case "router":
		return 0
	case "mstp":
		return 1
	case "switch":
		return 2
	case "chassis":
		return 3
	case "transceiver":
		return 4
	}
	return 5
}
