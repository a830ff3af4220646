package infer_test

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// province is a carrier of hubs: a routed core of ten routers, hubs on it, and
// on each hub five access rings of eight nodes, each with a chassis of 25
// transceiver pairs, five to a cable, and a customer's router behind each.
// A hub has a thousand lines.
func province(tb testing.TB, hubs int) *inventory.Inventory {
	tb.Helper()
	inv := &inventory.Inventory{Customers: []inventory.Customer{{ID: "C", Name: "C", Grade: inventory.Gold}}}
	n := uint32(0)
	address := func(base byte) netip.Addr {
		n++
		return netip.AddrFrom4([4]byte{base, byte(n >> 16), byte(n >> 8), byte(n)})
	}
	device := func(id string, kind inventory.DeviceKind, site string, layer inventory.Layer, tech inventory.Technology, near string) {
		d := inventory.Device{ID: id, Name: id, Kind: kind, Site: site, Layer: layer, Technology: tech}
		if near != "" {
			d.NearEnd = inventory.ParsePortRef(near)
		} else {
			d.Address = address(10)
		}
		inv.Devices = append(inv.Devices, d)
	}
	site := func(id string, kind inventory.SiteKind) {
		inv.Sites = append(inv.Sites, inventory.Site{ID: id, Name: id, Kind: kind})
	}
	ports := 0
	link := func(a, z string, layer inventory.Layer, medium inventory.Medium, protection string, cables ...string) {
		ports++
		if !hasPort(a) {
			a = fmt.Sprintf("%s/p%d", a, ports)
		}
		inv.Links = append(inv.Links, inventory.Link{ID: fmt.Sprintf("L%07d", ports), A: inventory.ParsePortRef(a), Z: inventory.ParsePortRef(fmt.Sprintf("%s/p%d", z, ports)),
			Layer: layer, Medium: medium, Protection: protection, Cables: cables})
	}
	for i := range 10 {
		site(fmt.Sprintf("S-CR%d", i), inventory.Exchange)
		device(fmt.Sprintf("CR%d", i), inventory.Router, fmt.Sprintf("S-CR%d", i), inventory.Core, inventory.Data, "")
	}
	for i := range 10 {
		link(fmt.Sprintf("CR%d", i), fmt.Sprintf("CR%d", (i+1)%10), inventory.Core, inventory.Fiber, "core", fmt.Sprintf("CBL-C%d", i))
		link(fmt.Sprintf("CR%d", i), fmt.Sprintf("CR%d", (i+3)%10), inventory.Core, inventory.Fiber, "core", fmt.Sprintf("CBL-D%d", i))
	}
	for h := range hubs {
		hub := fmt.Sprintf("H%d", h)
		site("S-"+hub, inventory.Exchange)
		device(hub, inventory.Router, "S-"+hub, inventory.Trunk, inventory.Data, "")
		link(fmt.Sprintf("CR%d", h%10), hub, inventory.Trunk, inventory.Fiber, "", "CBL-"+hub)
		for r := range 5 {
			ring := fmt.Sprintf("ring-%d-%d", h, r)
			last := hub
			for k := range 8 {
				node := fmt.Sprintf("N%d-%d-%d", h, r, k)
				site("S-"+node, inventory.Exchange)
				device(node, inventory.MSTP, "S-"+node, inventory.Trunk, inventory.Transmission, "")
				link(last, node, inventory.Trunk, inventory.Fiber, ring, fmt.Sprintf("CBL-%s-%d", ring, k))
				last = node
				ch := fmt.Sprintf("CH%d-%d-%d", h, r, k)
				device(ch, inventory.Chassis, "S-"+node, inventory.Tail, inventory.Access, "")
				link(node, ch, inventory.Trunk, inventory.Internal, "")
				for s := range 25 {
					at := fmt.Sprintf("%d-%d-%d-%d", h, r, k, s)
					site("S-"+at, inventory.CustomerSite)
					slot := fmt.Sprintf("%s/1/%d", ch, s+1)
					device("FE-"+at, inventory.Transceiver, "S-"+at, inventory.Premises, inventory.Access, slot)
					device("CPE-"+at, inventory.CPE, "S-"+at, inventory.Premises, inventory.Data, "")
					link(slot, "FE-"+at, inventory.Tail, inventory.Fiber, "", fmt.Sprintf("CBL-T-%d-%d-%d-%d", h, r, k, s/5))
					link("FE-"+at, "CPE-"+at, inventory.Premises, inventory.Copper, "")
					inv.Lines = append(inv.Lines, inventory.Line{ID: "LN-" + at, Customer: "C", Product: "internet", Grade: inventory.AA, Protected: true,
						A: inventory.ParsePortRef("CPE-" + at + "/lan"), Z: inventory.PortRef{Device: "CR5"}, Target: address(11)})
				}
			}
			link(last, hub, inventory.Trunk, inventory.Fiber, ring, fmt.Sprintf("CBL-%s-8", ring))
		}
	}
	inv.Stations = []inventory.Station{{ID: "st1", Name: "st1", Attached: "CR5"}}
	if err := inv.Build(); err != nil {
		tb.Fatal(err)
	}
	return inv
}

func hasPort(s string) bool { return inventory.ParsePortRef(s).Port != "" }

// hubsOff is what so many hubs that lose their power together look like.
func hubsOff(hubs int) []symptom.Symptom {
	var out []symptom.Symptom
	raise := func(subject string) {
		since := noon.Add(time.Duration(len(out)%997) * time.Millisecond)
		out = append(out, symptom.Symptom{Observer: "collector/c1", Subject: symptom.Subject(subject), Kind: symptom.Unreachable,
			State: symptom.Raised, Since: since, At: since.Add(time.Second)})
	}
	for h := range hubs {
		raise(fmt.Sprintf("device/H%d", h))
		for r := range 5 {
			for k := range 8 {
				raise(fmt.Sprintf("device/N%d-%d-%d", h, r, k))
				raise(fmt.Sprintf("device/CH%d-%d-%d", h, r, k))
				for s := range 25 {
					raise(fmt.Sprintf("device/CPE-%d-%d-%d-%d", h, r, k, s))
					raise(fmt.Sprintf("line/LN-%d-%d-%d-%d", h, r, k, s))
				}
			}
		}
	}
	return out
}

func settle(e *infer.Engine) []verdict.Verdict {
	var said []verdict.Verdict
	for {
		at, ok := e.Deadline()
		if !ok {
			return said
		}
		said = append(said, e.Advance(at)...)
	}
}

// BenchmarkBurst is a burst of 100,000 symptoms, from the
// engine's queue to its verdicts, against a linear pass that only files them.
func BenchmarkBurst(b *testing.B) {
	inv := province(b, 100)
	burst := hubsOff(48)
	begun := time.Now()
	e := infer.New(inv, infer.Defaults())
	compiled := time.Since(begun)
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	var linear, took, used time.Duration
	verdicts := 0
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		e = e.Fresh()
		runtime.GC()
		b.StartTimer()
		begun := cpu()
		filed := make(map[symptom.Key]int32, 16)
		for i := range burst {
			filed[burst[i].Key()] = int32(i)
		}
		linear += cpu() - begun
		wall := time.Now()
		usedBefore := cpu()
		now := noon.Add(2 * time.Second)
		for i := range burst {
			e.Apply(now, symptom.Report{Symptom: &burst[i]})
		}
		said := settle(e)
		took += time.Since(wall)
		used += cpu() - usedBefore
		verdicts = len(said)
	}
	b.StopTimer()
	st := e.Stats()
	b.ReportMetric(took.Seconds()/float64(b.N), "s/burst")
	b.ReportMetric(used.Seconds()/float64(b.N), "cpu-s/burst")
	b.ReportMetric(float64(used)/float64(linear), "x_linear")
	b.ReportMetric(float64(len(burst)), "symptoms")
	b.ReportMetric(float64(verdicts), "verdicts")
	b.ReportMetric(float64(st.Components), "components")
	b.ReportMetric(compiled.Seconds(), "s/compile")
	b.ReportMetric(float64(mem.HeapAlloc)/1e6, "MB_heap_with_inventory")
}

// BenchmarkUpdate is one more fault while a burst stands.
func BenchmarkUpdate(b *testing.B) {
	inv := province(b, 100)
	e := infer.New(inv, infer.Defaults())
	now := noon.Add(2 * time.Second)
	for _, s := range hubsOff(5) {
		e.Apply(now, symptom.Report{Symptom: &s})
	}
	settle(e)
	b.ResetTimer()
	for i := range b.N {
		now = now.Add(time.Minute)
		at := fmt.Sprintf("%d-%d-%d-%d", 50+i%50, i/50%5, i/250%8, i/2000%25)
		for _, s := range []symptom.Symptom{{Subject: symptom.Subject("device/CPE-" + at)}, {Subject: symptom.Subject("line/LN-" + at)}} {
			s.Observer, s.Kind, s.State, s.Since, s.At = "collector/c1", symptom.Unreachable, symptom.Raised, now, now
			if i/100000%2 == 1 {
				s.State = symptom.Cleared
			}
			e.Apply(now, symptom.Report{Symptom: &s})
		}
		e.Advance(now.Add(time.Second))
	}
}
