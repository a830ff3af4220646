package plan

import (
	"fmt"
	"math/rand/v2"
)

// MaxLines is how many lines the address block is good for.
const MaxLines = 40_000

// Generate lays out a network for that many lines.
func Generate(lines int, seed uint64) (*Network, error) {
	if lines < 1 || lines > MaxLines {
		return nil, fmt.Errorf("the lab plays 1 to %d lines, not %d", MaxLines, lines)
	}
	b := &builder{
		Network: &Network{Seed: seed},
		rng:     rand.New(rand.NewPCG(seed, 0x6c696e65)),
		width:   max(4, len(fmt.Sprint(lines))),
		device:  counter{devices, half},
		service: counter{services, slots},
	}
	b.Community = fmt.Sprintf("lab-%08x", b.rng.Uint32())
	core := b.core(lines)
	access := b.access(lines, b.rings(lines, core), core)
	b.customers(lines)
	b.rent(lines, access)
	b.emptyCables()
	b.spares()
	b.Stations = []Station{{ID: "ST1", Name: "拨测点一", Collector: "c1", Device: 0, Address: address(stations)}}
	return b.Network, b.err
}

// emptyCables takes out the feeders all of whose tails went another way: a
// cable in which nothing runs is none of the network's.
func (b *builder) emptyCables() {
	kept, at := b.Cables[:0], make([]int, len(b.Cables))
	for i, c := range b.Cables {
		if at[i] = len(kept); len(c.Links) > 0 {
			kept = append(kept, c)
		}
	}
	b.Cables = kept
	for i := range b.Links {
		for k, c := range b.Links[i].Cables {
			b.Links[i].Cables[k] = at[c]
		}
	}
}

// core builds two backbone routers and a mesh of core routers under them. A
// core router hangs on both backbone routers or on its two neighbours in a
// ring of chords: no single link carries the mesh.
func (b *builder) core(lines int) (core []int) {
	n := min(4+lines/4000, 16)
	var bb [2]int
	for i := range bb {
		id := fmt.Sprintf("BB%d", i+1)
		s := b.site("S-"+id, fmt.Sprintf("省干枢纽%d", i+1), "exchange", "backbone")
		bb[i] = b.add(Device{ID: id, Name: "骨干路由器" + id, Kind: "router", Site: s, Layer: "backbone", Technology: "data",
			Vendor: Huawei})
	}
	for i := range n {
		id := fmt.Sprintf("CR%d", i+1)
		s := b.site("S-"+id, districts[i%len(districts)]+"核心机楼", "exchange", "core")
		core = append(core, b.add(Device{ID: id, Name: "核心路由器" + id, Kind: "router", Site: s, Layer: "core",
			Technology: "data", Vendor: Huawei}))
	}
	join := func(a, z int, layer string, lo, hi float64) {
		id := "L-" + b.Devices[a].ID + "-" + b.Devices[z].ID
		c := b.cable("CBL-"+id[2:], b.Devices[a].ID+"至"+b.Devices[z].ID+"光缆", layer)
		b.span(id, a, z, 10_000, layer, "core", []int{c}, lo, hi)
	}
	join(bb[0], bb[1], "backbone", 0.8, 1.5)
	for i := range min(n, 4) {
		join(core[i], bb[0], "backbone", 0.6, 1.5)
		join(core[i], bb[1], "backbone", 0.6, 1.5)
	}
	for i := range n {
		join(core[i], core[(i+1)%n], "core", 0.2, 0.6)
	}
	for i := range n - 2 {
		if i%2 == 0 {
			join(core[i], core[(i+2)%n], "core", 0.2, 0.6)
		}
	}
	return core
}

// ring is a closed chain of MSTP nodes between two core routers.
type ring struct{ nodes []int }

func (b *builder) rings(lines int, core []int) (rings []ring) {
	for r := range max(2, (lines+69)/70) {
		name := fmt.Sprintf("R%02d", r+1)
		first := core[r%len(core)]
		last := core[(r+1+r/len(core)%(len(core)-1))%len(core)]
		var nodes []int
		for k := range 4 + b.rng.IntN(5) {
			id := fmt.Sprintf("RN-%s-%d", name[1:], k+1)
			s := b.site("S-"+id, pick(b, towns)+"局", "exchange", "trunk")
			nodes = append(nodes, b.add(Device{ID: id, Name: "环" + name + "节点" + fmt.Sprint(k+1), Kind: "mstp", Site: s,
				Layer: "trunk", Technology: "transmission", Vendor: Raisecom}))
		}
		chain := append(append([]int{first}, nodes...), last)
		for k := range len(chain) - 1 {
			id := fmt.Sprintf("L-%s-%d", name, k+1)
			c := b.cable(fmt.Sprintf("CBL-%s-%d", name, k+1), fmt.Sprintf("环%s第%d段光缆", name, k+1), "trunk")
			b.span(id, chain[k], chain[k+1], 2500, "trunk", name, []int{c}, 0.1, 0.3)
		}
		rings = append(rings, ring{nodes})
	}
	return rings
}
