package bus

import (
	"context"
	"fmt"

	"github.com/linewarden/linewarden/collector/symptom"
)

// PutSymptoms stores many in their order, in one go. A cleared one stays for
// Config.ClearedTTL. After an error any of them may be stored or not; say them
// all again.
func (b *Bus) PutSymptoms(ctx context.Context, all []symptom.Symptom) error {
	entries := make([]entry, len(all))
	for i := range all {
		e, err := entryOf(symptom.Report{Symptom: &all[i]})
		if err != nil {
			return err
		}
		if all[i].State == symptom.Cleared {
			e.ttl = b.cfg.ClearedTTL
		}
		entries[i] = e
	}
	return b.put(ctx, entries...)
}

// PutHeartbeat stores what a collector says of its sweep. Put it after the
// symptoms of that sweep have been stored: followers see them in that order.
func (b *Bus) PutHeartbeat(ctx context.Context, h symptom.Heartbeat) error {
	e, err := entryOf(symptom.Report{Heartbeat: &h})
	if err != nil {
		return err
	}
	return b.put(ctx, e)
}

// PutCoverage stores what can be observed on devices and lines' targets.
func (b *Bus) PutCoverage(ctx context.Context, all ...symptom.Coverage) error {
	entries := make([]entry, len(all))
	for i := range all {
		e, err := entryOf(symptom.Report{Coverage: &all[i]})
		if err != nil {
			return err
		}
		entries[i] = e
	}
	return b.put(ctx, entries...)
}

func entryOf(r symptom.Report) (entry, error) {
	value, err := r.Encode()
	if err != nil {
		return entry{}, fmt.Errorf("write %s %s: %w", symptomBucket, r.Key(), err)
	}
	return entry{bucket: symptomBucket, key: r.Key(), value: value}, nil
}

// Follow tells f every symptom, coverage and heartbeat that is present, then
// Synced, then every change, in the order in which they were written, until ctx
// ends; then it returns nil. Interruptions are bridged: afterwards f is told
// what changed meanwhile, and what is Gone. What cannot be read is passed over,
// logged and counted.
func (b *Bus) Follow(ctx context.Context, f func(symptom.Report)) error {
	return b.followReports(ctx, []string{">"}, f)
}

// FollowObserver is Follow for the symptoms of one observer alone, and for what
// it says it can observe.
func (b *Bus) FollowObserver(ctx context.Context, observer symptom.Subject, f func(symptom.Report)) error {
	return b.followReports(ctx, symptom.KeysOf(observer), f)
}

func (b *Bus) followReports(ctx context.Context, filters []string, f func(symptom.Report)) error {
	return b.follow(ctx, reader{
		bucket:  symptomBucket,
		filters: filters,
		change: func(c change) error {
			report, tell, err := reportOf(c)
			if err != nil {
				b.unreadable(symptomBucket, c.key, err)
			} else if tell {
				f(report)
			}
			return nil
		},
		synced: func() error { f(symptom.Report{Synced: true}); return nil },
	})
}

func reportOf(c change) (r symptom.Report, tell bool, err error) {
	if c.gone {
		return symptom.GoneReport(c.key)
	}
	r, err = symptom.DecodeReport(c.key, c.value)
	return r, err == nil, err
}
