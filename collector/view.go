package collector

import (
	"strings"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/watch"
)

// lineView is what /metrics shows of one line. Its labels are rendered once,
// when the inventory changes, and joined with the values at each scrape.
type lineView struct {
	*watch.Line
	labels []byte    // {line="…",customer="…",grade="…"}
	info   []byte    // the same with names
	ends   []endView // as the line has them
}

// endView has the labels of one end and of its ports.
type endView struct {
	labels []byte   // {line="…",end="a"}
	ports  [][]byte // {line="…",end="a",port="DEVICE/PORT"}
}

// viewLines renders the labels of a plan's lines.
func viewLines(plan *watch.Plan) []lineView {
	views := make([]lineView, 0, len(plan.Lines))
	for i := range plan.Lines {
		if l, ok := plan.Inventory.Line(plan.Lines[i].ID); ok {
			views = append(views, newLineView(plan.Inventory, l, &plan.Lines[i]))
		}
	}
	return views
}

func newLineView(inv *inventory.Inventory, l *inventory.Line, watched *watch.Line) lineView {
	line, customer, grade := label("line", l.ID), label("customer", l.Customer), label("grade", string(l.Grade))
	names := []string{line, customer, grade,
		label("product", string(l.Product)), label("name", l.Name), label("circuit_code", l.CircuitCode)}
	if c, ok := inv.Customer(l.Customer); ok {
		names = append(names, label("customer_name", c.Name))
	}
	v := lineView{Line: watched, labels: joinLabels(line, customer, grade), info: joinLabels(names...)}
	for _, e := range watched.Ends {
		end := label("end", e.Name)
		view := endView{labels: joinLabels(line, end)}
		for _, p := range e.Ports {
			view.ports = append(view.ports, joinLabels(line, end, label("port", p.Subject.ID())))
		}
		v.ends = append(v.ends, view)
	}
	return v
}

// deviceView is one device as it is shown.
type deviceView struct {
	id     string
	labels []byte
}

func viewDevices(inv *inventory.Inventory) []deviceView {
	var all []deviceView
	for i := range inv.Devices {
		d := &inv.Devices[i]
		if d.Address.IsValid() {
			all = append(all, deviceView{id: d.ID, labels: joinLabels(
				label("device", d.ID), label("kind", string(d.Kind)), label("layer", string(d.Layer)))})
		}
	}
	return all
}

// label is one name="value", escaped as the text format asks.
func label(name, value string) string {
	return name + `="` + escapeLabel.Replace(strings.ToValidUTF8(value, "�")) + `"`
}

var escapeLabel = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func joinLabels(labels ...string) []byte { return []byte("{" + strings.Join(labels, ",") + "}") }
