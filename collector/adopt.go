package collector

import (
	"context"
	"encoding/json"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/symptom"
)

// adopt takes up what an earlier life of this collector left on the bus, and
// from then on sees to it that what is raised stays there.
func (c *Collector) adopt(ctx context.Context) error {
	var found []symptom.Symptom
	var lines []symptom.Coverage
	return c.engines.Bus.FollowObserver(ctx, c.observer, func(r symptom.Report) {
		switch {
		case r.Symptom != nil:
			if r.Symptom.State == symptom.Raised {
				found = append(found, *r.Symptom)
			}
		case r.Coverage != nil:
			if r.Coverage.Line != "" {
				lines = append(lines, *r.Coverage)
			}
		case r.Synced:
			c.begin(found, lines, time.Now())
		case r.Gone != nil:
			c.sayAgain(*r.Gone, time.Now())
		}
		if c.Ready() == nil {
			found, lines = nil, nil // from here on these are our own words
		}
	})
}

// begin starts judging.
func (c *Collector) begin(found []symptom.Symptom, lines []symptom.Coverage, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range lines {
		// What is well is not said of a line, unless another thing was before.
		about := v.Place()
		v.At = time.Time{}
		if text, err := json.Marshal(v); err == nil && c.coverage[about] == "" {
			c.coverage[about] = string(text)
			c.dirty[about.Subject] = true
		}
	}
	for _, s := range found {
		c.board.Adopt(s)
	}
	for _, t := range c.targets {
		if t != nil {
			c.recall(t)
		}
	}
	c.ready = true
	c.countAlive()
	c.startClasses(now)
	if c.plan != nil {
		c.withdrawForeign(now)
	}
	c.askNew(now)
	if len(found) > 0 {
		c.log.Info("symptoms of an earlier life taken up", zap.Int("symptoms", len(found)))
	}
}

// recall notes that a target is known to have answered, by the memory or by
// what was said of it.
func (c *Collector) recall(t *target) {
	if c.anyRaised(t) {
		c.memory.add(t.at.String())
	}
	t.ping.Ever = t.ping.Ever || c.memory.has(t.at.String())
}

// sayAgain puts a raised symptom back that vanished from the bus.
func (c *Collector) sayAgain(gone symptom.Key, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.board.Raised(gone.Place, gone.Kind) {
		return
	}
	for _, s := range c.board.Present(now.UTC()) {
		if s.Key() == gone {
			c.say([]symptom.Symptom{s})
		}
	}
}

// republish says everything again when the bus has lost its content.
func (c *Collector) republish(ctx context.Context) error {
	for {
		remade := c.engines.Bus.Remade()
		select {
		case <-ctx.Done():
			return nil
		case <-remade:
		}
		c.sayEverything(time.Now())
	}
}

func (c *Collector) sayEverything(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plan == nil {
		return
	}
	c.say(c.board.Present(now.UTC()))
	for about := range c.coverage {
		c.dirty[about.Subject] = true
	}
	clear(c.coverage)
}
