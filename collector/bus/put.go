package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// entry is one key to be written.
type entry struct {
	bucket string
	key    string
	value  []byte
	ttl    time.Duration // 0: stays
}

func (e entry) message() (*nats.Msg, []jetstream.PublishOpt) {
	m := &nats.Msg{Subject: "$KV." + e.bucket + "." + e.key, Data: e.value, Header: nats.Header{}}
	if e.ttl > 0 {
		return m, []jetstream.PublishOpt{jetstream.WithMsgTTL(e.ttl)}
	}
	return m, nil
}

// put writes the entries in their order, without waiting for one before the
// next is sent, and returns when all are stored. After an error any of them may
// or may not be stored; since they are state, the caller says them all again.
func (b *Bus) put(ctx context.Context, entries ...entry) error {
	if len(entries) == 0 {
		return nil
	}
	if len(entries) == 1 {
		m, opts := entries[0].message()
		ctx, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		_, err := b.js.PublishMsg(ctx, m, opts...)
		return b.explain(ctx, entries[0], err)
	}
	futures := make([]jetstream.PubAckFuture, len(entries))
	for i, e := range entries {
		m, opts := e.message()
		f, err := b.js.PublishMsgAsync(m, opts...)
		if err != nil {
			return b.explain(ctx, e, err)
		}
		futures[i] = f
	}
	late := time.NewTimer(requestTimeout)
	defer late.Stop()
	for i, f := range futures {
		select {
		case <-f.Ok():
		case err := <-f.Err():
			return b.explain(ctx, entries[i], err)
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return fmt.Errorf("write %s: no answer in %s", entries[i].bucket, requestTimeout)
		}
	}
	return nil
}

// explain wraps err, and where the bucket has vanished makes it anew, so that
// the caller's next attempt succeeds.
func (b *Bus) explain(ctx context.Context, e entry, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		if again := b.ensure(ctx); again == nil {
			b.renewed.fire()
			err = fmt.Errorf("%w (the bucket was lost and has been made again)", err)
		}
	}
	return fmt.Errorf("write %s %s: %w", e.bucket, e.key, err)
}
