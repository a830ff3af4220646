package ticket_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// shipped is the policy of the files that the product ships with.
func shipped(t testing.TB) ticket.Policy {
	t.Helper()
	return compiled(t, shippedRules(t))
}

func compiled(t testing.TB, r ticket.Rules) ticket.Policy {
	t.Helper()
	p, wrong := ticket.Compile(r.Stamp(), time.LoadLocation)
	if err := problem.Error(wrong); err != nil {
		t.Fatal(err)
	}
	return p
}

func shippedRules(t testing.TB) ticket.Rules {
	t.Helper()
	dir := filepath.Join("..", "..", "configs", "ticketing")
	read := func(name string, into any) {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalWithOptions(raw, into, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var p ticket.Rules
	var wf ticket.WorkflowDef
	var cal sla.Calendar
	var groups struct {
		Groups []people.Group `yaml:"groups"`
	}
	read("workflows/fault.yaml", &wf)
	read("sla.yaml", &p.SLA)
	read("routing.yaml", &p.Routing)
	read("intake.yaml", &p.Intake)
	read("groups.yaml", &groups)
	read("calendar-cn.yaml", &cal)
	p.Workflows, p.Calendars, p.Groups = []ticket.WorkflowDef{wf}, []sla.Calendar{cal}, groups.Groups
	return p
}

func TestShippedFilesAreAPolicy(t *testing.T) {
	p := shipped(t)
	if len(p.Rev) != 16 || p.Rules.Stamp().Rev != p.Rev {
		t.Errorf("revision %q is not stable", p.Rev)
	}
}

func TestPolicyRefusesWhatCannotWork(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spoil      func(*ticket.Rules)
	}{
		{"a state from which no end can be reached", "a trap", func(p *ticket.Rules) {
			s := &p.Workflows[0].States
			*s = append(*s, ticket.StateDef{Name: "limbo", Status: "held", Title: people.Title{ZH: "x", EN: "x"}})
			(*s)[0].Actions = append((*s)[0].Actions, ticket.Transition{Action: "void", By: []string{"monitor"}, To: "limbo"})
		}},
		{"a state that nothing leads to", "nothing leads to it", func(p *ticket.Rules) {
			p.Workflows[0].States = append(p.Workflows[0].States, ticket.StateDef{Name: "island", Final: true, Status: "held", Title: people.Title{ZH: "x", EN: "x"}})
		}},
		{"a transition into nowhere", `no state "nowhere"`, func(p *ticket.Rules) {
			p.Workflows[0].States[0].Actions[0].To = "nowhere"
		}},
		{"an unknown role", `nobody is called "king"`, func(p *ticket.Rules) {
			p.Workflows[0].States[0].Actions[0].By = []string{"king"}
		}},
		{"a verb that the engine does not know", `cannot do "dance"`, func(p *ticket.Rules) {
			a := p.Workflows[0].Actions["accept"]
			a.Do = "dance"
			p.Workflows[0].Actions["accept"] = a
		}},
		{"a suspension without an expected end", `suspend needs the field "until"`, func(p *ticket.Rules) {
			a := p.Workflows[0].Actions["suspend"]
			a.Need = []string{"reason"}
			p.Workflows[0].Actions["suspend"] = a
		}},
		{"a route to a group that is not there", `no group "moon"`, func(p *ticket.Rules) {
			p.Routing.Rules[0].Group = "moon"
		}},
		{"two workflows for one kind", "follow both", func(p *ticket.Rules) {
			p.Workflows = append(p.Workflows, p.Workflows[0])
		}},
		{"a kind without a workflow", "no workflow for declaration", func(p *ticket.Rules) {
			p.Workflows[0].Kinds = []ticket.Kind{ticket.Network, ticket.Service}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := shippedRules(t)
			c.spoil(&r)
			_, wrong := ticket.Compile(r, time.LoadLocation)
			err := problem.Error(wrong)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
}
