// Package ticketing is the shell around the rules of tickets: it applies
// verdicts and commands, saves, and only then acts. What a verdict or a command
// means is decided by package ticket; where it is kept, by a store.
package ticketing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// Verdicts is where verdicts come from, and where those go that the bus lost.
type Verdicts interface {
	Follow(ctx context.Context, f func(v *verdict.Verdict, synced bool) error) error
	Create(ctx context.Context, v verdict.Verdict) (bool, error) // unless a version is there
	Drop(ctx context.Context, v verdict.Verdict, keep func(now verdict.Verdict) bool) error
}

// Tests asks a collector to test a line now. No answer is inconclusive.
type Tests interface {
	Test(ctx context.Context, collector string, r symptom.TestRequest) symptom.TestResult
}

// Channel is one way of telling people or programs. Kind is what the notice
// rules call it: webhook, email, sms, im.
type Channel struct {
	Kind   string
	Name   string // unique: webhook/oss, email
	Events []string
	Send   notify.Channel
}

// Deps are what the desk stands on.
type Deps struct {
	Store     store.Store
	Verdicts  Verdicts
	Tests     Tests
	Channels  []Channel
	Policy    ticket.Policy
	Inventory func() *inventory.Inventory
	Collector string // the one in this process, if there is one
	Name      string // of this daemon among those on the database, the same after a restart
	PublicURL string
	Language  string
	Now       func() time.Time
	Log       *zap.Logger
	Registry  prometheus.Registerer
}

// Desk applies verdicts and commands to tickets.
type Desk struct {
	Deps
	Board   *SharedBoard
	log     *zap.Logger
	live    *live
	metrics *metrics

	policies sync.Map // revision, a digest of the rules -> ticket.Policy
	current  atomic.Pointer[ticket.Policy]

	mu      sync.Mutex
	pending map[string]verdict.Verdict // newest version of each that waits to be applied
	outage  string                     // why the database cannot be reached, if it cannot

	synced    chan struct{} // closed once all is here that the bus held at the start
	syncedNow sync.Once

	arrived  chan struct{} // a verdict waits
	deadline chan struct{} // a ticket's deadline may have come nearer
	outbox   chan struct{} // an effect was saved
}

// New makes a desk; Run makes it work.
func New(deps Deps) *Desk {
	d := &Desk{
		Deps: deps, log: deps.Log.Named("ticketing"), live: newLive(), metrics: newMetrics(deps.Registry),
		pending: map[string]verdict.Verdict{},
		synced:  make(chan struct{}), arrived: make(chan struct{}, 1), deadline: make(chan struct{}, 1), outbox: make(chan struct{}, 1),
	}
	d.current.Store(&deps.Policy)
	d.Board = newSharedBoard(deps.Inventory, deps.Now, d.live.tell)
	deps.Registry.MustRegister(newGauges(d))
	return d
}

// Prepare keeps the policy for the tickets that will be opened under it.
func (d *Desk) Prepare(ctx context.Context) error {
	return d.keepPolicy(ctx, d.Deps.Policy)
}

// Run works until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.Verdicts.Follow(ctx, d.receive) })
	g.Go(func() error { return d.applyLoop(ctx) })
	g.Go(func() error { return d.deadlineLoop(ctx) })
	g.Go(func() error { return d.effectLoop(ctx) })
	g.Go(func() error { return d.housekeeping(ctx) })
	return g.Wait()
}

// SetPolicy makes a new policy current: for tickets opened from now on.
func (d *Desk) SetPolicy(ctx context.Context, p ticket.Policy) error {
	if err := d.keepPolicy(ctx, p); err != nil {
		return err
	}
	d.current.Store(&p)
	return nil
}

// Problem is why ticketing cannot work at present; "" if it can.
func (d *Desk) Problem() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.outage
}

// reached notes whether the database answered, and says so once each time
// that changes. It returns what it was given.
func (d *Desk) reached(err error) error {
	if err != nil && (errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDuplicate) || errors.Is(err, context.Canceled)) {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err != nil && d.outage == "":
		d.log.Error("database cannot be reached; verdicts and effects wait for it", zap.Error(err))
		d.metrics.database.Set(0)
	case err == nil && d.outage != "":
		d.log.Info("database is back", zap.Int("verdicts_waiting", len(d.pending)))
		d.metrics.database.Set(1)
	}
	d.outage = ""
	if err != nil {
		d.outage = err.Error()
	}
	return err
}

const (
	policyDocs = "policy"
	faultDocs  = "fault" // open verdicts, and those cleared within the hour
)

func versionDocs(verdict string) string { return "verdict:" + verdict }

func (d *Desk) keepPolicy(ctx context.Context, p ticket.Policy) error {
	body, err := json.Marshal(p.Rules)
	if err != nil {
		return fmt.Errorf("keep policy %s: %w", p.Rev, err)
	}
	d.policies.Store(p.Rev, p)
	if err := d.Store.PutDoc(ctx, d.Now(), store.Doc{Kind: policyDocs, ID: p.Rev, Body: body}); err != nil {
		return fmt.Errorf("keep policy %s: %w", p.Rev, err)
	}
	return nil
}

// Policy is the current policy.
func (d *Desk) Policy() ticket.Policy { return *d.current.Load() }

// PolicyOf is the policy under which the ticket was opened.
func (d *Desk) PolicyOf(ctx context.Context, t ticket.Ticket) (ticket.Policy, error) {
	if p, ok := d.policies.Load(t.Policy); ok {
		return p.(ticket.Policy), nil
	}
	doc, err := d.Store.Doc(ctx, policyDocs, t.Policy)
	if err != nil {
		return ticket.Policy{}, fmt.Errorf("policy %s of ticket %s: %w", t.Policy, t.ID, err)
	}
	var rules ticket.Rules
	if err := json.Unmarshal(doc.Body, &rules); err != nil {
		return ticket.Policy{}, fmt.Errorf("policy %s of ticket %s: %w", t.Policy, t.ID, err)
	}
	p, err := ticket.Compile(rules, time.LoadLocation)
	if err != nil { // its tickets go on under what can be understood of it
		d.log.Warn("stored policy would be refused today", zap.String("policy", t.Policy), zap.Error(err))
	}
	d.policies.Store(t.Policy, p)
	return p, nil
}

// Subscribe tells of changes until the subscription is closed.
func (d *Desk) Subscribe() *Subscription { return d.live.subscribe() }

// Ticket loads a ticket with its whole record.
func (d *Desk) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	return d.Store.Ticket(ctx, id)
}

// List returns a page of tickets and the number of all that match.
func (d *Desk) List(ctx context.Context, f store.Filter, p store.Page) ([]ticket.Ticket, int, error) {
	return d.Store.List(ctx, f, p)
}

// Counts returns how many tickets match each filter.
func (d *Desk) Counts(ctx context.Context, fs []store.Filter) ([]int, error) {
	return d.Store.Counts(ctx, fs)
}

// Outages lists entries of the SLA ledger.
func (d *Desk) Outages(ctx context.Context, f store.OutageFilter, limit int) ([]sla.Outage, error) {
	return d.Store.OutagesWhere(ctx, f, limit)
}

// Inventory is the current revision.
func (d *Desk) Inventory() *inventory.Inventory { return d.Deps.Inventory() }

// TestLine tests a line now and records who asked.
func (d *Desk) TestLine(ctx context.Context, by people.Person, line string) (symptom.TestResult, error) {
	if _, ok := d.Inventory().Line(line); !ok {
		return symptom.TestResult{}, store.ErrNotFound
	}
	result := d.test(ctx, "now/"+line+"/"+d.Now().Format(time.RFC3339Nano), line, d.Now().Add(20*time.Second))
	err := d.Store.Audit(ctx, store.Audit{At: d.Now(), By: by.ID, Action: "test_line", Subject: line, Fields: map[string]string{"outcome": string(result.Outcome)}})
	return result, d.reached(err)
}

// test asks a collector.
func (d *Desk) test(ctx context.Context, id, line string, deadline time.Time) symptom.TestResult {
	collector := d.tester()
	if collector == "" {
		return symptom.TestResult{ID: id, Outcome: symptom.Inconclusive, Reason: "no collector can be asked", At: d.Now()}
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	return d.Tests.Test(ctx, collector, symptom.TestRequest{ID: id, Line: line, Target: symptom.Line(line), Test: "line", Deadline: deadline})
}

// tester is a collector that trusts its own uplink. Until one has finished a
// sweep and said so, it is the one at hand, or one that the inventory names.
func (d *Desk) tester() string {
	cutOff := false
	for _, h := range d.Board.Collectors() {
		if h.Method == "icmp" && !h.Isolated {
			return h.Collector
		}
		cutOff = cutOff || h.Isolated
	}
	switch {
	case cutOff:
		return ""
	case d.Collector != "":
		return d.Collector
	}
	for _, s := range d.Inventory().Stations {
		if s.Collector != "" {
			return s.Collector
		}
	}
	return ""
}

func kick(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
