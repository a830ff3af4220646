package snmp

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/linewarden/linewarden/collector/symptom"
)

// fault is an error at a place in a profile's file.
type fault struct {
	at  string // YAML path
	err error
}

func (f fault) Error() string { return f.err.Error() }

func faultf(at, format string, args ...any) error {
	return fault{at: at, err: fmt.Errorf(format, args...)}
}

// locate gives every fault its file and line.
func locate(name string, content []byte, err error) error {
	faults := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		faults = joined.Unwrap()
	}
	for i, f := range faults {
		faults[i] = fmt.Errorf("%s: %w", name, f)
		var at fault
		if !errors.As(f, &at) {
			continue
		}
		if line := lineOf(content, at.at); line > 0 {
			faults[i] = fmt.Errorf("%s:%d: %w", name, line, f)
		}
	}
	return errors.Join(faults...)
}

// lineOf finds the line of a YAML path, or of the nearest path above it.
func lineOf(content []byte, at string) int {
	for at != "$" && at != "" {
		if p, err := yaml.PathString(at); err == nil {
			if node, err := p.ReadNode(strings.NewReader(string(content))); err == nil && node != nil {
				if token := node.GetToken(); token != nil {
					return token.Position.Line
				}
			}
		}
		at = at[:max(strings.LastIndexAny(at, ".["), 0)]
	}
	return 0
}

// normalise writes OIDs and defaults the way the rest expects them, and checks
// what can be checked without the included profiles.
func (p *Profile) normalise() error {
	var all []error
	oid := func(at string, s *string) {
		if *s == "" {
			return
		}
		written, err := parseOID(*s)
		if err != nil {
			all = append(all, fault{at, err})
			return
		}
		*s = written
	}
	if !symptom.ValidID(p.Name) {
		all = append(all, faultf("$.name", "name %q: want letters, digits, '_', '.', '-'", p.Name))
	}
	for i := range p.Match {
		oid(fmt.Sprintf("$.match[%d]", i), &p.Match[i])
	}
	if u := p.Uptime; u != nil {
		oid("$.uptime.sys_uptime", &u.SysUpTime)
		oid("$.uptime.engine_time", &u.EngineTime)
		oid("$.uptime.engine_boots", &u.EngineBoots)
		oid("$.uptime.host_uptime", &u.HostUptime)
		if u.SysUpTime == "" {
			all = append(all, faultf("$.uptime", "uptime: sys_uptime is missing"))
		}
	}
	if n := p.Ports; n != nil {
		for i := range n.Names {
			oid(fmt.Sprintf("$.ports.names[%d]", i), &n.Names[i])
		}
		oid("$.ports.changed", &n.Changed)
	}
	if e := p.Entities; e != nil {
		oid("$.entities.aliases", &e.Aliases)
		oid("$.entities.names", &e.Names)
	}
	for i := range p.Tables {
		all = append(all, p.Tables[i].normalise(fmt.Sprintf("$.tables[%d]", i), oid)...)
	}
	for i := range p.Traps {
		all = append(all, p.Traps[i].normalise(fmt.Sprintf("$.traps[%d]", i), oid)...)
	}
	return errors.Join(all...)
}

func (t *Table) normalise(at string, oid func(string, *string)) (all []error) {
	t.Index = cmp.Or(t.Index, IfIndex)
	if !slices.Contains([]Index{IfIndex, Entity, Slot, NoIndex}, t.Index) {
		all = append(all, faultf(at+".index", "index %q: want if_index, entity, slot or none", t.Index))
	}
	if t.Name == "" {
		all = append(all, faultf(at, "a table without a name"))
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		here := fmt.Sprintf("%s.columns[%d]", at, i)
		oid(here+".oid", &c.OID)
		if c.Suffix != "" {
			if _, err := parseOID("1." + strings.TrimPrefix(c.Suffix, ".")); err != nil {
				all = append(all, faultf(here+".suffix", "suffix %q: want numbers joined by dots", c.Suffix))
			}
			c.Suffix = "." + strings.TrimPrefix(c.Suffix, ".")
		}
		c.Scale = cmp.Or(c.Scale, 1)
		if c.Positive != nil {
			c.Positive.Scale = cmp.Or(c.Positive.Scale, 1)
			all = append(all, unitOfPower(here+".positive.in", c.Positive.In)...)
		}
		all = append(all, unitOfPower(here+".in", c.In)...)
		if c.Name == "" || c.OID == "" {
			all = append(all, faultf(here, "a column needs a name and an oid"))
		}
		if c.Over != "" && !c.Rate {
			all = append(all, faultf(here+".over", "over: only for a column with `rate: true`"))
		}
		for k := range c.Judges {
			all = append(all, c.Judges[k].normalise(fmt.Sprintf("%s.judges[%d]", here, k), t.Index)...)
		}
	}
	return all
}

func (j *Judge) normalise(at string, index Index) (all []error) {
	j.Subject = cmp.Or(j.Subject, map[bool]string{true: "device", false: "port"}[index == NoIndex])
	all = append(all, kindAndUses(at, j.Kind, j.For)...)
	switch {
	case !slices.Contains([]string{"port", "device", "far_end"}, j.Subject):
		all = append(all, faultf(at+".subject", "subject %q: want port, device or far_end", j.Subject))
	case index == NoIndex && j.Subject != "device":
		all = append(all, faultf(at+".subject", "subject %q: a table without index speaks of the device only", j.Subject))
	}
	if !slices.Contains([]string{"", "abnormal", "normal"}, j.Invalid) {
		all = append(all, faultf(at+".invalid", "invalid %q: want abnormal or normal", j.Invalid))
	}
	enum, limits := len(j.Normal)+len(j.Abnormal) > 0, len(j.Below)+len(j.Above) > 0
	if enum == limits {
		all = append(all, faultf(at, "a judge has either values (normal, abnormal) or limits (below, above)"))
	}
	for _, l := range j.Below {
		if l.Clear < l.Raise {
			all = append(all, faultf(at+".below", "below: clear %g is under raise %g", l.Clear, l.Raise))
		}
	}
	for _, l := range j.Above {
		if l.Clear > l.Raise {
			all = append(all, faultf(at+".above", "above: clear %g is over raise %g", l.Clear, l.Raise))
		}
	}
	for _, limits := range [][]Limit{j.Below, j.Above} {
		slices.SortStableFunc(limits, func(a, b Limit) int { return b.Speed - a.Speed })
	}
	return all
}

func (t *Trap) normalise(at string, oid func(string, *string)) (all []error) {
	oid(at+".oid", &t.OID)
	oid(at+".variable", &t.Variable)
	oid(at+".port_name", &t.PortName)
	for _, columns := range []*map[string][]int64{&t.Needs, &t.Unless} {
		written := make(map[string][]int64, len(*columns))
		for column, values := range *columns {
			oid(at, &column)
			written[column] = values
		}
		*columns = written
	}
	if t.OID == "" {
		all = append(all, faultf(at, "a trap without an oid"))
	}
	all = append(all, kindAndUses(at, t.Kind, t.For)...)
	if !slices.Contains([]string{"port", "device", "far_end", "peer"}, t.Subject) {
		all = append(all, faultf(at+".subject", "subject %q: want port, device, far_end or peer", t.Subject))
	}
	if t.Subject != "device" {
		t.Index = cmp.Or(t.Index, IfIndex)
		if t.Variable == "" {
			all = append(all, faultf(at, "a trap about a %s needs a variable that tells which", t.Subject))
		}
	}
	values := len(t.Normal)+len(t.Abnormal) > 0
	switch {
	case t.Says != "" && t.Says != "normal" && t.Says != "abnormal":
		all = append(all, faultf(at+".says", "says %q: want normal or abnormal", t.Says))
	case (t.Says != "") == values:
		all = append(all, faultf(at, "a trap either `says` what it means or has values (normal, abnormal)"))
	case values && t.Variable == "":
		all = append(all, faultf(at, "values need a variable"))
	}
	return all
}

func kindAndUses(at string, kind symptom.Kind, uses []string) (all []error) {
	if !slices.Contains(symptom.Kinds(), kind) {
		all = append(all, faultf(at+".kind", "%q is not a kind of symptom", kind))
	}
	for i, use := range uses {
		if !slices.Contains([]string{"link", "copper_link", "line", "near_end"}, use) {
			all = append(all, faultf(fmt.Sprintf("%s.for[%d]", at, i), "for %q: want link, copper_link, line or near_end", use))
		}
	}
	return all
}

func unitOfPower(at, in string) []error {
	if slices.Contains([]string{"", "dBm", "mW", "uW"}, in) {
		return nil
	}
	return []error{faultf(at, "in %q: want dBm, mW or uW", in)}
}

// flatten merges what a profile includes; its own tables replace those of the
// same name.
func flatten(raw map[string]*Profile, name string, path []string) (*Profile, error) {
	own, ok := raw[name]
	if !ok {
		return nil, fmt.Errorf("include %q: there is no such profile", name)
	}
	if slices.Contains(path, name) {
		return nil, fmt.Errorf("include %q goes round in circles", name)
	}
	p := *own
	p.Tables, p.Traps = nil, nil
	for _, other := range own.Include {
		o, err := flatten(raw, other, append(path, name))
		if err != nil {
			return nil, err
		}
		p.Uptime, p.Ports, p.Entities = cmp.Or(p.Uptime, o.Uptime), cmp.Or(p.Ports, o.Ports), cmp.Or(p.Entities, o.Entities)
		for _, t := range o.Tables {
			if !slices.ContainsFunc(own.Tables, func(mine Table) bool { return mine.Name == t.Name }) {
				p.Tables = append(p.Tables, t)
			}
		}
	}
	p.Tables = append(p.Tables, own.Tables...)
	return &p, nil
}

// check is what needs the whole profile: names that refer to columns. It turns
// them into places.
func (p *Profile) check() error {
	var all []error
	places := map[string]int{}
	for i := range p.Tables {
		t := &p.Tables[i]
		t.Columns = slices.Clone(t.Columns) // an included table is shared
		if t.Index == IfIndex && p.Ports == nil {
			all = append(all, fmt.Errorf("table %s: index if_index needs `ports`", t.Name))
		}
		if t.Index == Entity && (p.Entities == nil || p.Ports == nil) {
			all = append(all, fmt.Errorf("table %s: index entity needs `ports` and `entities`", t.Name))
		}
		for k := range t.Columns {
			c := &t.Columns[k]
			if _, taken := places[c.Name]; taken {
				all = append(all, fmt.Errorf("table %s: there are two columns %s", t.Name, c.Name))
			}
			c.id, places[c.Name] = len(p.columns), len(p.columns)
			p.columns = append(p.columns, c)
		}
	}
	place := func(c *Column, what, name string) int {
		if name == "" {
			return -1
		}
		at, ok := places[name]
		if !ok {
			all = append(all, fmt.Errorf("column %s, %s: there is no column %s", c.Name, what, name))
			return -1
		}
		return at
	}
	p.speed = -1
	if at, ok := places[speedColumn]; ok {
		p.speed = at
	}
	for _, c := range p.columns {
		c.over, c.guard = place(c, "over", c.Over), place(c, "guard", c.Guard)
		if c.over >= 0 {
			c.overScale = p.columns[c.over].Scale
		}
		c.Judges = slices.Clone(c.Judges)
		for k := range c.Judges {
			j := &c.Judges[k]
			conditions := func(what string, v Values) (list []condition) {
				for _, name := range sortedKeys(v) {
					list = append(list, condition{place(c, what, name), v[name]})
				}
				return list
			}
			j.needs, j.while, j.quiet = conditions("needs", j.Needs), conditions("while", j.While), conditions("quiet", j.Quiet)
		}
	}
	return errors.Join(all...)
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
