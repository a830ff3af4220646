package inventory

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// identify fills the look-ups by id and reports ids that are taken.
func (inv *Inventory) identify(r *report) {
	x := &inv.index
	x.customers = ids(inv.Customers, customerTable, r)
	x.sites = ids(inv.Sites, siteTable, r)
	x.devices = ids(inv.Devices, deviceTable, r)
	x.cables = ids(inv.Cables, cableTable, r)
	x.links = ids(inv.Links, linkTable, r)
	x.lines = ids(inv.Lines, lineTable, r)
	x.stations = ids(inv.Stations, stationTable, r)
}

func ids[T any](rows []T, t table[T], r *report) map[string]int {
	at := make(map[string]int, len(rows))
	for i := range rows {
		id := t.id(&rows[i])
		if id == "" {
			r.row(t.file, i, "", "id", "is empty, and must not be")
			continue
		}
		if !validID(id) {
			r.row(t.file, i, "", "id",
				"%q is not an id; use letters, digits, '_', '.' and '-', beginning with a letter or digit", id)
			continue
		}
		if first, taken := at[id]; taken {
			r.row(t.file, i, id, "id", "is already used at %s", r.where(t.file, first))
			continue
		}
		at[id] = i
	}
	return at
}

// check looks at every row: the words, what must be said, and that whatever it
// refers to exists.
func (inv *Inventory) check(r *report) {
	words(inv.Customers, customerTable, r)
	words(inv.Sites, siteTable, r)
	words(inv.Devices, deviceTable, r)
	words(inv.Cables, cableTable, r)
	words(inv.Links, linkTable, r)
	words(inv.Lines, lineTable, r)
	words(inv.Watches, watchTable, r)
	words(inv.Risks, riskTable, r)
	words(inv.Aliases, aliasTable, r)
	words(inv.Stations, stationTable, r)
	inv.checkDevices(r)
	inv.checkCables(r)
	inv.checkLinks(r)
	inv.checkLines(r)
	inv.checkRoutes(r)
	inv.checkWatches(r)
	inv.checkRisks(r)
	inv.checkAliases(r)
	inv.checkStations(r)
}

// words puts every field through its own column once more, so that rows made in
// code obey the same rules as rows from a file.
func words[T any](rows []T, t table[T], r *report) {
	if _, loaded := r.lines[t.file]; loaded {
		return
	}
	for i := range rows {
		row := rows[i]
		for c := range t.columns {
			col := &t.columns[c]
			cell := col.get(&row)
			if cell == "" {
				if col.required {
					r.row(t.file, i, t.id(&row), col.name, "is empty, and must not be")
				}
				continue
			}
			if err := col.set(&row, cell); err != nil {
				r.row(t.file, i, t.id(&row), col.name, "%v", err)
			}
		}
	}
}

func (inv *Inventory) checkDevices(r *report) {
	seen := make(map[PortRef]int)
	for i := range inv.Devices {
		d := &inv.Devices[i]
		if d.Site != "" && !inv.hasSite(r, d.Site) {
			r.row(DevicesFile, i, d.ID, "site", "no site has the id %q", d.Site)
		}
		if d.NearEnd.IsZero() {
			continue
		}
		if reason := inv.badPort(r, d.NearEnd); reason != "" {
			r.row(DevicesFile, i, d.ID, "near_end", "%s", reason)
			continue
		}
		if d.NearEnd.Device == d.ID {
			r.row(DevicesFile, i, d.ID, "near_end",
				"%s is a port of the device itself; name the port at the other end through which it is seen", d.NearEnd)
			continue
		}
		if first, taken := seen[d.NearEnd]; taken {
			r.row(DevicesFile, i, d.ID, "near_end", "%s is already the near end of %s at %s", d.NearEnd, inv.Devices[first].ID,
				r.where(DevicesFile, first))
			continue
		}
		seen[d.NearEnd] = i
	}
}

func (inv *Inventory) checkCables(r *report) {
	for i := range inv.Cables {
		c := &inv.Cables[i]
		for _, duct := range c.Ducts {
			if !validID(duct) {
				r.row(CablesFile, i, c.ID, "ducts", "%q is not an id", duct)
			}
		}
	}
}

func (inv *Inventory) checkLinks(r *report) {
	for i := range inv.Links {
		l := &inv.Links[i]
		if reason := inv.badPort(r, l.A); reason != "" && !l.A.IsZero() {
			r.row(LinksFile, i, l.ID, "a", "%s", reason)
		}
		if reason := inv.badPort(r, l.Z); reason != "" && !l.Z.IsZero() {
			r.row(LinksFile, i, l.ID, "z", "%s", reason)
		}
		if l.A.Device == l.Z.Device && l.A.Device != "" {
			r.row(LinksFile, i, l.ID, "z", "both ends are on device %s; a link joins two devices", l.A.Device)
		}
		for n, cable := range l.Cables {
			if !validID(cable) {
				r.row(LinksFile, i, l.ID, "cables", "%q is not an id", cable)
			}
			if slices.Contains(l.Cables[:n], cable) {
				r.row(LinksFile, i, l.ID, "cables", "%s is named twice", cable)
			}
		}
	}
	inv.checkPorts(r)
}

// checkPorts finds ports that two links claim.
func (inv *Inventory) checkPorts(r *report) {
	column := func(e end) string { return "az"[e&1 : e&1+1] }
	for d := range inv.Devices {
		ends := inv.index.portsAt.of(d)
		for n := 1; n < len(ends); n++ {
			first, second := ends[n-1], ends[n]
			ref := inv.portRef(second)
			if ref != inv.portRef(first) || ref.Port == "" || first>>1 == second>>1 {
				continue
			}
			r.row(LinksFile, int(second>>1), inv.Links[second>>1].ID, column(second),
				"port %s is already the %s end of link %s at %s; a port bears one link",
				ref, column(first), inv.Links[first>>1].ID, r.where(LinksFile, int(first>>1)))
		}
	}
}

func (inv *Inventory) checkLines(r *report) {
	for i := range inv.Lines {
		l := &inv.Lines[i]
		if _, ok := inv.index.customers[l.Customer]; !ok && l.Customer != "" && !r.broken[CustomersFile] {
			r.row(LinesFile, i, l.ID, "customer", "no customer has the id %q", l.Customer)
		}
		if reason := inv.badEnd(r, l.A); reason != "" && !l.A.IsZero() {
			r.row(LinesFile, i, l.ID, "a", "%s", reason)
		}
		if reason := inv.badEnd(r, l.Z); reason != "" && !l.Z.IsZero() {
			r.row(LinesFile, i, l.ID, "z", "%s", reason)
		}
		for _, link := range l.Route {
			if _, ok := inv.index.links[link]; !ok && !r.broken[LinksFile] {
				r.row(LinesFile, i, l.ID, "route", "no link has the id %q", link)
			}
		}
	}
}

func (inv *Inventory) checkWatches(r *report) {
	for i := range inv.Watches {
		w := &inv.Watches[i]
		if _, ok := inv.index.lines[w.Line]; !ok && w.Line != "" && !r.broken[LinesFile] {
			r.row(WatchesFile, i, w.Line, "line", "no line has the id %q", w.Line)
		}
		if w.Object != "" {
			if reason := inv.badObject(r, w); reason != "" {
				r.row(WatchesFile, i, w.Line, "object", "%s", reason)
			}
		}
		switch w.Method {
		case RemotePing, TWAMP:
			if w.Reporter == "" {
				r.row(WatchesFile, i, w.Line, "reporter", "is empty; %s needs the device that measures", w.Method)
				continue
			}
		case EMS:
			continue // the reporter is a system, known by name only
		}
		if w.Reporter != "" && !inv.hasDevice(r, w.Reporter) {
			r.row(WatchesFile, i, w.Line, "reporter", "no device has the id %q", w.Reporter)
		}
	}
}

// badObject says what is wrong with what a watch looks at.
func (inv *Inventory) badObject(r *report, w *Watch) string {
	switch w.Method {
	case Ping, RemotePing, TWAMP:
		addr, err := netip.ParseAddr(w.Object)
		if err == nil {
			err = checkAddress(addr)
		} else {
			err = fmt.Errorf("%q is not an IP address, which %s needs", w.Object, w.Method)
		}
		if err != nil {
			return err.Error()
		}
	case PortState, E1:
		return inv.badPort(r, ParsePortRef(w.Object))
	case OAM, ONUState:
		return inv.badEnd(r, ParsePortRef(w.Object))
	}
	return ""
}

func (inv *Inventory) checkStations(r *report) {
	collectors := make(map[string]int)
	for i := range inv.Stations {
		s := &inv.Stations[i]
		if s.Attached != "" && !inv.hasDevice(r, s.Attached) {
			r.row(StationsFile, i, s.ID, "attached", "no device has the id %q", s.Attached)
		}
		if s.Collector == "" {
			continue
		}
		if !validID(s.Collector) {
			r.row(StationsFile, i, s.ID, "collector", "%q is not an id", s.Collector)
			continue
		}
		if first, taken := collectors[s.Collector]; taken {
			r.row(StationsFile, i, s.ID, "collector", "%s already stands at station %s (%s); a collector has one station",
				s.Collector, inv.Stations[first].ID, r.where(StationsFile, first))
			continue
		}
		collectors[s.Collector] = i
	}
}

// badPort says what is wrong with a reference that must name a port.
func (inv *Inventory) badPort(r *report, ref PortRef) string {
	if ref.Port == "" {
		return fmt.Sprintf("%q names no port; write DEVICE/PORT", ref.Device)
	}
	return inv.badEnd(r, ref)
}

// badEnd says what is wrong with a reference that names a device or a port.
func (inv *Inventory) badEnd(r *report, ref PortRef) string {
	switch {
	case !validID(ref.Device):
		return fmt.Sprintf("%q does not begin with a device's id; write DEVICE/PORT", ref)
	case !inv.hasDevice(r, ref.Device):
		return fmt.Sprintf("no device has the id %q", ref.Device)
	case strings.ContainsAny(ref.Port, ";\r\n"):
		return fmt.Sprintf("%q holds a semicolon or a line break, which no port's name may", ref)
	}
	return ""
}

// hasDevice is true also where the devices could not be read, so that one bad
// file is not reported a thousand times.
func (inv *Inventory) hasDevice(r *report, id string) bool {
	_, ok := inv.index.devices[id]
	return ok || r.broken[DevicesFile]
}

func (inv *Inventory) hasSite(r *report, id string) bool {
	_, ok := inv.index.sites[id]
	return ok || r.broken[SitesFile]
}
