package metrics

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// prom is a Prometheus with the shipped rules.
type prom struct {
	t    *testing.T
	addr string
}

// The rules are evaluated as often as the daemon is scraped; what they say and
// how long they wait is left as it is shipped.
var interval = regexp.MustCompile(`(?m)^(    interval:) \S+$`)

func startPrometheus(t *testing.T, d *kit.NOC) *prom {
	t.Helper()
	program := need(t, "prometheus", "prometheus")
	dir := t.TempDir()
	rules, err := os.ReadFile(filepath.Join(deploy, "prometheus/linewarden.rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	bearer := ""
	if d.Token != "" {
		bearer = "\n  authorization: {type: Bearer, credentials_file: token}"
	}
	for name, text := range map[string]string{
		"rules.yml": interval.ReplaceAllString(string(rules), "$1 2s"),
		"token":     d.Token,
		"prometheus.yml": fmt.Sprintf(`
global: {scrape_interval: 2s, evaluation_interval: 2s}
rule_files: [rules.yml]
scrape_configs:
- job_name: linewarden%s
  static_configs: [{targets: [%q]}]
`, bearer, strings.TrimPrefix(d.URL, "http://")),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // Prometheus takes no socket that is open already
	if err != nil {
		t.Fatal(err)
	}
	p := &prom{t, l.Addr().String()}
	l.Close()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "tsdb"),
		"--web.listen-address="+p.addr, "--log.level=warn")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		log.Close()
		if text, _ := os.ReadFile(log.Name()); t.Failed() || strings.Contains(string(text), "level=error") {
			t.Errorf("Prometheus said:\n%s", text[max(0, len(text)-4000):])
		}
	})
	wait.Until(t, "Prometheus is ready", func() error {
		r, err := http.Get("http://" + p.addr + "/-/ready")
		if err != nil {
			return err
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return errors.New(r.Status)
		}
		return nil
	})
	return p
}

// api asks Prometheus' HTTP API and fails where it reports an error.
func (p *prom) api(into any, path string, args url.Values) error {
	r, err := http.Get("http://" + p.addr + "/api/v1/" + path + "?" + args.Encode())
	if err != nil {
		return err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Status, Error string
		Warnings      []string
		Data          json.RawMessage
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("%s: %s", r.Status, body)
	}
	if answer.Status != "success" || len(answer.Warnings) > 0 {
		return fmt.Errorf("%s %v", answer.Error, answer.Warnings)
	}
	return json.Unmarshal(answer.Data, into)
}

// sample is one series of an answer with its newest value.
type sample struct {
	Labels map[string]string
	Value  float64
}

// query evaluates an expression now; over asks for a range as a graph does.
func (p *prom) query(expr string, over bool) ([]sample, error) {
	var answer struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
			Values [][2]any
		}
	}
	path, args := "query", url.Values{"query": {expr}}
	if over {
		now := time.Now()
		path, args = "query_range", url.Values{"query": {expr}, "step": {"2"},
			"start": {strconv.FormatInt(now.Add(-2*time.Minute).Unix(), 10)}, "end": {strconv.FormatInt(now.Unix(), 10)}}
	}
	if err := p.api(&answer, path, args); err != nil {
		return nil, err
	}
	var all []sample
	for _, r := range answer.Result {
		at := r.Value
		if over {
			at = r.Values[len(r.Values)-1]
		}
		v, err := strconv.ParseFloat(at[1].(string), 64)
		if err != nil {
			return nil, err
		}
		all = append(all, sample{r.Metric, v})
	}
	return all, nil
}

// must is query where an error ends the test.
func (p *prom) must(expr string) []sample {
	p.t.Helper()
	all, err := p.query(expr, false)
	if err != nil {
		p.t.Fatalf("%s: %v", expr, err)
	}
	return all
}

// labels collects one label's values over an expression's series.
func (p *prom) labels(expr, label string) map[string]float64 {
	p.t.Helper()
	all := map[string]float64{}
	for _, s := range p.must(expr) {
		all[s.Labels[label]] = s.Value
	}
	return all
}

// alerts returns the states of the named alert by line.
func (p *prom) alerts(name string) map[string]string {
	p.t.Helper()
	var answer struct {
		Alerts []struct {
			Labels map[string]string
			State  string
		}
	}
	if err := p.api(&answer, "alerts", nil); err != nil {
		p.t.Fatal(err)
	}
	all := map[string]string{}
	for _, a := range answer.Alerts {
		if a.Labels["alertname"] == name {
			all[a.Labels["line"]] = a.State
		}
	}
	return all
}

// rule is one rule as Prometheus holds it.
type rule struct{ Name, Query, Type, Health, LastError string }

func (p *prom) rules() (all []rule) {
	p.t.Helper()
	var answer struct{ Groups []struct{ Rules []rule } }
	if err := p.api(&answer, "rules", nil); err != nil {
		p.t.Fatal(err)
	}
	for _, g := range answer.Groups {
		all = append(all, g.Rules...)
	}
	return all
}
