package watch

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/collector/inventory"
)

// address is where a device, a line or a line's Z end answers.
func (w *world) address(name string) netip.Addr {
	w.t.Helper()
	if d, ok := w.inv.Device(name); ok && d.Address.IsValid() {
		return d.Address
	}
	id, end, _ := strings.Cut(name, "/")
	l, ok := w.inv.Line(id)
	switch {
	case ok && end == "z" && l.TargetZ.IsValid():
		return l.TargetZ
	case ok && end != "z" && l.Target.IsValid():
		return l.Target
	}
	w.t.Fatalf("%s has no address", name)
	return netip.Addr{}
}

// carrier is a chassis A1 behind the station's own R1, with n lines LN-1 …: each
// a transceiver FE1 …, behind it a CPE1 … at 10.1.0.1 …, and a service at
// 10.2.0.1 …. Lines 1 and 2 share a cable. LN-1 is AA, the others are standard.
func carrier(t fatal, n int) *inventory.Inventory {
	inv := emptyInventory()
	rows := []string{"device R1 10.0.0.1 polled", "device A1 10.0.0.2 polled", "link L-T R1/GE1 A1/up CBL-T"}
	for i := 1; i <= n; i++ {
		cable, grade := fmt.Sprintf("CBL-%d", i), "standard"
		if i <= 2 {
			cable = "CBL-A"
		}
		if i == 1 {
			grade = "AA"
		}
		host := fmt.Sprintf("%d.%d", i>>8, i&255)
		rows = append(rows,
			fmt.Sprintf("device FE%d behind A1/1/%d", i, i), fmt.Sprintf("device CPE%d 10.1.%s", i, host),
			fmt.Sprintf("link L-F%d A1/1/%d FE%d/opt %s", i, i, i, cable),
			fmt.Sprintf("link L-C%d FE%d/eth CPE%d/wan", i, i, i),
			fmt.Sprintf("line LN-%d %s CPE%d 10.2.%s", i, grade, i, host))
	}
	for _, row := range rows {
		addRow(t, inv, strings.Fields(row))
	}
	return inv
}

func emptyInventory() *inventory.Inventory {
	return &inventory.Inventory{
		Customers: []inventory.Customer{{ID: "C1", Name: "customer", Grade: inventory.Gold}},
		Sites:     []inventory.Site{{ID: "S1", Name: "site", Kind: inventory.Exchange}},
		Stations:  []inventory.Station{{ID: "ST", Name: "station", Attached: "R1", Collector: "main"}},
	}
}

// addRow enters one row of a script's inventory:
//
//	device ID ADDRESS [polled]          CPE… is a customer's, others are ours
//	device ID behind DEVICE/PORT        unmanaged, seen through that port
//	link ID DEVICE/PORT DEVICE/PORT [CABLE]
//	line ID GRADE DEVICE ADDRESS [ADDRESS-OF-THE-Z-END]
func addRow(t fatal, inv *inventory.Inventory, words []string) {
	t.Helper()
	switch {
	case words[0] == "device" && len(words) >= 3:
		d := inventory.Device{ID: words[1], Name: words[1], Kind: inventory.Router, Site: "S1",
			Layer: inventory.Tail, Technology: inventory.Access}
		switch {
		case words[2] == "behind":
			d.Kind, d.NearEnd = inventory.Transceiver, inventory.ParsePortRef(words[3])
		case strings.HasPrefix(words[1], "CPE"):
			d.Kind, d.Layer = inventory.CPE, inventory.Premises
			fallthrough
		default:
			d.Address = netip.MustParseAddr(words[2])
		}
		if words[len(words)-1] == "polled" {
			d.Credential = "lab"
		}
		inv.Devices = append(inv.Devices, d)
	case words[0] == "link" && len(words) >= 4:
		l := inventory.Link{ID: words[1], A: inventory.ParsePortRef(words[2]), Z: inventory.ParsePortRef(words[3]),
			Layer: inventory.Tail}
		l.Cables = words[4:]
		inv.Links = append(inv.Links, l)
	case words[0] == "line" && len(words) >= 5:
		l := inventory.Line{ID: words[1], Customer: "C1", Product: "internet", Grade: inventory.LineGrade(words[2]),
			State: inventory.Active, A: inventory.ParsePortRef(words[3]), Z: inventory.ParsePortRef("R1"),
			Target: netip.MustParseAddr(words[4])}
		if len(words) > 5 {
			l.TargetZ = netip.MustParseAddr(words[5])
		}
		inv.Lines = append(inv.Lines, l)
	default:
		t.Fatalf("no row of an inventory: %q", strings.Join(words, " "))
	}
}

// change edits the inventory: remove ID, suspend LINE, retarget LINE/z none,
// readdress DEVICE none or to an address of a VRF such as a|10.0.0.1, add ROW.
func (w *world) change(words []string) {
	w.t.Helper()
	switch words[0] {
	case "add":
		addRow(w.t, w.inv, words[1:])
	case "remove":
		w.remove(words[1])
	case "suspend":
		for i := range w.inv.Lines {
			if w.inv.Lines[i].ID == words[1] {
				w.inv.Lines[i].State = inventory.Suspended
			}
		}
	case "retarget":
		for i := range w.inv.Lines {
			if w.inv.Lines[i].ID+"/z" == words[1] {
				w.inv.Lines[i].TargetZ = netip.Addr{}
			}
		}
	case "readdress":
		for i := range w.inv.Devices {
			if d := &w.inv.Devices[i]; d.ID == words[1] {
				d.VRF, d.Address = "", netip.Addr{}
				if words[2] != "none" {
					vrf, addr, _ := strings.Cut(words[2], "|")
					d.VRF, d.Address = vrf, netip.MustParseAddr(addr)
				}
			}
		}
	default:
		w.t.Fatalf("no change of an inventory: %q", strings.Join(words, " "))
	}
}

// remove takes out a line or device, and the links and lines at a device.
func (w *world) remove(id string) {
	w.inv.Lines = slices.DeleteFunc(w.inv.Lines, func(l inventory.Line) bool {
		return l.ID == id || l.A.Device == id
	})
	w.inv.Links = slices.DeleteFunc(w.inv.Links, func(l inventory.Link) bool {
		return l.A.Device == id || l.Z.Device == id
	})
	w.inv.Devices = slices.DeleteFunc(w.inv.Devices, func(d inventory.Device) bool { return d.ID == id })
}
