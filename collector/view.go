package collector

import (
	"strings"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// lineView is what /metrics shows of one line. Its labels are rendered once,
// when the inventory changes, and joined with the values at each scrape.
type lineView struct {
	id     string
	labels []byte // {line="…",customer="…",grade="…"}
	info   []byte // the same with names
	ends   []endView
}

// endView is one end: the target that proves the service, the ports that
// prove access.
type endView struct {
	end    string
	labels []byte // {line="…",end="a"}
	at     place
	served bool
	target *target
	ports  []portView
}

type portView struct {
	port   symptom.Subject
	labels []byte // {line="…",end="a",port="DEVICE/PORT"}
	state  *portState
}

// portState holds the newest readings of a port that a line uses, and what is
// seen through it.
type portState struct {
	port   symptom.Subject
	farEnd symptom.Subject
	have   uint16
	values [len(families)]float64
}

// Kinds that, on a line's access port or on what is seen through it, mean that
// the line cannot be up.
var accessDown = []symptom.Kind{symptom.LinkDown, symptom.LOS, symptom.LOF, symptom.FarEndMissing, symptom.PowerFail, symptom.Unreachable}

func newLineView(inv *inventory.Inventory, l *inventory.Line) lineView {
	line, customer, grade := label("line", l.ID), label("customer", l.Customer), label("grade", string(l.Grade))
	names := []string{line, customer, grade, label("product", string(l.Product)), label("name", l.Name), label("circuit_code", l.CircuitCode)}
	if c, ok := inv.Customer(l.Customer); ok {
		names = append(names, label("customer_name", c.Name))
	}
	return lineView{id: l.ID, labels: joinLabels(line, customer, grade), info: joinLabels(names...)}
}

func (v *lineView) at(end string) *endView {
	if end == "" {
		end = "a"
	}
	for i := range v.ends {
		if v.ends[i].end == end {
			return &v.ends[i]
		}
	}
	v.ends = append(v.ends, endView{end: end, labels: joinLabels(label("line", v.id), label("end", end))})
	return &v.ends[len(v.ends)-1]
}

// serve notes the target that proves the service at an end; the first counts.
func (v *lineView) serve(end string, at place) {
	if e := v.at(end); !e.served {
		e.at, e.served = at, true
	}
}

// access notes a port that proves access at an end.
func (v *lineView) access(inv *inventory.Inventory, end string, ref inventory.PortRef) {
	if ref.Port == "" {
		return
	}
	e := v.at(end)
	port := symptom.Port(ref.Device, ref.Port)
	for _, p := range e.ports {
		if p.port == port {
			return
		}
	}
	state := &portState{port: port}
	if far, ok := inv.FarEnd(ref); ok {
		state.farEnd = symptom.Device(far.ID)
	}
	e.ports = append(e.ports, portView{port: port, state: state,
		labels: joinLabels(label("line", v.id), label("end", e.end), label("port", ref.String()))})
}

// planPorts joins views with what is known: readings survive a reload.
func (c *Collector) planPorts(p *plan) {
	ports := map[symptom.Subject]*portState{}
	for i := range p.lines {
		for k := range p.lines[i].ends {
			e := &p.lines[i].ends[k]
			if e.served {
				e.target = c.at[e.at]
			}
			for n := range e.ports {
				view := &e.ports[n]
				if old := c.ports[view.port]; old != nil && ports[view.port] == nil {
					view.state.have, view.state.values = old.have, old.values
				}
				if there := ports[view.port]; there != nil {
					view.state = there
					continue
				}
				ports[view.port] = view.state
			}
		}
	}
	c.ports, c.lines = ports, p.lines
	c.devices = c.viewDevices()
}

// takeReadings files measured values where somebody looks for them.
func (c *Collector) takeReadings(p *polled, all []probe.Reading) {
	for _, r := range all {
		if r.Name == "uptime_seconds" {
			p.uptime = r.Value
			continue
		}
		state := c.ports[r.Subject]
		if state == nil {
			continue
		}
		for i := range families {
			if families[i].reading == r.Name {
				state.values[i] = r.Value
				state.have |= 1 << i
			}
		}
	}
}

// label is one name="value", escaped as the text format asks.
func label(name, value string) string {
	return name + `="` + escapeLabel.Replace(strings.ToValidUTF8(value, "�")) + `"`
}

var escapeLabel = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func joinLabels(labels ...string) []byte { return []byte("{" + strings.Join(labels, ",") + "}") }
