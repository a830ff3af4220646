package inventory

import "net/netip"

// The files, column by column. Everything that reads, writes, digests or
// checks the inventory goes by these tables.

// Names of the files.
const (
	CustomersFile = "customers.csv"
	SitesFile     = "sites.csv"
	DevicesFile   = "devices.csv"
	LinksFile     = "links.csv"
	CablesFile    = "cables.csv"
	LinesFile     = "lines.csv"
	WatchesFile   = "watches.csv"
	RisksFile     = "risks.csv"
	AliasesFile   = "aliases.csv"
	StationsFile  = "stations.csv"
)

// Files lists the names of all files, in the order in which they build on one
// another.
func Files() []string {
	return []string{CustomersFile, SitesFile, DevicesFile, CablesFile, LinksFile,
		LinesFile, WatchesFile, RisksFile, AliasesFile, StationsFile}
}

var customerTable = table[Customer]{
	file: CustomersFile, required: true,
	id: func(c *Customer) string { return c.ID },
	columns: []column[Customer]{
		id("id", func(c *Customer) *string { return &c.ID }),
		must(text("name", func(c *Customer) *string { return &c.Name })),
		must(word("grade", func(c *Customer) *CustomerGrade { return &c.Grade }, CustomerGrades())),
		yesNo("important", func(c *Customer) *bool { return &c.Important }),
		text("region", func(c *Customer) *string { return &c.Region }),
		text("manager", func(c *Customer) *string { return &c.Manager }),
		text("contact", func(c *Customer) *string { return &c.Contact }),
		text("phone", func(c *Customer) *string { return &c.Phone }),
		text("email", func(c *Customer) *string { return &c.Email }),
	},
}

var siteTable = table[Site]{
	file: SitesFile, required: true,
	id: func(s *Site) string { return s.ID },
	columns: []column[Site]{
		id("id", func(s *Site) *string { return &s.ID }),
		must(text("name", func(s *Site) *string { return &s.Name })),
		must(word("kind", func(s *Site) *SiteKind { return &s.Kind }, SiteKinds())),
		text("region", func(s *Site) *string { return &s.Region }),
		word("area", func(s *Site) *Area { return &s.Area }, Areas()),
		text("address", func(s *Site) *string { return &s.Address }),
		number("latitude", func(s *Site) *float64 { return &s.Latitude }, -90, 90),
		number("longitude", func(s *Site) *float64 { return &s.Longitude }, -180, 180),
		text("contact", func(s *Site) *string { return &s.Contact }),
		text("phone", func(s *Site) *string { return &s.Phone }),
		text("access_hours", func(s *Site) *string { return &s.AccessHours }),
	},
}

var deviceTable = table[Device]{
	file: DevicesFile, required: true,
	id: func(d *Device) string { return d.ID },
	columns: []column[Device]{
		id("id", func(d *Device) *string { return &d.ID }),
		must(text("name", func(d *Device) *string { return &d.Name })),
		must(word("kind", func(d *Device) *DeviceKind { return &d.Kind }, DeviceKinds())),
		must(text("site", func(d *Device) *string { return &d.Site })),
		must(word("layer", func(d *Device) *Layer { return &d.Layer }, Layers())),
		must(word("technology", func(d *Device) *Technology { return &d.Technology }, Technologies())),
		address("address", func(d *Device) *netip.Addr { return &d.Address }, false),
		text("vrf", func(d *Device) *string { return &d.VRF }),
		text("credential", func(d *Device) *string { return &d.Credential }),
		text("profile", func(d *Device) *string { return &d.Profile }),
		portRef("near_end", func(d *Device) *PortRef { return &d.NearEnd }),
		word("owner", func(d *Device) *Owner { return &d.Owner }, Owners()),
	},
}

var linkTable = table[Link]{
	file: LinksFile, required: true,
	id: func(l *Link) string { return l.ID },
	columns: []column[Link]{
		id("id", func(l *Link) *string { return &l.ID }),
		must(portRef("a", func(l *Link) *PortRef { return &l.A })),
		must(portRef("z", func(l *Link) *PortRef { return &l.Z })),
		must(word("layer", func(l *Link) *Layer { return &l.Layer }, Layers())),
		word("medium", func(l *Link) *Medium { return &l.Medium }, Media()),
		texts("cables", func(l *Link) *[]string { return &l.Cables }),
		text("protection", func(l *Link) *string { return &l.Protection }),
		word("owner", func(l *Link) *Owner { return &l.Owner }, Owners()),
	},
}

var cableTable = table[Cable]{
	file: CablesFile,
	id:   func(c *Cable) string { return c.ID },
	columns: []column[Cable]{
		id("id", func(c *Cable) *string { return &c.ID }),
		text("name", func(c *Cable) *string { return &c.Name }),
		word("layer", func(c *Cable) *Layer { return &c.Layer }, Layers()),
		texts("ducts", func(c *Cable) *[]string { return &c.Ducts }),
	},
}

var lineTable = table[Line]{
	file: LinesFile, required: true,
	blank: Line{Protected: true},
	id:    func(l *Line) string { return l.ID },
	columns: []column[Line]{
		id("id", func(l *Line) *string { return &l.ID }),
		must(text("customer", func(l *Line) *string { return &l.Customer })),
		must(word("product", func(l *Line) *Product { return &l.Product }, Products())),
		must(word("grade", func(l *Line) *LineGrade { return &l.Grade }, LineGrades())),
		must(portRef("a", func(l *Line) *PortRef { return &l.A })),
		must(portRef("z", func(l *Line) *PortRef { return &l.Z })),
		text("name", func(l *Line) *string { return &l.Name }),
		text("circuit_code", func(l *Line) *string { return &l.CircuitCode }),
		text("service_no", func(l *Line) *string { return &l.ServiceNo }),
		number("bandwidth_mbps", func(l *Line) *float64 { return &l.BandwidthMbps }, 0, 1e9),
		texts("route", func(l *Line) *[]string { return &l.Route }),
		yesNo("protected", func(l *Line) *bool { return &l.Protected }),
		address("target", func(l *Line) *netip.Addr { return &l.Target }, true),
		address("target_z", func(l *Line) *netip.Addr { return &l.TargetZ }, true),
		yesNo("lpt", func(l *Line) *bool { return &l.LPT }),
		text("group", func(l *Line) *string { return &l.Group }),
		word("role", func(l *Line) *LineRole { return &l.Role }, LineRoles()),
		text("hours", func(l *Line) *string { return &l.Hours }),
		word("state", func(l *Line) *LineState { return &l.State }, LineStates()),
	},
}

var watchTable = table[Watch]{
	file: WatchesFile,
	id:   func(w *Watch) string { return w.Line },
	columns: []column[Watch]{
		must(text("line", func(w *Watch) *string { return &w.Line })),
		must(word("end", func(w *Watch) *End { return &w.End }, []End{EndA, EndZ})),
		must(word("method", func(w *Watch) *Method { return &w.Method }, Methods())),
		must(text("object", func(w *Watch) *string { return &w.Object })),
		text("reporter", func(w *Watch) *string { return &w.Reporter }),
		text("vrf", func(w *Watch) *string { return &w.VRF }),
		must(word("proves", func(w *Watch) *Proof { return &w.Proves }, Proofs())),
	},
}

var riskTable = table[Risk]{
	file: RisksFile,
	id:   func(r *Risk) string { return r.ID },
	columns: []column[Risk]{
		must(text("id", func(r *Risk) *string { return &r.ID })),
		must(word("kind", func(r *Risk) *RiskKind { return &r.Kind }, RiskKinds())),
		must(texts("members", func(r *Risk) *[]string { return &r.Members })),
	},
}

var aliasTable = table[Alias]{
	file: AliasesFile,
	id:   func(a *Alias) string { return a.Native },
	columns: []column[Alias]{
		must(text("system", func(a *Alias) *string { return &a.System })),
		must(text("native", func(a *Alias) *string { return &a.Native })),
		must(text("subject", func(a *Alias) *string { return &a.Subject })),
	},
}

var stationTable = table[Station]{
	file: StationsFile,
	id:   func(s *Station) string { return s.ID },
	columns: []column[Station]{
		id("id", func(s *Station) *string { return &s.ID }),
		text("name", func(s *Station) *string { return &s.Name }),
		must(text("attached", func(s *Station) *string { return &s.Attached })),
		text("collector", func(s *Station) *string { return &s.Collector }),
	},
}
