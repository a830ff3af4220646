package plan

import "fmt"

// access is a place where tails begin: an access node, or a ring node for the
// lines that are promised most.
type access struct {
	node     int
	chassis  int // the one with free slots, or None
	building *building
}

// building takes the tails of several customers through one feeder cable.
type building struct {
	name    string
	cable   int
	free    int
	chassis bool // its tails are transceivers, not optics in the access node
}

type reach struct {
	nodes []*access // access nodes
	rings []*access // ring nodes
}

// access hangs access nodes behind ring nodes, in chains of up to two, and a
// few straight on core routers. Two nodes that leave one ring node often do so
// in the same cable.
func (b *builder) access(lines int, rings []ring, core []int) reach {
	var out reach
	for _, r := range rings {
		for _, n := range r.nodes {
			out.rings = append(out.rings, &access{node: n, chassis: None})
		}
	}
	var lastCable = map[int]int{} // ring node -> cable of its latest trunk link
	var chainEnd = map[int]bool{}
	onRings := 0
	for i := range max(2, (lines+9)/10) {
		var parent int
		switch prev := len(out.nodes) - 1; {
		case i%5 == 0:
			parent = core[(i/5)%len(core)]
		case i%5 == 3 && !chainEnd[out.nodes[prev].node]:
			parent = out.nodes[prev].node
		default:
			// Two in a row on the same ring node, then another one.
			parent = out.rings[onRings/2*7%len(out.rings)].node
			onRings++
		}
		id := b.id("AN", i+1)
		s := b.site("S-"+id, pick(b, towns)+pick(b, []string{"接入点", "模块局", "基站机房"}), "exchange", "trunk")
		n := b.add(Device{ID: id, Name: "接入节点" + id, Kind: "switch", Site: s, Layer: "trunk", Technology: "access",
			Vendor: Raisecom})
		chainEnd[n] = b.Devices[parent].Kind == "switch"
		c, shared := lastCable[parent]
		if !shared || b.Devices[parent].Kind != "mstp" || len(b.Cables[c].Links) >= 2 {
			c = b.cable(fmt.Sprintf("CBL-T-%0*d", b.width, i+1), "主干光缆"+b.Devices[parent].ID, "trunk")
			lastCable[parent] = c
		}
		b.span("L-"+id, parent, n, 1000, "trunk", "", []int{c}, 0.05, 0.25)
		out.nodes = append(out.nodes, &access{node: n, chassis: None})
	}
	return out
}

// tail brings a new customer's router to the network at a, and returns it.
func (b *builder) tail(a *access, customer string, seq int, direct bool) int {
	if a.building == nil || a.building.free == 0 {
		a.building = b.newBuilding(direct)
	}
	cable, chassis := a.building.cable, a.building.chassis && !direct
	a.building.free--
	if b.chance(0.15) {
		cable = b.cable(b.id("CBL-D", seq), customer+"入户光缆", "tail")
	}
	cs := b.site(b.id("S-C", seq), a.building.name+customer, "customer", "premises")
	cpe := b.add(Device{ID: b.id("CPE", seq), Name: customer + "路由器", Kind: "cpe", Site: cs, Layer: "premises",
		Technology: "data", Vendor: H3C})
	tail := Link{ID: b.id("L-TAIL", seq), Layer: "tail", Medium: "fiber", Cables: []int{cable}}
	if !chassis {
		tail.A, tail.Z = b.port(a.node, 1000, true, Trunk), b.port(cpe, 1000, true, Trunk)
		b.link(tail, 0.02, 0.2)
		return cpe
	}
	ch := b.chassis(a)
	fe := b.add(Device{ID: b.id("FE", seq), Name: customer + "远端收发器", Kind: "transceiver", Site: cs, Layer: "premises",
		Technology: "access"})
	slot := b.port(ch, 100, true, Trunk)
	b.Devices[fe].NearEnd = slot
	tail.A, tail.Z = slot, b.port(fe, 100, true, Trunk)
	b.link(tail, 0.02, 0.2)
	b.link(Link{
		ID: b.id("L-CORD", seq), A: b.port(fe, 100, false, Trunk), Z: b.port(cpe, 100, false, Trunk),
		Layer: "premises", Medium: "copper",
	}, 0.001, 0.003)
	return cpe
}

func (b *builder) newBuilding(direct bool) *building {
	b.feeders++
	name := pick(b, districts) + pick(b, buildings)
	return &building{
		name: name, free: 3 + b.rng.IntN(6), chassis: !direct && b.chance(0.7),
		cable: b.cable(b.id("CBL-F", b.feeders), name+"馈线光缆", "tail"),
	}
}

// chassis is the one at the access node with a free slot; a full one is
// followed by another.
func (b *builder) chassis(a *access) int {
	const slots = 32
	if a.chassis != None && len(b.Devices[a.chassis].Ports) <= slots {
		return a.chassis
	}
	node := &b.Devices[a.node]
	id := "CH-" + node.ID[3:]
	if a.chassis != None {
		id = fmt.Sprintf("%s-%d", id, len(b.Devices))
	}
	a.chassis = b.add(Device{ID: id, Name: "收发器机框" + id, Kind: "chassis", Site: node.Site, Layer: "tail",
		Technology: "access", Vendor: RCFT})
	b.link(Link{
		ID: "L-" + id, A: b.port(a.node, 1000, false, Trunk), Z: b.port(a.chassis, 1000, false, Trunk),
		Layer: "tail", Medium: "copper",
	}, 0.001, 0.003)
	return a.chassis
}
