package metrics

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// dashboard is what the tests look at of Grafana's JSON.
type dashboard struct {
	UID, Title string
	Panels     []panel
	Templating struct{ List []variable }
	Annotation struct{ List []struct{ Expr string } } `json:"annotations"`
}

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []struct {
		RefID, Expr string
		Instant     bool
		Datasource  struct{ UID string }
	}
}

type variable struct {
	Name, Type, AllValue string
	Query                json.RawMessage
}

func loadDashboard(t *testing.T) dashboard {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(deploy, "grafana/linewarden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	for _, fixed := range regexp.MustCompile(`"uid": "[^"]*"`).FindAllString(string(raw), -1) {
		if fixed != `"uid": "${datasource}"` && fixed != `"uid": "linewarden"` {
			t.Errorf("%s is wired in", fixed)
		}
	}
	return d
}

var variableName = regexp.MustCompile(`\$\{?(\w+)`)

// fill puts values in place of variables, as Grafana does.
func fill(t *testing.T, expr string, values map[string]string) string {
	t.Helper()
	return variableName.ReplaceAllStringFunc(expr, func(v string) string {
		value, ok := values[strings.TrimLeft(v, "${")]
		if !ok {
			t.Errorf("%s: nobody gives a value to %s", expr, v)
		}
		return value
	})
}

func TestRealMetricsDashboardIsWhole(t *testing.T) {
	d := loadDashboard(t)
	if d.Title == "" || d.UID != "linewarden" {
		t.Errorf("title %q, uid %q", d.Title, d.UID)
	}
	ids := map[int]string{}
	taken := map[[2]int]string{}
	for _, p := range d.Panels {
		if other, twice := ids[p.ID]; twice {
			t.Errorf("%q and %q have the same id", p.Title, other)
		}
		ids[p.ID] = p.Title
		if p.Title == "" || p.Description == "" {
			t.Errorf("panel %d (%q): a title in Chinese and a description in English are wanted", p.ID, p.Title)
		}
		if p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W == 0 || p.GridPos.H == 0 {
			t.Errorf("%q does not fit the grid: %+v", p.Title, p.GridPos)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, ok := taken[[2]int{x, y}]; ok {
					t.Fatalf("%q lies over %q", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		refs := map[string]bool{}
		for _, q := range p.Targets {
			if q.Datasource.UID != "${datasource}" {
				t.Errorf("%q %s has the data source %q", p.Title, q.RefID, q.Datasource.UID)
			}
			if refs[q.RefID] {
				t.Errorf("%q has two queries %s", p.Title, q.RefID)
			}
			refs[q.RefID] = true
		}
		if len(p.Targets) == 0 && p.Type != "row" {
			t.Errorf("%q asks nothing", p.Title)
		}
	}
}

// ask is one query of the dashboard, with where it stands.
type ask struct {
	where, expr string
	over        bool
}

func (d dashboard) queries(t *testing.T, values map[string]string) (all []ask) {
	t.Helper()
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			all = append(all, ask{fmt.Sprintf("%s %s", p.Title, q.RefID), fill(t, q.Expr, values), !q.Instant})
		}
	}
	for _, a := range d.Annotation.List {
		all = append(all, ask{"annotation", fill(t, a.Expr, values), true})
	}
	return all
}
