package people_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
)

var update = flag.Bool("update", false, "write testdata anew")

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s is not what the rules say now; run with -update and read the difference:\n%s", path, got)
	}
}

// TestWhoMayTakeAnAction writes down for each role, and for each way in which a
// person can stand to a ticket, whether the words of a workflow's rule let him.
func TestWhoMayTakeAnAction(t *testing.T) {
	words := []string{people.ByOwner, people.ByAssignee, people.ByFrom, people.ByOpener, people.ByAnyone, "supervisor"}
	var out strings.Builder
	for _, stands := range []struct {
		how string
		who people.Person // without a role
		c   people.Case
	}{
		{"he has nothing to do with it", people.Person{},
			people.Case{Group: "data", From: "support", Assignee: "ma", Opener: "li"}},
		{"the system opened it", people.Person{},
			people.Case{Group: "data", Assignee: "ma", Opener: "system"}},
		{"his group owns it, and nobody is assigned", people.Person{Groups: []string{"data"}},
			people.Case{Group: "data", Opener: "li"}},
		{"his group owns it, and a colleague is assigned", people.Person{Groups: []string{"data"}},
			people.Case{Group: "data", Assignee: "ma", Opener: "li"}},
		{"it is assigned to him", people.Person{}, people.Case{Group: "data", Assignee: "me", Opener: "li"}},
		{"his group dispatched it", people.Person{Groups: []string{"support"}},
			people.Case{Group: "data", From: "support", Opener: "li"}},
		{"he opened it", people.Person{}, people.Case{Group: "data", Opener: "me"}},
		{"he manages its customer", people.Person{}, people.Case{Group: "data", Opener: "li", Managers: []string{"me"}}},
		{"it is in another region", people.Person{Regions: []string{"wuhu"}},
			people.Case{Group: "data", Opener: "li", Regions: []string{"hefei"}}},
		{"it is in his region", people.Person{Regions: []string{"wuhu"}},
			people.Case{Group: "data", Opener: "li", Regions: []string{"hefei", "wuhu"}}},
		{"the action was granted to him", people.Person{Grants: []string{"act"}}, people.Case{Group: "data", Opener: "li"}},
		{"the action was withdrawn from him", people.Person{Denied: []string{"act"}},
			people.Case{Group: "data", Opener: "me"}},
		{"his account is disabled", people.Person{Disabled: true}, people.Case{Group: "data", Opener: "me"}},
	} {
		fmt.Fprintf(&out, "%s\n  %-17s%-20s", stands.how, "", "sees it")
		for _, w := range words {
			fmt.Fprintf(&out, "%-20s", w)
		}
		out.WriteString("\n")
		for _, role := range people.Roles() {
			who := stands.who
			who.ID, who.Roles = "me", []people.Role{role}
			fmt.Fprintf(&out, "  %-17s%-20s", role, yes(who.Sees(stands.c)))
			for _, w := range words {
				fmt.Fprintf(&out, "%-20s", yes(who.May("act", []string{w}, stands.c)))
			}
			out.WriteString("\n")
		}
		out.WriteString("\n")
	}
	golden(t, "may.txt", trimmed(out.String()))
}

// TestWhoSeesWhat writes down for each role what a person of the region wuhu
// sees of lines, customers, the network and faults.
func TestWhoSeesWhat(t *testing.T) {
	inv := carrier(t)
	things := []struct {
		what string
		sees func(people.Scope) bool
	}{
		{"line, own region", func(s people.Scope) bool { return s.Line("LN-WUHU") }},
		{"line, other region", func(s people.Scope) bool { return s.Line("LN-HEFEI") }},
		{"line, own customer", func(s people.Scope) bool { return s.Line("LN-MINE") }},
		{"line, unknown", func(s people.Scope) bool { return s.Line("LN-NONE") }},
		{"customer, own region", func(s people.Scope) bool { return s.Customer("C-WUHU") }},
		{"customer, other region", func(s people.Scope) bool { return s.Customer("C-HEFEI") }},
		{"customer, own", func(s people.Scope) bool { return s.Customer("C-MINE") }},
		{"symptom of a line elsewhere", func(s people.Scope) bool { return s.Subject(symptom.Line("LN-HEFEI")) }},
		{"symptom of a device", func(s people.Scope) bool { return s.Subject(symptom.Device("AN-01")) }},
		{"fault of no line", func(s people.Scope) bool { _, ok := s.Fault(verdict.Verdict{}); return ok }},
		{"fault of lines elsewhere", func(s people.Scope) bool {
			_, ok := s.Fault(verdict.Verdict{Lines: verdict.Lines{Down: []string{"LN-HEFEI"}}})
			return ok
		}},
		{"fault that also hits him", func(s people.Scope) bool {
			_, ok := s.Fault(verdict.Verdict{Lines: verdict.Lines{Down: []string{"LN-HEFEI", "LN-WUHU", "LN-MINE"}}})
			return ok
		}},
		{"everything", people.Scope.Everything},
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%-30s", "")
	for _, role := range people.Roles() {
		fmt.Fprintf(&out, "%-17s", role)
	}
	out.WriteString("\n")
	for _, thing := range things {
		fmt.Fprintf(&out, "%-30s", thing.what)
		for _, role := range people.Roles() {
			who := people.Person{ID: "me", Roles: []people.Role{role}, Regions: []string{"wuhu"}}
			fmt.Fprintf(&out, "%-17s", yes(thing.sees(people.ScopeOf(who, inv)), ""))
		}
		out.WriteString("\n")
	}
	golden(t, "sees.txt", trimmed(out.String()))
}

func TestAFaultIsShownWithoutWhatIsElsewhere(t *testing.T) {
	who := people.Person{ID: "me", Roles: []people.Role{people.Support}, Regions: []string{"wuhu"}}
	whole := verdict.Verdict{Lines: verdict.Lines{Down: []string{"LN-HEFEI", "LN-WUHU"}}}
	whole.Evidence.For = []verdict.Fact{
		{Subject: symptom.Line("LN-HEFEI")}, {Subject: symptom.Line("LN-WUHU")}, {Subject: symptom.Device("AN-01")},
	}
	v, ok := people.ScopeOf(who, carrier(t)).Fault(whole)
	if !ok || len(v.Lines.All()) != 1 || len(v.Evidence.For) != 2 {
		t.Errorf("it is shown with %v and %v", v.Lines, v.Evidence.For)
	}
	if len(whole.Lines.Down) != 2 || len(whole.Evidence.For) != 3 {
		t.Error("what others see was cut as well")
	}
}

// carrier has a customer in each of two regions and one who is managed by me.
func carrier(t *testing.T) *inventory.Inventory {
	t.Helper()
	files := fstest.MapFS{}
	for name, rows := range map[string]string{
		"sites":   "id,name,kind\nST,s,exchange\n",
		"devices": "id,name,kind,site,layer,technology\nCR-1,a,router,ST,core,data\nCR-2,b,router,ST,core,data\n",
		"links":   "id,a,z,layer\nLK,CR-1/1,CR-2/1,core\n",
		"customers": "id,name,grade,region,manager\n" +
			"C-WUHU,w,gold,wuhu,zhou\nC-HEFEI,h,gold,hefei,zhou\nC-MINE,m,gold,hefei,me\n",
		"lines": "id,customer,product,grade,a,z\nLN-WUHU,C-WUHU,internet,AAA,CR-1,CR-2\n" +
			"LN-HEFEI,C-HEFEI,internet,AAA,CR-1,CR-2\nLN-MINE,C-MINE,internet,AAA,CR-1,CR-2\n",
	} {
		files[name+".csv"] = &fstest.MapFile{Data: []byte(rows)}
	}
	inv, err := inventory.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func yes(ok bool, why string) string {
	switch {
	case ok:
		return "yes"
	case why == "":
		return "-"
	}
	return why
}

func trimmed(table string) string {
	lines := strings.Split(table, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}
