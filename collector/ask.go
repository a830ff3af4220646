package collector

import (
	"context"
	"sync"
	"time"

	"github.com/linewarden/linewarden/collector/probe/icmp"
)

const (
	asksAtOnce = 64               // running series of pings
	pollsAsked = 128              // running polls
	askLimit   = 30 * time.Second // of one series or poll
)

// asker carries questions to the engines without making anybody wait.
type asker struct {
	engines Engines
	plan    icmp.Plan
	tallies func([]icmp.Tally)
	metrics *metrics

	toPing, toPoll chan struct{}

	mu    sync.Mutex
	pings []icmp.Target
	polls []string
}

func newAsker(engines Engines, plan icmp.Plan, tallies func([]icmp.Tally), m *metrics) *asker {
	return &asker{engines: engines, plan: plan, tallies: tallies, metrics: m,
		toPing: make(chan struct{}, 1), toPoll: make(chan struct{}, 1)}
}

func (a *asker) ping(t icmp.Target) {
	a.mu.Lock()
	a.pings = append(a.pings, t)
	a.mu.Unlock()
	rouse(a.toPing)
}

func (a *asker) poll(device string) {
	a.mu.Lock()
	a.polls = append(a.polls, device)
	a.mu.Unlock()
	rouse(a.toPoll)
}

func rouse(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// run carries them until ctx ends, and waits for what is under way. Polls do
// not queue behind pings, which in a great outage wait long for their tokens.
func (a *asker) run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { a.carryPings(ctx, &running) })
	running.Go(func() { a.carryPolls(ctx, &running) })
	running.Wait()
	return nil
}

func (a *asker) carryPings(ctx context.Context, running *sync.WaitGroup) {
	slots := make(chan struct{}, asksAtOnce)
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.toPing:
		}
		a.mu.Lock()
		targets := a.pings
		a.pings = nil
		a.mu.Unlock()
		if len(targets) == 0 {
			continue
		}
		a.metrics.asked.Add(float64(len(targets)))
		a.spawn(ctx, running, slots, func(ctx context.Context) {
			// What the tallies know counts, also if time ran out for the rest.
			tallies, _ := a.engines.Ping.Probe(ctx, targets, a.plan)
			a.tallies(tallies)
		})
	}
}

func (a *asker) carryPolls(ctx context.Context, running *sync.WaitGroup) {
	slots := make(chan struct{}, pollsAsked)
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.toPoll:
		}
		a.mu.Lock()
		devices := a.polls
		a.polls = nil
		a.mu.Unlock()
		for _, id := range devices {
			if len(slots) == cap(slots) {
				a.metrics.putOff.Inc() // dead agents are slow; the next round asks
				continue
			}
			a.spawn(ctx, running, slots, func(ctx context.Context) {
				_, _ = a.engines.Poll.Poll(ctx, id) // the engine hands the result to HandlePoll
			})
		}
	}
}

// spawn waits for a slot, but not beyond ctx.
func (a *asker) spawn(ctx context.Context, running *sync.WaitGroup, slots chan struct{}, f func(context.Context)) {
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	running.Go(func() {
		defer func() { <-slots }()
		ctx, cancel := context.WithTimeout(ctx, askLimit)
		defer cancel()
		f(ctx)
	})
}
