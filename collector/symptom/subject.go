// Package symptom is the vocabulary that everything downstream of the probes
// speaks: what a symptom is about, what kind it is, since when it holds, and
// what was looked at, so that silence can be told from ignorance. It decides
// nothing and moves nothing.
//
// A subject is a kind, a slash and an id: device/ID, card/DEVICE/CARD,
// port/DEVICE/PORT (everything after the second slash is the ifName, verbatim),
// link/ID, cable/ID, duct/ID, power/SITE, building/ID, line/ID, station/ID,
// collector/ID. Observers are collector/ID, station/ID and ems/NAME. Of a line,
// the end (a or z) belongs to the place. A symptom is present state: it is
// written when it is raised, when its value changes its band, and when it is
// cleared. That nothing is said of a subject means that it is well only where it
// is covered and the sweep that looked at it has ended; otherwise it is unknown.
package symptom

import (
	"fmt"
	"regexp"
	"strings"
)

// SubjectKind is the first word of a subject.
type SubjectKind string

// The kinds of subject.
const (
	DeviceSubject    SubjectKind = "device"
	CardSubject      SubjectKind = "card"
	PortSubject      SubjectKind = "port"
	LinkSubject      SubjectKind = "link"
	CableSubject     SubjectKind = "cable"
	DuctSubject      SubjectKind = "duct"
	PowerSubject     SubjectKind = "power"
	BuildingSubject  SubjectKind = "building"
	LineSubject      SubjectKind = "line"
	StationSubject   SubjectKind = "station"
	CollectorSubject SubjectKind = "collector"
	EMSSubject       SubjectKind = "ems" // only as an observer
)

// Subject names one thing: "device/ID", "port/DEVICE/IFNAME", "cable/ID".
// It is a string so that it can be a map key and travels as it reads.
type Subject string

var id = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// ValidID tells whether s may name a component.
func ValidID(s string) bool { return id.MatchString(s) }

// Of makes a subject from its kind and id.
func Of(kind SubjectKind, id string) Subject { return Subject(string(kind) + "/" + id) }

// Device, Port and the others name their kind of thing.
func Device(id string) Subject      { return Of(DeviceSubject, id) }
func Port(device, p string) Subject { return Subject("port/" + device + "/" + p) }
func Link(id string) Subject        { return Of(LinkSubject, id) }
func Cable(id string) Subject       { return Of(CableSubject, id) }
func Duct(id string) Subject        { return Of(DuctSubject, id) }
func Power(site string) Subject     { return Of(PowerSubject, site) }
func Building(id string) Subject    { return Of(BuildingSubject, id) }
func Line(id string) Subject        { return Of(LineSubject, id) }
func Station(id string) Subject     { return Of(StationSubject, id) }
func Collector(id string) Subject   { return Of(CollectorSubject, id) }

// Kind is the subject's first word.
func (s Subject) Kind() SubjectKind {
	kind, _, _ := strings.Cut(string(s), "/")
	return SubjectKind(kind)
}

// ID is all after the first slash.
func (s Subject) ID() string {
	_, id, _ := strings.Cut(string(s), "/")
	return id
}

// Device is the device that a device, card or port belongs to, and otherwise "".
func (s Subject) Device() string {
	switch s.Kind() {
	case DeviceSubject, CardSubject, PortSubject:
		device, _, _ := strings.Cut(s.ID(), "/")
		return device
	}
	return ""
}

// Part is the port or card within its device, and otherwise "".
func (s Subject) Part() string {
	switch s.Kind() {
	case CardSubject, PortSubject:
		_, part, _ := strings.Cut(s.ID(), "/")
		return part
	}
	return ""
}

// ParseSubject checks the grammar, and names what is wrong with it.
func ParseSubject(s string) (Subject, error) {
	subject := Subject(s)
	switch kind := subject.Kind(); kind {
	case DeviceSubject, LinkSubject, CableSubject, DuctSubject, PowerSubject,
		BuildingSubject, LineSubject, StationSubject, CollectorSubject, EMSSubject:
		if !ValidID(subject.ID()) {
			return "", fmt.Errorf("subject %q: want %s/ID with an id of letters, digits, '_', '.', '-'", s, kind)
		}
	case CardSubject, PortSubject:
		if !ValidID(subject.Device()) || subject.Part() == "" || strings.ContainsAny(subject.Part(), ";\n\r") {
			part := strings.ToUpper(string(kind))
			return "", fmt.Errorf("subject %q: want %s/DEVICE/%s, without ';' or line breaks", s, kind, part)
		}
	default:
		return "", fmt.Errorf("subject %q: %q is not a kind of subject "+
			"(device, card, port, link, cable, duct, power, building, line, station, collector)", s, kind)
	}
	return subject, nil
}
