package inventory

import "net/netip"

// Warnings gives what is allowed but hardly meant: lines that no route joins,
// addresses that two devices share, and watches that nobody carries out. It does not list unwatched lines;
// there may be many of them on purpose.
func (inv *Inventory) Warnings() []Problem {
	r := newReport()
	r.lines = inv.index.rows
	for i := range inv.Lines {
		l := &inv.Lines[i]
		if _, ok := inv.routeLinks(i); !ok {
			r.row(LinesFile, i, l.ID, "",
				"no route: the links do not join %s and %s, so a fault between them cannot be located", l.A.Device, l.Z.Device)
		}
	}
	type place struct {
		vrf  string
		addr netip.Addr
	}
	seen := make(map[place]int, len(inv.Devices))
	for i := range inv.Devices {
		d := &inv.Devices[i]
		if !d.Address.IsValid() {
			continue
		}
		at := place{d.VRF, d.Address}
		if first, taken := seen[at]; taken {
			r.row(DevicesFile, i, d.ID, "address",
				"%s is also the address of %s at %s; if these are different networks, name them in the column vrf",
				d.Address, inv.Devices[first].ID, r.where(DevicesFile, first))
			continue
		}
		seen[at] = i
	}
	ends := make(map[PortRef]bool)
	for i := range inv.Lines {
		ends[inv.Lines[i].A], ends[inv.Lines[i].Z] = true, true
	}
	for i := range inv.Watches {
		w := &inv.Watches[i]
		if reason := w.unmet(); reason != "" {
			r.row(WatchesFile, i, w.Line, "method", "%s", reason)
			continue
		}
		if ref := ParsePortRef(w.Object); w.Method == PortState && !ends[ref] && !inv.hasRole(ref) {
			r.row(WatchesFile, i, w.Line, "object",
				"%s is the end of no link and of no line, and so it is not polled; this row is not observed", ref)
		}
	}
	return r.sorted()
}

// hasRole tells whether a link ends at a port, or something is seen through it.
func (inv *Inventory) hasRole(ref PortRef) bool {
	_, linked := inv.LinkAtPort(ref)
	_, nearEnd := inv.FarEnd(ref)
	return linked || nearEnd
}

// LineOf is the line of a file on which a row stood, or 0 where the inventory
// was made in code.
func (inv *Inventory) LineOf(file string, row int) int {
	if lines := inv.index.rows[file]; row < len(lines) {
		return int(lines[row])
	}
	return 0
}
