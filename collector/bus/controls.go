package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// PutControls stores what the product itself changed: maintenance windows, line
// states, important periods. It is one JSON document that the bus does not read.
func (b *Bus) PutControls(ctx context.Context, doc []byte) error {
	if !json.Valid(doc) {
		return errors.New("controls: not JSON")
	}
	version := strconv.FormatInt(time.Now().UnixNano(), 10)
	if err := b.putLarge(ctx, controlBucket, currentKey, version, doc); err != nil {
		return fmt.Errorf("controls: %w", err)
	}
	return nil
}

// FollowControls tells f the present document, if there is one, and then each
// new one, until ctx ends; then it returns nil. An error of f ends it.
func (b *Bus) FollowControls(ctx context.Context, f func(doc []byte) error) error {
	var pieces gather
	return b.follow(ctx, reader{
		bucket:  controlBucket,
		filters: []string{">"},
		change: func(c change) error {
			doc, ok := pieces.whole(c)
			if !ok {
				return nil
			}
			return f(doc)
		},
		synced: func() error { return nil },
	})
}
