package inventory_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/linewarden/linewarden/collector/inventory"
)

// province makes a network of the size that one process must hold: n lines
// over transceivers, rings of eight nodes homed on two of forty core routers.
// Seven lines in ten lead to a core router, the others from customer to
// customer.
func province(n int) *inventory.Inventory {
	random := rand.New(rand.NewPCG(1, 2))
	inv := &inventory.Inventory{}
	site := func(id string, kind inventory.SiteKind) {
		inv.Sites = append(inv.Sites, inventory.Site{ID: id, Name: "局站 " + id, Kind: kind})
	}
	device := func(id string, kind inventory.DeviceKind, site string, layer inventory.Layer) *inventory.Device {
		inv.Devices = append(inv.Devices, inventory.Device{ID: id, Name: "设备 " + id, Kind: kind, Site: site, Layer: layer,
			Technology: inventory.Data})
		return &inv.Devices[len(inv.Devices)-1]
	}
	ports := map[string]int{}
	link := func(a, z string, layer inventory.Layer, ring string) string {
		ports[a]++
		ports[z]++
		id := fmt.Sprintf("LK-%06d", len(inv.Links))
		inv.Links = append(inv.Links, inventory.Link{
			ID: id, Layer: layer, Protection: ring, Cables: []string{"CBL-" + a},
			A: inventory.PortRef{Device: a, Port: fmt.Sprintf("GE0/0/%d", ports[a])},
			Z: inventory.PortRef{Device: z, Port: fmt.Sprintf("GE0/0/%d", ports[z])},
		})
		return id
	}
	const cores, ringSize = 40, 8
	for c := range cores {
		id := fmt.Sprintf("CR-%02d", c)
		site("S-"+id, inventory.Exchange)
		device(id, inventory.Router, "S-"+id, inventory.Core)
		for other := range c {
			if other == c-1 || random.IntN(4) == 0 {
				link(id, fmt.Sprintf("CR-%02d", other), inventory.Core, "core")
			}
		}
	}
	var nodes []string
	for ring := range max(1, n/400) {
		name := fmt.Sprintf("ring-%d", ring)
		last := fmt.Sprintf("CR-%02d", ring%cores)
		for range ringSize {
			id := fmt.Sprintf("AN-%05d", len(nodes))
			nodes = append(nodes, id)
			site("S-"+id, inventory.Exchange)
			device(id, inventory.MSTP, "S-"+id, inventory.Trunk)
			link(last, id, inventory.Trunk, name)
			last = id
		}
		link(last, fmt.Sprintf("CR-%02d", (ring+1)%cores), inventory.Trunk, name)
	}
	for c := range max(1, n/20) {
		inv.Customers = append(inv.Customers, inventory.Customer{ID: fmt.Sprintf("C-%05d", c), Name: fmt.Sprintf("客户 %d", c),
			Grade: inventory.Gold})
	}
	for i := range n {
		id := fmt.Sprintf("%06d", i)
		node := nodes[i%len(nodes)]
		chassis := "CH-" + node
		if i < len(nodes) {
			device(chassis, inventory.Chassis, "S-"+node, inventory.Tail)
			link(node, chassis, inventory.Trunk, "")
		}
		site("CS-"+id, inventory.CustomerSite)
		device("FE-"+id, inventory.Transceiver, "CS-"+id, inventory.Tail)
		cpe := device("CPE-"+id, inventory.CPE, "CS-"+id, inventory.Premises)
		cpe.Address = addr(i)
		link(chassis, "FE-"+id, inventory.Tail, "")
		inv.Devices[len(inv.Devices)-2].NearEnd = inv.Links[len(inv.Links)-1].A
		link("FE-"+id, "CPE-"+id, inventory.Premises, "")
		z := fmt.Sprintf("CR-%02d", random.IntN(cores))
		if i > 0 && i%10 >= 7 {
			z = fmt.Sprintf("CPE-%06d", random.IntN(i))
		}
		inv.Lines = append(inv.Lines, inventory.Line{
			ID: "LN-" + id, Customer: inv.Customers[i%len(inv.Customers)].ID, Product: inventory.Internet, Grade: inventory.A,
			A: inventory.PortRef{Device: "CPE-" + id}, Z: inventory.PortRef{Device: z}, Name: "专线 " + id, Target: addr(i),
			Protected: true,
		})
	}
	return inv
}

func addr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

// BenchmarkProvince is 100,000 lines and about 450,000 components: reading
// them, and asking for every route. live-MB is what stays in memory.
func BenchmarkProvince(b *testing.B) {
	made := province(100_000)
	if err := made.Build(); err != nil {
		b.Fatal(err)
	}
	fsys := fstest.MapFS{}
	size := 0
	if err := made.Save(func(name string) (io.WriteCloser, error) {
		return file{fsys, name, new(bytes.Buffer)}, nil
	}); err != nil {
		b.Fatal(err)
	}
	for _, f := range fsys {
		size += len(f.Data)
	}
	components := len(made.Devices) + 3*len(made.Links) + len(made.Cables)
	made = nil

	var inv *inventory.Inventory
	b.Run("load", func(b *testing.B) {
		b.SetBytes(int64(size))
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for b.Loop() {
			var err error
			inv, err = inventory.Load(fsys)
			if err != nil {
				b.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/(1<<20), "live-MB")
		b.ReportMetric(float64(components), "components")
	})
	b.Run("every route", func(b *testing.B) {
		hops := 0
		for b.Loop() {
			hops = 0
			for i := range inv.Lines {
				p, ok := inv.RouteOf(&inv.Lines[i])
				if !ok {
					b.Fatalf("no route for %s", inv.Lines[i].ID)
				}
				hops += len(p.Links)
			}
		}
		b.ReportMetric(float64(hops)/float64(len(inv.Lines)), "hops/line")
	})
	b.Run("every watch", func(b *testing.B) {
		for b.Loop() {
			for i := range inv.Lines {
				if len(inv.WatchesOf(&inv.Lines[i])) == 0 {
					b.Fatal("no watch")
				}
			}
		}
	})
	b.Run("every chain", func(b *testing.B) {
		for b.Loop() {
			for i := range inv.Devices {
				if _, ok := inv.Chain(inventory.DefaultStation, inv.Devices[i].ID); !ok {
					b.Fatal("no chain")
				}
			}
		}
	})
}
