package plan

import "fmt"

func (b *builder) customers(lines int) {
	for i := range max(1, lines/3) {
		grade := "standard"
		switch p := b.rng.Float64(); {
		case p < 0.06:
			grade = "diamond"
		case p < 0.20:
			grade = "gold"
		case p < 0.40:
			grade = "silver"
		case p < 0.65:
			grade = "bronze"
		}
		id := fmt.Sprintf("C-%0*d", b.width, i+1)
		b.Customers = append(b.Customers, Customer{
			ID: id, Name: pick(b, districts) + pick(b, firms) + pick(b, suffixes), Grade: grade, Important: grade == "diamond",
			Manager: b.person(), Contact: b.person(), Phone: fmt.Sprintf("0551-6%07d", i+1),
			Email: fmt.Sprintf("noc%d@example.com", i+1),
		})
	}
	for i, grade := range []string{"diamond", "gold", "silver", "bronze", "standard"} {
		if i < len(b.Customers) && len(b.Customers) >= 5 {
			b.Customers[i].Grade, b.Customers[i].Important = grade, grade == "diamond"
		}
	}
}

// rent gives every line its ends. One in seven internet lines shares the
// router of an earlier line of its customer.
func (b *builder) rent(lines int, at reach) {
	routers := map[int][]int{} // customer -> its CPEs
	seq := 0
	place := func(c int, top bool) int {
		seq++
		spot := at.nodes[b.rng.IntN(len(at.nodes))]
		if top {
			spot = at.rings[b.rng.IntN(len(at.rings))]
		}
		cpe := b.tail(spot, b.Customers[c].Name, seq, top)
		routers[c] = append(routers[c], cpe)
		return cpe
	}
	for i := range lines {
		c := b.rng.IntN(len(b.Customers))
		l := Line{
			ID: b.id("LN", i+1), Customer: c, Grade: b.lineGrade(), Z: None, ZPort: None,
			Product:   b.weighted([]string{"internet", "circuit", "vpn"}, []float64{0.6, 0.2, 0.2}),
			Mbps:      []int{2, 10, 20, 50, 100}[b.rng.IntN(5)],
			Circuit:   fmt.Sprintf("示范%s/%04d", []string{"ETN", "GE", "FE"}[i%3], i+1),
			ServiceNo: fmt.Sprintf("0551%08d", 30_000_000+i),
		}
		top := l.Grade == "AAA"
		if own := routers[c]; l.Product == "internet" && !top && len(own) > 0 && b.chance(0.4) {
			l.A = own[b.rng.IntN(len(own))]
		} else {
			l.A = place(c, top)
		}
		l.APort, l.Target = b.lan(l.A, l.ID), b.take(&b.service)
		if l.Product == "internet" {
			l.Z = b.exit(l.A)
		} else {
			l.Z = place(c, top)
			l.ZPort, l.TargetZ = b.lan(l.Z, l.ID), b.take(&b.service)
		}
		l.Name = b.Customers[c].Name + map[string]string{"internet": "互联网专线", "circuit": "数据专线",
			"vpn": "MPLS VPN 专线"}[l.Product]
		b.Lines = append(b.Lines, l)
	}
}

func (b *builder) lineGrade() string {
	return b.weighted([]string{"AAA", "AA", "A", "standard"}, []float64{0.1, 0.2, 0.3, 0.4})
}

func (b *builder) weighted(names []string, weights []float64) string {
	p := b.rng.Float64()
	for i, w := range weights {
		if p < w {
			return names[i]
		}
		p -= w
	}
	return names[len(names)-1]
}

// lan adds the customer's port for a line.
func (b *builder) lan(cpe int, line string) int {
	p := b.port(cpe, 1000, false, LAN)
	b.Ports[p].Alias = line
	return p
}

// exit is where an internet line leaves the customer's access: the core router
// on which its access node hangs, else the first backbone router.
func (b *builder) exit(cpe int) int {
	if _, top := b.climb(cpe); b.Devices[top].Layer == "core" {
		return top
	}
	return 0
}

// spares gives nodes the unused ports that real ones have: most are shut, and
// a few were forgotten and stand enabled with nothing in them.
func (b *builder) spares() {
	for d := range b.Devices {
		switch b.Devices[d].Vendor {
		case Huawei, Raisecom:
			b.port(d, 1000, true, Shut)
			if b.chance(0.1) {
				b.port(d, 1000, true, Idle)
			}
		}
	}
}
