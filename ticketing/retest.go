package ticketing

import (
	"context"
	"errors"
	"sync"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

const testsAtOnce = 64

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
	var err error
	d.insist(ctx, func(ctx context.Context) error {
		err = d.retested(ctx, e.Ticket, ticket.Retested{ID: order.ID, Lines: results})
		if errors.Is(err, store.ErrUnavailable) {
			return err
		}
		return nil // it is told, or will never take it
	})
	return err
}

// retested tells the ticket how its re-test went.
func (d *Desk) retested(ctx context.Context, id string, result ticket.Retested) error {
	for range 20 {
		w := d.work(d.now())
		if err := w.step(ctx, id, result); err != nil {
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
