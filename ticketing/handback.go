package ticketing

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/correlator/verdict"
)

// HandBack puts open verdicts back on a bus that has lost them. Call it before
// the correlator looks there for what to adopt, so that nothing is opened twice.
func (d *Desk) HandBack(ctx context.Context) error {
	recorded, err := d.Faults(ctx)
	if err != nil {
		return fmt.Errorf("read open faults: %w", err)
	}
	open := map[string]verdict.Verdict{}
	for _, v := range recorded {
		d.Board.fault(v)
		if v.State == verdict.Open {
			open[v.ID] = v
		}
	}
	if len(open) == 0 {
		return nil
	}
	look, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	synced := false
	err = d.bus.Follow(look, func(v *verdict.Verdict, done bool) error {
		if v != nil {
			delete(open, v.ID)
		}
		if done {
			synced = true
			stop()
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read verdicts on the bus: %w", err)
	}
	if !synced {
		return fmt.Errorf("read verdicts on the bus: no answer within 30 s")
	}
	for id, v := range open {
		created, err := d.bus.Create(ctx, v)
		if err != nil {
			return fmt.Errorf("put verdict %s back on the bus: %w", id, err)
		}
		if !created {
			continue // a newer version came meanwhile
		}
		d.log.Info("open verdict put back on the bus", zap.String("verdict", id), zap.Uint64("version", v.Version))
	}
	return nil
}
