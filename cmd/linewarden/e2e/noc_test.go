package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/deploy/lab"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

// noc is the daemon in a lab, and the people and programs that use it.
type noc struct {
	t      *testing.T
	lab    lab.Client
	dir    string
	config string
	url    string
	token  string
	socket *os.File
	client *http.Client

	signals chan os.Signal
	ended   chan struct{}
	others  map[string]*companion // by name
}

// opts are what a story changes of the configuration.
type opts struct {
	lines    int
	seed     int64
	postgres string            // DSN; empty: the embedded SQLite
	rules    map[string]string // words of the built-in rules -> what stands there instead
	config   string            // more YAML
	prepare  func(*noc)        // before the daemon starts
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

// newNOC brings up a lab and a daemon that watches it.
func newNOC(t *testing.T, o opts) *noc {
	t.Helper()
	if o.lines == 0 {
		o.lines = 60
	}
	dir, err := os.MkdirTemp("/tmp", "lwe2e-") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	n := &noc{t: t, dir: dir, lab: lab.Client{Dir: dir}, config: filepath.Join(dir, "linewarden.yaml"), client: &http.Client{Timeout: 20 * time.Second}}
	if out, err := exec.Command(linelab, "up", "--detach", "--dir", dir, "--lines", fmt.Sprint(o.lines), "--seed", fmt.Sprint(max(o.seed, 1))).CombinedOutput(); err != nil {
		t.Fatalf("linelab up: %v\n%s", err, out)
	}
	t.Cleanup(func() { n.lab.Down() })
	n.configure(o)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.url = "http://" + listener.Addr().String()
	if n.socket, err = listener.(*net.TCPListener).File(); err != nil {
		t.Fatal(err)
	}
	listener.Close()
	t.Cleanup(func() { n.socket.Close() })
	if o.prepare != nil {
		o.prepare(n)
	}
	n.run("user", "add", "admin", "--role", "admin", "--config", n.config)
	n.token = strings.TrimSpace(n.run("user", "token", "admin", "--config", n.config))
	n.start()
	t.Cleanup(func() {
		n.stop()
		if t.Failed() {
			n.report()
		}
	})
	return n
}

func (n *noc) configure(o opts) {
	n.t.Helper()
	text, err := os.ReadFile(n.config)
	if err != nil {
		n.t.Fatal(err)
	}
	config := string(text)
	if o.config != "" {
		config = strings.Replace(config, `collector: {id: c1, trap: {listen: ":162"}}`, "collector:\n  id: c1\n  trap: {listen: \":162\"}"+o.config, 1)
	}
	if o.postgres != "" {
		config += fmt.Sprintf("store: {postgres: %q}\n", o.postgres)
	}
	if len(o.rules) > 0 {
		rules := filepath.Join(n.dir, "rules")
		n.overlay(rules, o.rules)
		config += fmt.Sprintf("ticketing: {dir: %q}\n", rules)
	}
	if err := os.WriteFile(n.config, []byte(config), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// overlay writes the built-in rules with some words replaced; each must be there.
func (n *noc) overlay(dir string, change map[string]string) {
	n.t.Helper()
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
		n.t.Fatal(err)
	}
	for was := range change {
		if !done[was] {
			n.t.Fatalf("the built-in rules no longer hold %q", was)
		}
	}
}

// run runs a sub-command and returns what it prints.
func (n *noc) run(args ...string) string {
	n.t.Helper()
	var out, complaint bytes.Buffer
	cmd := exec.Command(linewarden, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		n.t.Fatalf("%s: %v\n%s", cmd, err, complaint.String())
	}
	return out.String()
}

// start starts the daemon inside the lab and waits until it is ready.
func (n *noc) start() {
	n.t.Helper()
	log, err := os.OpenFile(n.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		n.t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		n.t.Fatal(err)
	}
	n.signals, n.ended = make(chan os.Signal, 1), make(chan struct{})
	command := lab.Command{
		Args:  []string{linewarden, "serve", "--config", n.config},
		Env:   append(os.Environ(), "LISTEN_FDS=1", "LISTEN_PID=0"),
		Files: []*os.File{null, log, log, n.socket},
	}
	ended, signals := n.ended, n.signals
	go func() {
		defer close(ended)
		defer log.Close()
		defer null.Close()
		n.lab.Exec(command, signals)
	}()
	n.within(60*time.Second, "the daemon is ready", func() error {
		select {
		case <-ended:
			n.t.Fatalf("the daemon ended:\n%s", n.logTail(15))
		default:
		}
		resp, err := n.client.Get(n.url + "/readyz")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			body, _ := io.ReadAll(resp.Body)
			return fmt.Errorf("%s: %s", resp.Status, body)
		}
		return nil
	})
}

// kill ends the daemon as a power cut would.
func (n *noc) kill() {
	n.t.Helper()
	n.signals <- unix.SIGKILL
	n.gone()
}

func (n *noc) stop() {
	select {
	case <-n.ended:
		return
	default:
	}
	n.signals <- unix.SIGTERM
	n.gone()
}

func (n *noc) gone() {
	select {
	case <-n.ended:
	case <-time.After(30 * time.Second):
		n.t.Errorf("the daemon does not end")
	}
}

func (n *noc) logFile() string { return filepath.Join(n.dir, "linewarden.log") }

func (n *noc) logTail(lines int) string {
	raw, _ := os.ReadFile(n.logFile())
	all := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// report tells what a failed story should be read with.
func (n *noc) report() {
	raw, _ := os.ReadFile(n.logFile())
	var said []string
	for _, line := range strings.Split(string(raw), "\n") {
		if strings.Contains(line, `"verdict"`) || strings.Contains(line, `"level":"warn"`) || strings.Contains(line, `"level":"error"`) || strings.Contains(line, `"msg":"ticket"`) {
			said = append(said, line)
		}
	}
	n.t.Logf("what the daemon said:\n%s", strings.Join(said[max(0, len(said)-60):], "\n"))
}

// within waits for a condition, and says what was missing.
func (n *noc) within(patience time.Duration, what string, holds func() error) {
	n.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := holds()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("after %v it is not so that %s: %v", patience, what, err)
		}
		<-tick.C
	}
}

// stays watches that a condition holds all the time.
func (n *noc) stays(span time.Duration, what string, holds func() error) {
	n.t.Helper()
	deadline := time.Now().Add(span)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(deadline) {
		if err := holds(); err != nil {
			n.t.Fatalf("it did not stay so that %s: %v", what, err)
		}
		<-tick.C
	}
}

// The lab.

func (n *noc) inject(action world.Action, subject string, change func(*world.Fault)) time.Time {
	n.t.Helper()
	f := world.Fault{Subject: subject, Action: action}
	if change != nil {
		change(&f)
	}
	began := time.Now()
	if _, err := n.lab.Inject(f); err != nil {
		n.t.Fatalf("%s %s: %v", action, subject, err)
	}
	return began
}

func (n *noc) cut(subject string) time.Time { n.t.Helper(); return n.inject(world.Cut, subject, nil) }

func (n *noc) healAll() {
	n.t.Helper()
	if _, err := n.lab.HealAll(); err != nil {
		n.t.Fatal(err)
	}
}

func (n *noc) things() []world.Thing {
	n.t.Helper()
	all, err := n.lab.List()
	if err != nil {
		n.t.Fatal(err)
	}
	return all
}

// pick finds a thing of the lab that fits a story.
func (n *noc) pick(what string, fits func(world.Thing) bool) world.Thing {
	n.t.Helper()
	for _, th := range n.things() {
		if fits(th) {
			return th
		}
	}
	n.t.Fatalf("the lab has no %s", what)
	return world.Thing{}
}

// The API.

type party struct{ ID, Role, Name string }

type timer struct {
	Name          string
	Budget        float64
	Started       time.Time
	Due           time.Time
	Stopped       time.Time
	PausedSeconds float64
	Breached      bool
}

type tmfTicket struct {
	ID, Name, Status, State, TicketType, FaultDomain, Verdict string
	Confidence                                                float64
	RelatedEntity                                             []party
	RelatedParty                                              []party
	Clock                                                     []timer
	CreationDate                                              time.Time
	Note                                                      []struct{ Text string }
	TroubleTicketRelationship                                 []struct{ ID, RelationshipType string }
}

func (t tmfTicket) roots() (all []string) { return named(t.RelatedEntity, "rootCause") }
func (t tmfTicket) lines() (all []string) { return named(t.RelatedEntity, "affectedLine") }

func (t tmfTicket) owner() string {
	if all := named(t.RelatedParty, "owner"); len(all) == 1 {
		return all[0]
	}
	return ""
}

func (t tmfTicket) clock(name string) (timer, bool) {
	for _, c := range t.Clock {
		if c.Name == name {
			return c, true
		}
	}
	return timer{}, false
}

func named(all []party, role string) (ids []string) {
	for _, p := range all {
		if p.Role == role {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

func (n *noc) api(method, path string, body, into any) (int, error) {
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, n.url+path, reader)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+n.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := n.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err
	}
	if resp.StatusCode >= 300 {
		return resp.StatusCode, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, raw)
	}
	if into != nil {
		return resp.StatusCode, json.Unmarshal(raw, into)
	}
	return resp.StatusCode, nil
}

const ticketPath = "/tmf-api/troubleTicket/v4/troubleTicket"

// tickets lists what matches, the oldest first.
func (n *noc) tickets(filter ...string) ([]tmfTicket, error) {
	q := url.Values{"limit": {"1000"}, "sort": {"creationDate"}}
	for i := 0; i+1 < len(filter); i += 2 {
		q.Add(filter[i], filter[i+1])
	}
	var all []tmfTicket
	_, err := n.api(http.MethodGet, ticketPath+"?"+q.Encode(), nil, &all)
	return all, err
}

func (n *noc) ticket(id string) (t tmfTicket, err error) {
	_, err = n.api(http.MethodGet, ticketPath+"/"+url.PathEscape(id), nil, &t)
	return t, err
}

// since are the tickets of a type opened after a moment.
func (n *noc) since(began time.Time, kind string) ([]tmfTicket, error) {
	return n.tickets("ticketType", kind, "creationDate.gte", began.UTC().Format(time.RFC3339Nano))
}

// act takes a step of the workflow through the API.
func (n *noc) act(id, action, text string, fields map[string]string) {
	n.t.Helper()
	body := map[string]any{"action": map[string]any{"name": action, "text": text, "fields": fields}}
	if _, err := n.api(http.MethodPatch, ticketPath+"/"+url.PathEscape(id), body, nil); err != nil {
		n.t.Fatalf("%s on %s: %v", action, id, err)
	}
}

type tmfAlarm struct {
	ID, SpecificProblem, State, FaultDomain string
	IsRootCause                             bool
	AlarmedObject                           struct{ ID string }
	AffectedService                         []struct{ ID string }
}

func (n *noc) alarms(filter ...string) ([]tmfAlarm, error) {
	q := url.Values{"limit": {"1000"}}
	for i := 0; i+1 < len(filter); i += 2 {
		q.Add(filter[i], filter[i+1])
	}
	var all []tmfAlarm
	_, err := n.api(http.MethodGet, "/tmf-api/alarm/v4/alarm?"+q.Encode(), nil, &all)
	return all, err
}

// quiet waits until nothing is wrong any more: neither symptom nor fault. That
// something was restarted, or was restless, is remembered for some minutes.
func (n *noc) quiet() {
	n.t.Helper()
	n.within(2*time.Minute, "nothing is wrong any more", func() error {
		all, err := n.alarms("state", "raised,updated")
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(a tmfAlarm) bool { return a.SpecificProblem == "rebooted" || a.SpecificProblem == "flapping" })
		if len(all) > 0 {
			return fmt.Errorf("%d alarms, the first is %s on %s", len(all), all[0].SpecificProblem, all[0].AlarmedObject.ID)
		}
		return nil
	})
}

// oneNetworkTicket waits for exactly one network ticket since a moment.
func (n *noc) oneNetworkTicket(began time.Time, patience time.Duration) tmfTicket {
	n.t.Helper()
	var found tmfTicket
	n.within(patience, "there is one network ticket", func() error {
		all, err := n.since(began, "networkFault")
		if err != nil {
			return err
		}
		if len(all) != 1 {
			return fmt.Errorf("there are %d", len(all))
		}
		found = all[0]
		return nil
	})
	return found
}
