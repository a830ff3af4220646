package inventory

import (
	"cmp"
	"slices"
)

// Path is a walk through the network: Devices[i] and Devices[i+1] are joined by
// Links[i], so there is one device more than links.
type Path struct {
	Devices []string
	Links   []string
}

// routes holds the links of every line's route, in one flat array.
type routes struct {
	start []int32
	count []int32 // -1: there is no way
	links []int32
}

// RouteOf is the way of a line from A to Z, with both end devices: the route
// that the file gives, or else the shortest by number of links; of several
// shortest, the one whose links read from A come first by id. It is false
// where the network does not join the ends.
func (inv *Inventory) RouteOf(line *Line) (Path, bool) {
	i, ok := inv.index.lines[line.ID]
	if !ok {
		return Path{}, false
	}
	links, ok := inv.routeLinks(i)
	if !ok {
		return Path{}, false
	}
	return inv.path(inv.index.devices[inv.Lines[i].A.Device], links), true
}

// Chain is the way from a station to a device, by the rule of RouteOf.
func (inv *Inventory) Chain(station, device string) (Path, bool) {
	s, ok := inv.index.stations[station]
	if !ok {
		return Path{}, false
	}
	d, ok := inv.index.devices[device]
	if !ok {
		return Path{}, false
	}
	from := inv.index.devices[inv.Stations[s].Attached]
	links, ok := inv.chainLinks(s, int32(from), int32(d))
	if !ok {
		return Path{}, false
	}
	return inv.path(from, links), true
}

// LinesThrough gives the ids of the lines whose route passes a device, its end
// devices included, in the order of the file.
func (inv *Inventory) LinesThrough(device string) []string {
	d, ok := inv.index.devices[device]
	if !ok {
		return nil
	}
	lines := inv.index.through.of(d)
	if len(lines) == 0 {
		return nil
	}
	ids := make([]string, len(lines))
	for n, i := range lines {
		ids[n] = inv.Lines[i].ID
	}
	return ids
}

func (inv *Inventory) routeLinks(line int) ([]int32, bool) {
	r := &inv.index.routes
	if r.count[line] < 0 {
		return nil, false
	}
	return r.links[r.start[line] : r.start[line]+r.count[line]], true
}

func (inv *Inventory) path(from int, links []int32) Path {
	p := Path{Devices: make([]string, 0, len(links)+1), Links: make([]string, 0, len(links))}
	at := inv.Devices[from].ID
	p.Devices = append(p.Devices, at)
	for _, i := range links {
		l := &inv.Links[i]
		if l.A.Device == at {
			at = l.Z.Device
		} else {
			at = l.A.Device
		}
		p.Links = append(p.Links, l.ID)
		p.Devices = append(p.Devices, at)
	}
	return p
}

// chainLinks joins three stretches: down or up the station's own tree, across
// the core, and up the device's tree.
func (inv *Inventory) chainLinks(station int, from, to int32) ([]int32, bool) {
	t := inv.index.topology
	if t.root[from] == t.root[to] {
		return t.withinTree(nil, from, to), true
	}
	parent := t.chains[station]
	c := t.number[t.root[to]]
	if parent[c] == unreached {
		return nil, false
	}
	back, _ := t.climb(nil, to, 0)
	back = followParents(inv, t, parent, back, c)
	links, _ := t.climb(nil, from, 0)
	slices.Reverse(back)
	return append(links, back...), true
}

const unreached = -2

// route finds every line's route and every station's tree once and for all, so
// that later questions are look-ups, and readers need no lock.
func (inv *Inventory) route() {
	t := newTopology(inv)
	inv.index.topology = t
	s := newSearch(inv, t)
	inv.routeLines(t, s)
	inv.routeStations(t, s)
	inv.index.through = group(len(inv.Devices), func(put func(int, int32)) {
		for i := range inv.Lines {
			links, ok := inv.routeLinks(i)
			if !ok {
				continue
			}
			at := int32(inv.index.devices[inv.Lines[i].A.Device])
			put(int(at), int32(i))
			for _, l := range links {
				at = inv.across(l, at)
				put(int(at), int32(i))
			}
		}
	})
}

// errand is a line that needs a way across the core.
type errand struct {
	source int32 // searched from here
	dir    direction
	goal   int32
	line   int32
}

func (inv *Inventory) routeLines(t *topology, s *search) {
	r := &inv.index.routes
	r.start = make([]int32, len(inv.Lines))
	r.count = make([]int32, len(inv.Lines))
	r.links = make([]int32, 0, 8*len(inv.Lines))
	keep := func(line int, links []int32) {
		r.start[line], r.count[line] = int32(len(r.links)), int32(len(links))
		r.links = append(r.links, links...)
	}
	var buf []int32
	var errands []errand
	busy := make([]int32, len(t.core)) // how many lines end in each core device's tree
	for i := range inv.Lines {
		l := &inv.Lines[i]
		a, z := inv.index.devices[l.A.Device], inv.index.devices[l.Z.Device]
		switch {
		case len(l.Route) > 0:
			buf = buf[:0]
			for _, id := range l.Route {
				buf = append(buf, int32(inv.index.links[id]))
			}
			keep(i, buf)
		case t.root[a] == t.root[z]:
			buf = t.withinTree(buf[:0], int32(a), int32(z))
			keep(i, buf)
		default:
			r.count[i] = -1
			ca, cz := t.number[t.root[a]], t.number[t.root[z]]
			busy[ca]++
			busy[cz]++
			errands = append(errands, errand{ca, fromA, cz, int32(i)})
		}
	}
	// Search from the busier end: a hub is searched once for all its lines.
	for i := range errands {
		if e := &errands[i]; busy[e.goal] >= busy[e.source] {
			e.source, e.goal, e.dir = e.goal, e.source, fromZ
		}
	}
	slices.SortFunc(errands, func(a, b errand) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(b2i(a.dir), b2i(b.dir)), cmp.Compare(a.line, b.line))
	})
	want := make([]bool, len(t.core))
	for len(errands) > 0 {
		n := 1
		for n < len(errands) && errands[n].source == errands[0].source && errands[n].dir == errands[0].dir {
			n++
		}
		left := inv.runErrands(s, errands[:n], want, false, keep)
		if len(left) > 0 && s.blocked {
			inv.runErrands(s, left, want, true, keep)
		}
		errands = errands[n:]
	}
}

// runErrands searches once for lines that share a source, and returns those
// that it found no way for.
func (inv *Inventory) runErrands(s *search, errands []errand, want []bool, open bool,
	keep func(int, []int32)) (left []errand) {
	wanted := 0
	for _, e := range errands {
		if !want[e.goal] {
			want[e.goal] = true
			wanted++
		}
	}
	s.run(errands[0].source, errands[0].dir, open, want, wanted)
	var way, tail []int32
	for _, e := range errands {
		want[e.goal] = false
		if !s.reached(e.goal) {
			left = append(left, e)
			continue
		}
		l := &inv.Lines[e.line]
		way, _ = s.t.climb(way[:0], int32(inv.index.devices[l.A.Device]), 0)
		tail, _ = s.t.climb(tail[:0], int32(inv.index.devices[l.Z.Device]), 0)
		slices.Reverse(tail)
		n := len(way)
		way = s.back(way, e.goal)
		if e.dir == fromA { // searched from A, so the way back runs from Z
			slices.Reverse(way[n:])
		}
		keep(int(e.line), append(way, tail...))
	}
	return left
}

func (inv *Inventory) routeStations(t *topology, s *search) {
	t.chains = make([][]int32, len(inv.Stations))
	for i := range inv.Stations {
		source := t.number[t.root[inv.index.devices[inv.Stations[i].Attached]]]
		parent := make([]int32, len(t.core))
		s.run(source, fromA, false, nil, 0)
		missing := false
		for c := range parent {
			parent[c] = unreached
			if s.reached(int32(c)) {
				parent[c] = s.parent[c]
			} else {
				missing = true
			}
		}
		if missing && s.blocked {
			s.run(source, fromA, true, nil, 0)
			for c := range parent {
				if parent[c] == unreached && s.reached(int32(c)) {
					parent[c] = s.parent[c]
				}
			}
		}
		t.chains[i] = parent
	}
}

func b2i(d direction) int {
	if d {
		return 1
	}
	return 0
}
