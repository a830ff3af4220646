package inventory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/linewarden/linewarden/collector/inventory"
	"pgregory.net/rapid"
)

// network makes an inventory of n routers, some of them CPE, joined by the
// given pairs; link ids are drawn apart from their order.
func network(kinds []inventory.DeviceKind, pairs [][2]int, names []int) *inventory.Inventory {
	inv := &inventory.Inventory{
		Customers: []inventory.Customer{{ID: "C", Name: "C", Grade: inventory.Gold}},
		Sites:     []inventory.Site{{ID: "S", Name: "S", Kind: inventory.Exchange}},
	}
	for i, kind := range kinds {
		inv.Devices = append(inv.Devices, inventory.Device{
			ID: fmt.Sprintf("D%d", i), Name: "d", Kind: kind, Site: "S",
			Layer: inventory.Trunk, Technology: inventory.Data,
		})
	}
	for i, p := range pairs {
		inv.Links = append(inv.Links, inventory.Link{
			ID:    fmt.Sprintf("L%03d", names[i]),
			A:     inventory.PortRef{Device: fmt.Sprintf("D%d", p[0]), Port: fmt.Sprintf("p%d", i)},
			Z:     inventory.PortRef{Device: fmt.Sprintf("D%d", p[1]), Port: fmt.Sprintf("q%d", i)},
			Layer: inventory.Trunk,
		})
	}
	for a := range kinds {
		for z := range kinds {
			inv.Lines = append(inv.Lines, inventory.Line{
				ID: fmt.Sprintf("LN-%d-%d", a, z), Customer: "C", Product: inventory.VPN, Grade: inventory.A,
				A: inventory.PortRef{Device: fmt.Sprintf("D%d", a)}, Z: inventory.PortRef{Device: fmt.Sprintf("D%d", z)},
			})
		}
	}
	for i := range kinds {
		inv.Stations = append(inv.Stations, inventory.Station{ID: fmt.Sprintf("ST%d", i), Attached: fmt.Sprintf("D%d", i)})
	}
	return inv
}

// naive finds the route by looking at every path of the smallest length: its
// links read from a, smallest first. CPE carry nothing, unless open.
func naive(inv *inventory.Inventory, a, z string, open bool) ([]string, bool) {
	type state struct {
		at    string
		links []string
	}
	level := []state{{a, nil}}
	been := map[string]bool{a: true}
	for len(level) > 0 {
		var found [][]string
		var next []state
		here := map[string]bool{}
		for _, s := range level {
			if s.at == z {
				found = append(found, s.links)
				continue
			}
			if d, _ := inv.Device(s.at); d.Kind == inventory.CPE && s.at != a && !open {
				continue
			}
			for _, i := range inv.LinksAt(s.at) {
				l := inv.Links[i]
				other := l.A.Device
				if other == s.at {
					other = l.Z.Device
				}
				if been[other] {
					continue
				}
				here[other] = true
				next = append(next, state{other, append(slices.Clone(s.links), l.ID)})
			}
		}
		if found != nil {
			return slices.MinFunc(found, slices.Compare[[]string]), true
		}
		for d := range here {
			been[d] = true
		}
		level = next
	}
	return nil, false
}

func TestRoutesAreTheShortestWithTheSmallestIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "devices")
		kinds := make([]inventory.DeviceKind, n)
		for i := range kinds {
			kinds[i] = rapid.SampledFrom([]inventory.DeviceKind{inventory.Router, inventory.Router, inventory.Switch,
				inventory.CPE}).Draw(t, "kind")
		}
		var pairs [][2]int
		for range rapid.IntRange(0, 14).Draw(t, "links") {
			a, z := rapid.IntRange(0, n-1).Draw(t, "a"), rapid.IntRange(0, n-1).Draw(t, "z")
			if a != z {
				pairs = append(pairs, [2]int{a, z})
			}
		}
		names := rapid.Permutation(numbers(len(pairs))).Draw(t, "names")
		inv := network(kinds, pairs, names)
		if err := inv.Build(); err != nil {
			t.Fatal(err)
		}
		for i := range inv.Lines {
			l := &inv.Lines[i]
			p, ok := inv.RouteOf(l)
			agrees(t, inv, p, l.A.Device, l.Z.Device, ok)
			for _, d := range p.Devices {
				if !slices.Contains(inv.LinesThrough(d), l.ID) {
					t.Fatalf("%s is not among the lines through %s", l.ID, d)
				}
			}
		}
		for s := range kinds {
			for d := range kinds {
				from, to := fmt.Sprintf("D%d", s), fmt.Sprintf("D%d", d)
				p, ok := inv.Chain(fmt.Sprintf("ST%d", s), to)
				agrees(t, inv, p, from, to, ok)
			}
		}
	})
}

// agrees compares a path with the naive one. Where a CPE cannot be avoided, it
// is enough that there is a way.
func agrees(t *rapid.T, inv *inventory.Inventory, p inventory.Path, a, z string, ok bool) {
	if links, closed := naive(inv, a, z, false); closed {
		if !ok || !slices.Equal(p.Links, links) {
			t.Fatalf("way from %s to %s: %v, %v; want %v", a, z, p.Links, ok, links)
		}
	} else if links, open := naive(inv, a, z, true); open != ok || len(p.Links) < len(links) {
		t.Fatalf("way from %s to %s through CPE: %v, %v; want as long as %v, %v", a, z, p.Links, ok, links, open)
	}
	follows(t, inv, p, a, z, ok)
}

// follows checks that a path is a walk from a to z.
func follows(t *rapid.T, inv *inventory.Inventory, p inventory.Path, a, z string, ok bool) {
	if !ok {
		return
	}
	if p.Devices[0] != a || p.Devices[len(p.Devices)-1] != z || len(p.Devices) != len(p.Links)+1 {
		t.Fatalf("path from %s to %s: %+v", a, z, p)
	}
	for i, id := range p.Links {
		l, _ := inv.Link(id)
		from, to := p.Devices[i], p.Devices[i+1]
		if (l.A.Device != from || l.Z.Device != to) && (l.A.Device != to || l.Z.Device != from) {
			t.Fatalf("link %s does not join %s and %s", id, from, to)
		}
	}
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestCustomersRoutersCarryNobodyElse(t *testing.T) {
	// D1 is a CPE homed on both D0 and D2; the long way round is D0-D3-D4-D2.
	kinds := []inventory.DeviceKind{inventory.Router, inventory.CPE, inventory.Router, inventory.Router, inventory.Router}
	inv := network(kinds, [][2]int{{0, 1}, {1, 2}, {0, 3}, {3, 4}, {4, 2}}, numbers(5))
	if err := inv.Build(); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"LN-0-2": "D0 D3 D4 D2", "LN-0-1": "D0 D1", "LN-1-4": "D1 D2 D4",
	} {
		l, _ := inv.Line(line)
		p, _ := inv.RouteOf(l)
		if got := strings.Join(p.Devices, " "); got != want {
			t.Errorf("route of %s = %s, want %s", line, got, want)
		}
	}
}
