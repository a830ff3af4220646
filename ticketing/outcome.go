package ticketing

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

const maxAttempts = 20

// carryOut does what an effect says and records how that went. It returns only
// when the record is made, or when the daemon stops.
func (d *Desk) carryOut(ctx context.Context, e store.PendingEffect) {
	var err error
	switch e.Kind {
	case ticket.OrderRetest:
		err = d.retest(ctx, e)
	case ticket.Notify:
		err = d.tell(ctx, e)
	}
	if record := d.outcome(ctx, e, err); record != nil {
		d.insist(ctx, record)
	}
}

// outcome is how to record what became of an effect; nil if nothing did.
func (d *Desk) outcome(ctx context.Context, e store.PendingEffect, err error) func(context.Context) error {
	now := d.now()
	log := d.log.With(zap.String("effect", e.ID), zap.String("ticket", e.Ticket), zap.String("channel", e.Channel))
	counted := func(result string) { d.metrics.effects.WithLabelValues(string(e.Kind), result).Inc() }
	switch {
	case err == nil:
		counted("done")
		return func(ctx context.Context) error { return d.store.FinishEffect(ctx, now, e.ID) }
	case errors.Is(err, notify.ErrPermanent) || e.Attempts >= maxAttempts:
		counted("dead")
		log.Error("effect set aside as a dead letter", zap.Error(err), zap.Int("attempts", e.Attempts))
		return func(ctx context.Context) error { return d.store.BuryEffect(ctx, now, d.name, e.ID, err.Error()) }
	case ctx.Err() != nil:
		return nil // it was cut short, and the next life of this daemon begins with it
	}
	counted("failed")
	log.Warn("effect failed, to be tried again", zap.Error(err), zap.Int("attempts", e.Attempts))
	due := now.Add(notify.Backoff(e.Attempts))
	return func(ctx context.Context) error { return d.store.RetryEffect(ctx, due, d.name, e.ID, err.Error()) }
}

const (
	recordAgain    = 500 * time.Millisecond
	recordDeadline = 5 * time.Second // of the last try
)

// insist saves what must not be forgotten, again until it is saved or nowhere
// to be found. When the daemon stops it is tried one last time, so that a
// database that is there knows what went out.
func (d *Desk) insist(ctx context.Context, save func(context.Context) error) {
	for ctx.Err() == nil {
		err := d.reached(save(ctx))
		if err == nil || errors.Is(err, store.ErrNotFound) {
			return
		}
		pause(ctx, recordAgain)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordDeadline)
	defer cancel()
	_ = d.reached(save(last))
}
