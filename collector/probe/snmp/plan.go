package snmp

import (
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Scalars that every device is asked for.
const sysObjectID = ".1.3.6.1.2.1.1.2.0" // SNMPv2-MIB

// plan is what one device is asked in each poll: the objects, and where their
// values go. It holds until the device's numbering or the inventory changes.
type plan struct {
	portMap *portMap
	ports   []string // row 0 of a result is the device itself, row n is ports[n-1]
	oids    []string
	cells   map[string]place

	subjects []symptom.Subject // of the rows
	farEnds  []symptom.Subject // seen through them; empty: none
	lacking  []string          // ports that the inventory names and the device does not have
}

type place struct{ row, column int }

// cell is one value and when it was asked for.
type cell struct {
	raw  int64
	sent time.Time // zero: no value
}

func (c cell) known() bool { return !c.sent.IsZero() }

// grid holds the cells of one poll, by row and column.
type grid [][]cell

func newPlan(m *portMap, t Target) *plan {
	p := &plan{portMap: m, ports: m.ports(t), cells: map[string]place{}}
	add := func(oid string, row int, c *Column) {
		p.oids = append(p.oids, oid)
		p.cells[oid] = place{row, c.id}
	}
	for i := range m.profile.Tables {
		table := &m.profile.Tables[i]
		for k := range table.Columns {
			c := &table.Columns[k]
			if table.Index == NoIndex {
				add(c.OID+c.Suffix, 0, c)
				continue
			}
			for n, port := range p.ports {
				for _, row := range m.rows(table.Index, port) {
					add(c.OID+"."+row+c.Suffix, n+1, c)
				}
			}
		}
	}
	p.subjects, p.farEnds = []symptom.Subject{symptom.Device(t.ID)}, []symptom.Subject{""}
	for _, port := range p.ports {
		far := symptom.Subject("")
		if id := t.Ports[port].FarEnd; id != "" {
			far = symptom.Device(id)
		}
		p.subjects, p.farEnds = append(p.subjects, symptom.Port(t.ID, port)), append(p.farEnds, far)
	}
	p.lacking = p.missing(t)
	return p
}

func (p *plan) grid() grid {
	columns := len(p.portMap.profile.columns)
	all := make([]cell, (len(p.ports)+1)*columns)
	g := make(grid, len(p.ports)+1)
	for i := range g {
		g[i] = all[i*columns : (i+1)*columns : (i+1)*columns]
	}
	return g
}

// put files one value. Where several rows speak of one port, the first that is
// valid counts.
func (p *plan) put(g grid, oid string, pdu gosnmp.SnmpPDU, sent time.Time) {
	at, ok := p.cells[oid]
	if !ok {
		return
	}
	raw, ok := number(pdu)
	if !ok {
		return
	}
	c := &g[at.row][at.column]
	if c.known() && !p.portMap.profile.columns[at.column].invalid(c.raw) {
		return
	}
	*c = cell{raw: raw, sent: sent}
}

// missing lists the ports that the inventory names and the device does not have.
func (p *plan) missing(t Target) (ports []string) {
	for _, port := range p.ports {
		if _, named := t.Ports[port]; !named {
			continue
		}
		found := false
		for _, table := range p.portMap.profile.Tables {
			found = found || len(p.portMap.rows(table.Index, port)) > 0
		}
		if !found {
			ports = append(ports, port)
		}
	}
	return ports
}
