package ticket

import (
	"slices"

	"github.com/linewarden/linewarden/ticketing/people"
)

// Choice is an action that a person may take now, as a page shows it.
type Choice struct {
	Action Action
	Def    ActionDef
	To     State // empty: stays
	Fields []FormField
	// Blocked is why it cannot be taken although the person may: a guard's
	// message key. Pages show it greyed out, with the reason.
	Blocked string
}

// FormField is a field of an action's form.
type FormField struct {
	Name     string
	Def      FieldDef
	Required bool
	Value    string // what is recorded or proposed
}

// Choices are the actions that the person may take on the ticket now, in the
// order of the workflow file.
func (t Ticket) Choices(p Policy, who people.Person) []Choice {
	r, err := t.begin(p, t.Updated)
	if err != nil {
		return nil
	}
	def, _ := r.wf.State(t.State)
	var out []Choice
	for _, tr := range def.Actions {
		if ok, _ := t.May(p, who, tr.Action); !ok {
			continue
		}
		a := r.wf.Actions[tr.Action]
		if !t.sensible(a.Do, who) {
			continue
		}
		c := Choice{Action: tr.Action, Def: a, To: tr.To}
		need := slices.Concat(a.Need, tr.Need)
		for _, name := range slices.Concat(need, a.May) {
			known := name == "cause" && t.Cause != "" || name == "responsibility" && t.Responsibility != ""
			c.Fields = append(c.Fields, FormField{Name: name, Def: r.wf.Fields[name],
				Required: slices.Contains(need, name) && !known, Value: t.proposed(name)})
		}
		for _, g := range tr.Guards {
			if !r.holds(g) {
				c.Blocked = ReasonGuard + string(g)
				break
			}
		}
		out = append(out, c)
	}
	return out
}

// sensible hides what would be refused for want of anything to decide.
func (t Ticket) sensible(v Verb, who people.Person) bool {
	switch v {
	case DoApprovePause, DoRefusePause:
		for _, c := range t.Clocks {
			for _, p := range c.Pauses {
				if p.Provisional {
					return true
				}
			}
		}
		return false
	case DoExtend, DoNoExtension:
		return t.Extension != nil && t.Extension.Answer == ""
	case DoWatch:
		return !slices.Contains(t.Watchers, who.ID)
	case DoUnwatch:
		return slices.Contains(t.Watchers, who.ID)
	}
	return true
}

// proposed is what a form starts with.
func (t Ticket) proposed(field string) string {
	first := func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	}
	switch field {
	case "cause":
		return first(t.Cause, t.ProposedCause)
	case "responsibility":
		return first(t.Responsibility, t.ProposedResponsibility)
	case "description":
		return t.Description
	case "severity":
		return string(t.Severity)
	case "title":
		return t.Title
	case "contact":
		return t.Contact
	case "external_id":
		return t.ExternalID
	}
	return ""
}
