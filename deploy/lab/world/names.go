package world

import (
	"fmt"
	"strings"

	"github.com/linewarden/linewarden/deploy/lab/plan"
)

type partKind uint8

const (
	devicePart partKind = iota
	portPart
	linkPart
	cablePart
	sitePart
	stationPart
)

// part is one thing that a fault hits directly.
type part struct {
	kind partKind
	n    int
}

// names finds things by the words of the subject grammar.
type names struct {
	device, link, cable, site, station, line map[string]int

	atSite [][]int // devices
}

func index(n *plan.Network) names {
	x := names{
		device: map[string]int{}, link: map[string]int{}, cable: map[string]int{},
		site: map[string]int{}, station: map[string]int{}, line: map[string]int{},
		atSite: make([][]int, len(n.Sites)),
	}
	for i, d := range n.Devices {
		x.device[d.ID] = i
		x.atSite[d.Site] = append(x.atSite[d.Site], i)
	}
	for i, l := range n.Links {
		x.link[l.ID] = i
	}
	for i, c := range n.Cables {
		x.cable[c.ID] = i
	}
	for i, s := range n.Sites {
		x.site[s.ID] = i
	}
	for i, s := range n.Stations {
		x.station[s.ID] = i
	}
	for i, l := range n.Lines {
		x.line[l.ID] = i
	}
	return x
}

// resolve turns a subject into what a fault on it hits. line/ID is the tail
// link of the line's A end, line/ID/z that of its Z end.
func (x *names) resolve(n *plan.Network, subject string) (string, []part, error) {
	kind, id, ok := strings.Cut(subject, "/")
	if !ok {
		if known := x.classes(subject); known != "" {
			return "", nil, fmt.Errorf("%q is no subject: write %s", subject, known)
		}
		return "", nil, fmt.Errorf("%q is no subject: write KIND/ID, such as cable/CBL-F-0001; linelab list shows them",
			subject)
	}
	single := func(table map[string]int, k partKind) (string, []part, error) {
		if i, ok := table[id]; ok {
			return subject, []part{{k, i}}, nil
		}
		if known := x.classes(id); known != "" {
			return "", nil, fmt.Errorf("there is no %s, but there is %s", subject, known)
		}
		return "", nil, fmt.Errorf("there is no %s; linelab list shows what there is", subject)
	}
	switch kind {
	case "device":
		return single(x.device, devicePart)
	case "link":
		return single(x.link, linkPart)
	case "cable":
		return single(x.cable, cablePart)
	case "power":
		return single(x.site, sitePart)
	case "station":
		return single(x.station, stationPart)
	case "port", "card":
		return x.inDevice(n, kind, subject, id)
	case "line":
		return x.tail(n, subject, id)
	}
	return "", nil,
		fmt.Errorf("the lab cannot break a %s: it knows device, card, port, link, cable, power, station and line", kind)
}

// classes are the subjects that have an id, for whoever took the wrong word.
func (x *names) classes(id string) string {
	var found []string
	for _, c := range []struct {
		word  string
		table map[string]int
	}{{"device", x.device}, {"link", x.link}, {"cable", x.cable}, {"power", x.site}, {"station", x.station},
		{"line", x.line}} {
		if _, ok := c.table[id]; ok {
			found = append(found, c.word+"/"+id)
		}
	}
	return strings.Join(found, " or ")
}

// inDevice finds a port, or the ports of a card.
func (x *names) inDevice(n *plan.Network, kind, subject, id string) (string, []part, error) {
	dev, name, _ := strings.Cut(id, "/")
	d, ok := x.device[dev]
	if !ok {
		return "", nil, fmt.Errorf("there is no device %s", dev)
	}
	var parts []part
	for _, p := range n.Devices[d].Ports {
		if q := n.Ports[p]; kind == "port" && q.Name == name || kind == "card" && q.Card == name && name != "" {
			parts = append(parts, part{portPart, p})
		}
	}
	if len(parts) == 0 {
		return "", nil, fmt.Errorf("device %s has no %s %s", dev, kind, name)
	}
	return subject, parts, nil
}

// tail is the link of layer tail nearest to the line's end.
func (x *names) tail(n *plan.Network, subject, id string) (string, []part, error) {
	id, end, _ := strings.Cut(id, "/")
	i, ok := x.line[id]
	if !ok {
		return "", nil, fmt.Errorf("there is no %s; linelab list shows what there is", subject)
	}
	d := n.Lines[i].A
	switch {
	case end == "z" && n.Lines[i].ZPort != plan.None:
		d = n.Lines[i].Z
	case end != "" && end != "a":
		return "", nil, fmt.Errorf("line %s has no tail at end %q", id, end)
	}
	for {
		l := n.Uplink(d)
		if n.Links[l].Layer == "tail" {
			return "link/" + n.Links[l].ID, []part{{linkPart, l}}, nil
		}
		d = n.Across(l, d)
	}
}
