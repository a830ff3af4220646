package snmp

import (
	"cmp"
	"slices"

	"github.com/linewarden/linewarden/configs/problem"
)

// Profiles is a set of profiles, ready to be used. It is read-only.
type Profiles struct {
	byName   map[string]*Profile
	matches  []match // longest prefix first
	fallback *Profile
	traps    map[string][]Trap
}

type match struct {
	prefix  string
	profile *Profile
}

// NewProfiles checks profiles and makes them ready. Without problems there is a
// set. Paths begin with the place in the list: "[2].tables[0].columns[1].oid".
func NewProfiles(list []Profile) (*Profiles, []problem.Problem) {
	var wrong problem.List
	places := map[string]int{}
	for i := range list {
		p, at := &list[i], problem.At("", i)
		wrong.Under(at, p.normalise(at))
		if first, taken := places[p.Name]; taken {
			wrong.Add(at+".name", "the name %q is already that of another profile (%s)", p.Name, list[first].Title)
			continue
		}
		places[p.Name] = i
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	set := &Profiles{byName: map[string]*Profile{}, traps: map[string][]Trap{}}
	for i := range list {
		wrong.Under("", set.add(list, places, i))
	}
	wrong.Check(set.fallback != nil || len(wrong) > 0, "", "no SNMP profile says `default: true`")
	if len(wrong) > 0 {
		return nil, wrong
	}
	slices.SortStableFunc(set.matches, func(a, b match) int { return len(b.prefix) - len(a.prefix) })
	return set, nil
}

// add takes a profile up, with all that it includes.
func (s *Profiles) add(list []Profile, places map[string]int, i int) []problem.Problem {
	at := problem.At("", i)
	p, wrong := include(list, places, i, nil)
	if len(wrong) > 0 {
		return wrong
	}
	wrong.Under("", p.link())
	s.byName[p.Name] = p
	for _, prefix := range p.Match {
		s.matches = append(s.matches, match{prefix, p})
	}
	for _, t := range list[i].Traps {
		s.traps[t.OID] = append(s.traps[t.OID], t)
	}
	if p.Default {
		wrong.Check(s.fallback == nil, at+".default", "another profile is already the default")
		s.fallback = p
	}
	return wrong
}

// include merges what a profile includes; its own tables replace those of the
// same name. path is who includes it.
func include(list []Profile, places map[string]int, i int, path []int) (*Profile, problem.List) {
	var wrong problem.List
	own := list[i]
	p := own
	p.Tables, p.Traps = nil, nil
	path = append(path, i)
	for n, name := range own.Include {
		at := problem.At(problem.At("", i)+".include", n)
		other, ok := places[name]
		switch {
		case !ok:
			wrong.Add(at, "there is no profile %q", name)
			continue
		case slices.Contains(path, other):
			wrong.Add(at, "%q includes this one, which goes round in circles", name)
			continue
		}
		o, found := include(list, places, other, path)
		wrong = append(wrong, found...)
		p.Uptime, p.Ports, p.Entities = cmp.Or(p.Uptime, o.Uptime), cmp.Or(p.Ports, o.Ports), cmp.Or(p.Entities, o.Entities)
		for _, t := range o.Tables {
			if !slices.ContainsFunc(own.Tables, func(mine Table) bool { return mine.Name == t.Name }) {
				p.Tables = append(p.Tables, t)
			}
		}
	}
	p.Tables = append(p.Tables, own.Tables...)
	return &p, wrong
}

// For picks by name, or else by the longest prefix of sysObjectID.
func (s *Profiles) For(name, sysObjectID string) *Profile {
	if p, ok := s.byName[name]; ok {
		return p
	}
	for _, m := range s.matches {
		if _, below := under(m.prefix, sysObjectID); below || m.prefix == sysObjectID {
			return m.profile
		}
	}
	return s.fallback
}

// Has tells whether there is a profile of this name.
func (s *Profiles) Has(name string) bool { return s.byName[name] != nil }

// Names lists the profiles.
func (s *Profiles) Names() []string { return sortedKeys(s.byName) }
