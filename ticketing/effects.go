package ticketing

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
)

const (
	claimFor    = 2 * time.Minute
	keepEvery   = claimFor / 4
	claimAtOnce = 64
)

// effectLoop carries out effects after their commit, again until they succeed
// or are set aside.
func (d *Desk) effectLoop(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	var seen contact
	hand := inHand{ids: map[string]bool{}}
	for ctx.Err() == nil {
		now := d.now()
		claimed, err := d.claim(ctx, now, &hand, &seen)
		if d.reached(err) != nil {
			seen.lost()
			if !pause(ctx, time.Second) {
				return nil
			}
			continue
		}
		seen.answered(now)
		for _, e := range claimed {
			if !hand.take(e.ID) {
				continue // its claim had run out while it was worked on
			}
			running.Go(func() {
				d.carryOut(ctx, e)
				hand.lay(e.ID)
				kick(d.outbox)
			})
		}
		if len(claimed) == 0 {
			d.awaitEffects(ctx, hand.free())
		}
	}
	return nil
}

// claim takes what is due, as much as there is room for. First it says what is
// still worked on: those claims are renewed, and one of which the answer never
// arrived here is given up.
func (d *Desk) claim(ctx context.Context, now time.Time, hand *inHand, seen *contact) ([]store.PendingEffect, error) {
	until := now.Add(claimFor)
	if seen.mustKeep(now) {
		if err := d.store.KeepEffects(ctx, until, d.name, hand.list()); err != nil {
			return nil, err
		}
		seen.kept = now
	}
	free := hand.free()
	if free == 0 {
		return nil, nil
	}
	return d.store.ClaimEffects(ctx, store.Claim{
		Now: now, Until: until, Abandoned: seen.abandoned(now), By: d.name, Limit: free,
	})
}

// awaitEffects returns when one may be due, or when there is room for one.
func (d *Desk) awaitEffects(ctx context.Context, free int) {
	wait := lookAgain
	if free == 0 {
		wait = grace / 2 // claims are to be renewed meanwhile
	} else if at, ok, err := d.store.NextEffect(ctx); err == nil && ok {
		// What is due and was not claimed is in other hands.
		wait = min(max(at.Sub(d.now()), noProgress), lookAgain)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-d.outbox:
	case <-timer.C:
	}
}

// inHand are the effects that this daemon works on, until their outcome is
// recorded.
type inHand struct {
	mu  sync.Mutex
	ids map[string]bool
}

// take reports whether the effect was not in hand yet.
func (h *inHand) take(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ids[id] {
		return false
	}
	h.ids[id] = true
	return true
}

func (h *inHand) lay(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.ids, id)
}

func (h *inHand) list() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.ids))
}

func (h *inHand) free() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(claimAtOnce-len(h.ids), 0)
}
