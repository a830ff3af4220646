package inventory

import "slices"

// WatchesOf gives every way in which a line is observed: the rows of
// watches.csv, and those that follow from the line itself. Its target is a
// ping that proves service; its ports and the near ends of its transceivers
// prove access; the management address of its CPE proves management. A derived
// watch that a row already gives is not repeated.
func (inv *Inventory) WatchesOf(line *Line) []Watch {
	i, ok := inv.index.lines[line.ID]
	if !ok {
		return nil
	}
	var all []Watch
	for _, w := range inv.index.watchesOf.of(i) {
		all = append(all, inv.Watches[w])
	}
	add := func(w Watch) {
		w.Line = line.ID
		same := func(o Watch) bool {
			return o.End == w.End && o.Method == w.Method && o.Object == w.Object && o.VRF == w.VRF
		}
		if !slices.ContainsFunc(all, same) {
			all = append(all, w)
		}
	}
	l := &inv.Lines[i]
	path, routed := inv.RouteOf(l)
	inv.watchEnd(l, EndA, path, add)
	if routed {
		slices.Reverse(path.Devices)
		slices.Reverse(path.Links)
	}
	inv.watchEnd(l, EndZ, path, add)
	return all
}

// Unwatched tells whether no watch proves the line's service at all: 未监测.
func (inv *Inventory) Unwatched(line *Line) bool {
	return !inv.proves(line, func(*Watch) bool { return true })
}

// Unobserved tells whether no collector proves the line's service: nothing is
// meant to, or only watches that no collector can carry out yet. Such a line is
// never shown as up, whatever its silence.
func (inv *Inventory) Unobserved(line *Line) bool {
	return !inv.proves(line, func(w *Watch) bool { return w.unmet() == "" })
}

// proves tells whether a watch that counts proves the line's service.
func (inv *Inventory) proves(line *Line, counts func(*Watch) bool) bool {
	if line.Target.IsValid() || line.TargetZ.IsValid() {
		return true
	}
	i, ok := inv.index.lines[line.ID]
	if !ok {
		return false
	}
	return slices.ContainsFunc(inv.index.watchesOf.of(i), func(w int32) bool {
		return inv.Watches[w].Proves == ProvesService && counts(&inv.Watches[w])
	})
}

// unmet says why no collector carries a watch out, or nothing if one does.
func (w *Watch) unmet() string {
	switch {
	case w.Method == Ping && w.Proves != ProvesService:
		return "a ping is only made where it proves the service, and of a device's own address; this row is not observed"
	case w.Method == PortState && w.Proves == ProvesService, w.Method == OAM && w.Proves == ProvesService:
		return "a port that is well proves access, not the service; the line does not count as watched by it"
	case w.Method == Ping, w.Method == PortState, w.Method == OAM:
		return ""
	}
	return "no collector can observe by " + string(w.Method) + " yet; the line does not count as watched by it"
}

// watchEnd derives the watches of one end; path begins there, or is empty.
func (inv *Inventory) watchEnd(l *Line, end End, path Path, add func(Watch)) {
	ref, target := l.A, l.Target
	if end == EndZ {
		ref, target = l.Z, l.TargetZ
	}
	device, ok := inv.Device(ref.Device)
	if !ok {
		return
	}
	if target.IsValid() {
		add(Watch{End: end, Method: Ping, Object: target.String(), VRF: device.VRF, Proves: ProvesService})
	}
	if device.Kind == CPE && device.Address.IsValid() && device.Address != target {
		add(Watch{End: end, Method: Ping, Object: device.Address.String(), VRF: device.VRF, Proves: ProvesManagement})
	}
	if ref.Port != "" && device.Address.IsValid() {
		add(Watch{End: end, Method: PortState, Object: ref.String(), Reporter: device.ID, Proves: ProvesAccess})
	}
	inv.watchAccess(end, path, device, add)
}

// watchAccess walks inwards from the end through whatever stands at the
// customer's, up to the first device of ours that can speak for itself.
func (inv *Inventory) watchAccess(end End, path Path, first *Device, add func(Watch)) {
	if first.Kind != CPE && first.Layer != Premises && first.NearEnd.IsZero() {
		return // the line ends in the network itself
	}
	if len(path.Devices) == 0 && !first.NearEnd.IsZero() {
		inv.watchFarEnd(end, first, add)
		return
	}
	for n, id := range path.Devices {
		d, _ := inv.Device(id)
		if !d.NearEnd.IsZero() {
			inv.watchFarEnd(end, d, add)
			return
		}
		if n == 0 || d.Kind == CPE || !d.Address.IsValid() {
			continue
		}
		link, _ := inv.Link(path.Links[n-1])
		port := link.A
		if port.Device != id {
			port = link.Z
		}
		add(Watch{End: end, Method: PortState, Object: port.String(), Reporter: id, Proves: ProvesAccess})
		return
	}
}

func (inv *Inventory) watchFarEnd(end End, d *Device, add func(Watch)) {
	add(Watch{End: end, Method: OAM, Object: d.NearEnd.String(), Reporter: d.NearEnd.Device, Proves: ProvesAccess})
}
