package snmp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs/problem"
)

// normalise writes OIDs and defaults the way the rest expects them, and checks
// what can be checked without the included profiles. at is the place of the
// profile among all.
func (p *Profile) normalise(at string) []problem.Problem {
	var n normaliser
	n.Check(symptom.ValidID(p.Name), "name", "want letters, digits, '_', '.', '-', got %q", p.Name)
	n.oids("match", p.Match)
	if u := p.Uptime; u != nil {
		n.oid("uptime.sys_uptime", &u.SysUpTime)
		n.oid("uptime.engine_time", &u.EngineTime)
		n.oid("uptime.engine_boots", &u.EngineBoots)
		n.oid("uptime.host_uptime", &u.HostUptime)
		n.Check(u.SysUpTime != "", "uptime.sys_uptime", "is missing")
	}
	if ports := p.Ports; ports != nil {
		n.oids("ports.names", ports.Names)
		n.oid("ports.changed", &ports.Changed)
	}
	if e := p.Entities; e != nil {
		n.oid("entities.aliases", &e.Aliases)
		n.oid("entities.names", &e.Names)
	}
	for i := range p.Tables {
		path := problem.At("tables", i)
		p.Tables[i].path = problem.Join(at, path)
		n.Under(path, p.Tables[i].normalise())
	}
	for i := range p.Traps {
		n.Under(problem.At("traps", i), p.Traps[i].normalise())
	}
	return n.List
}

// normaliser collects what is wrong on the way.
type normaliser struct{ problem.List }

func (n *normaliser) oid(path string, s *string) {
	if *s == "" {
		return
	}
	written, err := parseOID(*s)
	if err != nil {
		n.Add(path, "%v", err)
		return
	}
	*s = written
}

func (n *normaliser) oids(path string, list []string) {
	for i := range list {
		n.oid(problem.At(path, i), &list[i])
	}
}

func (t *Table) normalise() []problem.Problem {
	var n normaliser
	t.Index = cmp.Or(t.Index, IfIndex)
	n.OneOf("index", string(t.Index), string(IfIndex), string(Entity), string(Slot), string(NoIndex))
	n.Check(t.Name != "", "name", "a table without a name")
	for i := range t.Columns {
		path := problem.At("columns", i)
		t.Columns[i].path = problem.Join(t.path, path)
		n.Under(path, t.Columns[i].normalise(t.Index))
	}
	return n.List
}

func (c *Column) normalise(index Index) []problem.Problem {
	var n normaliser
	n.oid("oid", &c.OID)
	if c.Suffix != "" {
		_, err := parseOID("1." + strings.TrimPrefix(c.Suffix, "."))
		n.Check(err == nil, "suffix", "want numbers joined by dots, got %q", c.Suffix)
		c.Suffix = "." + strings.TrimPrefix(c.Suffix, ".")
	}
	c.Scale = cmp.Or(c.Scale, 1)
	if c.Positive != nil {
		c.Positive.Scale = cmp.Or(c.Positive.Scale, 1)
		n.OneOf("positive.in", c.Positive.In, unitsOfPower...)
	}
	n.OneOf("in", c.In, unitsOfPower...)
	n.Check(c.Name != "" && c.OID != "", "", "a column needs a name and an oid")
	n.Check(c.Over == "" || c.Rate, "over", "only for a column with `rate: true`")
	for i := range c.Judges {
		n.Under(problem.At("judges", i), c.Judges[i].normalise(index))
	}
	return n.List
}

// unitsOfPower are what a column's number may be in; empty: its own unit.
var unitsOfPower = []string{"", "dBm", "mW", "uW"}

func (j *Judge) normalise(index Index) []problem.Problem {
	var n normaliser
	if j.Subject == "" {
		j.Subject = "port"
		if index == NoIndex {
			j.Subject = "device"
		}
	}
	n.kindAndUses(j.Kind, j.For)
	n.OneOf("subject", j.Subject, "port", "device", "far_end")
	n.Check(index != NoIndex || j.Subject == "device", "subject",
		"%q: a table without index speaks of the device only", j.Subject)
	n.OneOf("invalid", j.Invalid, "", "abnormal", "normal")
	values, limits := len(j.Normal)+len(j.Abnormal) > 0, len(j.Below)+len(j.Above) > 0
	n.Check(values != limits, "", "a judge has either values (normal, abnormal) or limits (below, above)")
	for i, l := range j.Below {
		n.Check(l.Clear >= l.Raise, problem.At("below", i), "clear %g is under raise %g", l.Clear, l.Raise)
	}
	for i, l := range j.Above {
		n.Check(l.Clear <= l.Raise, problem.At("above", i), "clear %g is over raise %g", l.Clear, l.Raise)
	}
	for _, limits := range [][]Limit{j.Below, j.Above} {
		slices.SortStableFunc(limits, func(a, b Limit) int { return b.Speed - a.Speed })
	}
	return n.List
}

func (t *Trap) normalise() []problem.Problem {
	var n normaliser
	n.oid("oid", &t.OID)
	n.oid("variable", &t.Variable)
	n.oid("port_name", &t.PortName)
	t.Needs = n.columns("needs", t.Needs)
	t.Unless = n.columns("unless", t.Unless)
	n.Check(t.OID != "", "", "a trap without an oid")
	n.kindAndUses(t.Kind, t.For)
	n.OneOf("subject", t.Subject, "port", "device", "far_end", "peer")
	if t.Subject != "device" {
		t.Index = cmp.Or(t.Index, IfIndex)
		n.Check(t.Variable != "", "", "a trap about a %s needs a variable that tells which", t.Subject)
	}
	n.OneOf("says", t.Says, "", "normal", "abnormal")
	values := len(t.Normal)+len(t.Abnormal) > 0
	n.Check((t.Says != "") != values, "", "a trap either `says` what it means or has values (normal, abnormal)")
	n.Check(!values || t.Variable != "", "", "values need a variable")
	return n.List
}

// columns writes the OIDs that are the keys of a condition.
func (n *normaliser) columns(path string, all map[string][]int64) map[string][]int64 {
	written := make(map[string][]int64, len(all))
	for _, column := range sortedKeys(all) {
		values := all[column]
		n.oid(problem.Join(path, column), &column)
		written[column] = values
	}
	return written
}

func (n *normaliser) kindAndUses(kind symptom.Kind, uses []string) {
	n.Check(slices.Contains(symptom.Kinds(), kind), "kind", "%q is not a kind of symptom", kind)
	for i, use := range uses {
		n.OneOf(problem.At("for", i), use, "link", "copper_link", "line", "near_end")
	}
}
