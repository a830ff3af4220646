package inventory

// index answers look-ups by id; Build fills it.
type index struct {
	customers map[string]int
	sites     map[string]int
	devices   map[string]int
	links     map[string]int
	cables    map[string]int
	lines     map[string]int
	stations  map[string]int
}

// Customer finds a customer by id.
func (inv *Inventory) Customer(id string) (*Customer, bool) {
	return find(inv.Customers, inv.index.customers, id)
}

// Site finds a site by id.
func (inv *Inventory) Site(id string) (*Site, bool) { return find(inv.Sites, inv.index.sites, id) }

// Device finds a device by id.
func (inv *Inventory) Device(id string) (*Device, bool) {
	return find(inv.Devices, inv.index.devices, id)
}

// Link finds a link by id.
func (inv *Inventory) Link(id string) (*Link, bool) { return find(inv.Links, inv.index.links, id) }

// Cable finds a cable by id.
func (inv *Inventory) Cable(id string) (*Cable, bool) { return find(inv.Cables, inv.index.cables, id) }

// Line finds a line by id.
func (inv *Inventory) Line(id string) (*Line, bool) { return find(inv.Lines, inv.index.lines, id) }

// Station finds a station by id.
func (inv *Inventory) Station(id string) (*Station, bool) {
	return find(inv.Stations, inv.index.stations, id)
}

func find[T any](all []T, at map[string]int, id string) (*T, bool) {
	i, ok := at[id]
	if !ok {
		return nil, false
	}
	return &all[i], true
}
