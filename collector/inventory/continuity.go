package inventory

// checkRoutes follows the routes that the file gives, link by link.
func (inv *Inventory) checkRoutes(r *report) {
	for i := range inv.Lines {
		l := &inv.Lines[i]
		if len(l.Route) == 0 || !inv.known(l.A.Device) || !inv.known(l.Z.Device) {
			continue
		}
		at := l.A.Device
		for n, id := range l.Route {
			k, ok := inv.index.links[id]
			if !ok {
				at = "" // reported already
				break
			}
			link := &inv.Links[k]
			switch at {
			case link.A.Device:
				at = link.Z.Device
			case link.Z.Device:
				at = link.A.Device
			default:
				r.row(LinesFile, i, l.ID, "route", "breaks at its link %d: the way has come to device %s, but %s joins %s and %s",
					n+1, at, id, link.A.Device, link.Z.Device)
				at = ""
			}
			if at == "" {
				break
			}
		}
		if at != "" && at != l.Z.Device {
			r.row(LinesFile, i, l.ID, "route", "ends at device %s, not at the line's z end %s", at, l.Z.Device)
		}
	}
}

func (inv *Inventory) known(device string) bool {
	_, ok := inv.index.devices[device]
	return ok
}
