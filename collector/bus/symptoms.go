package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/symptom"
)

// The first word of a key in the symptom bucket says what it holds.
const (
	symptomWord   = "s" // s.OBSERVER.KIND.SUBJECT
	coverageWord  = "c" // c.COLLECTOR.DEVICE
	heartbeatWord = "h" // h.COLLECTOR.METHOD.CLASS
)

// PutSymptom stores one symptom under its key. A cleared one stays for
// Config.ClearedTTL.
func (b *Bus) PutSymptom(ctx context.Context, s symptom.Symptom) error {
	return b.PutSymptoms(ctx, []symptom.Symptom{s})
}

// PutSymptoms stores many in their order, in one go. After an error any of
// them may be stored or not; say them all again.
func (b *Bus) PutSymptoms(ctx context.Context, all []symptom.Symptom) error {
	entries := make([]entry, len(all))
	for i, s := range all {
		if err := s.Validate(); err != nil {
			return fmt.Errorf("symptom %s %s: %w", s.Kind, s.Subject, err)
		}
		value, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("symptom %s %s: %w", s.Kind, s.Subject, err)
		}
		entries[i] = entry{bucket: symptomBucket, key: symptomWord + "." + s.Key().Token(), value: value}
		if s.State == symptom.Cleared {
			entries[i].ttl = b.cfg.ClearedTTL
		}
	}
	return b.put(ctx, entries...)
}

// PutHeartbeat stores what a collector says of its sweep. Put it after the
// symptoms of that sweep have been stored: followers see them in that order.
func (b *Bus) PutHeartbeat(ctx context.Context, h symptom.Heartbeat) error {
	value, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("heartbeat of %s: %w", h.Collector, err)
	}
	class := h.Class
	if class == "" {
		class = "all"
	}
	key := strings.Join([]string{heartbeatWord, word(h.Collector), word(h.Method), word(class)}, ".")
	return b.put(ctx, entry{bucket: symptomBucket, key: key, value: value})
}

// PutCoverage stores what can be observed on devices and lines' targets.
func (b *Bus) PutCoverage(ctx context.Context, all ...symptom.Coverage) error {
	entries := make([]entry, len(all))
	for i, c := range all {
		value, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("coverage of %s%s: %w", c.Device, c.Line, err)
		}
		about := c.Device
		if c.Line != "" {
			about = c.Place().String()
		}
		key := coverageWord + "." + word(c.Collector) + "." + word(about)
		entries[i] = entry{bucket: symptomBucket, key: key, value: value}
	}
	return b.put(ctx, entries...)
}

// Follow tells f every symptom, coverage and heartbeat that is present, then
// Synced, then every change, in the order in which they were written, until ctx
// ends; then it returns nil. Interruptions are bridged: afterwards f is told
// what changed meanwhile, and what is Gone.
func (b *Bus) Follow(ctx context.Context, f func(symptom.Report)) error {
	return b.followReports(ctx, []string{">"}, f)
}

// FollowObserver is Follow for the symptoms of one observer alone, and for what
// it says it can observe.
func (b *Bus) FollowObserver(ctx context.Context, observer symptom.Subject, f func(symptom.Report)) error {
	return b.followReports(ctx, []string{symptomWord + "." + word(string(observer)) + ".>", coverageWord + "." + word(observer.ID()) + ".>"}, f)
}

func (b *Bus) followReports(ctx context.Context, filters []string, f func(symptom.Report)) error {
	return b.follow(ctx, reader{
		bucket:  symptomBucket,
		filters: filters,
		change: func(c change) error {
			report, ok, err := parseReport(c)
			if err != nil {
				b.log.Warn("unreadable entry passed over", zap.String("key", c.key), zap.Error(err))
				return nil
			}
			if ok {
				f(report)
			}
			return nil
		},
		synced: func() error { f(symptom.Report{Synced: true}); return nil },
	})
}

// parseReport reads what a change says. Unknown fields are let pass, so that a
// newer collector may speak to an older correlator; contradictions are not.
func parseReport(c change) (symptom.Report, bool, error) {
	kind, token, _ := strings.Cut(c.key, ".")
	switch kind {
	case symptomWord:
		key, err := symptom.ParseToken(token)
		if err != nil {
			return symptom.Report{}, false, err
		}
		if c.gone {
			return symptom.Report{Gone: &key}, true, nil
		}
		var s symptom.Symptom
		if err := json.Unmarshal(c.value, &s); err != nil {
			return symptom.Report{}, false, err
		}
		if err := s.Validate(); err != nil {
			return symptom.Report{}, false, err
		}
		if s.Key() != key {
			return symptom.Report{}, false, fmt.Errorf("it speaks of %s %s by %s", s.Kind, s.Subject, s.Observer)
		}
		return symptom.Report{Symptom: &s}, true, nil
	case heartbeatWord:
		if c.gone {
			return symptom.Report{}, false, nil
		}
		var h symptom.Heartbeat
		if err := json.Unmarshal(c.value, &h); err != nil {
			return symptom.Report{}, false, err
		}
		return symptom.Report{Heartbeat: &h}, true, nil
	case coverageWord:
		if c.gone {
			return symptom.Report{}, false, nil
		}
		var v symptom.Coverage
		if err := json.Unmarshal(c.value, &v); err != nil {
			return symptom.Report{}, false, err
		}
		return symptom.Report{Coverage: &v}, true, nil
	}
	return symptom.Report{}, false, fmt.Errorf("%q holds nothing that is known here", kind)
}
