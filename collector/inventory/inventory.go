package inventory

import (
	"net/netip"
	"strings"
)

// PortRef names a port of a device, or, with an empty Port, the device itself.
type PortRef struct {
	Device string
	Port   string
}

// String is DEVICE/PORT, or DEVICE alone.
func (r PortRef) String() string {
	if r.Port == "" {
		return r.Device
	}
	return r.Device + "/" + r.Port
}

// IsZero tells whether nothing is named.
func (r PortRef) IsZero() bool { return r == PortRef{} }

// ParsePortRef splits at the first slash; the port is all that follows, verbatim.
func ParsePortRef(s string) PortRef {
	device, port, _ := strings.Cut(s, "/")
	return PortRef{Device: device, Port: port}
}

// Customer is who rents lines.
type Customer struct {
	ID        string
	Name      string
	Grade     CustomerGrade
	Important bool
	Region    string
	Manager   string
	Contact   string
	Phone     string
	Email     string
}

// Site is a place where devices stand.
type Site struct {
	ID          string
	Name        string
	Kind        SiteKind
	Region      string
	Area        Area
	Address     string
	Latitude    float64
	Longitude   float64
	Contact     string
	Phone       string
	AccessHours string
}

// Device is one managed or unmanaged network element.
type Device struct {
	ID         string
	Name       string
	Kind       DeviceKind
	Site       string
	Layer      Layer
	Technology Technology
	Address    netip.Addr // invalid where the device has no address of its own
	VRF        string
	Credential string
	Profile    string
	NearEnd    PortRef // the port through which an unmanaged far end is seen
	Owner      Owner
}

// Link joins two ports.
type Link struct {
	ID         string
	A, Z       PortRef
	Layer      Layer
	Medium     Medium
	Cables     []string
	Protection string // ring or routed domain; empty: none
	Owner      Owner
}

// Cable carries links; one that is named only by links exists by being named.
type Cable struct {
	ID    string
	Name  string
	Layer Layer
	Ducts []string
}

// Line is one rented service from its A end to its Z end.
type Line struct {
	ID            string
	Customer      string
	Product       Product
	Grade         LineGrade
	A, Z          PortRef
	Name          string
	CircuitCode   string
	ServiceNo     string
	BandwidthMbps float64
	Route         []string // links in order from A; empty: derived
	Protected     bool     // false pins the line to its route
	Target        netip.Addr
	TargetZ       netip.Addr
	LPT           bool
	Group         string
	Role          LineRole
	Hours         string
	State         LineState
}

// Watch is one way of observing one end of a line, and what it proves.
type Watch struct {
	Line     string
	End      End
	Method   Method
	Object   string // an address, a port (DEVICE/PORT), or a device, by method
	Reporter string
	VRF      string
	Proves   Proof
}

// Risk is a group of components that one event takes away together.
type Risk struct {
	ID      string
	Kind    RiskKind
	Members []string
}

// Alias is another system's name for one of our subjects.
type Alias struct {
	System  string
	Native  string
	Subject string
}

// Station is where a collector enters the network.
type Station struct {
	ID        string
	Name      string
	Attached  string // device
	Collector string
}

// Inventory is one consistent revision of everything. It is read-only once
// Load or Build has returned it, and safe for concurrent readers.
type Inventory struct {
	Customers []Customer
	Sites     []Site
	Devices   []Device
	Links     []Link
	Cables    []Cable
	Lines     []Line
	Watches   []Watch
	Risks     []Risk
	Aliases   []Alias
	Stations  []Station

	// Revision is a digest of the content: equal content, equal revision.
	Revision string

	index index
}
