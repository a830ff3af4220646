package collector

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/probe/icmp"
	"github.com/linewarden/linewarden/collector/watch"
)

// step hands an event to the state and carries out what follows.
func (c *Collector) step(ev watch.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stepLocked(ev)
}

// stepLocked is step for who holds the lock. What follows is carried out under
// it, so that it keeps its order; nothing of it waits.
func (c *Collector) stepLocked(ev watch.Event) {
	for _, d := range c.state.Step(time.Now(), ev) {
		c.carryOut(d)
	}
	if at, ok := c.state.Deadline(); ok && (c.armed.IsZero() || at.Before(c.armed)) {
		c.armed = at
		rouse(c.earlier)
	}
}

func (c *Collector) carryOut(d watch.Do) {
	switch d := d.(type) {
	case watch.Say:
		c.outbox.symptom(d.Symptom)
		c.metrics.symptoms.WithLabelValues(string(d.Symptom.Kind), string(d.Symptom.State)).Inc()
	case watch.Cover:
		c.outbox.cover(d.Coverage)
	case watch.Beat:
		c.outbox.heartbeat(d.Heartbeat)
	case watch.Ask:
		c.asker.ping(icmp.Target{Key: d.Key, Addr: d.Addr})
	case watch.Poll:
		c.asker.poll(d.Device)
	case watch.Remember:
		c.memory.add(d.Name)
	case watch.Isolated:
		c.sayIsolated(d.Yes)
	case watch.Held:
		c.metrics.held.Inc()
	case watch.Broken:
		c.metrics.brokenSweeps.Inc()
	}
}

func (c *Collector) sayIsolated(yes bool) {
	c.metrics.isolated.Set(one(yes))
	if yes {
		c.log.Warn("cut off from the network: targets are unknown, not down")
	} else {
		c.log.Info("back in the network")
	}
}

// keepTime ticks at the state's deadline.
func (c *Collector) keepTime(ctx context.Context) error {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	save := time.NewTicker(10 * time.Second)
	defer save.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.earlier:
		case <-alarm.C:
			c.step(watch.Tick{})
		case <-save.C:
			if err := c.memory.save(); err != nil {
				c.log.Warn("which targets have answered cannot be saved", zap.Error(err))
			}
		}
		c.arm(alarm)
	}
}

func (c *Collector) arm(alarm *time.Timer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.state.Deadline()
	if !ok {
		c.armed = time.Time{}
		alarm.Stop()
		return
	}
	c.armed = at
	alarm.Reset(time.Until(at))
}
