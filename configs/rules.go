package configs

import (
	"embed"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

//go:embed ticketing/*.yaml ticketing/workflows/*.yaml
var rules embed.FS

// Rules holds the built-in rules for tickets: sla.yaml, routing.yaml,
// intake.yaml, groups.yaml, calendar-*.yaml and workflows/*.yaml.
func Rules() fs.FS { return sub(rules, "ticketing") }

// Policy reads the rules for tickets: the built-in files, and in their place
// those that ticketing.dir holds.
func (c *Config) Policy() (ticket.Policy, error) {
	fsys := Rules()
	if c.Ticketing.Dir != "" {
		if info, err := os.Stat(c.Ticketing.Dir); err != nil || !info.IsDir() {
			return ticket.Policy{}, Problems{{File: c.Ticketing.Dir,
				Reason: "is not a directory; the configuration (ticketing.dir) names it"}}
		}
		fsys = Overlay(os.DirFS(c.Ticketing.Dir), fsys)
	}
	p, err := LoadPolicy(fsys)
	return p, nameInFull(err, c.Ticketing.Dir)
}

// LoadPolicy reads the rules for tickets from a file system laid out like
// Rules, checks them and stamps them with their revision.
func LoadPolicy(fsys fs.FS) (ticket.Policy, error) {
	b := newBook(fsys, "rules")
	var r ticket.Rules
	var groups struct {
		Groups []people.Group `yaml:"groups"`
	}
	b.read("sla", "sla.yaml", &r.SLA)
	b.read("routing", "routing.yaml", &r.Routing)
	b.read("intake", "intake.yaml", &r.Intake)
	b.read("groups", "groups.yaml", &groups)
	r.Groups = groups.Groups
	for _, name := range b.list(".") {
		switch {
		case strings.HasPrefix(name, "calendar-"):
			var c sla.Calendar
			b.read(problem.At("calendars", len(r.Calendars)), name, &c)
			r.Calendars = append(r.Calendars, c)
		case !slices.Contains([]string{"sla.yaml", "routing.yaml", "intake.yaml", "groups.yaml"}, name):
			b.problems = append(b.problems, Problem{File: name, Reason: "is no file of the rules; they are sla.yaml, " +
				"routing.yaml, intake.yaml, groups.yaml, calendar-NAME.yaml and workflows/NAME.yaml"})
		}
	}
	for _, name := range b.list("workflows") {
		var w ticket.WorkflowDef
		b.read(problem.At("workflows", len(r.Workflows)), path.Join("workflows", name), &w)
		r.Workflows = append(r.Workflows, w)
	}
	if err := b.err(); err != nil {
		return ticket.Policy{}, err
	}
	policy, wrong := ticket.Compile(r.Stamp(), time.LoadLocation)
	b.report(wrong)
	if err := b.err(); err != nil {
		return ticket.Policy{}, err
	}
	return policy, nil
}
