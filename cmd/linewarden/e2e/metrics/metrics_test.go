package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

func TestRealMetricsRulesAndConfigurationAreValid(t *testing.T) {
	promtool := need(t, "promtool", "prometheus")
	for _, check := range [][]string{
		{"check", "rules", "linewarden.rules.yml"},
		{"check", "config", "prometheus.yml"},
		{"test", "rules", "linewarden.rules.test.yml", "linewarden.rules.days.test.yml"},
	} {
		cmd := exec.Command(promtool, check...)
		cmd.Dir = filepath.Join(deploy, "prometheus")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(check, " "), err, out)
		}
	}
}

// promtool evaluates groups of one instant in a random order unless it is told
// one, and a rule that reads another group's series then finds it or does not.
func TestRealMetricsRuleTestsOrderEveryGroup(t *testing.T) {
	names := func(file, pattern string) (all []string) {
		text, err := os.ReadFile(filepath.Join(deploy, "prometheus", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			all = append(all, m[1])
		}
		return all
	}
	groups := names("linewarden.rules.yml", `(?m)^  - name: (\S+)$`)
	if len(groups) == 0 {
		t.Fatal("no group found among the rules")
	}
	for _, file := range []string{"linewarden.rules.test.yml", "linewarden.rules.days.test.yml"} {
		if order := names(file, `(?m)^  - (linewarden-\S+)$`); !slices.Equal(order, groups) {
			t.Errorf("%s: group_eval_order is %q, the rules have %q", file, order, groups)
		}
	}
}

// What may have nothing to show in a network of a minute's age with one cut
// cable; each with why.
var mayBeEmpty = map[string]string{
	"offset 1d":                  "there was no yesterday",
	"linewarden_traps_refused":   "no trap was refused",
	"(linewarden_line_port_up) ": "the cut cable ends at transceivers, whose copper stays up",
	"ALERTS{":                    "nothing critical is wrong but the lines, which it leaves out",
}

func mayShowNothing(expr string) bool {
	for part := range mayBeEmpty {
		if strings.Contains(expr, part) {
			return true
		}
	}
	return false
}

// shows tells what keeps a panel's query from showing something.
func (p *prom) shows(q ask) string {
	p.t.Helper()
	all, err := p.query(q.expr, q.over)
	switch {
	case err != nil:
		return err.Error()
	case len(all) == 0 && !mayShowNothing(q.expr):
		return "shows nothing"
	case len(all) > 0 && !slices.ContainsFunc(all, func(s sample) bool { return !math.IsNaN(s.Value) }):
		return "is no number"
	}
	return ""
}

func TestRealMetricsInPrometheus(t *testing.T) {
	need(t, "prometheus", "prometheus")
	promtool := need(t, "promtool", "prometheus")
	n := kit.StartLab(t, 48, 1)
	d := configure(n, t.TempDir(), "")
	d.Start()
	p := startPrometheus(t, d)

	scraped := func() float64 {
		all := p.must(`count_over_time(up{job="linewarden"}[10m])`)
		if len(all) == 0 {
			return 0
		}
		return all[0].Value
	}
	grade := map[string]string{}
	wait.Until(t, "all lines of the inventory are scraped, and those monitored are up", func() error {
		for _, s := range p.must(`max by (line, grade) (linewarden_line_info)`) {
			grade[s.Labels["line"]] = s.Labels["grade"]
		}
		monitored, up := len(p.must("linewarden_line_monitored == 1")), len(p.must("line:linewarden_line_up:max == 1"))
		if scraped() < 2 || monitored == 0 || up != monitored {
			return fmt.Errorf("%v scrapes, %d lines monitored, %d up", scraped(), monitored, up)
		}
		return nil
	})
	if len(grade) != 48 {
		t.Fatalf("48 lines are in the inventory, %d in Prometheus", len(grade))
	}

	body, err := d.Get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	lint := exec.Command(promtool, "check", "metrics")
	lint.Stdin = bytes.NewReader(body)
	if out, err := lint.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}

	// While all is well, no alert of a line or of the daemon itself.
	wait.Until(t, "no alert of a line or of the daemon while all is well", func() error {
		if all := p.must(`ALERTS{alertname!~"LinewardenLineLoss"}`); len(all) > 0 {
			return errors.New(fmt.Sprint("alerts while nothing is wrong: ", all))
		}
		return nil
	})

	cut := cableOf(n, func(line string) string { return grade[line] })
	n.Cut(cut.Subject)
	urgent := map[string]bool{}
	for _, line := range cut.Lines {
		if grade[line] == "AAA" || grade[line] == "AA" {
			urgent[line] = true
		}
	}
	states := map[string]bool{}
	wait.Until(t, "the cut cable's lines are down, and their alerts fire", func() error {
		down := slices.Sorted(maps.Keys(p.labels("line:linewarden_line_up:max == 0", "line")))
		if !slices.Equal(down, slices.Sorted(slices.Values(cut.Lines))) {
			return fmt.Errorf("%s takes %v down, Prometheus says %v", cut.Subject, cut.Lines, down)
		}
		if told := p.labels(`max by (state) (sum by (state) (linewarden_lines))`,
			"state"); told["down"] != float64(len(cut.Lines)) {
			return fmt.Errorf("lines by state: %v", told)
		}
		alerts := p.alerts("LinewardenLineDown")
		for line := range urgent {
			states[alerts[line]] = true
			if alerts[line] != "firing" {
				return fmt.Errorf("alert of %s (%s): %q", line, grade[line], alerts[line])
			}
		}
		return nil
	})
	if !states["pending"] {
		t.Error("the alert fired without having been pending")
	}

	line := ""
	for line = range p.labels(`max by (line) (linewarden_line_port_receive_power_dbm) and on (line) max by (line) (linewarden_line_rtt_seconds)`, "line") {
		break
	}
	values := map[string]string{"datasource": "prometheus", "grade": ".*", "customer": ".*", "line": line,
		"__rate_interval": "20s", "__interval": "2s", "__range": "1h"}
	board := loadDashboard(t)
	t.Run("every query of the dashboard", func(t *testing.T) {
		queries := board.queries(t, values)
		if len(queries) < 60 {
			t.Errorf("the dashboard asks %d queries", len(queries))
		}
		wait.Until(t, "every query of the dashboard shows something", func() error {
			var problems []string
			for _, q := range queries {
				if problem := p.shows(q); problem != "" {
					problems = append(problems, q.where+" "+problem+": "+q.expr)
				}
			}
			if len(problems) > 0 {
				return errors.New(strings.Join(problems, "\n"))
			}
			return nil
		})
	})
	t.Run("every variable of the dashboard", func(t *testing.T) {
		for _, v := range board.Templating.List {
			if v.Type != "query" {
				continue
			}
			parts := regexp.MustCompile(`label_values\((.*), (\w+)\)`).FindStringSubmatch(string(v.Query))
			if parts == nil {
				t.Errorf("%s asks %s", v.Name, v.Query)
				continue
			}
			var found []string
			selector := fill(t, strings.ReplaceAll(parts[1], `\"`, `"`), values)
			if err := p.api(&found, "label/"+parts[2]+"/values", url.Values{"match[]": {selector}}); err != nil ||
				len(found) == 0 {
				t.Errorf("%s (%s) has the values %v: %v", v.Name, selector, found, err)
			}
		}
	})
	t.Run("every rule", func(t *testing.T) {
		rules := p.rules()
		if len(rules) < 50 {
			t.Errorf("Prometheus holds %d rules", len(rules))
		}
		for _, r := range rules {
			if r.Health != "ok" {
				t.Errorf("%s is %s: %s", r.Name, r.Health, r.LastError)
			}
			all, err := p.query(r.Query, false)
			if err != nil {
				t.Errorf("%s: %s: %v", r.Name, r.Query, err)
			}
			if r.Type == "recording" && len(all) == 0 {
				t.Errorf("%s records nothing: %s", r.Name, r.Query)
			}
			if r.Type == "recording" && len(p.must(r.Name)) == 0 {
				t.Errorf("%s has no series", r.Name)
			}
		}
	})

	n.Heal()
	wait.Until(t, "the alerts end with the fault", func() error {
		if alerts := p.alerts("LinewardenLineDown"); len(alerts) > 0 {
			return errors.New(fmt.Sprint("healed, but: ", alerts))
		}
		return nil
	})
}
