package ticket

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Workflow finds one by name.
func (p Policy) Workflow(name string) (Workflow, bool) {
	for _, w := range p.Workflows {
		if w.Name == name {
			return w, true
		}
	}
	return Workflow{}, false
}

// WorkflowFor finds the one that tickets of a kind follow.
func (p Policy) WorkflowFor(k Kind) (Workflow, bool) {
	for _, w := range p.Workflows {
		if slices.Contains(w.Kinds, k) {
			return w, true
		}
	}
	return Workflow{}, false
}

// State finds one by name.
func (w Workflow) State(s State) (StateDef, bool) {
	for _, d := range w.States {
		if d.Name == s {
			return d, true
		}
	}
	return StateDef{}, false
}

// Group finds one by id.
func (p Policy) Group(id string) (people.Group, bool) {
	for _, g := range p.Groups {
		if g.ID == id {
			return g, true
		}
	}
	return people.Group{}, false
}

// Route says who owns a fault, and why: a message key.
func (p Policy) Route(f Fault, k Kind, region string) (group, reason string) {
	for _, rule := range p.Routing.Rules {
		if rule.matches(f, k, region) {
			return rule.Group, rule.Reason
		}
	}
	return p.Routing.Support, "no_rule"
}

func (r RoutingRule) matches(f Fault, k Kind, region string) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	if !in(r.Outcomes, string(f.Outcome)) || !in(r.Domains, string(f.Domain)) ||
		!in(r.Technologies, f.Technology) || !in(r.Regions, region) {
		return false
	}
	if len(r.Kinds) > 0 && !slices.Contains(r.Kinds, k) {
		return false
	}
	if len(r.TiesBetween) == 0 {
		return true
	}
	tied := f.tied()
	return len(tied) > 1 && !slices.ContainsFunc(tied, func(d string) bool { return !slices.Contains(r.TiesBetween, d) })
}

// tied are the domains between which a verdict cannot decide; none if it did.
func (f Fault) tied() []string {
	if f.Outcome != verdict.TwoDomains {
		return nil
	}
	ranked := slices.Clone(f.Domains)
	slices.SortStableFunc(ranked, func(a, b verdict.DomainShare) int {
		switch {
		case a.P > b.P:
			return -1
		case a.P < b.P:
			return 1
		}
		return 0
	})
	var tied []string
	for i, d := range ranked {
		if i < 2 {
			tied = append(tied, string(d.Domain))
		}
	}
	return tied
}

// HoldFor is how long a fault of these lines waits before it is dispatched: by
// the strictest line, and not at all for several.
func (in Intake) HoldFor(lines []Line) time.Duration {
	hit := 0
	var hold time.Duration
	for _, l := range lines {
		if l.State == LineUp {
			continue
		}
		hit++
		if d := in.Hold[l.Grade]; hit == 1 || d < hold {
			hold = d
		}
	}
	if in.SeveralAt > 0 && hit >= in.SeveralAt {
		return 0
	}
	return hold
}

// Calling is now, or the next moment at which customers may be called.
func (in Intake) Calling(now time.Time) time.Time {
	zone, err := sla.Zone(in.UTCOffset)
	if err != nil {
		return now
	}
	from, err1 := sla.TimeOfDay(in.CallFrom, 0)
	until, err2 := sla.TimeOfDay(in.CallUntil, 24*time.Hour)
	if err1 != nil || err2 != nil {
		return now
	}
	local := now.In(zone)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
	switch since := local.Sub(midnight); {
	case since < from:
		return midnight.Add(from).UTC()
	case since >= until:
		return midnight.Add(24*time.Hour + from).UTC()
	}
	return now
}

// MayOpen reports whether the person may open tickets of a kind by hand.
func (p Policy) MayOpen(who people.Person, k Kind) bool {
	return !who.Disabled && (who.Has(people.Admin) || who.Has(p.Intake.OpenBy[k]...))
}
