package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// speaker says things in one language: components, faults and tickets as
// people call them, where the record holds ids and keys.
type speaker struct {
	*pages
	lang string
}

func (s speaker) word(key string) string { return s.pages.word(s.lang, key) }

func (s speaker) words(key string, args ...any) string { return fmt.Sprintf(s.word(key), args...) }

// named is a message key's text, if there is one.
func (s speaker) named(key string) (string, bool) {
	text, ok := s.pages.words[s.lang][key]
	return text, ok
}

// subject is a component by its kind and id, and by its name where the
// inventory has one.
func (s speaker) subject(subject symptom.Subject) string {
	kind := s.word("subject." + string(subject.Kind()))
	switch subject.Kind() {
	case symptom.PortSubject, symptom.CardSubject:
		return kind + " " + subject.Device() + " " + subject.Part()
	case symptom.DeviceSubject:
		if d, ok := s.inventory().Device(subject.ID()); ok {
			kind = s.word("device." + string(d.Kind))
			if d.Name != "" && !strings.Contains(d.Name, d.ID) {
				return d.Name + " " + d.ID
			}
			return cmp.Or(d.Name, kind+" "+d.ID)
		}
	case symptom.PowerSubject:
		if site, ok := s.inventory().Site(subject.ID()); ok && site.Name != "" {
			return site.Name + " " + kind
		}
	}
	return kind + " " + subject.ID()
}

// subjectOf reads a subject from a text that may be none.
func (s speaker) subjectOf(text string) string {
	if subject, err := symptom.ParseSubject(text); err == nil {
		return s.subject(subject)
	}
	return text
}

const namedRoots = 3

// headline is a fault in a few words: what is broken and how.
func (s speaker) headline(outcome verdict.Outcome, domain verdict.Domain, roots []verdict.RootCause) string {
	if len(roots) == 0 {
		if domain == "" || domain == verdict.UndeterminedDomain {
			return s.word("fault.no_root")
		}
		return s.word("domain."+string(domain)) + s.word("punctuation.space") + s.word("fault.no_root")
	}
	var names []string
	for i, r := range roots[:min(len(roots), namedRoots)] {
		name := s.subject(r.Subject)
		if i == 0 {
			name = s.sentence(name, r.Subject)
		}
		names = append(names, name)
	}
	switch outcome {
	case verdict.Root, verdict.LostProtection, verdict.MonitoringFault, verdict.Maintenance:
		text := strings.Join(names, s.word("punctuation.and"))
		if len(roots) > namedRoots {
			text += s.words("fault.more_roots", len(roots))
		}
		return text + s.word("punctuation.space") + s.word("mode."+string(roots[0].Mode))
	}
	text := strings.Join(names, s.word("punctuation.or"))
	if len(roots) > namedRoots {
		text += s.words("fault.more_roots", len(roots))
	}
	return text
}

func (s speaker) fault(v verdict.Verdict) string {
	return s.headline(v.Outcome, v.FaultDomain, v.Roots)
}

// sentence begins with a capital letter, unless it begins with a name.
func (s speaker) sentence(text string, first symptom.Subject) string {
	if kind := s.word("subject." + string(first.Kind())); strings.HasPrefix(text, kind) && kind[0] >= 'a' &&
		kind[0] <= 'z' {
		return strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}

// hit says how many lines suffer what.
func (s speaker) hit(l verdict.Lines) string {
	var parts []string
	for _, part := range []struct {
		state string
		ids   []string
	}{{"down", l.Down}, {"degraded", l.Degraded}, {"at_risk", l.AtRisk}} {
		if len(part.ids) > 0 {
			parts = append(parts, s.words("hit."+part.state, len(part.ids)))
		}
	}
	return strings.Join(parts, " · ")
}

// ticket is a ticket in a few words. A title that a person gave stays; the one
// that the engine made of ids is said in words.
func (s speaker) ticket(t ticket.Ticket) string {
	switch {
	case t.Source != "verdict":
		return t.Title
	case t.Kind == ticket.Network && titled(t):
		text := s.headline(t.Fault.Outcome, t.Fault.Domain, t.Fault.Roots)
		switch n := len(t.Lines); {
		case n == 1:
			text += " · " + cmp.Or(t.Lines[0].Circuit, t.Lines[0].Name, t.Lines[0].ID)
		case n > 1:
			text += " · " + s.words("hit.lines", n)
		}
		return text
	case t.Kind == ticket.Service && len(t.Lines) == 1:
		if l := t.Lines[0]; slices.Contains([]string{l.Circuit, l.Name, l.ID}, t.Title) && l.CustomerName != "" {
			return l.CustomerName + " · " + t.Title
		}
	}
	return t.Title
}

// titled reports whether the engine made the title of the ticket's roots.
func titled(t ticket.Ticket) bool {
	if len(t.Fault.Roots) == 0 {
		return strings.HasPrefix(t.Title, string(t.Fault.Domain))
	}
	return slices.ContainsFunc(
		t.Fault.Roots, func(r verdict.RootCause) bool { return strings.HasPrefix(t.Title, string(r.Subject)) },
	)
}

// reason is a message key in words; free text that a person wrote stays.
func (s speaker) reason(wf ticket.Workflow, key string) string {
	if text, ok := s.named("reason." + key); ok {
		return text
	}
	if def, ok := wf.State(ticket.State(key)); ok {
		return def.Title.In(s.lang)
	}
	for _, o := range wf.Fields["reason"].Options {
		if o.Value == key {
			return o.Title.In(s.lang)
		}
	}
	return key
}

// pair is a name and what it is, both in words.
type pair struct{ Name, Value string }

// values are the fields of a timeline's line, in words and in order.
func (s speaker) values(p ticket.Policy, wf ticket.Workflow, fields map[string]string) []pair {
	keys := make([]string, 0, len(fields))
	for k := range fields {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var out []pair
	for _, k := range keys {
		if v := fields[k]; v != "" {
			out = append(out, s.value(p, wf, k, v))
		}
	}
	return out
}

func (s speaker) value(p ticket.Policy, wf ticket.Workflow, key, value string) pair {
	base, before := strings.CutSuffix(key, "_before")
	def, declared := wf.Fields[base]
	name := s.word("field." + base)
	if declared {
		name = def.Title.In(s.lang)
	}
	if before {
		name = s.words("field.before", name)
	}
	switch {
	case declared && def.Type == "choice":
		for _, o := range def.Options {
			if o.Value == value {
				value = o.Title.In(s.lang)
			}
		}
	case declared && def.Type == "group":
		value = groupTitle(p, value).In(s.lang)
	case declared && def.Type == "time":
		if t, err := time.Parse(time.RFC3339Nano, value); err == nil {
			value = s.when(t)
		} else {
			value = strings.Replace(value, "T", " ", 1)
		}
	case declared && def.Type == "duration":
		if d, err := time.ParseDuration(value); err == nil {
			value = span(d)
		}
	case base == "roots":
		parts := strings.Fields(value)
		for i, part := range parts {
			parts[i] = s.subjectOf(part)
		}
		value = strings.Join(parts, s.word("punctuation.and"))
	default:
		if text, ok := s.named(valueWords[base] + "." + value); ok {
			value = text
		}
	}
	return pair{name, value}
}

// valueWords is where the words for a field's values are.
var valueWords = map[string]string{"method": "method", "domain": "domain", "severity": "severity", "outcome": "outcome",
	"clock": "clock", "ledger": "ledger", "why": "booking"}

// next is the next best test in words: "poll port/CH-1/1/5".
func (s speaker) next(test string) string {
	verb, what, ok := strings.Cut(test, " ")
	if text, known := s.named("next." + verb); ok && known {
		return fmt.Sprintf(text, s.subjectOf(what))
	}
	return test
}

// when is a moment as people in the NOC say it: without the date today.
func (s speaker) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local, now := t.In(s.zone()), s.now().In(s.zone())
	switch {
	case local.Format(time.DateOnly) == now.Format(time.DateOnly):
		return local.Format(time.TimeOnly)
	case local.Year() == now.Year():
		return local.Format("01-02 15:04:05")
	}
	return local.Format(time.DateTime)
}
