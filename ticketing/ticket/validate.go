package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// Stamp computes the revision of the rules from their content.
func (r Rules) Stamp() Rules {
	r.Rev = ""
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain data always marshals
	}
	sum := sha256.Sum256(raw)
	r.Rev = hex.EncodeToString(sum[:8])
	return r
}

// validate reports what is wrong with routing, intake and workflows.
func (p Rules) validate() []problem.Problem {
	var wrong problem.List
	wrong.Under("routing", p.Routing.validate(p))
	wrong.Under("intake", p.Intake.validate())
	for i, r := range p.SLA.Ladder {
		wrong.Under("sla."+problem.At("ladder", i)+".tell", validateTold(r.Tell))
	}
	kinds := map[Kind]string{}
	for i, w := range p.Workflows {
		at := problem.At("workflows", i)
		wrong.Under(at, w.validate(p.SLA))
		for n, k := range w.Kinds {
			wrong.Check(kinds[k] == "", problem.At(at+".kinds", n), "%s tickets follow both %s and %s", k, kinds[k], w.Name)
			kinds[k] = w.Name
		}
	}
	for _, k := range []Kind{Network, Service, Declaration} {
		wrong.Check(kinds[k] != "", "workflows", "no workflow for %s tickets", k)
	}
	return wrong
}

func (r Routing) validate(p Rules) []problem.Problem {
	var wrong problem.List
	check := func(path, id string) {
		_, ok := p.group(id)
		wrong.Check(ok, path, "no group %q", id)
	}
	check("support", r.Support)
	check("monitor", r.Monitor)
	for i, rule := range r.Rules {
		check(problem.At("rules", i)+".group", rule.Group)
	}
	return wrong
}

func (in Intake) validate() []problem.Problem {
	var wrong problem.List
	timeOfDay := func(path, text string) {
		if _, err := sla.TimeOfDay(text, 0); err != nil {
			wrong.Add(path, "%v", err)
		}
	}
	timeOfDay("call_from", in.CallFrom)
	timeOfDay("call_until", in.CallUntil)
	for _, grade := range slices.Sorted(maps.Keys(in.Hold)) {
		wrong.Check(in.Hold[grade] >= 0, "hold."+string(grade), "%s is negative", in.Hold[grade])
	}
	for i, n := range in.Notices {
		at := problem.At("notices", i)
		wrong.Filled(at+".on", n.On)
		wrong.Check(len(n.Channels) > 0, at+".channels", "there is no way to tell it")
		wrong.Under(at+".tell", validateTold(n.Tell))
	}
	return wrong
}

// validateTold reports words for which there is nobody. Paths are places in the
// list.
func validateTold(words []string) []problem.Problem {
	var wrong problem.List
	parts := []string{"owner", "assignee", "opener", "from", "watchers", "manager", "customer"}
	for i, w := range words {
		known := slices.Contains(parts, w) || slices.Contains(people.Roles(), people.Role(w))
		wrong.Check(known, problem.At("", i), "nobody is called %q", w)
	}
	return wrong
}
