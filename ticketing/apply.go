package ticketing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/board"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// receive takes a verdict from the bus. It only keeps the newest version of
// each: the applying loop may be waiting for the database.
func (d *Desk) receive(v *verdict.Verdict, synced bool) error {
	if v != nil {
		d.Board.fault(*v)
		d.inbox.put(*v)
		d.live.tell(board.Change{Topic: board.FaultChanged, ID: v.ID})
	}
	if synced {
		d.inbox.complete()
	}
	return nil
}

// applyLoop applies what has arrived, oldest fault first, again until the
// database takes it.
func (d *Desk) applyLoop(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.inbox.arrived:
		}
		if !d.applyWaiting(ctx) {
			if !pause(ctx, time.Second) {
				return nil
			}
			kick(d.inbox.arrived)
		}
	}
}

// applyWaiting goes once through what waits, and reports whether nothing of it
// is left to try again. One verdict that cannot be applied holds up no other.
func (d *Desk) applyWaiting(ctx context.Context) bool {
	all := true
	for _, v := range d.inbox.list() {
		err := d.Apply(ctx, v)
		switch {
		case err == nil:
			d.reached(nil)
			d.inbox.done(v)
			continue
		case ctx.Err() != nil:
			return false
		case errors.Is(err, store.ErrUnavailable):
			d.reached(err)
			return false
		}
		all = false
		d.metrics.stuck.WithLabelValues("verdict").Inc()
		d.log.Error("verdict not applied, to be tried again",
			zap.String("verdict", v.ID), zap.Uint64("version", v.Version), zap.Error(err))
	}
	return all
}

const applyTries = 20 // against others who save at the same moment

// Apply brings tickets and ledger in line with a version of a verdict, in one
// transaction. A version that was applied already, or an older one, changes
// nothing.
func (d *Desk) Apply(ctx context.Context, v verdict.Verdict) error {
	var taken taken
	for try := 0; ; try++ {
		err := d.applyOnce(ctx, v, &taken)
		switch {
		case err == nil, errors.Is(err, errRecorded):
			d.dropCleared(ctx, v)
			return nil
		case errors.Is(err, errOlder):
			return nil
		case try < applyTries && (errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrDuplicate)):
			d.metrics.conflicts.Inc()
		default:
			return fmt.Errorf("apply verdict %s version %d: %w", v.ID, v.Version, err)
		}
	}
}

// What may be on record already.
var (
	errRecorded = errors.New("this version is recorded")
	errOlder    = errors.New("a newer version is recorded")
)

// applyOnce reads what there is, plans, and saves.
func (d *Desk) applyOnce(ctx context.Context, v verdict.Verdict, taken *taken) error {
	now, policy := d.now(), d.Policy()
	seen, err := d.appliedVersion(ctx, v)
	if err != nil {
		return err
	}
	tickets, outages, err := d.related(ctx, v)
	if err != nil {
		return err
	}
	have := ticket.Gather(v, seen, tickets, taken.amongst(outages))
	have.Keys = append(have.Keys, taken.keys...)
	plan := ticket.MakePlan(policy, now, v, ticket.FactsOf(d.Inventory(), v), have)
	if err := plan.Assign(func(k ticket.Kind) (string, error) { return d.nextID(ctx, policy, k, now) }); err != nil {
		return err
	}
	w := d.work(now)
	if err := w.carry(ctx, policy, plan); err != nil {
		return err
	}
	if err := w.record(v); err != nil {
		return err
	}
	err = w.save(ctx)
	if errors.Is(err, store.ErrDuplicate) {
		return cmp.Or(taken.look(ctx, d.store, plan), err)
	}
	if err == nil {
		d.sayApplied(v, plan)
	}
	return err
}

// appliedVersion is the version that was applied last, as a plan counts them.
// The order of versions is that of epoch and version; a plan knows only
// versions, and a new leader may begin to count anew.
func (d *Desk) appliedVersion(ctx context.Context, v verdict.Verdict) (uint64, error) {
	last, known, err := d.store.Applied(ctx, v.ID)
	switch {
	case err != nil:
		return 0, err
	case !known || v.Epoch > last.Epoch:
		return 0, nil
	case v.Epoch < last.Epoch || v.Version < last.Version:
		return 0, errOlder
	case v.Version == last.Version:
		return 0, errRecorded
	}
	return last.Version, nil
}

func (d *Desk) sayApplied(v verdict.Verdict, plan ticket.Plan) {
	d.metrics.verdicts.WithLabelValues(string(v.Outcome)).Inc()
	d.log.Info("verdict applied", zap.String("verdict", v.ID), zap.Uint64("version", v.Version),
		zap.String("state", string(v.State)), zap.String("outcome", string(v.Outcome)),
		zap.String("domain", string(v.FaultDomain)), zap.Int("lines", len(v.Lines.All())),
		zap.Int("opened", len(plan.Open)), zap.Int("stepped", len(plan.Events)), zap.String("why", plan.Why))
	d.live.tell(board.Change{Topic: board.FaultChanged, ID: v.ID})
}

// begunAgain tells of a verdict on the bus that it is not the cleared one.
func begunAgain(now verdict.Verdict) bool { return now.State == verdict.Open }

// dropCleared takes a cleared verdict that is recorded off the bus.
func (d *Desk) dropCleared(ctx context.Context, v verdict.Verdict) {
	if v.State != verdict.Cleared || d.inbox.overtaken(v) {
		return
	}
	if err := d.bus.Drop(ctx, v, begunAgain); err != nil {
		// It stays on the bus and is met again at the next start.
		d.log.Warn("recorded verdict not taken off the bus", zap.String("verdict", v.ID), zap.Error(err))
	}
}

func (d *Desk) nextID(ctx context.Context, p ticket.Policy, k ticket.Kind, now time.Time) (string, error) {
	series := ticket.Series(p, k, now)
	n, err := d.store.NextNumber(ctx, series)
	return ticket.ID(series, n), err
}

// pause waits; false means that ctx ended.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
