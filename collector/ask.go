package collector

import (
	"context"
	"sync"
	"time"

	"github.com/linewarden/linewarden/collector/probe/icmp"
)

const (
	askAgain   = time.Second // questions to one target or device are that far apart
	asksAtOnce = 64          // running series of pings
	pollsAsked = 128         // running polls
	askMembers = 6           // of those behind one link or cable
	askTotal   = 24          // per first miss, and per link or cable on a return
	askLooked  = 256         // members looked at on a return
)

// followUp does on a first miss what would otherwise wait for the next round:
// asks again, asks upstream, asks who shares the way, and looks at the ports.
func (c *Collector) followUp(t *target, now time.Time) {
	c.ask(t, now)
	if !c.expansion.take(now) {
		return // many at once: each is confirmed by itself, and its neighbours are among them
	}
	for _, id := range t.upstream {
		if up := c.byDevice[id]; up != nil {
			c.ask(up, now)
		}
	}
	c.askGateway(now)
	asked := 0
	for _, s := range t.shared {
		members := c.shared[s]
		first := int(t.key) // not always the same few
		for i, n := 0, 0; i < len(members) && n < askMembers && asked < askTotal; i++ {
			if other := members[(first+i)%len(members)]; other != t && c.ask(other, now) {
				n++
				asked++
			}
		}
	}
	for _, id := range t.reporters {
		c.pollDevice(id)
	}
}

// followBack does on a return what would otherwise wait for the next round:
// asks those who were missed with it whether they are back too, and looks at
// the ports. A recovery that trickles in would look like another fault.
func (c *Collector) followBack(t *target, now time.Time) {
	for _, id := range t.reporters {
		c.pollDevice(id)
	}
	if !c.expansion.take(now) {
		return
	}
	for _, s := range t.shared {
		members := c.shared[s]
		first := int(t.key)
		for i, n := 0, 0; i < min(len(members), askLooked) && n < askTotal; i++ {
			if other := members[(first+i)%len(members)]; other != t && other.ping.Missing() > 0 && c.ask(other, now) {
				n++
			}
		}
	}
}

// askNew asks everybody who has never answered, at once and in batches, instead
// of waiting for a first round of up to a minute: until it has answered once, a
// target that fails is a finding and no fault.
func (c *Collector) askNew(now time.Time) {
	if !c.ready || c.plan == nil {
		return
	}
	for _, t := range c.targets {
		if t != nil && !t.ping.Ever {
			c.ask(t, now)
		}
	}
}

// ask pings a target a few times at once, if that was not done just now.
func (c *Collector) ask(t *target, now time.Time) bool {
	if t.skip != "" || now.Sub(t.asked) < askAgain {
		return false
	}
	t.asked = now
	c.asker.ping(icmp.Target{Key: t.key, Addr: t.at.addr})
	return true
}

func (c *Collector) askGateway(now time.Time) {
	if g := c.byDevice[c.plan.gateway]; g != nil {
		c.ask(g, now)
	}
}

// askHeld goes on asking for what cannot be raised, because nobody has vouched
// for our own way in.
func (c *Collector) askHeld(now time.Time) {
	if c.isolated || len(c.held) == 0 {
		if c.isolated {
			c.askGateway(now)
		}
		return
	}
	c.askGateway(now)
	n := 0
	for t := range c.held {
		if c.ask(t, now) {
			if n++; n >= askTotal {
				break
			}
		}
	}
}

// pollDevice looks at a device's ports now.
func (c *Collector) pollDevice(id string) {
	if id != "" && c.polled[id] != nil && !c.isolated {
		c.asker.poll(id)
	}
}

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
	last  map[string]time.Time // device -> last poll asked for
}

func newAsker(engines Engines, plan icmp.Plan, tallies func([]icmp.Tally), m *metrics) *asker {
	return &asker{engines: engines, plan: plan, tallies: tallies, metrics: m,
		toPing: make(chan struct{}, 1), toPoll: make(chan struct{}, 1), last: map[string]time.Time{}}
}

func (a *asker) ping(t icmp.Target) {
	a.mu.Lock()
	a.pings = append(a.pings, t)
	a.mu.Unlock()
	rouse(a.toPing)
}

func (a *asker) poll(device string) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.last[device]) < askAgain {
		return
	}
	if len(a.last) > 10_000 {
		clear(a.last)
	}
	a.last[device] = now
	a.polls = append(a.polls, device)
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
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		f(ctx)
	})
}

// rate is a token bucket.
type rate struct {
	perSecond, burst float64
	tokens           float64
	at               time.Time
}

func (r *rate) take(now time.Time) bool {
	r.tokens = min(r.burst, r.tokens+now.Sub(r.at).Seconds()*r.perSecond)
	r.at = now
	if r.tokens < 1 {
		return false
	}
	r.tokens--
	return true
}
