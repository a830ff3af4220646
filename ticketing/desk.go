// Package ticketing is the shell around the rules of tickets: it applies
// verdicts and commands, saves, and only then acts. What a verdict or a command
// means is decided by package ticket; where it is kept, by a store.
package ticketing

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/notify"
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

// Desk applies verdicts and commands to tickets. Its methods are what consoles
// and programs have of it; Board is what there is to look at.
type Desk struct {
	Board *SharedBoard

	store     store.Store
	bus       Verdicts
	tests     Tests
	channels  []Channel
	inventory func() *inventory.Inventory
	collector string
	name      string
	publicURL string
	language  string
	now       func() time.Time
	log       *zap.Logger

	metrics  *metrics
	live     *live
	policies policies
	inbox    *inbox
	reach    reach
	faults   decoded

	deadline chan struct{} // a ticket's deadline may have come nearer
	outbox   chan struct{} // an effect was saved
}

// New makes a desk; Run makes it work.
func New(deps Deps) *Desk {
	d := &Desk{
		store: deps.Store, bus: deps.Verdicts, tests: deps.Tests, channels: deps.Channels, inventory: deps.Inventory,
		collector: deps.Collector, name: deps.Name, publicURL: deps.PublicURL, language: deps.Language,
		now: deps.Now, log: deps.Log.Named("ticketing"),
		metrics: newMetrics(deps.Registry), live: newLive(), inbox: newInbox(),
		deadline: make(chan struct{}, 1), outbox: make(chan struct{}, 1),
	}
	d.policies.current.Store(&deps.Policy)
	d.Board = newSharedBoard(deps.Inventory, deps.Now, d.live.tell)
	deps.Registry.MustRegister(newGauges(d))
	return d
}

// Run works until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.bus.Follow(ctx, d.receive) })
	g.Go(func() error { return d.applyLoop(ctx) })
	g.Go(func() error { return d.deadlineLoop(ctx) })
	g.Go(func() error { return d.effectLoop(ctx) })
	g.Go(func() error { return d.housekeeping(ctx) })
	return g.Wait()
}

// Subscribe tells of changes until the subscription is closed.
func (d *Desk) Subscribe() *Subscription { return d.live.subscribe() }

// Ticket loads a ticket with its whole record.
func (d *Desk) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	return d.store.Ticket(ctx, id)
}

// List returns a page of tickets and the number of all that match.
func (d *Desk) List(ctx context.Context, f store.Filter, p store.Page) ([]ticket.Ticket, int, error) {
	return d.store.List(ctx, f, p)
}

// Counts returns how many tickets match each filter.
func (d *Desk) Counts(ctx context.Context, fs []store.Filter) ([]int, error) {
	return d.store.Counts(ctx, fs)
}

// Outages lists entries of the SLA ledger.
func (d *Desk) Outages(ctx context.Context, f store.OutageFilter, limit int) ([]sla.Outage, error) {
	return d.store.OutagesWhere(ctx, f, limit)
}

// Inventory is the current revision.
func (d *Desk) Inventory() *inventory.Inventory { return d.inventory() }

func kick(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
