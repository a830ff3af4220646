package ticketing

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// housekeeping drops faults from the list an hour after they cleared, and what
// has expired from the database.
func (d *Desk) housekeeping(ctx context.Context) error {
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	var told []sla.Gap
	for {
		told = d.sayGaps(told)
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		if err := d.tidy(ctx); err != nil && ctx.Err() == nil {
			d.reached(err)
		}
	}
}

// sayGaps says once which years the calendars lack.
func (d *Desk) sayGaps(told []sla.Gap) []sla.Gap {
	gaps := d.Policy().SLA.Gaps(d.now())
	for _, g := range gaps {
		if !slices.Contains(told, g) {
			d.log.Warn("calendar lacks a year; plain weekdays count there, provisionally",
				zap.String("calendar", g.Calendar), zap.Int("year", g.Year))
		}
	}
	return gaps
}

func (d *Desk) tidy(ctx context.Context) error {
	docs, err := d.store.DocsOf(ctx, faultDocs)
	if err != nil {
		return err
	}
	recorded, err := d.faults.list(docs)
	if err != nil {
		return err
	}
	for _, v := range recorded {
		if v.State == verdict.Cleared && d.now().Sub(v.Cleared) >= clearedShown {
			if err := d.store.DeleteDoc(ctx, faultDocs, v.ID); err != nil {
				return err
			}
		}
	}
	return d.store.DeleteExpired(ctx, d.now())
}
