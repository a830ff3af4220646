package ticketing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

const (
	claimFor     = 2 * time.Minute
	maxAttempts  = 20
	claimAtOnce  = 64
	testsAtOnce  = 64
	sendDeadline = time.Minute
)

// callingSuffix marks the queue of what waits for calling hours: it keeps its
// order, but nothing that is urgent waits behind it.
const callingSuffix = "/calling"

// spread makes of a notice one effect for each channel that is configured, so
// that one that fails is tried again alone. A notice for which there is no
// channel is dropped: the timeline says all that it would have said.
func (d *Desk) spread(e ticket.Effect) []ticket.Effect {
	switch e.Kind {
	case ticket.Notify:
	case ticket.Publish:
		return nil // live pages are told by the save itself
	default:
		return []ticket.Effect{e}
	}
	var out []ticket.Effect
	for _, c := range d.Channels {
		if !slices.Contains(e.Notice.Channels, c.Kind) || len(c.Events) > 0 && !slices.Contains(c.Events, e.Notice.Key) {
			continue
		}
		one := e
		one.ID, one.Channel = e.ID+"/"+c.Name, c.Name
		if e.Channel == ticket.CallingChannel {
			one.Channel += callingSuffix
		}
		out = append(out, one)
	}
	return out
}

// effectLoop carries out effects after their commit, again until they succeed
// or are set aside.
func (d *Desk) effectLoop(ctx context.Context) error {
	for d.reached(d.Store.ReleaseEffects(ctx, d.Name)) != nil {
		if !pause(ctx, time.Second) {
			return nil
		}
	}
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, claimAtOnce)
	for ctx.Err() == nil {
		free := cap(slots) - len(slots)
		if free == 0 { // a claim runs out while it waits for its turn
			select {
			case <-ctx.Done():
			case <-d.outbox:
			}
			continue
		}
		now := d.Now()
		claimed, err := d.Store.ClaimEffects(ctx, now, now.Add(claimFor), d.Name, free)
		if d.reached(err) != nil {
			if !pause(ctx, time.Second) {
				return nil
			}
			continue
		}
		for _, e := range claimed {
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots; kick(d.outbox) }()
				d.carryOut(ctx, e)
			})
		}
		if len(claimed) > 0 {
			continue
		}
		wait := lookAgain
		if at, ok, err := d.Store.NextEffect(ctx); err == nil && ok {
			wait = min(max(at.Sub(d.Now()), 20*time.Millisecond), lookAgain)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-d.outbox:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

func (d *Desk) carryOut(ctx context.Context, e store.PendingEffect) {
	var err error
	switch e.Kind {
	case ticket.OrderRetest:
		err = d.retest(ctx, e)
	case ticket.Notify:
		err = d.tell(ctx, e)
	}
	now := d.Now()
	log := d.log.With(zap.String("effect", e.ID), zap.String("ticket", e.Ticket), zap.String("channel", e.Channel))
	switch {
	case err == nil:
		d.metrics.effects.WithLabelValues(string(e.Kind), "done").Inc()
		err = d.Store.FinishEffect(ctx, now, e.ID)
	case errors.Is(err, notify.ErrPermanent) || e.Attempts >= maxAttempts:
		d.metrics.effects.WithLabelValues(string(e.Kind), "dead").Inc()
		log.Error("effect set aside as a dead letter", zap.Error(err), zap.Int("attempts", e.Attempts))
		err = d.Store.BuryEffect(ctx, now, e.ID, err.Error())
	case ctx.Err() != nil:
		return // the claim expires, and it is tried again
	default:
		d.metrics.effects.WithLabelValues(string(e.Kind), "failed").Inc()
		log.Warn("effect failed, to be tried again", zap.Error(err), zap.Int("attempts", e.Attempts))
		err = d.Store.RetryEffect(ctx, now, now.Add(notify.Backoff(e.Attempts)), e.ID, err.Error())
	}
	if err != nil && ctx.Err() == nil {
		d.reached(err)
	}
}

// retest tests the ticket's lines through their own watches and tells the
// ticket. The order's id makes a repetition harmless.
func (d *Desk) retest(ctx context.Context, e store.PendingEffect) error {
	order := e.Retest
	results := make([]ticket.LineResult, len(order.Lines))
	var running sync.WaitGroup
	slots := make(chan struct{}, testsAtOnce)
	for i, line := range order.Lines {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			results[i] = lineResult(line, d.test(ctx, order.ID+"/"+line, line, order.Deadline))
		})
	}
	running.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for range 20 {
		w := d.work(d.Now())
		if err := w.step(ctx, e.Ticket, ticket.Retested{ID: order.ID, Lines: results}); err != nil {
			return err
		}
		if err := w.amend(ctx); err != nil {
			return err
		}
		err := w.save(ctx)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		d.metrics.conflicts.Inc()
	}
	return store.ErrConflict
}

func lineResult(line string, r symptom.TestResult) ticket.LineResult {
	out := ticket.LineResult{Line: line, Result: ticket.RetestInconclusive, Detail: r.Reason}
	switch r.Outcome {
	case symptom.Pass:
		out.Result = ticket.RetestPassed
	case symptom.Fail:
		out.Result = ticket.RetestFailed
	}
	for _, c := range r.Checks {
		if c.Proves == "service" || out.Method == "" {
			out.Method = c.Method
		}
		if c.Outcome != symptom.Pass && out.Detail == "" {
			out.Detail = c.Method + " " + c.Object + ": " + c.Detail
		}
	}
	return out
}

// tell sends a notice on its channel.
func (d *Desk) tell(ctx context.Context, e store.PendingEffect) error {
	name := strings.TrimSuffix(e.Channel, callingSuffix)
	i := slices.IndexFunc(d.Channels, func(c Channel) bool { return c.Name == name })
	if i < 0 {
		return notify.Permanent(fmt.Errorf("channel %s is no longer configured", e.Channel))
	}
	m := d.words(e)
	if d.Channels[i].Kind != "webhook" {
		to, err := d.addresses(ctx, *e.Notice)
		if err != nil {
			return err
		}
		if len(to) == 0 {
			return nil // nobody with an address: the queue shows it to them
		}
		m.To = to
	}
	ctx, cancel := context.WithTimeout(ctx, sendDeadline)
	defer cancel()
	return d.Channels[i].Send.Send(ctx, m)
}

// addresses are the e-mail addresses of those whom a notice is for. A group
// without an address of its own is reached through its members.
func (d *Desk) addresses(ctx context.Context, n ticket.Notice) ([]string, error) {
	var to, members []string
	policy := d.Policy()
	for _, id := range n.Groups {
		if g, ok := policy.Group(id); ok && g.Email != "" {
			to = append(to, g.Email)
		} else {
			members = append(members, id)
		}
	}
	for _, id := range n.Customers {
		if c, ok := d.Inventory().Customer(id); ok {
			to = append(to, c.Email)
		}
	}
	if len(members)+len(n.People)+len(n.Roles)+len(n.Managers) > 0 {
		users, err := d.Store.Users(ctx)
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			if u.Disabled {
				continue
			}
			if slices.ContainsFunc(members, u.In) || slices.Contains(n.People, u.ID) || u.Has(n.Roles...) || slices.Contains(n.Managers, u.ID) || u.Name != "" && slices.Contains(n.Managers, u.Name) {
				to = append(to, u.Email)
			}
		}
	}
	slices.Sort(to)
	return slices.DeleteFunc(slices.Compact(to), func(s string) bool { return s == "" }), nil
}
