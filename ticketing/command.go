package ticketing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// Act takes an action on a ticket in a person's name. With expect, the ticket
// must still be at that version; without (0), the workflow alone decides
// whether the action fits its present state. The error is a *ticket.Refusal,
// store.ErrNotFound, store.ErrConflict, or the database's.
func (d *Desk) Act(
	ctx context.Context, by people.Person, id string, expect int64, action, text string, fields map[string]string,
) (ticket.Ticket, error) {
	return d.ActAll(ctx, by, id, expect, ticket.Act{Action: ticket.Action(action), Text: text, Fields: fields})
}

// ActAll takes several actions one after the other, all of them or, if any is
// refused, none. Who acts is by. Errors are those of Act.
func (d *Desk) ActAll(
	ctx context.Context, by people.Person, id string, expect int64, acts ...ticket.Act,
) (ticket.Ticket, error) {
	for _, act := range acts {
		if err := d.known(ctx, act.Action, act.Fields); err != nil {
			return ticket.Ticket{}, err
		}
	}
	for attempt := 0; ; attempt++ {
		w := d.work(d.now())
		t, _, err := w.load(ctx, id)
		if err != nil {
			return t, d.reached(err)
		}
		if expect != 0 && t.Version != expect {
			return t, store.ErrConflict
		}
		if ok, _ := t.Sees(by); !ok {
			return t, store.ErrNotFound
		}
		if err := w.actAll(ctx, by, id, acts); err != nil {
			return t, err
		}
		if err := w.amend(ctx); err != nil {
			return t, d.reached(err)
		}
		err = w.save(ctx)
		if errors.Is(err, store.ErrConflict) && attempt < 5 {
			d.metrics.conflicts.Inc()
			if expect == 0 {
				continue
			}
		}
		if err != nil {
			return t, d.reached(fmt.Errorf("save ticket %s: %w", id, err))
		}
		d.reached(nil)
		t, _, err = w.load(ctx, id)
		return t, err
	}
}

// actAll takes the actions in a person's name.
func (w *work) actAll(ctx context.Context, by people.Person, id string, acts []ticket.Act) error {
	for _, act := range acts {
		act.By = by
		if err := w.step(ctx, id, act); err != nil {
			return err
		}
	}
	return nil
}

// Open opens a ticket by hand. What is known of its lines is filled in from
// the inventory; a line whose fault is open already joins it. The actions that
// follow are taken in the same transaction.
func (d *Desk) Open(
	ctx context.Context, by people.Person, o ticket.Opening, acts ...ticket.Act,
) (ticket.Ticket, error) {
	policy, now := d.Policy(), d.now()
	if !policy.MayOpen(by, o.Kind) {
		return ticket.Ticket{}, &ticket.Refusal{Action: "open", Reason: people.ReasonNotRole}
	}
	for i, l := range o.Lines {
		if _, ok := d.Inventory().Line(l.ID); !ok {
			return ticket.Ticket{}, &ticket.Refusal{Action: "open", Reason: ticket.ReasonInvalid, Field: "line"}
		}
		known := ticket.LineOf(d.Inventory(), l.ID, "a")
		known.State = l.State
		o.Lines[i] = known
	}
	parent, err := d.join(ctx, &o)
	if err != nil {
		return ticket.Ticket{}, err
	}
	if o.ID, err = d.nextID(ctx, policy, o.Kind, now); err != nil {
		return ticket.Ticket{}, d.reached(err)
	}
	for attempt := 0; ; attempt++ {
		t, err := d.openOnce(ctx, policy, now, by, o, parent, acts)
		if errors.Is(err, store.ErrConflict) && attempt < 5 {
			d.metrics.conflicts.Inc() // the parent moved
			continue
		}
		return t, err
	}
}

func (d *Desk) openOnce(
	ctx context.Context, p ticket.Policy, now time.Time, by people.Person, o ticket.Opening, parent string,
	acts []ticket.Act,
) (ticket.Ticket, error) {
	w := d.work(now)
	var handed []ticket.OutageChange
	if o.Fault.Verdict != "" {
		outage, found, err := d.openOutage(ctx, o.Lines[0].ID, o.Fault.Verdict)
		if err != nil {
			return ticket.Ticket{}, d.reached(err)
		}
		// Restore runs from the moment the line failed, or from the report if
		// that is earlier.
		began := o.Fault.Started
		if found {
			began = outage.Started
		}
		if o.Started.IsZero() || began.Before(o.Started) {
			o.Started = began
		}
		if found && o.Kind == ticket.Service && outage.Service == "" && !o.Draft {
			next, refused := outage.HandOver(p.SLA, now, o.ID)
			handed = append(handed, ticket.OutageChange{Outage: next, Expect: outage.Version, Refused: refused})
		}
	}
	if err := w.open(p, o); err != nil {
		return ticket.Ticket{}, err
	}
	for _, change := range handed {
		w.outage(ctx, change)
	}
	if parent != "" {
		if err := w.step(ctx, parent, ticket.Adopted{Children: []string{o.ID}}); err != nil {
			return ticket.Ticket{}, err
		}
	}
	if err := w.actAll(ctx, by, o.ID, acts); err != nil {
		return ticket.Ticket{}, err
	}
	w.batch.Audit = append(w.batch.Audit, store.Audit{At: now, By: by.ID, Action: "ticket_opened", Subject: o.ID})
	if err := w.save(ctx); err != nil {
		return ticket.Ticket{}, d.reached(fmt.Errorf("save ticket %s: %w", o.ID, err))
	}
	t, _, err := w.load(ctx, o.ID)
	return t, err
}

// openOutage is a line's open entry under a verdict.
func (d *Desk) openOutage(ctx context.Context, line, verdict string) (sla.Outage, bool, error) {
	open := true
	list, err := d.store.OutagesWhere(
		ctx, store.OutageFilter{Lines: []string{line}, Verdicts: []string{verdict}, Open: &open}, 1,
	)
	if err != nil || len(list) == 0 {
		return sla.Outage{}, false, err
	}
	return list[0], true, nil
}

// known refuses a person whom nobody has heard of.
func (d *Desk) known(ctx context.Context, action ticket.Action, fields map[string]string) error {
	id := fields["person"]
	if id == "" {
		return nil
	}
	u, err := d.store.User(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && u.Disabled {
		return &ticket.Refusal{Action: action, Reason: ticket.ReasonInvalid, Field: "person"}
	}
	return d.reached(err)
}

// join hangs a declaration on the open fault of its line.
func (d *Desk) join(ctx context.Context, o *ticket.Opening) (parent string, err error) {
	if len(o.Lines) != 1 || o.Kind == ticket.Network {
		return "", nil
	}
	faults, err := d.Faults(ctx)
	if err != nil {
		return "", d.reached(err)
	}
	for _, v := range faults {
		if v.State != verdict.Open || !v.Lines.Has(o.Lines[0].ID) {
			continue
		}
		o.Fault = ticket.FaultOf(v)
		open := true
		list, _, err := d.store.List(
			ctx, store.Filter{Verdicts: []string{v.ID}, Kinds: []ticket.Kind{ticket.Network}, Open: &open},
			store.Page{Limit: 1},
		)
		if err != nil {
			return "", d.reached(err)
		}
		if len(list) > 0 {
			o.Parent = list[0].ID
		}
		return o.Parent, nil
	}
	return "", nil
}

// People lists who works here, by id; accounts that were disabled too, since
// records name them.
func (d *Desk) People(ctx context.Context) ([]people.Person, error) {
	users, err := d.store.Users(ctx)
	if err != nil {
		return nil, d.reached(err)
	}
	all := make([]people.Person, len(users))
	for i, u := range users {
		all[i] = u.Person
	}
	slices.SortFunc(all, func(x, y people.Person) int { return cmp.Compare(x.ID, y.ID) })
	return all, nil
}
