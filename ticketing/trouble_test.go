package ticketing_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing"
	"github.com/linewarden/linewarden/ticketing/board"
	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

func TestANewLeaderMayCountItsVersionsFromAnOlderOne(t *testing.T) {
	w := newWorld(t)
	for _, v := range []verdict.Verdict{cut("V1", 4, verdict.Open), cut("V1", 5, verdict.Open)} {
		if err := w.Apply(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	next := cut("V1", 5, verdict.Cleared) // it adopted version 4
	next.Epoch = 2
	if err := w.Apply(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if all := w.tickets(ticket.Network); len(all) != 1 || all[0].Fault.State != verdict.Cleared {
		t.Errorf("%d tickets, the first follows %+v", len(all), all[0].Fault)
	}
	late := cut("V1", 9, verdict.Open) // of the leader that was replaced
	if err := w.Apply(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if all := w.tickets(ticket.Network); all[0].Fault.Epoch != 2 {
		t.Error("a replaced leader's verdict was applied")
	}
}

// ailing fails for one verdict, one ticket and one outage.
type ailing struct {
	store.Store
	mu                      sync.Mutex
	verdict, ticket, outage string
}

var errAiling = errors.New("this one does not read")

func (s *ailing) sick(id string, which *string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return id == *which
}

func (s *ailing) Applied(ctx context.Context, id string) (store.Applied, bool, error) {
	if s.sick(id, &s.verdict) {
		return store.Applied{}, false, errAiling
	}
	return s.Store.Applied(ctx, id)
}

func (s *ailing) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	if s.sick(id, &s.ticket) {
		return ticket.Ticket{}, errAiling
	}
	return s.Store.Ticket(ctx, id)
}

func (s *ailing) Outage(ctx context.Context, id string) (sla.Outage, error) {
	if s.sick(id, &s.outage) {
		return sla.Outage{}, errAiling
	}
	return s.Store.Outage(ctx, id)
}

func TestAVerdictThatCannotBeAppliedHoldsUpNoOther(t *testing.T) {
	sick := &ailing{Store: newSQLite(t), verdict: "V1"}
	w := worldOn(t, sick)
	w.run()
	first, second := cut("V1", 1, verdict.Open), cut("V2", 1, verdict.Open)
	first.Started = first.Started.Add(-time.Hour)
	w.wire.PutVerdict(t.Context(), &first)
	w.wire.PutVerdict(t.Context(), &second)
	w.within("the second verdict has its ticket", func() bool {
		all := w.tickets(ticket.Network)
		return len(all) == 1 && all[0].Fault.Verdict == "V2"
	})
	if why := w.Problem(); why != "" {
		t.Errorf("the database is said to be away: %s", why)
	}
	sick.mu.Lock()
	sick.verdict = ""
	sick.mu.Unlock()
	w.within("the first one too", func() bool { return len(w.tickets(ticket.Network)) == 2 })
}

func TestATicketThatCannotBeTickedHoldsUpNoOther(t *testing.T) {
	sick := &ailing{Store: newSQLite(t)}
	w := worldOn(t, sick)
	admin := people.Person{ID: "admin", Roles: []people.Role{people.Admin}}
	var ids []string
	for _, name := range []string{"V1", "V2"} {
		v := cut(name, 1, verdict.Open)
		v.Lines.Down = []string{map[string]string{"V1": "LN-0002", "V2": "LN-0003"}[name]}
		v.Roots[0].Subject = v.Roots[0].Subject + "-" + "x"
		v.Started = time.Now().UTC().Add(-time.Hour)
		if err := w.Apply(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		id := w.tickets(ticket.Network)[len(ids)].ID
		ids = append(ids, id)
		if _, err := w.Act(t.Context(), admin, id, 0, "accept", "", nil); err != nil {
			t.Fatal(err)
		}
		until := time.Now().UTC().Add(1500 * time.Millisecond).Format(time.RFC3339Nano)
		if _, err := w.Act(t.Context(), admin, id, 0, "suspend", "", map[string]string{"reason": "no_access", "until": until}); err != nil {
			t.Fatal(err)
		}
	}
	sick.ticket = ids[0]
	w.run()
	w.within("the second ticket resumed by itself", func() bool {
		tk, err := sick.Store.Ticket(t.Context(), ids[1])
		return err == nil && tk.State == ticket.Accepted
	})
}

func TestADroppedVerdictIsTheOneThatWasRecorded(t *testing.T) {
	sick := &ailing{Store: newSQLite(t), verdict: "V1"}
	w := worldOn(t, sick)
	news := w.Subscribe()
	defer news.Close()
	w.run()
	again := cut("V1", 2, verdict.Open)
	again.Epoch = 2
	w.wire.PutVerdict(t.Context(), &again)
	w.within("a fault is told of", func() bool {
		c, ok := news.Next()
		return ok && c.Topic == board.FaultChanged
	})
	sick.mu.Lock()
	sick.verdict = ""
	sick.mu.Unlock()
	_ = w.Apply(t.Context(), cut("V1", 2, verdict.Cleared))
	w.wire.mu.Lock()
	defer w.wire.mu.Unlock()
	if len(w.wire.dropped) > 0 {
		t.Errorf("dropped %v although a newer version is on the bus", w.wire.dropped)
	}
}

func TestALineThatRecoveredWhileNobodyWasHereIsWarnedOfNoMore(t *testing.T) {
	w := newWorld(t)
	open := cut("V1", 1, verdict.Open)
	open.Started = time.Now().UTC().Add(-3 * time.Hour) // the AAA line's two hours are over
	open.Decided = open.Started.Add(time.Second)
	w.clock.set(open.Started.Add(2 * time.Second))
	if err := w.Apply(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	w.clock.set(time.Now())
	cleared := open
	cleared.Version, cleared.State, cleared.Cleared = 2, verdict.Cleared, open.Started.Add(time.Hour)
	w.wire.verdicts["V1"] = cleared
	w.run()
	w.within("the ticket is restored", func() bool { return !w.tickets(ticket.Network)[0].Restored.IsZero() })
	for _, list := range w.tickets(ticket.Network) {
		tk, err := w.db.Ticket(t.Context(), list.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range tk.Ledger {
			if e.Clock == sla.Restore && (e.Step > 50 || e.Kind == sla.Breach) {
				t.Errorf("%s %d %% was written although the line was out for an hour of two", e.Kind, e.Step)
			}
		}
	}
}

// mailbox is a way to people that remembers what went out.
type mailbox struct {
	mu   sync.Mutex
	sent []notify.Message
}

func (m *mailbox) Send(_ context.Context, msg notify.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, msg)
	return nil
}

func (m *mailbox) has(event, to string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.sent, func(s notify.Message) bool { return s.Event == event && slices.Contains(s.To, to) })
}

// movable is a clock that a test sets.
type movable struct{ ahead atomic.Int64 }

func (c *movable) now() time.Time       { return time.Now().UTC().Add(time.Duration(c.ahead.Load())) }
func (c *movable) move(d time.Duration) { c.ahead.Add(int64(d)) }
func (c *movable) set(at time.Time)     { c.ahead.Store(int64(time.Until(at))) }
func (w *world) member(id, group string) {
	w.t.Helper()
	u := store.User{Person: people.Person{ID: id, Roles: []people.Role{people.Support}, Groups: []string{group}, Email: id + "@example.net"}}
	if err := w.db.SaveUser(w.t.Context(), time.Now().UTC(), u, true); err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatIsUrgentDoesNotWaitForCallingHours(t *testing.T) {
	box := &mailbox{}
	w := newWorld(t, ticketing.Channel{Kind: "email", Name: "email", Send: box})
	w.member("zhao", "support") // the group has no address of its own
	clock := w.clock
	clock.set(time.Date(2026, 11, 25, 14, 0, 0, 0, time.UTC)) // 22:00 in China
	version := func(n uint64, state verdict.State) verdict.Verdict {
		v := cut("V1", n, state)
		v.Started, v.Decided = clock.now().Add(-3*time.Second), clock.now()
		if state == verdict.Cleared {
			v.Cleared = clock.now()
		}
		return v
	}
	state := func(s ticket.State) func() bool {
		return func() bool { return w.tickets(ticket.Network)[0].State == s }
	}
	w.run()
	if err := w.Apply(t.Context(), version(1, verdict.Open)); err != nil {
		t.Fatal(err)
	}
	w.within("the group's member is told", func() bool { return box.has("dispatched", "zhao@example.net") })
	if err := w.Apply(t.Context(), version(2, verdict.Cleared)); err != nil {
		t.Fatal(err)
	}
	w.within("the re-test has passed", state(ticket.Observing))
	clock.move(6 * time.Minute)
	w.within("the customer is to be asked", state(ticket.Confirming))
	if err := w.Apply(t.Context(), version(3, verdict.Open)); err != nil {
		t.Fatal(err)
	}
	w.within("the owner is told that it is down again", func() bool { return box.has("relapsed", "zhao@example.net") })
	if box.has("confirm", "zhao@example.net") {
		t.Error("somebody was asked to call a customer at night")
	}
	clock.set(time.Date(2026, 11, 26, 0, 0, 1, 0, time.UTC))
	w.within("in the morning he is told to call", func() bool { return box.has("confirm", "zhao@example.net") })
}

// A daemon that was killed between claim and deed does not wait for its own
// claim to run out.
func TestWhoWasKilledGoesOnAtOnce(t *testing.T) {
	box := &mailbox{}
	w := newWorld(t, ticketing.Channel{Kind: "email", Name: "email", Send: box})
	w.member("zhao", "support")
	if err := w.Apply(t.Context(), cut("V1", 1, verdict.Open)); err != nil {
		t.Fatal(err)
	}
	now := w.clock.now()
	for _, who := range []string{w.name, "another"} { // the other one finds nothing left
		claimed, err := w.db.ClaimEffects(t.Context(), store.Claim{Now: now, Until: now.Add(time.Hour), Abandoned: now, By: who, Limit: 100})
		if err != nil || (len(claimed) > 0) != (who == w.name) {
			t.Fatalf("%s claims %d effects: %v", who, len(claimed), err)
		}
	}
	w.run()
	w.within("the group's member is told", func() bool { return box.has("dispatched", "zhao@example.net") })
}

// What is under way when the clock jumps waits for its hour again; that lasts
// milliseconds, and the mail of the opening is past it here.
func TestAClockThatIsSetBackDelaysNothingThatFollows(t *testing.T) {
	box := &mailbox{}
	w := newWorld(t, ticketing.Channel{Kind: "email", Name: "email", Send: box})
	w.member("zhao", "support")
	clock := w.clock
	w.run()
	if err := w.Apply(t.Context(), cut("V1", 1, verdict.Open)); err != nil {
		t.Fatal(err)
	}
	id := w.tickets(ticket.Network)[0].ID
	w.within("all mail of the opening is out", func() bool {
		_, waits, err := w.db.NextEffect(t.Context())
		return err == nil && !waits && box.has("dispatched", "zhao@example.net")
	})
	clock.move(-time.Hour)
	admin := people.Person{ID: "admin", Roles: []people.Role{people.Admin}}
	if _, err := w.Act(t.Context(), admin, id, 0, "assign", "", map[string]string{"person": "zhao"}); err != nil {
		t.Fatal(err)
	}
	w.within("the person named is told at once", func() bool { return box.has("assign", "zhao@example.net") })
	if err := w.Apply(t.Context(), cut("V1", 2, verdict.Cleared)); err != nil {
		t.Fatal(err)
	}
	w.within("the re-test is done at once", func() bool { return w.tickets(ticket.Network)[0].State == ticket.Observing })
	tk, err := w.db.Ticket(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(tk.Timeline); i++ {
		if tk.Timeline[i].At.Before(tk.Timeline[i-1].At) {
			t.Error("time ran backwards in the record")
		}
	}
}
