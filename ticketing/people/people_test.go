package people_test

import (
	"strings"
	"testing"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/ticketing/people"
)

func TestMay(t *testing.T) {
	mine := people.Case{Group: "data", From: "support", Assignee: "ma", Opener: "system",
		Managers: []string{"wang", "李经理"}, Regions: []string{"hefei"}}
	someone := func(id string, role people.Role, groups ...string) people.Person {
		return people.Person{ID: id, Roles: []people.Role{role}, Groups: groups}
	}
	for _, c := range []struct {
		name string
		who  people.Person
		by   []string
		ok   bool
		why  string
	}{
		{"a member of the owning group", someone("li", people.Specialist, "data"), []string{"owner"}, true, ""},
		{"a member of another group",
			someone("li", people.Specialist, "power"), []string{"owner"}, false, people.ReasonNotGroup},
		{"the assignee", someone("ma", people.Specialist, "data"), []string{"assignee"}, true, ""},
		{"a colleague of the assignee",
			someone("li", people.Specialist, "data"), []string{"assignee"}, false, people.ReasonNotAssignee},
		{"the group that dispatched it", someone("zhao", people.Support, "support"), []string{"from"}, true, ""},
		{"a role by its name", someone("du", people.Supervisor), []string{"monitor", "supervisor"}, true, ""},
		{"another role", someone("du", people.QC), []string{"monitor", "supervisor"}, false, people.ReasonNotRole},
		{"monitor archives what the system opened", someone("wu", people.Monitor), []string{"opener"}, true, ""},
		{"others do not", someone("wu", people.Support), []string{"opener"}, false, people.ReasonNotRole},
		{"the manager of the customer", someone("wang", people.Manager), []string{"anyone"}, true, ""},
		{"the manager, as the inventory names him",
			people.Person{ID: "li2", Name: "李经理", Roles: []people.Role{people.Manager}},
			[]string{"anyone"}, true, ""},
		{"the manager of other customers",
			someone("lin", people.Manager), []string{"anyone"}, false, people.ReasonNotCustomer},
		{"a manager who is support as well sees more",
			people.Person{ID: "lin", Roles: []people.Role{people.Manager, people.Support}},
			[]string{"anyone"}, true, ""},
		{"someone of another region",
			people.Person{ID: "x", Roles: []people.Role{people.Support}, Regions: []string{"wuhu"}},
			[]string{"anyone"}, false, people.ReasonRegion},
		{"the province sees every region",
			people.Person{ID: "x", Roles: []people.Role{people.Province}, Regions: []string{"wuhu"}},
			[]string{"anyone"}, true, ""},
		{"a disabled account",
			people.Person{ID: "ma", Roles: []people.Role{people.Admin}, Disabled: true},
			[]string{"anyone"}, false, people.ReasonDisabled},
		{"a personal permission",
			people.Person{ID: "x", Roles: []people.Role{people.QC}, Grants: []string{"act"}},
			[]string{"owner"}, true, ""},
		{"a permission withdrawn",
			people.Person{ID: "ma", Roles: []people.Role{people.Specialist}, Groups: []string{"data"}, Denied: []string{"act"}},
			[]string{"owner"}, false, people.ReasonDenied},
		{"an administrator stands in for everyone", someone("root", people.Admin), []string{"owner"}, true, ""},
		{"nobody is nobody", people.Person{ID: ""}, []string{"owner"}, false, people.ReasonNotGroup},
	} {
		t.Run(c.name, func(t *testing.T) {
			if ok, why := c.who.May("act", c.by, mine); ok != c.ok || why != c.why {
				t.Errorf("got %v %q", ok, why)
			}
		})
	}
}

func TestAnUnassignedTicketIsTheGroups(t *testing.T) {
	c := people.Case{Group: "data"}
	li := people.Person{ID: "li", Roles: []people.Role{people.Specialist}, Groups: []string{"data"}}
	if ok, why := li.May("act", []string{"assignee"}, c); !ok {
		t.Error(why)
	}
}

func TestValidate(t *testing.T) {
	groups := []people.Group{{ID: "data", Role: people.Specialist}}
	for _, c := range []struct {
		want string
		p    people.Person
	}{
		{"cannot be called", people.Person{ID: "system", Roles: []people.Role{people.QC}}},
		{"has no role", people.Person{ID: "x"}},
		{`"king" is not a role`, people.Person{ID: "x", Roles: []people.Role{"king"}}},
		{`no group "moon"`, people.Person{ID: "x", Roles: []people.Role{people.QC}, Groups: []string{"moon"}}},
	} {
		if err := c.p.Validate(groups); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want it to say %q", err, c.want)
		}
	}
	for want, gs := range map[string][]people.Group{
		`[1].id: "data" is already the id`: {groups[0], groups[0]},
		"[0].id: is empty":                 {{Role: people.QC}},
		`[0].role: "x" is not a role`:      {{ID: "a", Role: "x"}},
		`[0].parent: no parent "b"`:        {{ID: "a", Role: people.QC, Parent: "b"}},
	} {
		if err := problem.Error(people.ValidateGroups(gs)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %q", err, want)
		}
	}
}
