package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/configs"
)

// scene is a network and a daemon that watches it.
type scene struct {
	*kit.NOC
	lab   *kit.Lab
	dir   string
	nats  *kit.NATS               // where the roles run apart
	roles map[string]*kit.Process // likewise
}

// opts are what a story changes of the configuration.
type opts struct {
	lines    int
	postgres string            // DSN; empty: the embedded SQLite
	rules    map[string]string // words of the built-in rules -> what stands there instead
	config   string            // more YAML
	prepare  func(*scene)      // before the daemon starts
}

// hurried rules: nothing is on hold for minutes, and recovery is believed soon.
var hurried = map[string]string{
	"hold: {AAA: 0s, AA: 3m, A: 5m, standard: 10m}":   "hold: {AAA: 0s, AA: 2s, A: 2s, standard: 2s}",
	"timer: {after: 5m, to: confirm, reason: stable}": "timer: {after: 3s, to: confirm, reason: stable}",
}

// hurriedPace pings every few seconds, so that a story with missed pings is short.
const hurriedPace = `
  intervals: {AAA: 2s, AA: 2s, A: 2s, standard: 3s}
  snmp: {interval: 10s, timeouts: {initial: 500ms, min: 300ms, max: 2s}}
`

// newScene brings up a lab and a daemon that watches it.
func newScene(t *testing.T, o opts) *scene {
	t.Helper()
	network := kit.StartLab(t, o.lines, 1)
	config := filepath.Join(network.Dir, "linewarden.yaml")
	n := &scene{NOC: kit.NewNOC(t, config, network.Exec), lab: network, dir: network.Dir}
	n.configure(o)
	if o.prepare != nil {
		o.prepare(n)
	}
	n.SignIn("admin", "admin")
	n.Start()
	t.Cleanup(func() {
		if t.Failed() {
			n.report()
		}
	})
	return n
}

// tell has a subtest tell the story from here on.
func (n *scene) tell(t *testing.T) {
	n.T, n.lab.T = t, t
	for _, p := range n.roles {
		p.T = t
	}
}

func (n *scene) configure(o opts) {
	n.T.Helper()
	text, err := os.ReadFile(n.Config)
	if err != nil {
		n.T.Fatal(err)
	}
	config := string(text)
	if o.config != "" {
		const was = `collector: {id: c1, trap: {listen: ":162"}}`
		if !strings.Contains(config, was) {
			n.T.Fatalf("the lab's configuration no longer holds %q", was)
		}
		config = strings.Replace(config, was, "collector:\n  id: c1\n  trap: {listen: \":162\"}"+o.config, 1)
	}
	if o.postgres != "" {
		config += fmt.Sprintf("store: {postgres: %q}\n", o.postgres)
	}
	if len(o.rules) > 0 {
		rules := filepath.Join(n.dir, "rules")
		n.overlay(rules, o.rules)
		config += fmt.Sprintf("ticketing: {dir: %q}\n", rules)
	}
	if err := os.WriteFile(n.Config, []byte(config), 0o600); err != nil {
		n.T.Fatal(err)
	}
}

// overlay writes the built-in rules with some words replaced; each must be there.
func (n *scene) overlay(dir string, change map[string]string) {
	n.T.Helper()
	done := map[string]bool{}
	err := fs.WalkDir(configs.Rules(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(configs.Rules(), name)
		if err != nil {
			return err
		}
		text := string(raw)
		for was, now := range change {
			if strings.Contains(text, was) {
				text, done[was] = strings.ReplaceAll(text, was, now), true
			}
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		return os.WriteFile(path, []byte(text), 0o600)
	})
	if err != nil {
		n.T.Fatal(err)
	}
	for was := range change {
		if !done[was] {
			n.T.Fatalf("the built-in rules no longer hold %q", was)
		}
	}
}

// report tells what a failed story should be read with.
func (n *scene) report() {
	var said []string
	for line := range strings.Lines(n.LogText()) {
		if slices.ContainsFunc([]string{`"verdict"`, `"level":"warn"`, `"level":"error"`, `"msg":"ticket"`},
			func(words string) bool { return strings.Contains(line, words) }) {
			said = append(said, line)
		}
	}
	n.T.Logf("what the daemon said:\n%s", strings.Join(said[max(0, len(said)-60):], ""))
}

// quiet waits until nothing is wrong any more: neither symptom nor fault. That
// something was restarted, or was restless, is remembered for some minutes.
func (n *scene) quiet() {
	n.T.Helper()
	n.Await("nothing is wrong any more", func() error {
		all, err := n.Alarms("state", "raised,updated")
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(a kit.Alarm) bool {
			return a.SpecificProblem == "rebooted" ||
				a.SpecificProblem == "flapping"
		})
		if len(all) > 0 {
			return fmt.Errorf("%d alarms, the first is %s on %s", len(all), all[0].SpecificProblem, all[0].AlarmedObject.ID)
		}
		return nil
	})
}
