package inventory

// The vocabularies of the files' columns. Each is a closed set of words; the
// zero value is what an empty optional cell means.

type (
	// CustomerGrade is diamond, gold, silver, bronze or standard.
	CustomerGrade string
	// LineGrade is AAA, AA, A or standard.
	LineGrade string
	// Product is what the line is sold as.
	Product string
	// Layer is where in the network something stands, from the customer inwards.
	Layer string
	// Technology names the specialist group that repairs a device.
	Technology string
	// DeviceKind is cpe, transceiver, chassis, mstp and so on.
	DeviceKind string
	// SiteKind is exchange, building or customer.
	SiteKind string
	// Area decides statutory limits: urban, county or rural.
	Area string
	// Owner is carrier or customer.
	Owner string
	// Medium is fiber, copper, microwave or internal.
	Medium string
	// LineRole is hub, spoke, main or backup within a group.
	LineRole string
	// LineState is planned, active, suspended or closed.
	LineState string
	// End is the a or z end of a line.
	End string
	// Method is how a watch observes.
	Method string
	// Proof is what a watch proves: service, access or management.
	Proof string
	// RiskKind is card, power, duct or building.
	RiskKind string
)

// Customer grades, best first.
const (
	Diamond          CustomerGrade = "diamond"
	Gold             CustomerGrade = "gold"
	Silver           CustomerGrade = "silver"
	Bronze           CustomerGrade = "bronze"
	StandardCustomer CustomerGrade = "standard"
)

// Line grades, best first.
const (
	AAA          LineGrade = "AAA"
	AA           LineGrade = "AA"
	A            LineGrade = "A"
	StandardLine LineGrade = "standard"
)

// Layers from the customer inwards.
const (
	Premises Layer = "premises"
	Tail     Layer = "tail"
	Trunk    Layer = "trunk"
	Core     Layer = "core"
	Backbone Layer = "backbone"
)

// Technologies.
const (
	Transmission Technology = "transmission"
	Data         Technology = "data"
	Switching    Technology = "switching"
	Access       Technology = "access"
	Power        Technology = "power"
	Wireless     Technology = "wireless"
)

// Device kinds.
const (
	CPE         DeviceKind = "cpe"
	Transceiver DeviceKind = "transceiver"
	Chassis     DeviceKind = "chassis"
	MSTP        DeviceKind = "mstp"
	PTN         DeviceKind = "ptn"
	SPN         DeviceKind = "spn"
	OTN         DeviceKind = "otn"
	OLT         DeviceKind = "olt"
	ONU         DeviceKind = "onu"
	Splitter    DeviceKind = "splitter"
	Switch      DeviceKind = "switch"
	Router      DeviceKind = "router"
)

// Site kinds.
const (
	Exchange     SiteKind = "exchange"
	Building     SiteKind = "building"
	CustomerSite SiteKind = "customer"
)

// Areas.
const (
	Urban  Area = "urban"
	County Area = "county"
	Rural  Area = "rural"
)

// Owners.
const (
	Carrier       Owner = "carrier"
	CustomerOwned Owner = "customer"
)

// Media.
const (
	Fiber     Medium = "fiber"
	Copper    Medium = "copper"
	Microwave Medium = "microwave"
	Internal  Medium = "internal"
)

// Products.
const (
	Internet  Product = "internet"
	Circuit   Product = "circuit"
	VPN       Product = "vpn"
	Voice     Product = "voice"
	APN       Product = "apn"
	SMS       Product = "sms"
	MMS       Product = "mms"
	CloudLine Product = "cloud"
)

// Roles of a line within its group.
const (
	Hub    LineRole = "hub"
	Spoke  LineRole = "spoke"
	Main   LineRole = "main"
	Backup LineRole = "backup"
)

// Line states.
const (
	Planned   LineState = "planned"
	Active    LineState = "active"
	Suspended LineState = "suspended"
	Closed    LineState = "closed"
)

// Ends of a line.
const (
	EndA End = "a"
	EndZ End = "z"
)

// Methods of a watch.
const (
	Ping       Method = "ping"
	RemotePing Method = "remote_ping"
	TWAMP      Method = "twamp"
	CFM        Method = "cfm"
	E1         Method = "e1"
	PortState  Method = "port"
	ONUState   Method = "onu"
	OAM        Method = "oam"
	EMS        Method = "ems"
)

// What a watch proves.
const (
	ProvesService    Proof = "service"
	ProvesAccess     Proof = "access"
	ProvesManagement Proof = "management"
)

// Risk kinds.
const (
	CardRisk     RiskKind = "card"
	PowerRisk    RiskKind = "power"
	DuctRisk     RiskKind = "duct"
	BuildingRisk RiskKind = "building"
)

// CustomerGrades lists the customer grades, best first.
func CustomerGrades() []CustomerGrade {
	return []CustomerGrade{Diamond, Gold, Silver, Bronze, StandardCustomer}
}

// LineGrades lists the line grades, best first.
func LineGrades() []LineGrade { return []LineGrade{AAA, AA, A, StandardLine} }

// Products lists what a line can be sold as.
func Products() []Product {
	return []Product{Internet, Circuit, VPN, Voice, APN, SMS, MMS, CloudLine}
}

// Layers lists the layers from the customer inwards.
func Layers() []Layer { return []Layer{Premises, Tail, Trunk, Core, Backbone} }

// Technologies lists the specialist groups' fields.
func Technologies() []Technology {
	return []Technology{Transmission, Data, Switching, Access, Power, Wireless}
}

// DeviceKinds lists the kinds of device.
func DeviceKinds() []DeviceKind {
	return []DeviceKind{CPE, Transceiver, Chassis, MSTP, PTN, SPN, OTN, OLT, ONU, Splitter, Switch, Router}
}

// SiteKinds lists the kinds of site.
func SiteKinds() []SiteKind { return []SiteKind{Exchange, Building, CustomerSite} }

// Areas lists the areas.
func Areas() []Area { return []Area{Urban, County, Rural} }

// Owners lists who may own a thing.
func Owners() []Owner { return []Owner{Carrier, CustomerOwned} }

// Media lists what a link can be made of.
func Media() []Medium { return []Medium{Fiber, Copper, Microwave, Internal} }

// LineRoles lists the roles of a line within its group.
func LineRoles() []LineRole { return []LineRole{Hub, Spoke, Main, Backup} }

// LineStates lists the states of a line.
func LineStates() []LineState { return []LineState{Planned, Active, Suspended, Closed} }

// Methods lists the ways of watching a line.
func Methods() []Method {
	return []Method{Ping, RemotePing, TWAMP, CFM, E1, PortState, ONUState, OAM, EMS}
}

// Proofs lists what a watch may prove, the strongest first.
func Proofs() []Proof { return []Proof{ProvesService, ProvesAccess, ProvesManagement} }

// RiskKinds lists the kinds of shared risk.
func RiskKinds() []RiskKind { return []RiskKind{CardRisk, PowerRisk, DuctRisk, BuildingRisk} }
