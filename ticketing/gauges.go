package ticketing

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// counted is what the gauges ask of the database.
type counted interface {
	Counts(ctx context.Context, fs []store.Filter) ([]int, error)
	EffectsOf(ctx context.Context, ticketID string, limit int) ([]store.PendingEffect, error)
	NextEffect(ctx context.Context) (at time.Time, ok bool, err error)
}

const (
	gaugesKept    = 10 * time.Second // scrapes within it cost the database nothing
	gaugesTimeout = 2 * time.Second
	soon          = 30 * time.Minute
	deadCounted   = 1000
)

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("linewarden_"+name, help, labels, nil)
}

// gauges are read when somebody looks: tickets from the database, sweeps,
// faults and lines from the board. While the database does not answer, what it
// would have said is absent rather than old. Daemons on one database say the
// same of its tickets, so that a rule takes the largest and never the sum.
type gauges struct {
	store   counted
	board   *SharedBoard
	policy  func() ticket.Policy
	waiting func() int // verdicts that are not applied yet
	now     func() time.Time

	tickets, overdue, dueSoon, groupTickets, groupOverdue *prometheus.Desc
	dead, nextEffect, verdicts, calendarGap               *prometheus.Desc
	lines, faults, sweepEnd, sweepInterval, sweepIsolated *prometheus.Desc

	mu    sync.Mutex
	kept  []prometheus.Metric
	until time.Time
}

func newGauges(d *Desk) *gauges {
	return &gauges{
		store: d.store, board: d.Board, policy: d.Policy, now: d.now,
		waiting: d.inbox.count,
		tickets: described(
			"tickets", "Open tickets by kind and state; those on hold have the state held.", "kind", "state",
		),
		overdue:      described("tickets_overdue", "Open tickets of which a clock is overdue.", "kind"),
		dueSoon:      described("tickets_due_soon", "Open tickets of which a clock runs out within 30 minutes.", "kind"),
		groupTickets: described("group_tickets", "Open tickets that a group owns.", "group", "title"),
		groupOverdue: described(
			"group_tickets_overdue", "Open tickets that a group owns and of which a clock is overdue.", "group",
			"title",
		),
		dead: described(
			"dead_letters", "Effects that were given up and wait for a person; at most 1000 are counted.",
		),
		nextEffect: described(
			"effect_due_timestamp_seconds", "When the effect that comes next is due; absent while none waits.",
		),
		verdicts: described("verdicts_waiting", "Verdicts that wait to be applied to tickets."),
		calendarGap: described(
			"calendar_missing_year", "The year that a calendar lacks and needs soon; absent while none is lacking.",
			"calendar",
		),

		lines: described(
			"lines", "Lines by grade and state: up, down, degraded, at_risk, unknown, unwatched, suspended.", "grade",
			"state",
		),
		faults: described("faults", "Open faults by outcome and fault domain.", "outcome", "domain"),
		sweepEnd: described(
			"sweep_end_timestamp_seconds", "When the newest sweep ended that a collector told of.", "collector",
			"station", "method", "class",
		),
		sweepInterval: described(
			"sweep_interval_seconds", "Time from one sweep of the class to the next.", "collector", "station",
			"method", "class",
		),
		sweepIsolated: described(
			"sweep_isolated", "1 while the collector takes itself for cut off from the network.", "collector",
			"station", "method", "class",
		),
	}
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.tickets, g.overdue, g.dueSoon, g.groupTickets, g.groupOverdue, g.dead, g.nextEffect,
		g.verdicts, g.calendarGap, g.lines, g.faults, g.sweepEnd, g.sweepInterval, g.sweepIsolated} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.now(); !now.Before(g.until) {
		g.kept = nil
		ctx, cancel := context.WithTimeout(context.Background(), gaugesTimeout)
		if fresh, err := g.fromStore(ctx, now); err == nil {
			g.kept = fresh
		}
		cancel()
		g.until = now.Add(gaugesKept)
	}
	for _, m := range g.kept {
		out <- m
	}
	out <- gauge(g.verdicts, float64(g.waiting()))
	for _, gap := range g.policy().SLA.Gaps(g.now()) {
		out <- gauge(g.calendarGap, float64(gap.Year), gap.Calendar)
	}
	g.fromBoard(out)
}

func gauge(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

// question is a filter and the series that its count becomes.
type question struct {
	filter store.Filter
	desc   *prometheus.Desc
	labels []string
}

func (g *gauges) questions(now time.Time) (all []question) {
	yes := true
	p := g.policy()
	for _, kind := range []ticket.Kind{ticket.Network, ticket.Service, ticket.Declaration} {
		kinds := []ticket.Kind{kind}
		for _, s := range openStates(p, kind) {
			all = append(
				all,
				question{
					store.Filter{Open: &yes, Kinds: kinds, States: []ticket.State{s}}, g.tickets,
					[]string{string(kind), string(s)},
				},
			)
		}
		all = append(
			all,
			question{
				store.Filter{Open: &yes, Visible: &yes, Kinds: kinds, Breached: true}, g.overdue,
				[]string{string(kind)},
			},
			question{
				store.Filter{Open: &yes, Visible: &yes, Kinds: kinds, DueBefore: now.Add(soon)},
				g.dueSoon,
				[]string{string(kind)},
			},
		)
	}
	for _, group := range p.Groups {
		owned := []string{group.ID}
		labels := []string{group.ID, group.Title.ZH}
		all = append(all,
			question{store.Filter{Open: &yes, Visible: &yes, Groups: owned}, g.groupTickets, labels},
			question{store.Filter{Open: &yes, Visible: &yes, Groups: owned, Breached: true}, g.groupOverdue, labels})
	}
	return all
}

// openStates are the states in which a ticket of the kind can stand open.
func openStates(p ticket.Policy, kind ticket.Kind) (all []ticket.State) {
	for _, w := range p.Workflows {
		if len(w.Kinds) > 0 && !slices.Contains(w.Kinds, kind) {
			continue
		}
		for _, s := range w.States {
			if !s.Final && s.Then == "" && !slices.Contains(all, s.Name) {
				all = append(all, s.Name)
			}
		}
	}
	return all
}

func (g *gauges) fromStore(ctx context.Context, now time.Time) ([]prometheus.Metric, error) {
	asked := g.questions(now)
	filters := make([]store.Filter, len(asked))
	for i := range asked {
		filters[i] = asked[i].filter
	}
	counts, err := g.store.Counts(ctx, filters)
	if err != nil {
		return nil, err
	}
	dead, err := g.store.EffectsOf(ctx, "", deadCounted)
	if err != nil {
		return nil, err
	}
	next, waits, err := g.store.NextEffect(ctx)
	if err != nil {
		return nil, err
	}
	all := []prometheus.Metric{gauge(g.dead, float64(len(dead)))}
	for i, q := range asked {
		all = append(all, gauge(q.desc, float64(counts[i]), q.labels...))
	}
	if waits {
		all = append(all, gauge(g.nextEffect, float64(next.UnixMilli())/1000))
	}
	return all, nil
}
