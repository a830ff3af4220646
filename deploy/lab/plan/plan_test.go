package plan

import (
	"bytes"
	"encoding/csv"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func generate(t *testing.T, lines int, seed uint64) *Network {
	t.Helper()
	n, err := Generate(lines, seed)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheSameSeedGivesTheSameNetwork(t *testing.T) {
	a, b, c := generate(t, 200, 7).Inventory(), generate(t, 200, 7).Inventory(), generate(t, 200, 8).Inventory()
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s differs between two runs with one seed", name)
		}
	}
	if bytes.Equal(a["lines.csv"], c["lines.csv"]) {
		t.Error("another seed gave the same lines")
	}
}

func TestEverythingAddressableHasItsOwnAddress(t *testing.T) {
	for _, lines := range []int{1, 2, 5, 200, 3000} {
		n := generate(t, lines, 1)
		seen := map[netip.Addr]string{Gateway: "gateway"}
		take := func(a netip.Addr, who string) {
			if !a.IsValid() {
				return
			}
			if other, ok := seen[a]; ok {
				t.Fatalf("%d lines: %v belongs to %s and to %s", lines, a, other, who)
			}
			if s, ok := Slot(a); !ok || !Block4.Contains(a) || address(s) != a {
				t.Fatalf("%v of %s is outside %v", a, who, Block4)
			}
			seen[a] = who
		}
		for _, d := range n.Devices {
			take(d.Address, d.ID)
		}
		for _, l := range n.Lines {
			take(l.Target, l.ID)
			take(l.TargetZ, l.ID+" z")
		}
		for _, s := range n.Stations {
			take(s.Address, s.ID)
		}
	}
}

func TestAddressesOfBothFamiliesMeanTheSameSlot(t *testing.T) {
	a := netip.MustParseAddr("198.19.3.4")
	s4, _ := Slot(a)
	s6, ok := Slot(Address6(a))
	if !ok || s4 != s6 {
		t.Fatalf("%v is slot %d, %v slot %d", a, s4, Address6(a), s6)
	}
	for _, stranger := range []string{"198.20.0.1", "198.17.255.255", "2001:2:0:1::c613:304", "::1"} {
		if s, ok := Slot(netip.MustParseAddr(stranger)); ok {
			t.Errorf("%s is slot %d", stranger, s)
		}
	}
}

func TestEveryLineReachesItsOtherEnd(t *testing.T) {
	for _, lines := range []int{1, 3, 10, 200, 2000} {
		for seed := range uint64(3) {
			n := generate(t, lines, seed)
			if len(n.Lines) != lines {
				t.Fatalf("%d lines asked, %d made", lines, len(n.Lines))
			}
			near := flood(n, 0)
			for d := range n.Devices {
				if !near[d] {
					t.Fatalf("%d lines, seed %d: %s hangs in the air", lines, seed, n.Devices[d].ID)
				}
			}
		}
	}
}

// flood marks what is connected to a device over all links.
func flood(n *Network, from int) map[int]bool {
	seen, todo := map[int]bool{from: true}, []int{from}
	for len(todo) > 0 {
		d := todo[0]
		todo = todo[1:]
		for _, p := range n.Devices[d].Ports {
			if q := n.Peer(p); q != None && !seen[n.Ports[q].Device] {
				seen[n.Ports[q].Device] = true
				todo = append(todo, n.Ports[q].Device)
			}
		}
	}
	return seen
}

func TestTheNetworkHasWhatTheFaultsNeed(t *testing.T) {
	n := generate(t, 200, 1)
	feeders, trunks := 0, 0
	for _, c := range n.Cables {
		switch {
		case c.Layer == "tail" && len(c.Links) >= 3:
			feeders++
		case c.Layer == "trunk" && len(c.Links) >= 2:
			trunks++
		}
	}
	if feeders < 5 || trunks < 1 {
		t.Errorf("%d feeder cables with three tails or more, %d shared trunk cables", feeders, trunks)
	}
	kinds, products, grades, direct := map[string]int{}, map[string]int{}, map[string]int{}, 0
	for _, d := range n.Devices {
		kinds[d.Kind]++
	}
	for _, l := range n.Lines {
		products[l.Product]++
		grades[l.Grade]++
		if l.Grade == "AAA" && n.Devices[n.Ports[n.Peer(n.Devices[l.A].Ports[0])].Device].Kind == "mstp" {
			direct++
		}
	}
	for _, k := range []string{"router", "mstp", "switch", "chassis", "transceiver", "cpe"} {
		if kinds[k] == 0 {
			t.Errorf("no %s", k)
		}
	}
	if len(products) != 3 || len(grades) != 4 || direct != grades["AAA"] {
		t.Errorf("products %v, grades %v, AAA lines straight on a ring %d", products, grades, direct)
	}
	rings := map[string]int{}
	for _, l := range n.Links {
		rings[l.Protection]++
	}
	for name, links := range rings {
		if strings.HasPrefix(name, "R") && (links < 5 || links > 9) {
			t.Errorf("ring %s has %d links", name, links)
		}
	}
}

func TestEveryNetworkHasCablesThatSeveralLinesShare(t *testing.T) {
	for _, lines := range []int{50, 60, 100, 200, 400} {
		for seed := range uint64(11) {
			n := generate(t, lines, seed)
			over := make([]map[int]bool, len(n.Links))
			for i, route := range n.Routes() {
				for _, l := range route {
					if over[l] == nil {
						over[l] = map[int]bool{}
					}
					over[l][i] = true
				}
			}
			shared := map[string]int{}
			for i, c := range n.Cables {
				if len(c.Links) == 0 {
					t.Errorf("%d lines, seed %d: nothing runs in %s", lines, seed, c.ID)
				}
				for _, l := range c.Links {
					if !slices.Contains(n.Links[l].Cables, i) {
						t.Errorf("%d lines, seed %d: %s is in %s, but does not know it", lines, seed, n.Links[l].ID, c.ID)
					}
					if len(over[l]) > 1 && n.Links[l].Protection == "" || len(c.Links) > 1 && len(over[l]) > 0 {
						shared[c.Layer]++
						break
					}
				}
			}
			if shared["tail"] < 3 || shared["trunk"] < 2 {
				t.Errorf("%d lines, seed %d: cables with several lines: %v", lines, seed, shared)
			}
		}
	}
}

func TestTheInventoryIsWellFormed(t *testing.T) {
	files := generate(t, 200, 1).Inventory()
	ids := map[string]map[string]bool{}
	rows := map[string][]map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := bytes.TrimPrefix(files[name], []byte(bom))
		all, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		ids[name] = map[string]bool{}
		for _, r := range all[1:] {
			m := map[string]string{}
			for i, h := range all[0] {
				m[h] = r[i]
			}
			if ids[name][m["id"]] {
				t.Errorf("%s: %s is there twice", name, m["id"])
			}
			ids[name][m["id"]] = true
			rows[name] = append(rows[name], m)
		}
	}
	refer := func(file, id, where string) {
		if !ids[file][id] {
			t.Errorf("%s refers to %q, which is not in %s", where, id, file)
		}
	}
	used := map[string]string{}
	for _, l := range rows["links.csv"] {
		for _, end := range []string{l["a"], l["z"]} {
			d, _, _ := strings.Cut(end, "/")
			refer("devices.csv", d, l["id"])
			if other, ok := used[end]; ok {
				t.Errorf("%s is an end of %s and of %s", end, other, l["id"])
			}
			used[end] = l["id"]
		}
		for c := range strings.SplitSeq(l["cables"], ";") {
			if c != "" {
				refer("cables.csv", c, l["id"])
			}
		}
	}
	for _, d := range rows["devices.csv"] {
		refer("sites.csv", d["site"], d["id"])
		if (d["address"] == "") != (d["near_end"] != "") {
			t.Errorf("%s has address %q and near end %q", d["id"], d["address"], d["near_end"])
		}
	}
	for _, l := range rows["lines.csv"] {
		refer("customers.csv", l["customer"], l["id"])
		for _, end := range []string{l["a"], l["z"]} {
			d, _, _ := strings.Cut(end, "/")
			refer("devices.csv", d, l["id"])
		}
	}
}

func TestTooManyLinesAreRefused(t *testing.T) {
	for _, lines := range []int{0, -1, MaxLines + 1} {
		if _, err := Generate(lines, 1); err == nil {
			t.Errorf("%d lines accepted", lines)
		}
	}
	if _, err := Generate(MaxLines, 1); err != nil {
		t.Error(err)
	}
}

func TestRoutesLeadFromEndToEnd(t *testing.T) {
	for _, lines := range []int{1, 200, 2000} {
		n := generate(t, lines, 3)
		for i, route := range n.Routes() {
			at := n.Lines[i].A
			seen := map[int]bool{}
			for _, l := range route {
				if seen[l] {
					t.Fatalf("%s runs over %s twice", n.Lines[i].ID, n.Links[l].ID)
				}
				seen[l] = true
				at = n.Across(l, at)
			}
			if at != n.Lines[i].Z {
				t.Fatalf("%s ends at %s, not at %s", n.Lines[i].ID, n.Devices[at].ID, n.Devices[n.Lines[i].Z].ID)
			}
		}
	}
}
