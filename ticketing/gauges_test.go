package ticketing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/store/sqlite"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// breakable is a database that can be taken away.
type breakable struct {
	store.Store
	asked int
	gone  bool
}

func (b *breakable) Counts(ctx context.Context, fs []store.Filter) ([]int, error) {
	b.asked++
	if b.gone {
		return nil, errors.New("gone")
	}
	return b.Store.Counts(ctx, fs)
}

// gauged is a desk on a real database whose clock the test holds.
type gauged struct {
	desk *Desk
	db   *breakable
	reg  *prometheus.Registry
	now  time.Time
	inv  *inventory.Inventory
}

func newGauged(t *testing.T, lines int) *gauged {
	t.Helper()
	network, err := plan.Generate(lines, 3)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for name, data := range network.Inventory() {
		files[name] = &fstest.MapFile{Data: data}
	}
	g := &gauged{reg: prometheus.NewRegistry(), now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	if g.inv, err = inventory.Load(files); err != nil {
		t.Fatal(err)
	}
	policy, err := configs.LoadPolicy(configs.Rules())
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "linewarden.db"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	g.db = &breakable{Store: db}
	g.desk = New(Deps{Store: g.db, Policy: policy, Inventory: func() *inventory.Inventory { return g.inv },
		Now: func() time.Time { return g.now }, Log: zap.NewNop(), Registry: g.reg})
	return g
}

// read gathers everything as name{value,value} in the order of the labels.
func (g *gauged) read(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := g.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			var values []string
			for _, l := range m.Label {
				values = append(values, l.GetValue())
			}
			all[strings.TrimPrefix(f.GetName(), "linewarden_")+"{"+strings.Join(values, ",")+"}"] = m.GetGauge().GetValue()
		}
	}
	return all
}

func (g *gauged) save(t *testing.T, tickets ...ticket.Ticket) {
	t.Helper()
	var b store.Batch
	for i, one := range tickets {
		one.ID, one.Version, one.Open, one.Severity = fmt.Sprintf("NT-%d", i), 1, true, "major"
		one.Opened, one.Updated, one.Since, one.Key = g.now, g.now, g.now, fmt.Sprintf("k%d", i)
		b.Tickets = append(b.Tickets, store.SaveTicket{Ticket: one})
	}
	if err := g.db.Save(t.Context(), g.now, b); err != nil {
		t.Fatal(err)
	}
}

func TestGaugesCountTickets(t *testing.T) {
	g := newGauged(t, 20)
	g.save(t,
		ticket.Ticket{Kind: ticket.Network, State: ticket.Dispatched, Visible: true, Group: "support", Due: g.now.Add(20 * time.Minute)},
		ticket.Ticket{Kind: ticket.Network, State: ticket.Working, Visible: true, Group: "transmission", Breached: true, Due: g.now.Add(time.Hour)},
		ticket.Ticket{Kind: ticket.Network, State: ticket.Held, Group: "support"},
		ticket.Ticket{Kind: ticket.Service, State: ticket.Working, Visible: true, Group: "support"},
	)
	got := g.read(t)
	for name, want := range map[string]float64{
		"tickets{network,dispatched}": 1, "tickets{network,working}": 1, "tickets{network,held}": 1, "tickets{network,confirm}": 0,
		"tickets{service,working}": 1, "tickets_overdue{network}": 1, "tickets_overdue{service}": 0,
		"tickets_due_soon{network}": 1, "tickets_due_soon{service}": 0,
		"group_tickets{support,客户服务支撑中心}": 2, "group_tickets{transmission,传输班}": 1,
		"group_tickets_overdue{transmission,传输班}": 1, "group_tickets_overdue{support,客户服务支撑中心}": 0,
		"dead_letters{}": 0, "verdicts_waiting{}": 0, "tickets_opened_total{network}": 0,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s: got %v (present: %v), want %v", name, v, ok, want)
		}
	}
	if v, ok := got["effect_due_timestamp_seconds{}"]; ok {
		t.Errorf("an effect is due at %v, but none waits", v)
	}
}

func TestGaugesDoNotShowWhatADatabaseOnceSaid(t *testing.T) {
	g := newGauged(t, 20)
	g.save(t, ticket.Ticket{Kind: ticket.Network, State: ticket.Working, Visible: true, Group: "support"})
	g.read(t)
	g.read(t)
	if g.db.asked != 1 {
		t.Errorf("two scrapes at once asked the database %d times", g.db.asked)
	}
	g.db.gone, g.now = true, g.now.Add(gaugesKept)
	if v, ok := g.read(t)["tickets{network,working}"]; ok {
		t.Errorf("the database is gone, but there are %v tickets", v)
	}
	g.db.gone, g.now = false, g.now.Add(gaugesKept)
	if v := g.read(t)["tickets{network,working}"]; v != 1 {
		t.Errorf("the database is back, but there are %v tickets", v)
	}
}

func TestGaugesCountEachLineAsThePagesShowIt(t *testing.T) {
	g := newGauged(t, 60)
	dice := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		l := &g.inv.Lines[dice.IntN(len(g.inv.Lines))]
		other := g.inv.Lines[dice.IntN(len(g.inv.Lines))].ID
		switch dice.IntN(5) {
		case 0, 1:
			g.desk.Board.Report(symptom.Report{Symptom: &symptom.Symptom{Observer: "collector/c1", Subject: symptom.Line(l.ID), End: "a", Since: g.now,
				Kind:  []symptom.Kind{symptom.Unreachable, symptom.Loss}[dice.IntN(2)],
				State: []symptom.State{symptom.Raised, symptom.Cleared}[dice.IntN(2)]}})
		case 2:
			v := verdict.Verdict{ID: fmt.Sprint("V", dice.IntN(5)), State: verdict.Open, Outcome: verdict.Root, FaultDomain: verdict.Tail, Started: g.now}
			[]func(){
				func() { v.Lines.Down = []string{l.ID, other} },
				func() { v.Lines.Degraded = []string{l.ID} },
				func() { v.Lines.AtRisk = []string{l.ID, other} },
				func() { v.State = verdict.Cleared },
			}[dice.IntN(4)]()
			g.desk.Board.fault(v)
		case 3:
			g.desk.Board.Report(symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: "c1", Method: "icmp", Class: "10s", Interval: 10 * time.Second,
				At: g.now, SweepEnded: g.now, Isolated: dice.IntN(3) == 0, Revision: g.inv.Revision}})
		case 4:
			g.now = g.now.Add(time.Duration(dice.IntN(60)) * time.Second)
			fresh := *g.inv // a new revision
			fresh.Lines = slices.Clone(fresh.Lines)
			fresh.Lines[dice.IntN(len(fresh.Lines))].State = []inventory.LineState{inventory.Active, inventory.Suspended}[dice.IntN(2)]
			g.inv = &fresh
		}
		want := map[string]float64{}
		for i := range g.inv.Lines {
			l := &g.inv.Lines[i]
			want[fmt.Sprintf("lines{%s,%s}", l.Grade, g.desk.Board.Line(l.ID).State)]++
		}
		got := g.read(t)
		maps.DeleteFunc(got, func(name string, n float64) bool { return !strings.HasPrefix(name, "lines{") || n == 0 })
		if !maps.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestGaugesForgetSweepsThatNobodyMakesAnyMore(t *testing.T) {
	g := newGauged(t, 20)
	beat := func(collector, class, revision string, interval time.Duration) {
		g.desk.Board.Report(symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: collector, Station: "S", Method: "icmp", Class: class,
			Interval: interval, At: g.now, SweepEnded: g.now, Revision: revision}})
	}
	beat("c1", "30s", "old", 30*time.Second)
	beat("dead", "10s", "old", 10*time.Second)
	g.now = g.now.Add(10 * time.Minute)
	beat("c1", "10s", "new", 10*time.Second)
	got := g.read(t)
	if _, ok := got["sweep_end_timestamp_seconds{30s,c1,icmp,S}"]; ok {
		t.Error("a class that the new inventory has no more is still shown")
	}
	if v := got["sweep_end_timestamp_seconds{10s,dead,icmp,S}"]; v != float64(g.now.Add(-10*time.Minute).Unix()) {
		t.Errorf("a collector that fell silent must stay, got %v", v)
	}
	if v := got["sweep_interval_seconds{10s,c1,icmp,S}"]; v != 10 {
		t.Errorf("got an interval of %v s", v)
	}
	if v, ok := got["sweep_isolated{10s,c1,icmp,S}"]; !ok || v != 0 {
		t.Errorf("got %v", v)
	}
}

func TestGaugesCountFaults(t *testing.T) {
	g := newGauged(t, 20)
	for id, v := range map[string]verdict.Verdict{
		"V1": {Outcome: verdict.LostProtection, FaultDomain: verdict.Trunk}, "V2": {Outcome: verdict.Root, FaultDomain: verdict.Tail},
		"V3": {Outcome: verdict.Root, FaultDomain: verdict.Tail}, "V4": {Outcome: verdict.Root, FaultDomain: verdict.Tail, MergedInto: "V3"},
	} {
		v.ID, v.State = id, verdict.Open
		g.desk.Board.fault(v)
	}
	got := g.read(t)
	if got["faults{trunk,lost_protection}"] != 1 || got["faults{tail,root}"] != 2 || got["faults{core,root}"] != 0 {
		t.Errorf("got %v", got)
	}
}
