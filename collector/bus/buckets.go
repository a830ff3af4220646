package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// The buckets of the bus itself. Symptoms, coverage and heartbeats share one,
// because a heartbeat must never overtake the symptoms of its own sweep: within
// one bucket there is one order.
const (
	symptomBucket   = "symptoms"
	inventoryBucket = "inventory" // the pointer, and an object store of the same name
)

const markerTTL = 5 * time.Minute // how long the mark of an expired key stays

// declare has ensure make a bucket, now and whenever it has been lost.
func (b *Bus) declare(cfg jetstream.KeyValueConfig) {
	b.mu.Lock()
	defer b.mu.Unlock()
	cfg.Replicas = b.cfg.Replicas
	b.declared[cfg.Bucket] = cfg
}

// ensure makes the buckets that are missing.
func (b *Bus) ensure(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	buckets := map[string]jetstream.KeyValue{}
	for _, cfg := range b.wanted() {
		kv, err := b.js.CreateOrUpdateKeyValue(ctx, cfg)
		if err != nil {
			return fmt.Errorf("make bucket %s: %w", cfg.Bucket, err)
		}
		buckets[cfg.Bucket] = kv
	}
	objects, err := b.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: inventoryBucket, Description: "inventory revisions", Replicas: b.cfg.Replicas,
	})
	if err != nil {
		return fmt.Errorf("make object store %s: %w", inventoryBucket, err)
	}
	status, err := b.js.Stream(ctx, "KV_"+symptomBucket)
	if err != nil {
		return fmt.Errorf("look up bucket %s: %w", symptomBucket, err)
	}
	created := status.CachedInfo().Created
	b.mu.Lock()
	lost := !b.created.IsZero() && !b.created.Equal(created)
	for name, kv := range buckets {
		b.buckets[name] = kv
	}
	b.objects, b.created = objects, created
	b.mu.Unlock()
	if lost {
		b.log.Warn("the bus had lost its content")
		b.remade.fire()
	}
	return nil
}

func (b *Bus) wanted() []jetstream.KeyValueConfig {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]jetstream.KeyValueConfig, 0, len(b.declared))
	for _, cfg := range b.declared {
		all = append(all, cfg)
	}
	return all
}

// Remade is closed when the bus turns out to have lost what it held. Whoever
// published state says it again, and asks for the next such channel.
func (b *Bus) Remade() <-chan struct{} { return b.remade.wait() }

func (b *Bus) bucket(name string) jetstream.KeyValue {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buckets[name]
}

func (b *Bus) store() jetstream.ObjectStore {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.objects
}

// made is when the bucket was made; another answer means another bucket.
func (b *Bus) made(ctx context.Context, bucket string) (time.Time, error) {
	stream, err := b.js.Stream(ctx, "KV_"+bucket)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err := b.ensure(ctx); err != nil {
			return time.Time{}, err
		}
		stream, err = b.js.Stream(ctx, "KV_"+bucket)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("look up bucket %s: %w", bucket, err)
	}
	return stream.CachedInfo().Created, nil
}
