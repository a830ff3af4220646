package configs

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheBuiltInRulesAreAPolicy(t *testing.T) {
	p, err := LoadPolicy(Rules())
	if err != nil {
		t.Fatal(err)
	}
	if p.Rev == "" || len(p.Workflows) == 0 || len(p.Routing.Rules) == 0 || len(p.SLA.Clocks) == 0 ||
		len(p.Groups) == 0 || len(p.Rules.Calendars) == 0 || len(p.Intake.Hold) == 0 {
		t.Errorf("policy = %+v", p)
	}
}

func TestAFileOfOnesOwnTakesThePlaceOfTheBuiltIn(t *testing.T) {
	plain, err := LoadPolicy(Rules())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	raw, err := os.ReadFile("ticketing/intake.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "intake.yaml"), strings.Replace(string(raw), "several_lines: 2", "several_lines: 7", 1))
	c := &Config{Ticketing: Ticketing{Dir: dir}}
	own, err := c.Policy()
	if err != nil {
		t.Fatal(err)
	}
	if own.Intake.SeveralAt != 7 || own.Rev == plain.Rev || len(own.Workflows) != len(plain.Workflows) {
		t.Errorf("intake = %+v, revision %s after %s", own.Intake, own.Rev, plain.Rev)
	}
	c.Ticketing.Dir += "/none"
	if _, err := c.Policy(); err == nil || !strings.Contains(err.Error(), "ticketing.dir") {
		t.Errorf("error = %v", err)
	}
}

// TestRulesSayWhatIsWrong spoils a built-in file and reads what is said.
func TestRulesSayWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, file, old, spoilt, want string }{
		{"a group that does not exist", "routing.yaml", "{domains: [backbone], group: province", "{domains: [backbone], group: provinz",
			`routing.yaml:LINE:27: rules[8].group: no group "provinz"`},
		{"an unknown key", "sla.yaml", "budgets: [{for: 15m}]", "budgets: [{four: 15m}]",
			`sla.yaml:LINE:16: clocks[0].budgets[0].four: unknown key; is "for" meant?`},
		{"a budget without unit", "sla.yaml", "budgets: [{for: 15m}]", "budgets: [{for: 15}]",
			`sla.yaml:LINE:16: clocks[0].budgets[0].for: want a duration with its unit, such as 500ms, 10s or 15m, got "15"`},
		{"a clock nobody declared", "sla.yaml", "  - name: localise", "  - name: localize",
			`workflows/fault.yaml:CLOCK:14: states[2].clocks[0]: the SLA file has no clock "localise" (in state dispatched)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, err := os.ReadFile("ticketing/" + c.file)
			if err != nil {
				t.Fatal(err)
			}
			spoilt := strings.Replace(string(raw), c.old, c.spoilt, 1)
			if spoilt == string(raw) {
				t.Fatalf("%s no longer holds %q", c.file, c.old)
			}
			want := strings.NewReplacer(
				"LINE", lineOf(t, c.file, c.old),
				"CLOCK", lineOf(t, "workflows/fault.yaml", "    clocks: [localise, respond"),
			).Replace(c.want)
			_, err = LoadPolicy(Overlay(fstest.MapFS{c.file: {Data: []byte(spoilt)}}, Rules()))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error = %v\nwant %s", err, want)
			}
		})
	}
	_, err := LoadPolicy(Overlay(fstest.MapFS{"slaa.yaml": {Data: []byte("x: 1")}}, Rules()))
	if err == nil || !strings.Contains(err.Error(), "slaa.yaml: is no file of the rules") {
		t.Errorf("error = %v", err)
	}
}

// lineOf is the line of a built-in file on which some text stands.
func lineOf(t *testing.T, file, text string) string {
	t.Helper()
	raw, err := os.ReadFile("ticketing/" + file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(raw), text)
	if !found {
		t.Fatalf("%s no longer holds %q", file, text)
	}
	return strconv.Itoa(1 + strings.Count(before, "\n"))
}
