package console_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

func locale(t *testing.T, lang string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("locale", lang+".json"))
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(raw, &words); err != nil {
		t.Fatal(err)
	}
	return words
}

// source is the text of the files that match, without tests.
func source(t *testing.T, patterns ...string) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(raw)
		}
	}
	return all.String()
}

func found(text, pattern string) []string {
	var out []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	slices.Sort(out)
	return out
}

func strs[T ~string](all ...T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// vocabulary is every value that a page may look up a word for, by prefix.
func vocabulary(t *testing.T, p ticket.Policy) map[string][]string {
	engine := source(t, "../ticket/*.go", "../sla/*.go")
	wf := p.Workflows[0]
	v := map[string][]string{
		"severity":      {"critical", "major", "minor", "warning"},
		"domain":        {"", "premises", "tail", "trunk", "core", "backbone", "monitoring", "undetermined"},
		"outcome":       found(source(t, "../../correlator/verdict/*.go"), `Outcome += "([a-z_]+)"|Outcome = "([a-z_]+)"`),
		"mode":          found(source(t, "../../correlator/verdict/*.go"), `Mode += "([a-z_]+)"`),
		"verdict":       {"open", "cleared"},
		"linestate":     {"up", "down", "degraded", "at_risk", "unknown", "unwatched", "suspended"},
		"linegrade":     {"AAA", "AA", "A", "standard"},
		"customergrade": {"", "diamond", "gold", "silver", "bronze", "standard"},
		"product":       {"internet", "circuit", "vpn", "voice", "apn", "sms", "mms", "cloud"},
		"technology":    {"transmission", "data", "switching", "access", "power", "wireless"},
		"device":        {"cpe", "transceiver", "chassis", "mstp", "ptn", "spn", "otn", "olt", "onu", "splitter", "switch", "router"},
		"subject":       found(source(t, "../../collector/symptom/*.go"), `SubjectKind = "([a-z]+)"`),
		"symptom":       strs(symptom.Kinds()...),
		"fact":          {"raised", "healthy", "unknown"},
		"end":           {"", "a", "z"},
		"method":        {"ping", "remote_ping", "twamp", "cfm", "e1", "port", "onu", "oam", "ems", "icmp", "snmp", "trap"},
		"proves":        {"", "service", "access", "management"},
		"outcome_test":  strs(symptom.Pass, symptom.Fail, symptom.Inconclusive),
		"retest":        strs(ticket.RetestPassed, ticket.RetestFailed, ticket.RetestInconclusive),
		"confirmation":  {"yes", "no", "no_answer"},
		"quality":       {"passed", "returned", "overdue"},
		"approval":      {"waiting", "approved", "refused", "lapsed"},
		"kind":          strs(ticket.Network, ticket.Service, ticket.Declaration),
		"queue":         {"group", "mine", "transit", "warned", "overdue", "urged", "supervised", "watched", "done", "history"},
		"role":          strs(people.Roles()...),
		"clock":         found(source(t, "../sla/*.go"), `\bName += "([a-z]+)"`),
		"ledger":        strs(sla.Start, sla.Pause, sla.Resume, sla.Rebase, sla.Warn, sla.Breach, sla.Stop, sla.Approve, sla.Refuse, sla.Extend),
		"booking":       found(source(t, "../sla/apply.go"), `(?:why = |return )"([a-z_]+)"`),
		"hit":           {"down", "degraded", "at_risk", "lines"},
		"next":          {"poll", "ping"},
		"reason":        append(found(engine, `[rR]eason *:?=? *"([a-z_]+)"`), found(source(t, "../ticket/plan.go"), `return "([a-z_]+)"`)...),
		"entry":         found(engine, `Action: "([a-z_]+)"`),
		"field":         found(engine, `(?:kept\[|\bf\[|Fields: map\[string\]string\{)"([a-z_]+)"`),
		"why":           found(source(t, "../../correlator/infer/statement/evidence.go"), `w\.(?:healthy|silent)\(.*"([^"]+)"\)`),
		"refused":       append(found(source(t, "../people/*.go", "../ticket/refusal.go"), `Reason[A-Z][A-Za-z]+ += "([a-z_]+)"`), found(source(t, "../ticket/workflow.go"), `Guard = "([a-z_]+)"`)...),
	}
	for _, r := range p.Routing.Rules {
		v["reason"] = append(v["reason"], r.Reason)
	}
	for _, s := range wf.States {
		if s.Timer != nil {
			v["reason"] = append(v["reason"], s.Timer.Reason)
		}
	}
	for i, r := range v["refused"] {
		for _, g := range found(source(t, "../ticket/workflow.go"), `Guard += "([a-z_]+)"`) {
			if r == g {
				v["refused"][i] = ticket.ReasonGuard + g
			}
		}
	}
	v["refused"] = slices.DeleteFunc(v["refused"], func(s string) bool { return s == ticket.ReasonGuard })
	// What the workflow itself has a title for needs no word here.
	v["entry"] = slices.DeleteFunc(v["entry"], func(a string) bool { _, ok := wf.Actions[ticket.Action(a)]; return ok || a == "enter" })
	v["field"] = slices.DeleteFunc(v["field"], func(f string) bool {
		_, ok := wf.Fields[strings.TrimSuffix(f, "_before")]
		return ok || strings.HasSuffix(f, "_before")
	})
	for prefix, values := range v {
		if len(values) < 2 {
			t.Errorf("only %q found for %s: the test looks in the wrong place", values, prefix)
		}
	}
	return v
}

func TestEveryWordExistsInBothLanguages(t *testing.T) {
	p, err := configs.LoadPolicy(configs.Rules())
	if err != nil {
		t.Fatal(err)
	}
	zh, en := locale(t, "zh-CN"), locale(t, "en")
	for key := range zh {
		if _, ok := en[key]; !ok {
			t.Errorf("en has no %q", key)
		}
	}
	for key := range en {
		if _, ok := zh[key]; !ok {
			t.Errorf("zh-CN has no %q", key)
		}
	}
	templates, code := source(t, "templates/*.html"), source(t, "*.go")
	want := append(found(templates, `\bt "([a-z0-9_.]+)"`), found(code, `\bwords?\("([a-z_]+\.[a-z_]+)"`)...)
	vocabulary := vocabulary(t, p)
	for prefix, values := range vocabulary {
		for _, v := range values {
			want = append(want, prefix+"."+v)
		}
	}
	for _, prefix := range append(found(templates, `\btk "([a-z_]+)"`), found(code, `word\("([a-z_]+)\."`)...) {
		if vocabulary[prefix] == nil {
			t.Errorf("no vocabulary for the prefix %s", prefix)
		}
	}
	slices.Sort(want)
	for _, key := range slices.Compact(want) {
		for lang, words := range map[string]map[string]string{"zh-CN": zh, "en": en} {
			if _, ok := words[key]; !ok {
				t.Errorf("%s has no %q", lang, key)
			}
		}
	}
	for key := range zh {
		if a, b := verbs(zh[key]), verbs(en[key]); a != b {
			t.Errorf("%s: %s in zh-CN, %s in en", key, a, b)
		}
	}
}

// verbs are a text's formatting verbs, in order.
func verbs(s string) string { return fmt.Sprint(regexp.MustCompile(`%[a-z]`).FindAllString(s, -1)) }

func TestTheWorkflowHasWordsInBothLanguages(t *testing.T) {
	p, err := configs.LoadPolicy(configs.Rules())
	if err != nil {
		t.Fatal(err)
	}
	whole := func(what string, title people.Title) {
		if title.ZH == "" || title.EN == "" {
			t.Errorf("%s: zh %q, en %q", what, title.ZH, title.EN)
		}
	}
	for _, wf := range p.Workflows {
		whole("workflow "+wf.Name, wf.Title)
		for _, s := range wf.States {
			whole("state "+string(s.Name), s.Title)
		}
		for name, a := range wf.Actions {
			whole("action "+string(name), a.Title)
		}
		for name, f := range wf.Fields {
			whole("field "+name, f.Title)
			for _, o := range f.Options {
				whole("option "+name+"."+o.Value, o.Title)
			}
		}
	}
	for _, g := range p.Groups {
		whole("group "+g.ID, g.Title)
	}
}
