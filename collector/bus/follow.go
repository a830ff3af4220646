package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/sethvargo/go-retry"
	"go.uber.org/zap"
)

// change is what a follower of a bucket is told of one key.
type change struct {
	key   string
	value []byte
	gone  bool // expired, deleted, or missing after a reconnection
}

// stamp tells one write of a key from another, also across a lost store.
type stamp struct {
	revision uint64
	created  int64
}

// reader follows one bucket. Its callbacks run on one goroutine.
type reader struct {
	bucket  string
	filters []string
	change  func(change) error
	synced  func() error // once, after the present state
}

// callbackError is an error of the reader, which ends following.
type callbackError struct{ err error }

func (e callbackError) Error() string { return e.err.Error() }

var errAgain = errors.New("start over")

// follow tells r the whole present state and then the changes until ctx ends.
// After a reconnection it compares what it told with what is there: what
// changed is told, what is missing is told as gone, what stayed is not repeated.
func (b *Bus) follow(ctx context.Context, r reader) error {
	known := map[string]stamp{}
	synced := false
	waits := followWaits()
	for {
		err := b.followOnce(ctx, r, known, &synced)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to end
		}
		var own callbackError
		if errors.As(err, &own) {
			return own.err
		}
		if errors.Is(err, errAgain) {
			waits = followWaits()
			continue
		}
		b.log.Warn("following interrupted", zap.String("bucket", r.bucket), zap.Error(err))
		wait, _ := waits.Next()
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// firstWait is how long is waited before the second try; it doubles from there.
const firstWait = 100 * time.Millisecond

// followWaits are the waits between tries to follow, up to five seconds.
func followWaits() retry.Backoff {
	return retry.WithCappedDuration(5*time.Second, retry.NewExponential(firstWait))
}

func (b *Bus) followOnce(ctx context.Context, r reader, known map[string]stamp, synced *bool) error {
	again := b.renewed.wait()
	made, err := b.made(ctx, r.bucket)
	if err != nil {
		return err
	}
	watcher, err := b.bucket(r.bucket).WatchFiltered(ctx, append([]string(nil), r.filters...))
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer func() {
		_ = watcher.Stop()
		go func() { // the library blocks on this channel until it is read out
			for range watcher.Updates() {
			}
		}()
	}()

	present := map[string]bool{}
	check := time.NewTicker(15 * time.Second)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again:
			return errAgain
		case <-check.C:
			if now, err := b.made(ctx, r.bucket); err == nil && !now.Equal(made) {
				return errAgain
			}
		case e, open := <-watcher.Updates():
			switch {
			case !open:
				return errors.New("the subscription was closed")
			case e != nil:
				if present != nil {
					present[e.Key()] = true
				}
				if err := r.tell(e, known); err != nil {
					return err
				}
			default:
				if err := r.missing(present, known); err != nil {
					return err
				}
				present = nil
				if !*synced {
					*synced = true
					if err := r.synced(); err != nil {
						return callbackError{err}
					}
				}
			}
		}
	}
}

func (r reader) tell(e jetstream.KeyValueEntry, known map[string]stamp) error {
	key := e.Key()
	if e.Operation() != jetstream.KeyValuePut {
		if _, told := known[key]; !told {
			return nil
		}
		delete(known, key)
		return wrap(r.change(change{key: key, gone: true}))
	}
	s := stamp{e.Revision(), e.Created().UnixNano()}
	if known[key] == s {
		return nil
	}
	known[key] = s
	return wrap(r.change(change{key: key, value: e.Value()}))
}

func (r reader) missing(present map[string]bool, known map[string]stamp) error {
	for key := range known {
		if present[key] {
			continue
		}
		delete(known, key)
		if err := wrap(r.change(change{key: key, gone: true})); err != nil {
			return err
		}
	}
	return nil
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return callbackError{err}
}
