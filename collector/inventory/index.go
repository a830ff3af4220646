package inventory

import (
	"slices"
	"sort"
	"strings"
)

// index answers look-ups by id; Build fills it.
type index struct {
	customers map[string]int
	sites     map[string]int
	devices   map[string]int
	links     map[string]int
	cables    map[string]int
	lines     map[string]int
	stations  map[string]int

	aliases    map[aliasKey]int
	collectors map[string]int // collector -> station

	ends      []int32       // the devices of each link, a then z; -1: no such device
	linksAt   groups[int]   // device -> links, by id
	portsAt   groups[end]   // device -> link ends, by port
	farEndsOf groups[int32] // device -> devices seen through it, by port
	linesOf   groups[int32] // customer -> lines
	watchesOf groups[int32] // line -> rows of watches.csv

	rows     map[string][]int32 // file -> line of each row
	routes   routes
	through  groups[int32] // device -> lines whose route passes it
	topology *topology
}

type aliasKey struct{ system, native string }

// end is one end of a link: twice the link's index, plus one for its z end.
type end int32

func (inv *Inventory) portRef(e end) PortRef {
	if e&1 == 0 {
		return inv.Links[e>>1].A
	}
	return inv.Links[e>>1].Z
}

// groups is a list of items for each of n keys, in two flat arrays.
type groups[T any] struct {
	start []int32
	items []T
}

func (g groups[T]) of(key int) []T {
	if key+1 >= len(g.start) {
		return nil
	}
	return g.items[g.start[key]:g.start[key+1]:g.start[key+1]]
}

// group collects what walk puts, which is called twice and must put the same;
// items of a key keep the order in which they were put.
func group[T any](keys int, walk func(put func(key int, item T))) groups[T] {
	g := groups[T]{start: make([]int32, keys+1)}
	walk(func(key int, _ T) { g.start[key+1]++ })
	for k := range keys {
		g.start[k+1] += g.start[k]
	}
	g.items = make([]T, g.start[keys])
	next := slices.Clone(g.start[:keys])
	walk(func(key int, item T) {
		g.items[next[key]] = item
		next[key]++
	})
	return g
}

// connect fills the look-ups that go from one kind of thing to another.
func (inv *Inventory) connect() {
	x := &inv.index
	x.aliases = make(map[aliasKey]int, len(inv.Aliases))
	for i := range inv.Aliases {
		x.aliases[aliasKey{inv.Aliases[i].System, inv.Aliases[i].Native}] = i
	}
	x.collectors = make(map[string]int, len(inv.Stations))
	for i := range inv.Stations {
		if c := inv.Stations[i].Collector; c != "" {
			x.collectors[c] = i
		}
	}
	x.farEndsOf = group(len(inv.Devices), func(put func(int, int32)) {
		for i := range inv.Devices {
			if near := inv.Devices[i].NearEnd; !near.IsZero() {
				put(x.devices[near.Device], int32(i))
			}
		}
	})
	x.linesOf = group(len(inv.Customers), func(put func(int, int32)) {
		for i := range inv.Lines {
			put(x.customers[inv.Lines[i].Customer], int32(i))
		}
	})
	x.watchesOf = group(len(inv.Lines), func(put func(int, int32)) {
		for i := range inv.Watches {
			put(x.lines[inv.Watches[i].Line], int32(i))
		}
	})
	inv.connectLinks()
}

func (inv *Inventory) connectLinks() {
	x := &inv.index
	byID := make([]int, len(inv.Links))
	for i := range byID {
		byID[i] = i
	}
	slices.SortFunc(byID, func(i, j int) int { return strings.Compare(inv.Links[i].ID, inv.Links[j].ID) })
	x.linksAt = group(len(inv.Devices), func(put func(int, int)) {
		for _, i := range byID {
			put(int(x.ends[2*i]), i)
			put(int(x.ends[2*i+1]), i)
		}
	})
	for d := range inv.Devices {
		slices.SortFunc(x.farEndsOf.of(d), func(a, b int32) int {
			return strings.Compare(inv.Devices[a].NearEnd.Port, inv.Devices[b].NearEnd.Port)
		})
	}
}

// plug finds the devices of every link's ends, and which ports they take. It
// is done before the links are checked, so an end may lead nowhere.
func (inv *Inventory) plug() {
	x := &inv.index
	x.ends = make([]int32, 2*len(inv.Links))
	for e := range x.ends {
		x.ends[e] = -1
		if d, ok := x.devices[inv.portRef(end(e)).Device]; ok {
			x.ends[e] = int32(d)
		}
	}
	x.portsAt = group(len(inv.Devices), func(put func(int, end)) {
		for e, d := range x.ends {
			if d >= 0 {
				put(int(d), end(e))
			}
		}
	})
	for d := range inv.Devices {
		slices.SortStableFunc(x.portsAt.of(d), func(a, b end) int {
			return strings.Compare(inv.portRef(a).Port, inv.portRef(b).Port)
		})
	}
}

// Customer finds a customer by id.
func (inv *Inventory) Customer(id string) (*Customer, bool) {
	return find(inv.Customers, inv.index.customers, id)
}

// Site finds a site by id.
func (inv *Inventory) Site(id string) (*Site, bool) { return find(inv.Sites, inv.index.sites, id) }

// Device finds a device by id.
func (inv *Inventory) Device(id string) (*Device, bool) {
	return find(inv.Devices, inv.index.devices, id)
}

// Link finds a link by id.
func (inv *Inventory) Link(id string) (*Link, bool) { return find(inv.Links, inv.index.links, id) }

// Cable finds a cable by id.
func (inv *Inventory) Cable(id string) (*Cable, bool) { return find(inv.Cables, inv.index.cables, id) }

// Line finds a line by id.
func (inv *Inventory) Line(id string) (*Line, bool) { return find(inv.Lines, inv.index.lines, id) }

// Station finds a station by id.
func (inv *Inventory) Station(id string) (*Station, bool) {
	return find(inv.Stations, inv.index.stations, id)
}

// Alias gives the subject that another system knows by its own name.
func (inv *Inventory) Alias(system, native string) (subject string, ok bool) {
	a, ok := find(inv.Aliases, inv.index.aliases, aliasKey{system, native})
	if !ok {
		return "", false
	}
	return a.Subject, true
}

// LinksAt gives the links of a device, as indexes into Links, sorted by the
// links' ids. The slice is the inventory's own; do not change it.
func (inv *Inventory) LinksAt(device string) []int {
	i, ok := inv.index.devices[device]
	if !ok {
		return nil
	}
	return inv.index.linksAt.of(i)
}

// LinkAtPort finds the link that ends at a port.
func (inv *Inventory) LinkAtPort(ref PortRef) (*Link, bool) {
	device, ok := inv.index.devices[ref.Device]
	if !ok {
		return nil, false
	}
	ends := inv.index.portsAt.of(device)
	i, ok := sort.Find(len(ends), func(i int) int { return strings.Compare(ref.Port, inv.portRef(ends[i]).Port) })
	if !ok {
		return nil, false
	}
	return &inv.Links[ends[i]>>1], true
}

// FarEnd finds the unmanaged device that is seen through a port.
func (inv *Inventory) FarEnd(near PortRef) (*Device, bool) {
	device, ok := inv.index.devices[near.Device]
	if !ok {
		return nil, false
	}
	far := inv.index.farEndsOf.of(device)
	i, ok := sort.Find(len(far), func(i int) int { return strings.Compare(near.Port, inv.Devices[far[i]].NearEnd.Port) })
	if !ok {
		return nil, false
	}
	return &inv.Devices[far[i]], true
}

// FarEndsOf gives the unmanaged devices that are seen through a device, sorted
// by its ports.
func (inv *Inventory) FarEndsOf(device string) []*Device {
	i, ok := inv.index.devices[device]
	if !ok {
		return nil
	}
	return pick(inv.Devices, inv.index.farEndsOf.of(i))
}

// LinesOf gives the lines that a customer rents, in the order of the file.
func (inv *Inventory) LinesOf(customer string) []*Line {
	i, ok := inv.index.customers[customer]
	if !ok {
		return nil
	}
	return pick(inv.Lines, inv.index.linesOf.of(i))
}

// StationOf finds where an observer stands: "station/ID" by its id, and
// "collector/ID" by the collector column, or else the default (first) station.
// Another system, "ems/NAME", stands nowhere.
func (inv *Inventory) StationOf(observer string) (*Station, bool) {
	kind, id, _ := strings.Cut(observer, "/")
	switch kind {
	case "station":
		return inv.Station(id)
	case "collector":
		if s, ok := find(inv.Stations, inv.index.collectors, id); ok {
			return s, true
		}
		if len(inv.Stations) > 0 {
			return &inv.Stations[0], true
		}
	}
	return nil, false
}

func find[T any, K comparable](all []T, at map[K]int, id K) (*T, bool) {
	i, ok := at[id]
	if !ok {
		return nil, false
	}
	return &all[i], true
}

func pick[T any](all []T, which []int32) []*T {
	if len(which) == 0 {
		return nil
	}
	out := make([]*T, len(which))
	for n, i := range which {
		out[n] = &all[i]
	}
	return out
}
