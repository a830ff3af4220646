package people

import (
	"errors"
	"fmt"
	"slices"

	"github.com/linewarden/linewarden/configs/problem"
)

// Reasons for which something is refused: message keys.
const (
	ReasonDisabled    = "account_disabled"
	ReasonRegion      = "other_region"
	ReasonNotCustomer = "not_your_customer"
	ReasonNotRole     = "not_your_role"
	ReasonNotGroup    = "not_your_group"
	ReasonNotAssignee = "not_assigned_to_you"
	ReasonDenied      = "withdrawn_from_you"
)

// Words that a rule may use beside the names of roles.
const (
	ByOwner    = "owner"    // a member of the group that owns the ticket
	ByAssignee = "assignee" // the person it is assigned to; the owner group while it is nobody
	ByOpener   = "opener"   // who opened it; monitor, if nobody did
	ByFrom     = "from"     // a member of the group that dispatched it
	ByAnyone   = "anyone"   // whoever sees it
)

// Case is what permission needs to know of a ticket.
type Case struct {
	Group    string
	From     string // group that dispatched it
	Assignee string
	Opener   string   // person id, or system
	Managers []string // of its customers: person ids or names, as customers.csv has them
	Regions  []string // empty: no region
}

// Sees reports whether the person may look at the ticket, and else why not. A
// manager sees own customers only, unless another role of his sees more.
func (p Person) Sees(c Case) (bool, string) {
	if p.Disabled {
		return false, ReasonDisabled
	}
	if c.Opener == p.ID || c.Assignee == p.ID || p.In(c.Group) {
		return true, ""
	}
	own := slices.Contains(c.Managers, p.ID) || p.Name != "" && slices.Contains(c.Managers, p.Name)
	if len(p.Roles) == 1 && p.Has(Manager) {
		if own {
			return true, ""
		}
		return false, ReasonNotCustomer
	}
	if p.Has(Admin, Province, ProvinceMonitor) || len(p.Regions) == 0 || len(c.Regions) == 0 {
		return true, ""
	}
	for _, r := range c.Regions {
		if slices.Contains(p.Regions, r) {
			return true, ""
		}
	}
	return false, ReasonRegion
}

// May reports whether the person may take the action on the ticket, and else
// why not: a message key. by is the workflow's rule for it, any of whose words
// suffices. An administrator stands in for everyone, under his own name.
func (p Person) May(action string, by []string, c Case) (bool, string) {
	if ok, why := p.Sees(c); !ok {
		return false, why
	}
	if slices.Contains(p.Denied, action) {
		return false, ReasonDenied
	}
	if p.Has(Admin) || slices.Contains(p.Grants, action) {
		return true, ""
	}
	why := ReasonNotRole
	for _, word := range by {
		switch word {
		case ByAnyone:
			return true, ""
		case ByOwner:
			if p.In(c.Group) {
				return true, ""
			}
			why = ReasonNotGroup
		case ByAssignee:
			if c.Assignee == p.ID || c.Assignee == "" && p.In(c.Group) {
				return true, ""
			}
			if p.In(c.Group) {
				why = ReasonNotAssignee
			}
		case ByFrom:
			if c.From != "" && p.In(c.From) {
				return true, ""
			}
		case ByOpener:
			if c.Opener == p.ID || c.Opener == System().ID && p.Has(Monitor) {
				return true, ""
			}
		default:
			if p.Has(Role(word)) {
				return true, ""
			}
		}
	}
	return false, why
}

// KnownWord reports whether a rule may use the word.
func KnownWord(w string) bool {
	switch w {
	case ByOwner, ByAssignee, ByOpener, ByFrom, ByAnyone:
		return true
	}
	return slices.Contains(Roles(), Role(w))
}

// ValidateGroups reports everything that is wrong with a list of groups. Paths
// begin with the group's place in the list: "[2].role".
func ValidateGroups(groups []Group) []problem.Problem {
	var wrong problem.List
	seen := map[string]bool{}
	for i, g := range groups {
		at := problem.At("", i)
		wrong.Filled(at+".id", g.ID)
		wrong.Check(g.ID == "" || !seen[g.ID], at+".id", "%q is already the id of another group", g.ID)
		seen[g.ID] = true
		wrong.Check(slices.Contains(Roles(), g.Role), at+".role", "%q is not a role; there are %v", g.Role, Roles())
	}
	for i, g := range groups {
		known := g.Parent == "" || seen[g.Parent] && g.Parent != g.ID
		wrong.Check(known, problem.At("", i)+".parent", "no parent %q", g.Parent)
	}
	return wrong
}

// Validate reports everything that is wrong with the person.
func (p Person) Validate(groups []Group) error {
	var errs []error
	if p.ID == "" || p.ID == System().ID {
		errs = append(errs, fmt.Errorf("a person cannot be called %q", p.ID))
	}
	if len(p.Roles) == 0 {
		errs = append(errs, fmt.Errorf("%s has no role", p.ID))
	}
	for _, r := range p.Roles {
		if !slices.Contains(Roles(), r) {
			errs = append(errs, fmt.Errorf("%s: %q is not a role", p.ID, r))
		}
	}
	for _, id := range p.Groups {
		if !slices.ContainsFunc(groups, func(g Group) bool { return g.ID == id }) {
			errs = append(errs, fmt.Errorf("%s: no group %q", p.ID, id))
		}
	}
	return errors.Join(errs...)
}
