package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/correlator/verdict"
)

// PutVerdict stores a version of a verdict over the version before.
func (b *Bus) PutVerdict(ctx context.Context, v *verdict.Verdict) error {
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("verdict %s: %w", v.ID, err)
	}
	version := strconv.FormatUint(v.Epoch, 10) + "-" + strconv.FormatUint(v.Version, 10)
	if err := b.putLarge(ctx, verdictBucket, word(v.ID), version, value); err != nil {
		return fmt.Errorf("verdict %s: %w", v.ID, err)
	}
	return nil
}

// PutBackVerdict stores a verdict that the bus has lost. If a version of it is
// there, that one is newer, and stays.
func (b *Bus) PutBackVerdict(ctx context.Context, v *verdict.Verdict) error {
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("verdict %s: %w", v.ID, err)
	}
	kv := b.bucket(verdictBucket)
	if len(value) <= pieceSize {
		if _, err := kv.Create(ctx, word(v.ID), value); err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
			return fmt.Errorf("verdict %s: %w", v.ID, err)
		}
		return nil
	}
	if _, err := kv.Get(ctx, word(v.ID)); !errors.Is(err, jetstream.ErrKeyNotFound) {
		if err != nil {
			err = fmt.Errorf("verdict %s: %w", v.ID, err)
		}
		return err
	}
	return b.PutVerdict(ctx, v)
}

// DropVerdict removes a verdict that is cleared and recorded. One that is not
// there is no error, and one that has begun again meanwhile stays.
func (b *Bus) DropVerdict(ctx context.Context, id string) error {
	bucket := b.bucket(verdictBucket)
	now, err := bucket.Get(ctx, word(id))
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("drop verdict %s: %w", id, err)
	}
	if err == nil {
		var newest struct{ State verdict.State }
		if json.Unmarshal(now.Value(), &newest) == nil && newest.State == verdict.Open {
			return nil
		}
		err = bucket.Purge(ctx, word(id), jetstream.PurgeTTL(markerTTL), jetstream.LastRevision(now.Revision()))
		if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			return fmt.Errorf("drop verdict %s: %w", id, err)
		}
	}
	if err := b.dropPieces(ctx, verdictBucket, word(id), ""); err != nil {
		return fmt.Errorf("drop verdict %s: %w", id, err)
	}
	return nil
}

// FollowVerdicts tells f the newest version of every verdict that is there,
// then f(nil, true) once, then every new version with synced true, until ctx
// ends; then it returns nil. Versions may be skipped. An error of f ends it.
func (b *Bus) FollowVerdicts(ctx context.Context, f func(v *verdict.Verdict, synced bool) error) error {
	var pieces gather
	synced := false
	return b.follow(ctx, reader{
		bucket:  verdictBucket,
		filters: []string{">"},
		change: func(c change) error {
			value, ok := pieces.whole(c)
			if !ok {
				return nil
			}
			var v verdict.Verdict
			if err := json.Unmarshal(value, &v); err != nil {
				b.log.Warn("unreadable verdict passed over", zap.String("key", c.key), zap.Error(err))
				return nil
			}
			return f(&v, synced)
		},
		synced: func() error { synced = true; return f(nil, true) },
	})
}
