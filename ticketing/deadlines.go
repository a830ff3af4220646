package ticketing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// lookAgain bounds how long a loop sleeps: another daemon on the same database
// may have saved what is due sooner.
const lookAgain = 2 * time.Second

// noProgress is how long the loop waits at least before it looks again.
const noProgress = 50 * time.Millisecond

// deadlineLoop sends a Tick to each ticket and outage whose time has come.
func (d *Desk) deadlineLoop(ctx context.Context) error {
	d.catchUp(ctx)
	for ctx.Err() == nil {
		n, err := d.tick(ctx)
		if d.reached(err) != nil {
			if !pause(ctx, time.Second) {
				return nil
			}
			d.catchUp(ctx)
			continue
		}
		if n > 0 {
			continue
		}
		wait := lookAgain
		if at, ok, err := d.store.NextWake(ctx); err == nil && ok {
			// What is due and made no progress has failed or is in other hands.
			wait = min(max(at.Sub(d.now()), noProgress), lookAgain)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-d.deadline:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// patience bounds how long deadlines wait for news at the start, and when the
// database is back.
const patience = 10 * time.Second

// catchUp waits until the verdicts have been applied that came while nobody was
// here: a line that is well again is warned of no more.
func (d *Desk) catchUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-d.inbox.synced:
	case <-ctx.Done():
	}
	for d.inbox.count() > 0 && pause(ctx, 50*time.Millisecond) {
	}
}

// tick handles what is due, and says how much of it made progress.
func (d *Desk) tick(ctx context.Context) (int, error) {
	tickets, outages, err := d.store.Due(ctx, d.now(), 100)
	if err != nil {
		return 0, err
	}
	moved := 0
	each := func(subject string, ids []string, tick func(context.Context, string) (bool, error)) error {
		for _, id := range ids {
			ok, err := tick(ctx, id)
			switch {
			case ok:
				moved++
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, store.ErrUnavailable):
				return err
			case err != nil: // it holds up no other
				d.metrics.stuck.WithLabelValues(subject).Inc()
				d.log.Error("deadline not handled, to be tried again", zap.String(subject, id), zap.Error(err))
			}
		}
		return nil
	}
	if err := each("ticket", tickets, d.tickTicket); err != nil {
		return moved, err
	}
	return moved, each("outage", outages, d.tickOutage)
}

func (d *Desk) tickTicket(ctx context.Context, id string) (bool, error) {
	w := d.work(d.now())
	if err := w.step(ctx, id, ticket.Tick{}); err != nil {
		return false, fmt.Errorf("tick ticket %s: %w", id, err)
	}
	if len(w.batch.Tickets) == 0 {
		return false, nil
	}
	if err := w.amend(ctx); err != nil {
		return false, err
	}
	err := w.save(ctx)
	if errors.Is(err, store.ErrConflict) {
		return false, nil // somebody moved it; its deadline is looked at again
	}
	if err != nil {
		return false, fmt.Errorf("save ticket %s: %w", id, err)
	}
	return true, nil
}

func (d *Desk) tickOutage(ctx context.Context, id string) (bool, error) {
	o, err := d.store.Outage(ctx, id)
	if err != nil {
		return false, fmt.Errorf("load outage %s: %w", id, err)
	}
	policy := d.Policy()
	now := d.now()
	next, passed, refused, ok := o.Tick(policy.SLA, now)
	if !ok {
		return false, nil
	}
	for _, e := range passed {
		if e.Kind == sla.Breach {
			d.log.Info("line's restore time exceeded", zap.String("line", o.Line), zap.Int("percent", e.Step))
		}
	}
	w := d.work(now)
	w.outage(ctx, ticket.OutageChange{Outage: next, Expect: o.Version, Refused: refused})
	err = w.save(ctx)
	if errors.Is(err, store.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}
