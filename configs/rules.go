package configs

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
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
	var problems Problems
	if errors.As(err, &problems) { // a file of one's own is named in full
		for i := range problems {
			own := filepath.Join(c.Ticketing.Dir, problems[i].File)
			if _, err := os.Stat(own); c.Ticketing.Dir != "" && err == nil {
				problems[i].File = own
			}
		}
	}
	return p, err
}

// LoadPolicy reads the rules for tickets from a file system laid out like
// Rules, checks them and stamps them with their revision.
func LoadPolicy(fsys fs.FS) (ticket.Policy, error) {
	b := book{fsys: fsys, chapters: make(map[string]*document)}
	var r ticket.Rules
	var groups struct {
		Groups []people.Group `yaml:"groups"`
	}
	b.read("sla", "sla.yaml", &r.SLA)
	b.read("routing", "routing.yaml", &r.Routing)
	b.read("intake", "intake.yaml", &r.Intake)
	b.read("", "groups.yaml", &groups)
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
	if len(b.problems) > 0 {
		return ticket.Policy{}, b.problems
	}
	policy, wrong := ticket.Compile(r.Stamp(), time.LoadLocation)
	if len(wrong) > 0 {
		return ticket.Policy{}, b.locate(wrong)
	}
	return policy, nil
}

// book is the files of the rules while they are read.
type book struct {
	fsys     fs.FS
	chapters map[string]*document // by the path of their content among the rules: "sla", "workflows[0]"
	problems Problems
}

func (b *book) read(content, name string, into any) {
	d := newDocument(name)
	raw, err := fs.ReadFile(b.fsys, name)
	if err != nil {
		d.add(position{}, "", "cannot be read: %v", err)
	} else {
		d = decode(name, raw, into)
	}
	b.chapters[content] = d
	b.problems = append(b.problems, d.problems...)
}

// list names the YAML files of a directory.
func (b *book) list(dir string) []string {
	entries, err := fs.ReadDir(b.fsys, dir)
	if err != nil {
		b.problems = append(b.problems, Problem{File: dir, Reason: fmt.Sprintf("cannot be read: %v", err)})
	}
	var names []string
	for _, e := range entries {
		if ext := path.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			names = append(names, e.Name())
		}
	}
	return names
}

// locate finds the file and the position of each problem. What stands in no
// file, such as a workflow that is missing, is said of the rules as a whole.
func (b *book) locate(wrong []problem.Problem) Problems {
	var all Problems
	for _, p := range wrong {
		content, below := p.Path, ""
		if i := strings.IndexByte(p.Path, '.'); i >= 0 {
			content, below = p.Path[:i], p.Path[i+1:]
		}
		if strings.HasPrefix(content, "groups") {
			content, below = "", p.Path
		}
		d := b.chapters[content]
		if d == nil {
			all = append(all, Problem{File: "rules", Path: p.Path, Reason: p.Reason})
			continue
		}
		at := d.find(below)
		all = append(all, Problem{File: d.file, Line: at.line, Column: at.column, Path: below, Reason: p.Reason})
	}
	return all
}
