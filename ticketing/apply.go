package ticketing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/board"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// receive takes a verdict from the bus. It only keeps the newest version of
// each: the applying loop may be waiting for the database.
func (d *Desk) receive(v *verdict.Verdict, synced bool) error {
	if synced {
		defer d.syncedNow.Do(func() { close(d.synced) })
	}
	if v == nil {
		return nil
	}
	d.Board.fault(*v)
	d.mu.Lock()
	d.pending[v.ID] = *v
	d.mu.Unlock()
	d.live.tell(board.Change{Topic: board.FaultChanged, ID: v.ID})
	kick(d.arrived)
	return nil
}

// applyLoop applies what has arrived, oldest fault first, again until the
// database takes it.
func (d *Desk) applyLoop(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.arrived:
		}
		if !d.applyWaiting(ctx) {
			if !pause(ctx, time.Second) {
				return nil
			}
			kick(d.arrived)
		}
	}
}

// applyWaiting goes once through what waits, and reports whether nothing of it
// is left to try again. One verdict that cannot be applied holds up no other.
func (d *Desk) applyWaiting(ctx context.Context) bool {
	all := true
	for _, v := range d.waiting() {
		err := d.Apply(ctx, v)
		switch {
		case err == nil:
			d.reached(nil)
			d.done(v)
			continue
		case ctx.Err() != nil:
			return false
		case errors.Is(err, store.ErrUnavailable):
			d.reached(err)
			return false
		}
		all = false
		d.metrics.stuck.WithLabelValues("verdict").Inc()
		d.log.Error("verdict not applied, to be tried again", zap.String("verdict", v.ID), zap.Uint64("version", v.Version), zap.Error(err))
	}
	return all
}

// waiting are the verdicts to apply, by their start: a parent before what
// merges into it.
func (d *Desk) waiting() []verdict.Verdict {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]verdict.Verdict, 0, len(d.pending))
	for _, v := range d.pending {
		all = append(all, v)
	}
	slices.SortFunc(all, func(x, y verdict.Verdict) int { return x.Started.Compare(y.Started) })
	return all
}

// done forgets a verdict unless a newer version has arrived meanwhile.
func (d *Desk) done(v verdict.Verdict) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := d.pending[v.ID]; now.Epoch == v.Epoch && now.Version == v.Version {
		delete(d.pending, v.ID)
	} else {
		kick(d.arrived)
	}
}

// Apply brings tickets and ledger in line with a version of a verdict, in one
// transaction. A version that was applied already, or an older one, changes
// nothing.
func (d *Desk) Apply(ctx context.Context, v verdict.Verdict) error {
	var taken taken
	for attempt := 0; ; attempt++ {
		err := d.applyOnce(ctx, v, &taken)
		if errors.Is(err, errOlder) {
			return nil
		}
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrDuplicate) || attempt == 20 {
			if err != nil {
				return fmt.Errorf("apply verdict %s version %d: %w", v.ID, v.Version, err)
			}
			break
		}
		d.metrics.conflicts.Inc()
	}
	if v.State == verdict.Cleared && !d.overtaken(v) {
		if err := d.Verdicts.Drop(ctx, v, begunAgain); err != nil {
			// It stays on the bus and is met again at the next start.
			d.log.Warn("recorded verdict not taken off the bus", zap.String("verdict", v.ID), zap.Error(err))
		}
	}
	return nil
}

// begunAgain tells of a verdict on the bus that it is not the cleared one.
func begunAgain(now verdict.Verdict) bool { return now.State == verdict.Open }

// overtaken reports whether a newer version of the verdict has arrived: it is
// what the bus holds now, and nobody has recorded it.
func (d *Desk) overtaken(v verdict.Verdict) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	newest, waits := d.pending[v.ID]
	return waits && (newest.Epoch > v.Epoch || newest.Epoch == v.Epoch && newest.Version > v.Version)
}

// errOlder says that a newer version of the verdict is recorded already.
var errOlder = errors.New("a newer version is recorded")

// taken are names that a plan wanted to give and that others have already:
// tickets and outages that follow another verdict by now keep the names under
// which they began.
type taken struct {
	keys    []string
	outages []sla.Outage
}

// look finds out which names of the plan are taken.
func (n *taken) look(ctx context.Context, s store.Store, plan ticket.Plan) error {
	for _, o := range plan.Open {
		switch _, err := s.TicketByKey(ctx, o.Key); {
		case err == nil:
			n.keys = append(n.keys, o.Key)
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	for _, c := range plan.Outages {
		if c.Expect != 0 {
			continue
		}
		switch o, err := s.Outage(ctx, c.Outage.ID); {
		case err == nil:
			n.outages = append(n.outages, o)
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	return nil
}

func (d *Desk) applyOnce(ctx context.Context, v verdict.Verdict, taken *taken) error {
	now := d.Now()
	applied, known, err := d.Store.Applied(ctx, v.ID)
	if err != nil {
		return err
	}
	if known && (v.Epoch < applied.Epoch || v.Epoch == applied.Epoch && v.Version <= applied.Version) {
		if v.Epoch == applied.Epoch && v.Version == applied.Version {
			return nil
		}
		return errOlder
	}
	tickets, err := d.related(ctx, v)
	if err != nil {
		return err
	}
	outages, err := d.relatedOutages(ctx, v)
	if err != nil {
		return err
	}
	policy := d.Policy()
	// The order of versions is that of (epoch, version); the plan knows only
	// versions, and a new leader may begin to count anew.
	seen := applied.Version
	if v.Epoch > applied.Epoch {
		seen = 0
	}
	for _, o := range taken.outages {
		if !slices.ContainsFunc(outages, func(known sla.Outage) bool { return known.ID == o.ID }) {
			outages = append(outages, o)
		}
	}
	have := ticket.Gather(v, seen, tickets, outages)
	have.Keys = append(have.Keys, taken.keys...)
	plan := ticket.MakePlan(policy, now, v, ticket.FactsOf(d.Inventory(), v), have)
	if err := plan.Assign(func(k ticket.Kind) (string, error) { return d.nextID(ctx, policy, k, now) }); err != nil {
		return err
	}
	w := d.work(now)
	for _, o := range plan.Open {
		if err := w.open(policy, o); err != nil {
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
	w.batch.Applied = []store.Applied{{Verdict: v.ID, Epoch: v.Epoch, Version: v.Version, Cleared: v.State == verdict.Cleared, At: now}}
	if w.batch.Docs, err = faultRecord(v); err != nil {
		return err
	}
	if err := w.save(ctx); err != nil {
		if errors.Is(err, store.ErrDuplicate) {
			if err := taken.look(ctx, d.Store, plan); err != nil {
				return err
			}
		}
		return err
	}
	d.metrics.verdicts.WithLabelValues(string(v.Outcome)).Inc()
	d.log.Info("verdict applied", zap.String("verdict", v.ID), zap.Uint64("version", v.Version), zap.String("state", string(v.State)),
		zap.String("outcome", string(v.Outcome)), zap.String("domain", string(v.FaultDomain)), zap.Int("lines", len(v.Lines.All())),
		zap.Int("opened", len(plan.Open)), zap.Int("stepped", len(plan.Events)), zap.String("why", plan.Why))
	d.live.tell(board.Change{Topic: board.FaultChanged, ID: v.ID})
	return nil
}

// related are the tickets that a verdict may concern: its own, those of the
// verdicts it merged into or split from, and the open ones of its lines and roots.
func (d *Desk) related(ctx context.Context, v verdict.Verdict) ([]ticket.Ticket, error) {
	open := true
	filters := []store.Filter{{Verdicts: named(v.ID, v.MergedInto, v.SplitFrom)}}
	for lines := range slices.Chunk(v.Lines.All(), 500) {
		filters = append(filters, store.Filter{Lines: lines, Open: &open})
	}
	var roots []string
	for _, r := range v.Roots {
		roots = append(roots, string(r.Subject))
	}
	if len(roots) > 0 {
		filters = append(filters, store.Filter{Roots: roots, Open: &open})
	}
	seen := map[string]bool{}
	var all []ticket.Ticket
	for _, f := range filters {
		for offset := 0; ; offset += 1000 {
			page, total, err := d.Store.List(ctx, f, store.Page{Offset: offset, Limit: 1000, Sort: "id"})
			if err != nil {
				return nil, err
			}
			for _, t := range page {
				if !seen[t.ID] {
					seen[t.ID] = true
					all = append(all, t)
				}
			}
			if offset+len(page) >= total || len(page) == 0 {
				break
			}
		}
	}
	return all, nil
}

func (d *Desk) relatedOutages(ctx context.Context, v verdict.Verdict) ([]sla.Outage, error) {
	open := true
	filters := []store.OutageFilter{{Verdicts: named(v.ID, v.MergedInto, v.SplitFrom)}}
	for lines := range slices.Chunk(v.Lines.All(), 500) {
		filters = append(filters, store.OutageFilter{Lines: lines, Open: &open})
	}
	seen := map[string]bool{}
	var all []sla.Outage
	for _, f := range filters {
		page, err := d.Store.OutagesWhere(ctx, f, maxOutages)
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			if !seen[o.ID] {
				seen[o.ID] = true
				all = append(all, o)
			}
		}
	}
	return all, nil
}

// maxOutages is more than any fault has lines.
const maxOutages = 1_000_000

func named(ids ...string) []string {
	return slices.DeleteFunc(ids, func(s string) bool { return s == "" })
}

func (d *Desk) nextID(ctx context.Context, p ticket.Policy, k ticket.Kind, now time.Time) (string, error) {
	series := ticket.Series(p, k, now)
	n, err := d.Store.NextNumber(ctx, series)
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
