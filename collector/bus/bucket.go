package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Spec is what a bucket holds and how its values are written. It is put
// together from functions of the room in which the values are at home.
type Spec[T any] struct {
	Name        string
	Description string

	// Key is a value's place in the bucket: words as symptom.Word makes them,
	// joined by dots. A value that may be cut has a key of one word. A bucket
	// that this process only follows needs Decode alone.
	Key    func(v T) string
	Encode func(v T) ([]byte, error)
	Decode func(key string, value []byte) (T, error)

	// Version tells this state of a value from those before it, in one word.
	// Without it the value must fit into one message (8 MiB).
	Version func(v T) string

	// Expires has values go away, or be taken away, so that a mark tells
	// followers of it. Once a bucket was made with it, it cannot be made without.
	Expires bool
}

// Bucket holds values of one type, the newest under each key. Its methods may
// be called from any goroutine.
type Bucket[T any] struct {
	bus    *Bus
	spec   Spec[T]
	pieces withPieces
}

// NewBucket makes the bucket on the bus where it is missing, now and each time
// the bus has lost it.
func NewBucket[T any](ctx context.Context, b *Bus, spec Spec[T]) (*Bucket[T], error) {
	cfg := jetstream.KeyValueConfig{Bucket: spec.Name, Description: spec.Description}
	if spec.Expires {
		cfg.LimitMarkerTTL = markerTTL
	}
	b.declare(cfg)
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	return &Bucket[T]{bus: b, spec: spec}, nil
}

// Put stores v in place of what is under its key. After an error it may be
// stored or not; say it again. Of one key there is one writer at a time.
func (k *Bucket[T]) Put(ctx context.Context, v T) error {
	value, err := k.spec.Encode(v)
	if err != nil {
		return k.failed("write", v, err)
	}
	key := k.spec.Key(v)
	if k.mustCut(value) {
		if value, err = k.putPieces(ctx, key, k.spec.Version(v), value); err != nil {
			return k.failed("write", v, err)
		}
	}
	if err := k.bus.put(ctx, entry{bucket: k.spec.Name, key: key, value: value}); err != nil {
		return err
	}
	if k.spec.Version == nil {
		return nil
	}
	return k.dropPieces(ctx, key, k.spec.Version(v))
}

// Create stores v if nothing is under its key, and tells whether it did: what
// is there is newer, and stays.
func (k *Bucket[T]) Create(ctx context.Context, v T) (bool, error) {
	value, err := k.spec.Encode(v)
	if err != nil {
		return false, k.failed("create", v, err)
	}
	key := k.spec.Key(v)
	if k.mustCut(value) {
		_, err := k.bus.bucket(k.spec.Name).Get(ctx, key)
		if err == nil {
			return false, nil // before its pieces are written over those of what is there
		}
		if !errors.Is(err, jetstream.ErrKeyNotFound) {
			return false, k.failed("create", v, err)
		}
		if value, err = k.putPieces(ctx, key, k.spec.Version(v), value); err != nil {
			return false, k.failed("create", v, err)
		}
	}
	_, err = k.bus.bucket(k.spec.Name).Create(ctx, key, value)
	if errors.Is(err, jetstream.ErrKeyExists) {
		return false, nil
	}
	if err != nil {
		return false, k.failed("create", v, err)
	}
	return true, nil
}

// Drop takes away what is under v's key. What keep says of the value that is
// there now decides: it may be another than v, and stays if keep says so. That
// nothing is there is no error, and an unreadable value is taken away.
func (k *Bucket[T]) Drop(ctx context.Context, v T, keep func(now T) bool) error {
	bucket, key := k.bus.bucket(k.spec.Name), k.spec.Key(v)
	e, err := bucket.Get(ctx, key)
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return k.failed("drop", v, err)
	}
	if err == nil {
		if now, err := k.read(ctx, key, e.Value()); err == nil && keep(now) {
			return nil
		}
		if k.spec.Version != nil && isHead(e.Value()) {
			k.pieces.note(key, true)
		}
		err = bucket.Purge(ctx, key, jetstream.PurgeTTL(markerTTL), jetstream.LastRevision(e.Revision()))
		if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			return k.failed("drop", v, err)
		}
	}
	if k.spec.Version == nil {
		return nil
	}
	if err := k.dropPieces(ctx, key, ""); err != nil {
		return k.failed("drop", v, err)
	}
	return nil
}

// Follow tells f every value that is there, then f(nil, true) once, then what
// is put afterwards with synced true, until ctx ends; then it returns nil. An
// error of f ends it. States of a value may be skipped, and what goes away is
// not told. What cannot be read is passed over, logged and counted.
func (k *Bucket[T]) Follow(ctx context.Context, f func(v *T, synced bool) error) error {
	var pieces gather
	synced := false
	return k.bus.follow(ctx, reader{
		bucket:  k.spec.Name,
		filters: []string{">"},
		change: func(c change) error {
			v, err := k.heard(&pieces, c)
			if err != nil {
				k.bus.unreadable(k.spec.Name, c.key, err)
			}
			if v == nil {
				return nil
			}
			return f(v, synced)
		},
		synced: func() error { synced = true; return f(nil, true) },
	})
}

// heard is the value that a change makes complete, if it makes one.
func (k *Bucket[T]) heard(pieces *gather, c change) (*T, error) {
	value, whole := c.value, !c.gone
	if k.spec.Version != nil {
		var err error
		if value, whole, err = pieces.whole(c); err != nil {
			return nil, err
		}
	}
	if !whole {
		return nil, nil
	}
	v, err := k.spec.Decode(c.key, value)
	if err != nil {
		return nil, err
	}
	return &v, nil
}

func (k *Bucket[T]) mustCut(value []byte) bool {
	return k.spec.Version != nil && len(value) > pieceSize
}

// read decodes what is stored under key, pieces included.
func (k *Bucket[T]) read(ctx context.Context, key string, value []byte) (T, error) {
	var none T
	if k.spec.Version != nil {
		var err error
		if value, err = k.fetchPieces(ctx, key, value); err != nil {
			return none, err
		}
	}
	return k.spec.Decode(key, value)
}

func (k *Bucket[T]) failed(what string, v T, err error) error {
	return fmt.Errorf("%s %s %s: %w", what, k.spec.Name, k.spec.Key(v), err)
}

// unreadable logs and counts an entry that somebody put there and nobody can read.
func (b *Bus) unreadable(where, key string, err error) {
	b.metrics.unreadable.WithLabelValues(where).Inc()
	b.log.Warn("unreadable entry passed over", zap.String("bucket", where), zap.String("key", key), zap.Error(err))
}
