package collector

import (
	"context"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/collector/watch"
)

// follow takes up what an earlier life of this collector left on the bus, and
// from then on sees to it that what is raised stays there.
func (c *Collector) follow(ctx context.Context) error {
	var left watch.Adopted
	return c.engines.Bus.FollowObserver(ctx, c.observer, func(r symptom.Report) {
		switch {
		case r.Symptom != nil:
			if r.Symptom.State == symptom.Raised {
				left.Symptoms = append(left.Symptoms, *r.Symptom)
			}
		case r.Coverage != nil:
			if r.Coverage.Line != "" {
				left.Coverage = append(left.Coverage, *r.Coverage)
			}
		case r.Synced:
			c.step(left)
			if n := len(left.Symptoms); n > 0 {
				c.log.Info("symptoms of an earlier life taken up", zap.Int("symptoms", n))
			}
		case r.Gone != nil:
			c.step(watch.Vanished{Key: *r.Gone})
		}
		if c.Ready() == nil {
			left = watch.Adopted{} // from here on these are our own words
		}
	})
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
		c.step(watch.Remade{})
	}
}
