// Package plan lays out the carrier's network that the lab plays: sites,
// devices, ports, links, cables, customers and lines, the same ones for the
// same number of lines and seed. It writes them down as an inventory. It knows
// nothing of faults or time, and it shares no code with those who will have to
// find the faults.
package plan

import (
	"net/netip"
	"time"
)

// Vendor decides which MIBs a device speaks.
type Vendor uint8

// The vendors that the lab plays.
const (
	Unmanaged Vendor = iota // far ends of transceivers
	Huawei                  // core and backbone routers
	Raisecom                // MSTP and access nodes
	RCFT                    // Raisecom's transceiver chassis
	H3C                     // CPE
)

// None stands for "no such index".
const None = -1

// Network is the whole plan. Everything refers to everything else by index.
type Network struct {
	Seed      uint64
	Community string

	Sites     []Site
	Devices   []Device
	Ports     []Port
	Links     []Link
	Cables    []Cable
	Customers []Customer
	Lines     []Line
	Stations  []Station
}

// Site is a place with one power supply.
type Site struct {
	ID, Name, Kind, Region, Area, Address string
	Latitude, Longitude                   float64
	Layer                                 string // of the equipment that stands there
}

// Device is a network element. Without an address it is seen through NearEnd.
type Device struct {
	ID, Name, Kind, Layer, Technology, Owner string

	Site    int
	Vendor  Vendor
	Address netip.Addr
	SNMP    bool
	NearEnd int // port of the chassis, or None
	Ports   []int
}

// Forwards reports whether traffic passes through the device: a customer's
// router is an end.
func (d *Device) Forwards() bool { return d.Kind != "cpe" }

// Port is a connector of a device.
type Port struct {
	Device  int
	Name    string // ifName
	IfIndex int
	Card    string
	Alias   string
	Link    int // None where nothing of the network is plugged in
	Mbps    int
	Optical bool
	Use     Use
}

// Use says what an unlinked port is for.
type Use uint8

// Uses of ports.
const (
	Trunk Use = iota // end of a link
	LAN              // towards the customer: up, not ours
	Idle             // enabled, nothing plugged in
	Shut             // disabled by an administrator
)

// Link joins two ports.
type Link struct {
	ID            string
	A, Z          int
	Layer, Medium string
	Cables        []int
	Protection    string
	Latency       time.Duration // one way
	Light         [2]float64    // received power in dBm at A and at Z, if fibre
}

// Cable is what a digger hits: all its links at once.
type Cable struct {
	ID, Name, Layer string
	Links           []int
}

// Customer rents lines.
type Customer struct {
	ID, Name, Grade, Manager, Contact, Phone, Email string
	Important                                       bool
}

// Line is one rented service. Its A end is always a customer's router.
type Line struct {
	ID, Name, Product, Grade, Circuit, ServiceNo string

	Customer        int
	Mbps            int
	A, Z            int // devices
	APort, ZPort    int // the customer's ports, or None
	Target, TargetZ netip.Addr
}

// Station is where a collector enters the network.
type Station struct {
	ID, Name, Collector string
	Device              int
	Address             netip.Addr
}

// Peer is the port at the other end of a port's link, or None.
func (n *Network) Peer(port int) int {
	l := n.Ports[port].Link
	if l == None {
		return None
	}
	if n.Links[l].A == port {
		return n.Links[l].Z
	}
	return n.Links[l].A
}

// Slot reports whether a port is a slot of a transceiver chassis, which has no
// row in the interfaces table.
func (n *Network) Slot(port int) bool {
	p := &n.Ports[port]
	return n.Devices[p.Device].Vendor == RCFT && p.Card != ""
}
