package ticketing_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap/zaptest"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/deploy/lab/wait"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// wire is the bus as the desk sees it.
type wire struct {
	mu       sync.Mutex
	verdicts map[string]verdict.Verdict
	news     chan verdict.Verdict
	dropped  []string
	outcome  symptom.TestOutcome
}

func newWire() *wire {
	return &wire{verdicts: map[string]verdict.Verdict{}, news: make(chan verdict.Verdict, 16), outcome: symptom.Pass}
}

func (w *wire) Follow(ctx context.Context, f func(*verdict.Verdict, bool) error) error {
	w.mu.Lock()
	var all []verdict.Verdict
	for _, v := range w.verdicts {
		all = append(all, v)
	}
	w.mu.Unlock()
	for _, v := range all {
		if err := f(&v, false); err != nil {
			return err
		}
	}
	if err := f(nil, true); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case v := <-w.news:
			if err := f(&v, true); err != nil {
				return err
			}
		}
	}
}

func (w *wire) PutVerdict(_ context.Context, v *verdict.Verdict) error {
	w.mu.Lock()
	w.verdicts[v.ID] = *v
	w.mu.Unlock()
	w.news <- *v
	return nil
}

func (w *wire) Create(ctx context.Context, v verdict.Verdict) (bool, error) {
	w.mu.Lock()
	_, there := w.verdicts[v.ID]
	w.mu.Unlock()
	if there {
		return false, nil
	}
	return true, w.PutVerdict(ctx, &v)
}

func (w *wire) Drop(_ context.Context, v verdict.Verdict, keep func(verdict.Verdict) bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now, there := w.verdicts[v.ID]; there && keep(now) {
		return nil
	}
	delete(w.verdicts, v.ID)
	w.dropped = append(w.dropped, v.ID)
	return nil
}

func (w *wire) Test(_ context.Context, _ string, r symptom.TestRequest) symptom.TestResult {
	w.mu.Lock()
	defer w.mu.Unlock()
	return symptom.TestResult{ID: r.ID, Outcome: w.outcome, At: time.Now()}
}

// world is a desk at work on a real database.
type world struct {
	*ticketing.Desk
	t     *testing.T
	name  string
	db    store.Store
	wire  *wire
	inv   *inventory.Inventory
	clock *movable
}

func newWorld(t *testing.T, channels ...ticketing.Channel) *world {
	t.Helper()
	return worldOn(t, newSQLite(t), channels...)
}

func newSQLite(t *testing.T) store.Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "linewarden.db"), zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func worldOn(t *testing.T, db store.Store, channels ...ticketing.Channel) *world {
	t.Helper()
	inv, err := inventory.Load(configs.Sample())
	if err != nil {
		t.Fatal(err)
	}
	policy, err := configs.LoadPolicy(configs.Rules())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, name: rand.Text(), db: db, wire: newWire(), inv: inv, clock: &movable{}}
	w.Desk = ticketing.New(ticketing.Deps{
		Name: w.name, Store: db, Verdicts: w.wire, Tests: w.wire, Channels: channels, Policy: policy,
		Inventory: func() *inventory.Inventory { return inv }, Language: "zh-CN", Now: w.clock.now,
		Log: zaptest.NewLogger(t), Registry: prometheus.NewRegistry(),
	})
	w.Board.Report(symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: "c1", Method: "icmp", Interval: 10 * time.Second, At: time.Now()}})
	if err := w.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) run() {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.t.Errorf("the desk ended with %v", err)
		}
	})
}

func (w *world) within(what string, holds func() bool) {
	w.t.Helper()
	wait.For(w.t, what, holds)
}

func (w *world) tickets(kind ticket.Kind) []ticket.Ticket {
	w.t.Helper()
	list, _, err := w.List(w.t.Context(), store.Filter{Kinds: []ticket.Kind{kind}}, store.Page{Sort: "id"})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// cut is a verdict on the sample's shared cable.
func cut(id string, version uint64, state verdict.State) verdict.Verdict {
	began := time.Now().UTC().Add(-3 * time.Second)
	v := verdict.Verdict{
		ID: id, Epoch: 1, Version: version, State: state, Outcome: verdict.Root, FaultDomain: verdict.Tail,
		Domains: []verdict.DomainShare{{Domain: verdict.Tail, P: 1}}, Technology: "transmission", Confidence: 0.99, Severity: verdict.Major,
		Roots:   []verdict.RootCause{{Subject: symptom.Cable("CBL-EAST-7"), Kind: "cable", Mode: verdict.Down, P: 0.99}},
		Started: began, StartedAfter: began.Add(-5 * time.Second), Decided: began.Add(time.Second), Lines: verdict.Lines{Down: []string{"LN-0001", "LN-0002"}},
	}
	if state == verdict.Cleared {
		v.Cleared = time.Now().UTC()
	}
	return v
}

func TestAVerdictBecomesOneTicketHoweverOftenItComes(t *testing.T) {
	w := newWorld(t)
	v := cut("V1", 1, verdict.Open)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			if err := w.Apply(t.Context(), v); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if all := w.tickets(ticket.Network); len(all) != 1 || all[0].Group != "support" || !all[0].Began.Equal(v.Started.Truncate(time.Microsecond)) {
		t.Fatalf("%d network tickets: %+v", len(all), all)
	}
	if all := w.tickets(ticket.Service); len(all) != 1 || all[0].Lines[0].ID != "LN-0001" {
		t.Errorf("service tickets %+v, want one for the gold customer's line", all)
	}
	outages, err := w.Outages(t.Context(), store.OutageFilter{Verdicts: []string{"V1"}}, 10)
	if err != nil || len(outages) != 2 {
		t.Errorf("%d outage entries (%v), want one for each line", len(outages), err)
	}

	// The verdict changes its mind: the same ticket goes elsewhere, its clock goes on.
	before := w.tickets(ticket.Network)[0]
	v.Version, v.FaultDomain, v.Domains = 2, verdict.Trunk, []verdict.DomainShare{{Domain: verdict.Trunk, P: 1}}
	v.Roots = []verdict.RootCause{{Subject: symptom.Device("AN-01"), Kind: "device", Mode: verdict.Down, P: 1}}
	if err := w.Apply(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	after := w.tickets(ticket.Network)
	if len(after) != 1 || after[0].ID != before.ID || after[0].Group == before.Group {
		t.Errorf("after another verdict: %d tickets, owner %s (before: %s)", len(after), after[0].Group, before.Group)
	}
	if !after[0].Clocks[slices.IndexFunc(after[0].Clocks, isRestore)].Started.Equal(before.Clocks[slices.IndexFunc(before.Clocks, isRestore)].Started) {
		t.Error("the restore clock was started anew")
	}

	// An older version that comes late changes nothing.
	if err := w.Apply(t.Context(), cut("V1", 1, verdict.Open)); err != nil {
		t.Fatal(err)
	}
	if late := w.tickets(ticket.Network)[0]; late.Version != after[0].Version {
		t.Error("a version that was overtaken was applied")
	}
}

func isRestore(c sla.Clock) bool { return c.Name == "restore" }

func TestAFaultThatClearsIsRetestedAndTakenOffTheBus(t *testing.T) {
	w := newWorld(t)
	w.run()
	open, cleared := cut("V1", 1, verdict.Open), cut("V1", 2, verdict.Cleared)
	w.wire.PutVerdict(t.Context(), &open)
	w.within("there is a ticket", func() bool { return len(w.tickets(ticket.Network)) == 1 })
	w.wire.PutVerdict(t.Context(), &cleared)
	w.within("the re-test has passed", func() bool {
		all := w.tickets(ticket.Network)
		return all[0].Retest != nil && all[0].Retest.Result == ticket.RetestPassed && all[0].State == ticket.Observing
	})
	w.within("the verdict is off the bus", func() bool {
		w.wire.mu.Lock()
		defer w.wire.mu.Unlock()
		return slices.Contains(w.wire.dropped, "V1")
	})
	v, err := w.Fault(t.Context(), "V1")
	if err != nil || v.State != verdict.Cleared {
		t.Errorf("the record says %s (%v)", v.State, err)
	}
	if versions, err := w.FaultVersions(t.Context(), "V1"); err != nil || len(versions) != 2 {
		t.Errorf("%d versions are recorded (%v), want both", len(versions), err)
	}
}

func TestAFailedRetestKeepsTheTicketOpen(t *testing.T) {
	w := newWorld(t)
	w.wire.outcome = symptom.Fail
	w.run()
	open, cleared := cut("V1", 1, verdict.Open), cut("V1", 2, verdict.Cleared)
	w.wire.PutVerdict(t.Context(), &open)
	w.within("there is a ticket", func() bool { return len(w.tickets(ticket.Network)) == 1 })
	w.wire.PutVerdict(t.Context(), &cleared)
	w.within("the re-test has failed", func() bool {
		all := w.tickets(ticket.Network)
		return all[0].Retest != nil && all[0].Retest.Result == ticket.RetestFailed
	})
	if all := w.tickets(ticket.Network); !all[0].Open || all[0].State == ticket.Observing {
		t.Errorf("the ticket is %s", all[0].State)
	}
}

func TestAWebhookIsTriedAgainUntilItTakesTheMessage(t *testing.T) {
	type call struct{ key, event string }
	var mu sync.Mutex
	var calls []call
	refuse := 2
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var body struct{ Event string }
		json.NewDecoder(r.Body).Decode(&body)
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, call{r.Header.Get("Idempotency-Key"), body.Event})
		if refuse > 0 {
			refuse--
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	w := newWorld(t, ticketing.Channel{Kind: "webhook", Name: "webhook/oss", Send: notify.NewWebhook(notify.WebhookConfig{Name: "oss", URL: server.URL})})
	w.run()
	open := cut("V1", 1, verdict.Open)
	w.wire.PutVerdict(t.Context(), &open)
	network := func() string {
		if all := w.tickets(ticket.Network); len(all) == 1 {
			return all[0].ID
		}
		return ""
	}
	w.within("the network ticket's dispatch was taken", func() bool {
		id := network()
		if id == "" {
			return false
		}
		effects, err := w.db.EffectsOf(t.Context(), id, 100)
		return err == nil && slices.ContainsFunc(effects, func(e store.PendingEffect) bool { return e.Kind == ticket.Notify && !e.Done.IsZero() })
	})
	mu.Lock()
	defer mu.Unlock()
	tries := map[string]int{}
	for _, c := range calls {
		tries[c.key]++
	}
	if repeated := slices.Max(slices.Collect(values(tries))); repeated < 2 {
		t.Errorf("nothing was tried again: %v", calls)
	}
}

func values(m map[string]int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for _, n := range m {
			if !yield(n) {
				return
			}
		}
	}
}

func TestAnEmptiedBusIsGivenItsOpenVerdictsBack(t *testing.T) {
	w := newWorld(t)
	for _, v := range []verdict.Verdict{cut("V1", 1, verdict.Open), cut("V2", 1, verdict.Open), cut("V2", 2, verdict.Cleared)} {
		if err := w.Apply(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.HandBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wire.mu.Lock()
	defer w.wire.mu.Unlock()
	if _, open := w.wire.verdicts["V1"]; !open || len(w.wire.verdicts) != 1 {
		t.Errorf("on the bus are %d verdicts, want V1 alone", len(w.wire.verdicts))
	}
}

func TestActionsMeetTheVersionThatTheirAuthorSaw(t *testing.T) {
	w := newWorld(t)
	if err := w.Apply(t.Context(), cut("V1", 1, verdict.Open)); err != nil {
		t.Fatal(err)
	}
	admin := people.Person{ID: "admin", Roles: []people.Role{people.Admin}}
	first := w.tickets(ticket.Network)[0]
	next, err := w.Act(t.Context(), admin, first.ID, first.Version, "accept", "", nil)
	if err != nil || next.State == first.State {
		t.Fatalf("accept: %s (%v)", next.State, err)
	}
	if _, err := w.Act(t.Context(), admin, first.ID, first.Version, "accept", "", nil); !errors.Is(err, store.ErrConflict) {
		t.Errorf("acting on an old version gives %v, want a conflict", err)
	}
	var refusal *ticket.Refusal
	if _, err := w.Act(t.Context(), admin, first.ID, 0, "archive", "", nil); !errors.As(err, &refusal) {
		t.Errorf("archiving at once gives %v, want a refusal", err)
	}
	stranger := people.Person{ID: "m", Roles: []people.Role{people.Manager}}
	if _, err := w.Act(t.Context(), stranger, first.ID, 0, "note", "x", nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a manager of other customers gets %v, want not found", err)
	}
}

func TestADeclarationJoinsTheOpenFaultOfItsLine(t *testing.T) {
	w := newWorld(t)
	if err := w.Apply(t.Context(), cut("V1", 1, verdict.Open)); err != nil {
		t.Fatal(err)
	}
	support := people.Person{ID: "s", Roles: []people.Role{people.Support}, Groups: []string{"support"}}
	declared, err := w.Open(t.Context(), support, ticket.Opening{Kind: ticket.Declaration, Source: "person", By: support, Title: "no internet",
		Description: "says that nothing works", Severity: "major", Lines: []ticket.Line{{ID: "LN-0002", State: ticket.LineDown}}})
	if err != nil {
		t.Fatal(err)
	}
	network := w.tickets(ticket.Network)[0]
	if declared.Parent != network.ID || declared.Fault.Verdict != "V1" || declared.Lines[0].CustomerName == "" {
		t.Errorf("the declaration is %+v, want a child of %s", declared, network.ID)
	}
	if began := network.Began; !declared.Began.Equal(began) {
		t.Errorf("its restore clock runs from %v, the fault from %v", declared.Began, began)
	}
	if !slices.Contains(network.Children, declared.ID) {
		t.Errorf("%s does not know its child: %v", network.ID, network.Children)
	}
}

func TestAServiceTicketOpenedByHandTakesOverTheLinesClock(t *testing.T) {
	w := newWorld(t)
	if err := w.Apply(t.Context(), cut("V1", 1, verdict.Open)); err != nil {
		t.Fatal(err)
	}
	support := people.Person{ID: "s", Roles: []people.Role{people.Support}, Groups: []string{"support"}}
	service, err := w.Open(t.Context(), support, ticket.Opening{Kind: ticket.Service, Source: "person", By: support, Title: "complains",
		Lines: []ticket.Line{{ID: "LN-0002", State: ticket.LineDown}}})
	if err != nil {
		t.Fatal(err)
	}
	outages, err := w.Outages(t.Context(), store.OutageFilter{Lines: []string{"LN-0002"}}, 10)
	if err != nil || len(outages) != 1 {
		t.Fatalf("%d outages (%v)", len(outages), err)
	}
	if o := outages[0]; o.Service != service.ID || len(o.Clocks) != 1 || o.Clocks[0].Running() {
		t.Errorf("the entry names %q, its clocks are %v", o.Service, o.Clocks)
	}
	if i := slices.IndexFunc(service.Clocks, isRestore); i < 0 || !service.Clocks[i].Started.Equal(outages[0].Started) {
		t.Errorf("the clocks of the ticket are %v, the line failed at %v", service.Clocks, outages[0].Started)
	}
}

func TestADeclarationGoesWhereTheRoutingFileSays(t *testing.T) {
	w := newWorld(t)
	support := people.Person{ID: "s", Roles: []people.Role{people.Support}, Groups: []string{"support"}}
	declared, err := w.Open(t.Context(), support, ticket.Opening{Kind: ticket.Declaration, Source: "person", By: support, Title: "slow",
		Lines: []ticket.Line{{ID: "LN-0002", State: ticket.LineDown}}})
	if err != nil || declared.Group != "monitor" {
		t.Errorf("it is owned by %q (%v), want monitor", declared.Group, err)
	}
}

func TestOfTwoWhoAcceptAtOnceOneHasTheTicket(t *testing.T) {
	w := newWorld(t)
	if err := w.Apply(t.Context(), cut("V1", 1, verdict.Open)); err != nil {
		t.Fatal(err)
	}
	id := w.tickets(ticket.Network)[0].ID
	var mu sync.Mutex
	var won []string
	var running sync.WaitGroup
	for _, name := range []string{"li", "ma", "sun", "wei"} {
		running.Go(func() {
			by := people.Person{ID: name, Roles: []people.Role{people.Support}, Groups: []string{"support"}}
			_, err := w.Act(t.Context(), by, id, 0, "accept", "", nil)
			var refusal *ticket.Refusal
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, name)
			} else if !errors.As(err, &refusal) || refusal.Reason != ticket.ReasonNotHere {
				t.Errorf("%s gets %v, want a refusal", name, err)
			}
		})
	}
	running.Wait()
	if tk := w.tickets(ticket.Network)[0]; len(won) != 1 || tk.Assignee != won[0] {
		t.Errorf("%v have accepted, it is assigned to %q", won, tk.Assignee)
	}
}
