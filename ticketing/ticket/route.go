package ticket

import (
	"slices"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
)

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
	if !allows(r.Outcomes, f.Outcome) || !allows(r.Domains, f.Domain) || !allows(r.Technologies, f.Technology) ||
		!allows(r.Regions, region) || !allows(r.Kinds, k) {
		return false
	}
	if len(r.TiesBetween) == 0 {
		return true
	}
	tied := f.tied()
	other := func(d verdict.Domain) bool { return !slices.Contains(r.TiesBetween, d) }
	return len(tied) > 1 && !slices.ContainsFunc(tied, other)
}

// allows reports whether a list has the value; an empty list has all.
func allows[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }

// tied are the domains between which a verdict cannot decide; none if it did.
func (f Fault) tied() []verdict.Domain {
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
	var tied []verdict.Domain
	for i, d := range ranked {
		if i < 2 {
			tied = append(tied, d.Domain)
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
