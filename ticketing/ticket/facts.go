package ticket

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Facts are what the inventory knows about a verdict's lines and roots.
type Facts struct {
	Lines  map[string]Line
	Region string // of the first root that has one
	Owner  string // of the roots: carrier or customer
	Site   string // kind of the site at which the first root stands
}

// FactsOf looks a verdict up in the inventory. A line that the inventory does
// not know is a standard line of nobody.
func FactsOf(inv *inventory.Inventory, v verdict.Verdict) Facts {
	f := Facts{Lines: map[string]Line{}}
	for _, id := range v.Lines.All() {
		f.Lines[id] = LineOf(inv, id, v.Side)
	}
	for _, root := range v.Roots {
		site, owner := placeOf(inv, root.Subject)
		if owner != "" && f.Owner == "" {
			f.Owner = owner
		}
		if s, ok := inv.Site(site); ok && f.Region == "" {
			f.Region, f.Site = s.Region, string(s.Kind)
		}
	}
	return f
}

// LineOf is a line with the facts of its customer. The area is that of the
// customer's site at the given side, or at the A end.
func LineOf(inv *inventory.Inventory, id, side string) Line {
	l := Line{ID: id, Grade: inventory.StandardLine, CustomerGrade: inventory.StandardCustomer}
	known, ok := inv.Line(id)
	if !ok {
		return l
	}
	l.Name, l.Circuit, l.Product = known.Name, known.CircuitCode, known.Product
	l.Hours, l.Customer = known.Hours, known.Customer
	l.Grade = cmp.Or(known.Grade, l.Grade)
	l.Unwatched = inv.Unwatched(known)
	if c, ok := inv.Customer(known.Customer); ok {
		l.CustomerName, l.Important, l.Manager, l.Region = c.Name, c.Important, c.Manager, c.Region
		l.CustomerGrade = cmp.Or(c.Grade, l.CustomerGrade)
	}
	end := known.A.Device
	if side == string(inventory.EndZ) {
		end = known.Z.Device
	}
	if d, ok := inv.Device(end); ok {
		if s, ok := inv.Site(d.Site); ok {
			l.Area = s.Area
			l.Region = cmp.Or(l.Region, s.Region)
		}
	}
	return l
}

// placeOf is the site and the owner of a component.
func placeOf(inv *inventory.Inventory, s symptom.Subject) (site, owner string) {
	device := s.Device()
	switch s.Kind() {
	case symptom.PowerSubject, symptom.BuildingSubject:
		return s.ID(), ""
	case symptom.LinkSubject:
		if l, ok := inv.Link(s.ID()); ok {
			device, owner = l.A.Device, string(l.Owner)
		}
	}
	if d, ok := inv.Device(device); ok {
		return d.Site, cmp.Or(owner, string(d.Owner))
	}
	return "", owner
}

// lines are the affected lines of a verdict with their facts, sorted by id.
func (f Facts) lines(v verdict.Verdict) []Line {
	var out []Line
	seen := map[string]bool{}
	add := func(ids []string, state LineState) {
		for _, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			l, ok := f.Lines[id]
			if !ok {
				l = Line{ID: id, Grade: inventory.StandardLine, CustomerGrade: inventory.StandardCustomer}
			}
			l.State = state
			out = append(out, l)
		}
	}
	add(v.Lines.Down, LineDown)
	add(v.Lines.Degraded, LineDegraded)
	add(v.Lines.AtRisk, LineAtRisk)
	slices.SortFunc(out, func(a, b Line) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// FaultOf is what a ticket keeps of a verdict. Times are cut to the
// microseconds that a store keeps.
func FaultOf(v verdict.Verdict) Fault {
	cut := func(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
	return Fault{
		Verdict: v.ID, Epoch: v.Epoch, Version: v.Version, State: v.State, Outcome: v.Outcome,
		Domain: v.FaultDomain, Domains: v.Domains, Side: v.Side, Roots: v.Roots, Technology: v.Technology,
		Confidence: v.Confidence, Started: cut(v.Started), StartedAfter: cut(v.StartedAfter),
		Decided: cut(v.Decided), Cleared: cut(v.Cleared), NextTest: v.NextTest,
	}
}

// titleOf names a fault in a few words that need no translation; pages write
// their own from the fault and the lines.
func titleOf(v verdict.Verdict, lines []Line) string {
	var roots []string
	for i, r := range v.Roots {
		if i == 3 {
			roots = append(roots, fmt.Sprintf("+%d", len(v.Roots)-3))
			break
		}
		roots = append(roots, string(r.Subject))
	}
	what := strings.Join(roots, ", ")
	if what == "" {
		what = string(v.FaultDomain)
	}
	switch len(lines) {
	case 0:
		return what
	case 1:
		return what + " · " + cmp.Or(lines[0].Circuit, lines[0].Name, lines[0].ID)
	}
	return fmt.Sprintf("%s · %d lines", what, len(lines))
}

// propose suggests cause and responsibility from the root and its owner.
func propose(v verdict.Verdict, f Facts) Proposal {
	p := Proposal{Responsibility: "carrier"}
	if f.Owner == string(inventory.CustomerOwned) {
		p.Responsibility = "customer"
	}
	if len(v.Roots) == 0 {
		return p
	}
	switch v.Roots[0].Subject.Kind() {
	case symptom.PowerSubject:
		p.Cause = "power"
		if v.FaultDomain == verdict.Premises {
			p.Responsibility = "customer"
		}
	case symptom.CableSubject, symptom.DuctSubject:
		p.Cause = "cable"
	case symptom.LinkSubject:
		p.Cause = "optical_path"
	case symptom.DeviceSubject, symptom.CardSubject, symptom.PortSubject:
		p.Cause = "equipment"
		if p.Responsibility == "customer" {
			p.Cause = "customer_side"
		}
	}
	return p
}
