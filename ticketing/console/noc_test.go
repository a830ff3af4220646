package console_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/wait"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/console"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
	"github.com/linewarden/linewarden/ticketing/ticket"
	"github.com/linewarden/linewarden/ticketing/tmf"
	"github.com/linewarden/linewarden/ticketing/web"
)

const password = "correct horse battery"

// hash is computed once: argon2id is slow on purpose.
var hash = sync.OnceValues(func() (string, error) { return web.HashPassword(password) })

// noc is a whole ticketing daemon on a real database, without a network: what
// the bus would say is put into it by the tests.
type noc struct {
	t     testing.TB
	desk  *ticketing.Desk
	store store.Store
	inv   *inventory.Inventory
	bus   *bus
	tests *lineTests
	addr  string
	url   string
	web   *web.Server
	skew  atomic.Int64
	stop  func() // the HTTP server, so that it can be started again
}

// bus stands for NATS: verdicts put on it reach the desk.
type bus struct{ verdicts chan verdict.Verdict }

func (b *bus) Follow(ctx context.Context, f func(*verdict.Verdict, bool) error) error {
	if err := f(nil, true); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case v := <-b.verdicts:
			if err := f(&v, false); err != nil {
				return err
			}
		}
	}
}

func (b *bus) Create(context.Context, verdict.Verdict) (bool, error) { return true, nil }
func (b *bus) Drop(context.Context, verdict.Verdict, func(verdict.Verdict) bool) error {
	return nil
}

// lineTests stands for the collector: a line passes unless it was said to fail.
type lineTests struct {
	mu   sync.Mutex
	fail map[string]bool
}

func (l *lineTests) set(line string, fail bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail[line] = fail
}

func (l *lineTests) Test(_ context.Context, collector string, r symptom.TestRequest) symptom.TestResult {
	l.mu.Lock()
	defer l.mu.Unlock()
	out, received := symptom.Pass, 5
	if l.fail[r.Line] {
		out, received = symptom.Fail, 0
	}
	return symptom.TestResult{ID: r.ID, Collector: collector, Outcome: out, At: time.Now(), Checks: []symptom.Check{
		{Method: "ping", Object: "198.18.0.7", End: "a", Proves: "service", Outcome: out, Sent: 5, Received: received, RTT: 0.0042}}}
}

func (n *noc) now() time.Time {
	return time.Now().Add(time.Duration(n.skew.Load())).UTC().Truncate(time.Microsecond)
}

// staff are the people of the NOC.
func staff() []people.Person {
	return []people.Person{
		{ID: "admin", Name: "管理员", Roles: []people.Role{people.Admin}},
		{ID: "wu", Name: "吴监控", Roles: []people.Role{people.Monitor}, Groups: []string{"monitor"}},
		{ID: "zhao", Name: "赵支撑", Roles: []people.Role{people.Support}, Groups: []string{"support"}},
		{ID: "chen", Name: "陈传输", Roles: []people.Role{people.Specialist}, Groups: []string{"transmission"}},
		{ID: "qian", Name: "钱质检", Roles: []people.Role{people.QC}, Groups: []string{"qc"}},
		{ID: "du", Name: "杜值班长", Roles: []people.Role{people.Supervisor}},
	}
}

func labInventory(t testing.TB, lines int) *inventory.Inventory {
	t.Helper()
	network, err := plan.Generate(lines, 7)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for name, data := range network.Inventory() {
		files[name] = &fstest.MapFile{Data: data}
	}
	inv, err := inventory.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// open starts a NOC on an inventory.
func open(t testing.TB, inv *inventory.Inventory, log *zap.Logger) *noc {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	n := &noc{t: t, inv: inv, bus: &bus{make(chan verdict.Verdict, 100)}, tests: &lineTests{fail: map[string]bool{}}}
	policy, err := configs.LoadPolicy(configs.Rules())
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "linewarden.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	n.store = db
	n.desk = ticketing.New(ticketing.Deps{Store: db, Verdicts: n.bus, Tests: n.tests, Policy: policy,
		Inventory: func() *inventory.Inventory { return inv }, Now: n.now, Log: log, Registry: prometheus.NewRegistry()})
	if err := n.desk.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := n.desk.Run(ctx); err != nil && ctx.Err() == nil {
			t.Errorf("desk: %v", err)
		}
	})
	n.beat()
	for _, p := range staff() {
		n.hire(p)
	}
	n.web = web.New(web.DefaultConfig(), web.Deps{Accounts: db, Now: n.now, Log: log,
		Ready:   func(context.Context) []web.Problem { return nil },
		Metrics: http.NotFoundHandler()})
	pages, err := console.New(console.Deps{Desk: n.desk, Board: n.desk.Board, Sessions: n.web, Now: n.now, Log: log,
		Subscribe: func() console.Changes { return n.desk.Subscribe() }})
	if err != nil {
		t.Fatal(err)
	}
	pages.Register(n.web.Mux)
	tmf.New(n.desk, n.desk.Board, n.now, log).Register(n.web.Mux)
	n.addr = "127.0.0.1:0"
	n.serve()
	t.Cleanup(func() {
		n.stop()
		cancel()
		running.Wait()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// serve listens, again on the same port after stop.
func (n *noc) serve() {
	n.t.Helper()
	l, err := net.Listen("tcp", n.addr)
	if err != nil {
		n.t.Fatal(err)
	}
	n.addr, n.url = l.Addr().String(), "http://"+l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.web.Run(ctx, l) }()
	n.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			n.t.Errorf("server: %v", err)
		}
	})
}

func (n *noc) hire(p people.Person) {
	n.t.Helper()
	h, err := hash()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := n.store.SaveUser(context.Background(), n.now(), store.User{Person: p, PasswordHash: h}, true); err != nil {
		n.t.Fatal(err)
	}
}

// beat says that a collector looks.
func (n *noc) beat() {
	now := n.now()
	for _, h := range []symptom.Heartbeat{
		{Collector: "col-1", Station: "ST-BB", Method: "icmp", Class: "10s", Interval: 10 * time.Second},
		{Collector: "col-1", Station: "ST-BB", Method: "snmp", Interval: time.Minute},
	} {
		h.SweepStarted, h.SweepEnded, h.At = now.Add(-time.Second), now, now
		n.desk.Board.Report(symptom.Report{Heartbeat: &h})
	}
}

// say puts a verdict on the bus and waits until it has been applied.
func (n *noc) say(v verdict.Verdict) {
	n.t.Helper()
	n.bus.verdicts <- v
	n.await("verdict "+v.ID+" applied", func() bool {
		got, err := n.desk.Fault(context.Background(), v.ID)
		return err == nil && got.Version == v.Version
	})
}

func (n *noc) raise(ss ...symptom.Symptom) {
	for _, s := range ss {
		n.desk.Board.Report(symptom.Report{Symptom: &s})
	}
}

// await waits for a condition with a deadline.
func (n *noc) await(what string, ok func() bool) {
	n.t.Helper()
	wait.For(n.t, what, ok)
}

func person(id string) people.Person {
	all := staff()
	return all[slices.IndexFunc(all, func(p people.Person) bool { return p.ID == id })]
}

// act takes an action elsewhere than in the browser.
func (n *noc) act(by, id, action, text string, fields map[string]string) ticket.Ticket {
	n.t.Helper()
	t, err := n.desk.Act(context.Background(), person(by), id, 0, action, text, fields)
	if err != nil {
		n.t.Fatalf("%s of %s by %s: %v", action, id, by, err)
	}
	return t
}

// network is the network ticket of a verdict.
func (n *noc) network(verdictID string) ticket.Ticket {
	n.t.Helper()
	list, _, err := n.desk.List(context.Background(), store.Filter{Verdicts: []string{verdictID}, Kinds: []ticket.Kind{ticket.Network}}, store.Page{})
	if err != nil || len(list) != 1 {
		n.t.Fatalf("network tickets of %s: %d, %v", verdictID, len(list), err)
	}
	return list[0]
}

func testLog(t testing.TB) *zap.Logger {
	return zaptest.NewLogger(t, zaptest.Level(zap.WarnLevel))
}
