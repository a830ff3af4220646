package ticketing

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/store"
)

// clearedShown is how long a cleared fault stays in the list of faults.
const clearedShown = time.Hour

const faultDocs = "fault" // open verdicts, and those cleared within the hour

// versionDocs is the kind of the documents that hold a verdict's versions.
func versionDocs(verdict string) string { return "verdict:" + verdict }

// Faults lists the open verdicts, and those cleared within the hour, the newest
// first. Nobody may change what their slices hold: others read them too.
func (d *Desk) Faults(ctx context.Context) ([]verdict.Verdict, error) {
	docs, err := d.store.DocsOf(ctx, faultDocs)
	if err != nil {
		return nil, err
	}
	recorded, err := d.faults.list(docs)
	if err != nil {
		return nil, err
	}
	now := d.now()
	all := slices.DeleteFunc(recorded, func(v verdict.Verdict) bool {
		return v.State != verdict.Open && now.Sub(v.Cleared) >= clearedShown
	})
	slices.SortFunc(all, func(x, y verdict.Verdict) int {
		return cmp.Or(y.Started.Compare(x.Started), cmp.Compare(x.ID, y.ID))
	})
	return all, nil
}

// Fault is the newest version of a verdict, also long after it has cleared.
func (d *Desk) Fault(ctx context.Context, id string) (verdict.Verdict, error) {
	doc, err := d.store.Doc(ctx, faultDocs, id)
	if err == nil {
		return d.faults.one(doc)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return verdict.Verdict{}, err
	}
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
	docs, err := d.store.DocsOf(ctx, versionDocs(id))
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
