package plan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"time"
)

// builder adds to a network under construction. Its first error sticks.
type builder struct {
	*Network
	rng             *rand.Rand
	width           int // digits in numbered ids
	feeders         int // cables to buildings so far
	device, service counter
	err             error
}

func (b *builder) chance(p float64) bool { return b.rng.Float64() < p }

func (b *builder) between(lo, hi float64) float64 { return lo + b.rng.Float64()*(hi-lo) }

func (b *builder) id(prefix string, n int) string {
	return fmt.Sprintf("%s-%0*d", prefix, b.width, n)
}

func (b *builder) take(c *counter) netip.Addr {
	a, ok := c.take()
	if !ok && b.err == nil {
		b.err = fmt.Errorf("%v has no room for so many lines", Block4)
	}
	return a
}

func (b *builder) site(id, name, kind, layer string) int {
	b.Sites = append(b.Sites, Site{
		ID: id, Name: name, Kind: kind, Layer: layer, Region: "示范市", Area: "urban",
		Address:  "示范市" + pick(b, districts) + "区",
		Latitude: round(b.between(31.6, 32.1), 5), Longitude: round(b.between(117.0, 117.6), 5),
	})
	return len(b.Sites) - 1
}

// add gives the device its address unless it is unmanaged.
func (b *builder) add(d Device) int {
	if d.Owner == "" {
		d.Owner = "carrier"
	}
	d.NearEnd = None
	if d.Vendor != Unmanaged {
		d.Address = b.take(&b.device)
		d.SNMP = true
	}
	b.Devices = append(b.Devices, d)
	return len(b.Devices) - 1
}

// port adds the device's next port, named as its vendor names them.
func (b *builder) port(device, mbps int, optical bool, use Use) int {
	d := &b.Devices[device]
	n := len(d.Ports)
	p := Port{Device: device, Link: None, Mbps: mbps, Optical: optical, Use: use, IfIndex: n + 1}
	switch d.Vendor {
	case Huawei:
		p.Card = fmt.Sprint(1 + n/8)
		p.Name = fmt.Sprintf("GE%d/0/%d", 1+n/8, n%8)
		p.IfIndex = 5 + n
	case Raisecom:
		p.Card = fmt.Sprint(1 + n/8)
		p.Name = fmt.Sprintf("GE%d/%d", 1+n/8, 1+n%8)
	case H3C:
		p.Name = fmt.Sprintf("GE0/%d", n)
	case RCFT:
		p.Name = "UP1"
		if n > 0 {
			shelf, slot := 1+(n-1)/16, 1+(n-1)%16
			p.Name, p.IfIndex = fmt.Sprintf("%d/%d", shelf, slot), shelf*100+slot
			p.Card = fmt.Sprintf("%d.%d", shelf, slot)
		}
	case Unmanaged:
		p.Name = [...]string{"OPT", "ETH"}[n]
	}
	b.Ports = append(b.Ports, p)
	d.Ports = append(d.Ports, len(b.Ports)-1)
	return len(b.Ports) - 1
}

func (b *builder) cable(id, name, layer string) int {
	b.Cables = append(b.Cables, Cable{ID: id, Name: name, Layer: layer})
	return len(b.Cables) - 1
}

// link joins two ports; latency is drawn between lo and hi milliseconds.
func (b *builder) link(l Link, lo, hi float64) {
	n := len(b.Links)
	l.Latency = time.Duration(b.between(lo, hi) * float64(time.Millisecond)).Round(time.Microsecond)
	if l.Medium == "fiber" {
		l.Light = [2]float64{round(b.between(-16, -6), 2), round(b.between(-16, -6), 2)}
	}
	b.Links = append(b.Links, l)
	for _, c := range l.Cables {
		b.Cables[c].Links = append(b.Cables[c].Links, n)
	}
	for _, end := range [][2]int{{l.A, l.Z}, {l.Z, l.A}} {
		p, peer := &b.Ports[end[0]], &b.Ports[end[1]]
		p.Link = n
		p.Alias = "to " + b.Devices[peer.Device].ID
	}
}

// span joins two devices by a new fibre port at either end.
func (b *builder) span(id string, a, z, mbps int, layer, protection string, cables []int, lo, hi float64) {
	b.link(Link{
		ID: id, A: b.port(a, mbps, true, Trunk), Z: b.port(z, mbps, true, Trunk),
		Layer: layer, Medium: "fiber", Protection: protection, Cables: cables,
	}, lo, hi)
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}
