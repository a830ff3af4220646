package configs

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

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
			return ticket.Policy{}, Problems{{File: c.Ticketing.Dir, Reason: "is not a directory; the configuration (ticketing.dir) names it"}}
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
	b := book{fsys: fsys, chapters: make(map[string]*document), names: make(map[string]string)}
	var p ticket.Rules
	var groups struct {
		Groups []people.Group `yaml:"groups"`
	}
	b.read("sla.yaml", &p.SLA)
	b.read("routing.yaml", &p.Routing)
	b.read("intake.yaml", &p.Intake)
	b.read("groups.yaml", &groups)
	p.Groups = groups.Groups
	for _, name := range b.list(".") {
		switch {
		case strings.HasPrefix(name, "calendar-"):
			var cal sla.Calendar
			b.read(name, &cal)
			b.names["calendar "+cal.Name] = name
			p.Calendars = append(p.Calendars, cal)
		case b.chapters[name] == nil:
			b.problems = append(b.problems, Problem{File: name, Reason: "is no file of the rules; they are sla.yaml, routing.yaml, intake.yaml, groups.yaml, calendar-NAME.yaml and workflows/NAME.yaml"})
		}
	}
	for _, name := range b.list("workflows") {
		name = path.Join("workflows", name)
		var w ticket.WorkflowDef
		b.read(name, &w)
		b.names["workflow "+w.Name] = name
		p.Workflows = append(p.Workflows, w)
	}
	if len(b.problems) > 0 {
		return ticket.Policy{}, b.problems
	}
	policy, err := ticket.Compile(p.Stamp(), time.LoadLocation)
	for _, complaint := range leaves(err, "") {
		b.problems = append(b.problems, b.place(p, complaint))
	}
	if len(b.problems) > 0 {
		return ticket.Policy{}, b.problems
	}
	return policy, nil
}

// book is the files of the rules while they are read.
type book struct {
	fsys     fs.FS
	chapters map[string]*document
	names    map[string]string // "workflow fault" -> its file
	problems Problems
}

func (b *book) read(name string, into any) {
	d := newDocument(name)
	raw, err := fs.ReadFile(b.fsys, name)
	if err != nil {
		d.add(position{}, "", "cannot be read: %v", err)
	} else {
		d = decode(name, raw, into)
	}
	b.chapters[name] = d
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

var (
	aboutNamed = regexp.MustCompile(`^((?:workflow|calendar) [^:]*): `)
	aboutFile  = regexp.MustCompile(`^(routing|intake|group|clocks|pauses|ladder|statutory)\b(?:: )?`)
	aboutPart  = regexp.MustCompile(`^(state|action|field|group) ([^: ]+)`)
	aboutKey   = regexp.MustCompile(`^[a-z_]+(\[[0-9]+\])?(\.[a-z_]+(\[[0-9]+\])?)*`)
)

// place turns "routing: rules[3]: no group" into the file and line it means.
func (b *book) place(p ticket.Rules, complaint string) Problem {
	file, rest := "", complaint
	if m := aboutNamed.FindStringSubmatch(complaint); m != nil {
		file, rest = b.names[m[1]], strings.TrimPrefix(complaint, m[0])
	} else if m := aboutFile.FindStringSubmatch(complaint); m != nil {
		switch m[1] {
		case "routing", "intake":
			file, rest = m[1]+".yaml", strings.TrimPrefix(complaint, m[0])
		case "group":
			file = "groups.yaml"
		default:
			file = "sla.yaml"
		}
	}
	d := b.chapters[file]
	if d == nil {
		return Problem{File: "rules for tickets", Reason: complaint}
	}
	key := aboutKey.FindString(rest)
	if m := aboutPart.FindStringSubmatch(rest); m != nil {
		switch m[1] {
		case "state":
			key = b.state(p, file, m[2])
		case "group":
			i := slices.IndexFunc(p.Groups, func(g people.Group) bool { return g.ID == strings.Trim(m[2], `"`) })
			key = fmt.Sprintf("groups[%d]", i)
		default:
			key = m[1] + "s." + m[2]
		}
	}
	return Problem{File: file, Line: d.find(key).line, Column: d.find(key).column, Reason: rest}
}

// state is the key of a workflow's state, which its file holds in a list.
func (b *book) state(p ticket.Rules, file, name string) string {
	for _, w := range p.Workflows {
		for i, s := range w.States {
			if b.names["workflow "+w.Name] == file && string(s.Name) == name {
				return fmt.Sprintf("states[%d]", i)
			}
		}
	}
	return ""
}

// leaves takes joined errors apart, each with what was wrapped around it.
func leaves(err error, before string) []string {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []string
		for _, e := range many.Unwrap() {
			all = append(all, leaves(e, before)...)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil && errors.As(inner, &joined) {
		return leaves(inner, before+strings.TrimSuffix(err.Error(), inner.Error()))
	}
	return []string{before + err.Error()}
}
