package ticketing

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/board"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// work gathers what one decision changes, to be saved in one transaction.
type work struct {
	d       *Desk
	now     time.Time
	batch   store.Batch
	effects []ticket.Effect
	at      map[string]int // ticket -> its place in the batch
	had     map[string]int // ticket -> entries in its timeline before this work
}

func (d *Desk) work(now time.Time) *work {
	return &work{d: d, now: now, at: map[string]int{}, had: map[string]int{}}
}

func (w *work) open(p ticket.Policy, o ticket.Opening) error {
	t, effects, err := ticket.Open(p, w.now, o)
	if err != nil {
		return err
	}
	w.put(t, 0, effects)
	return nil
}

// step applies an event to a ticket, in its newest state within this work.
func (w *work) step(ctx context.Context, id string, ev ticket.Event) error {
	t, expect, err := w.load(ctx, id)
	if err != nil {
		return err
	}
	p, err := w.d.PolicyOf(ctx, t)
	if err != nil {
		return err
	}
	next, effects, err := t.Step(p, w.now, ev)
	if err != nil {
		return err
	}
	if next.Version != t.Version {
		w.put(next, expect, effects)
	}
	return nil
}

// carry takes what a plan decided into the batch.
func (w *work) carry(ctx context.Context, p ticket.Policy, plan ticket.Plan) error {
	for _, o := range plan.Open {
		if err := w.open(p, o); err != nil {
			return err
		}
	}
	for _, a := range plan.Events {
		if err := w.step(ctx, a.Ticket, a.Event); err != nil {
			return err
		}
	}
	for _, o := range plan.Outages {
		w.outage(ctx, o)
	}
	w.effects = append(w.effects, plan.Effects...)
	return nil
}

// record writes down that a version of a verdict was applied, and the version.
func (w *work) record(v verdict.Verdict) (err error) {
	w.batch.Applied = []store.Applied{{
		Verdict: v.ID, Epoch: v.Epoch, Version: v.Version, Cleared: v.State == verdict.Cleared, At: w.now,
	}}
	w.batch.Docs, err = faultRecord(v)
	return err
}

func (w *work) load(ctx context.Context, id string) (ticket.Ticket, int64, error) {
	if i, ok := w.at[id]; ok {
		return w.batch.Tickets[i].Ticket, w.batch.Tickets[i].Expect, nil
	}
	t, err := w.d.store.Ticket(ctx, id)
	if err != nil {
		return t, 0, fmt.Errorf("load ticket %s: %w", id, err)
	}
	w.had[id] = len(t.Timeline)
	return t, t.Version, nil
}

func (w *work) put(t ticket.Ticket, expect int64, effects []ticket.Effect) {
	if i, ok := w.at[t.ID]; ok {
		w.batch.Tickets[i].Ticket = t
	} else {
		w.at[t.ID] = len(w.batch.Tickets)
		w.batch.Tickets = append(w.batch.Tickets, store.SaveTicket{Ticket: t, Expect: expect})
	}
	w.effects = append(w.effects, effects...)
}

// amend keeps the outages in step with the tickets that answer for them.
func (w *work) amend(ctx context.Context) error {
	for _, s := range w.batch.Tickets {
		outages, err := w.d.store.OutagesWhere(ctx, store.OutageFilter{Tickets: []string{s.Ticket.ID}}, maxOutages)
		if err != nil {
			return err
		}
		p, err := w.d.PolicyOf(ctx, s.Ticket)
		if err != nil {
			return err
		}
		before := map[string]int64{}
		for _, o := range outages {
			before[o.ID] = o.Version
		}
		for _, c := range ticket.Amend(p, w.now, s.Ticket, outages) {
			c.Expect = before[c.Outage.ID]
			w.outage(ctx, c)
		}
	}
	return nil
}

// outage puts an outage into the batch. What the ledger of its clock refused is
// logged, and its ticket says so; neither holds up anything.
func (w *work) outage(ctx context.Context, c ticket.OutageChange) {
	w.batch.Outages = append(w.batch.Outages, store.SaveOutage{Outage: c.Outage, Expect: c.Expect})
	if len(c.Refused) == 0 {
		return
	}
	for _, r := range c.Refused {
		w.d.log.Error("ledger of an outage refused an entry", zap.String("outage", c.Outage.ID), zap.Error(r))
	}
	id := cmp.Or(c.Outage.Service, c.Outage.Ticket)
	if id == "" {
		return
	}
	if err := w.step(ctx, id, ticket.OutageRefused{Outage: c.Outage.ID, Entries: c.Refused}); err != nil {
		w.d.log.Warn("ticket cannot say that a ledger refused an entry", zap.String("ticket", id), zap.Error(err))
	}
}

// save commits the batch, and then tells those who wait for it.
func (w *work) save(ctx context.Context) error {
	for _, e := range w.effects {
		// A ticket's own time never runs backwards. Where the machine's clock was
		// set back, what the ticket wants at once is wanted now.
		if i, ok := w.at[e.Ticket]; ok && e.NotBefore.After(w.now) &&
			e.NotBefore.Equal(w.batch.Tickets[i].Ticket.Updated) {
			e.NotBefore = w.now
		}
		w.batch.Effects = append(w.batch.Effects, w.d.spread(e)...)
	}
	if err := w.d.store.Save(ctx, w.now, w.batch); err != nil {
		return err
	}
	for _, s := range w.batch.Tickets {
		t := s.Ticket
		if s.Expect == 0 {
			w.d.metrics.opened.WithLabelValues(string(t.Kind)).Inc()
		}
		for _, e := range t.Timeline[w.had[t.ID]:] {
			if e.Action == ticket.LedgerRefused {
				w.d.log.Error("ledger of a ticket refused an entry", zap.String("ticket", t.ID), zap.Any("entry", e.Fields))
			}
			w.d.log.Info("ticket", zap.String("ticket", t.ID), zap.String("state", string(e.To)), zap.String("action", string(e.Action)),
				zap.String("by", e.By.ID), zap.String("group", t.Group), zap.Int64("version", t.Version))
		}
		w.d.live.tell(board.Change{Topic: board.TicketChanged, ID: t.ID})
	}
	kick(w.d.deadline)
	kick(w.d.outbox)
	return nil
}
