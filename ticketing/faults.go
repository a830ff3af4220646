package ticketing

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
)

// clearedShown is how long a cleared fault stays in the list of faults.
const clearedShown = time.Hour

// Faults lists the open verdicts, and those cleared within the hour.
func (d *Desk) Faults(ctx context.Context) ([]verdict.Verdict, error) {
	docs, err := d.Store.DocsOf(ctx, faultDocs)
	if err != nil {
		return nil, err
	}
	now := d.Now()
	all := make([]verdict.Verdict, 0, len(docs))
	for _, doc := range docs {
		v, err := decodeVerdict(doc)
		if err != nil {
			return nil, err
		}
		if v.State == verdict.Open || now.Sub(v.Cleared) < clearedShown {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(x, y verdict.Verdict) int {
		return cmp.Or(y.Started.Compare(x.Started), cmp.Compare(x.ID, y.ID))
	})
	return all, nil
}

// Fault is the newest version of a verdict, also long after it has cleared.
func (d *Desk) Fault(ctx context.Context, id string) (verdict.Verdict, error) {
	all, err := d.FaultVersions(ctx, id)
	if err != nil {
		return verdict.Verdict{}, err
	}
	if len(all) == 0 {
		return verdict.Verdict{}, store.ErrNotFound
	}
	return all[len(all)-1], nil
}

// FaultVersions are the versions of a verdict that were applied, oldest first.
func (d *Desk) FaultVersions(ctx context.Context, id string) ([]verdict.Verdict, error) {
	docs, err := d.Store.DocsOf(ctx, versionDocs(id))
	if err != nil {
		return nil, err
	}
	all := make([]verdict.Verdict, 0, len(docs))
	for _, doc := range docs {
		v, err := decodeVerdict(doc)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	slices.SortFunc(all, func(x, y verdict.Verdict) int {
		return cmp.Or(cmp.Compare(x.Epoch, y.Epoch), cmp.Compare(x.Version, y.Version))
	})
	return all, nil
}

func decodeVerdict(doc store.Doc) (verdict.Verdict, error) {
	var v verdict.Verdict
	if err := json.Unmarshal(doc.Body, &v); err != nil {
		return v, fmt.Errorf("stored %s %s: %w", doc.Kind, doc.ID, err)
	}
	return v, nil
}

// faultRecord is what is written of a verdict's version beside the tickets.
func faultRecord(v verdict.Verdict) ([]store.Doc, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("record verdict %s: %w", v.ID, err)
	}
	return []store.Doc{
		{Kind: faultDocs, ID: v.ID, Body: body},
		{Kind: versionDocs(v.ID), ID: fmt.Sprintf("%d-%d", v.Epoch, v.Version), Body: body},
	}, nil
}

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
	err = d.Verdicts.Follow(look, func(v *verdict.Verdict, done bool) error {
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
		created, err := d.Verdicts.Create(ctx, v)
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
	gaps := d.Policy().SLA.Gaps(d.Now())
	for _, g := range gaps {
		if !slices.Contains(told, g) {
			d.log.Warn("calendar lacks a year; plain weekdays count there, provisionally", zap.String("calendar", g.Calendar), zap.Int("year", g.Year))
		}
	}
	return gaps
}

func (d *Desk) tidy(ctx context.Context) error {
	docs, err := d.Store.DocsOf(ctx, faultDocs)
	if err != nil {
		return err
	}
	for _, doc := range docs {
		v, err := decodeVerdict(doc)
		if err != nil {
			return err
		}
		if v.State == verdict.Cleared && d.Now().Sub(v.Cleared) >= clearedShown {
			if err := d.Store.DeleteDoc(ctx, faultDocs, doc.ID); err != nil {
				return err
			}
		}
	}
	return d.Store.DeleteExpired(ctx, d.Now())
}
