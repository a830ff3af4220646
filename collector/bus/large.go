package bus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// A value too large for one message is cut into pieces under keys of their own
// (KEY.VERSION.N), and then the key itself is written, saying how many there
// are. A reader meets the pieces before the key, because that is the order.

const pieceSize = 512 << 10

// pieces is what the key holds when its value was cut.
type pieces struct {
	Pieces  int    `json:"pieces"`
	Version string `json:"pieces_version"`
	Bytes   int    `json:"bytes"`
}

// putLarge stores value under key and drops the pieces of earlier versions.
func (b *Bus) putLarge(ctx context.Context, bucket, key, version string, value []byte) error {
	if len(value) > pieceSize {
		head := pieces{Version: version, Bytes: len(value)}
		var entries []entry
		for start := 0; start < len(value); start += pieceSize {
			piece := value[start:min(start+pieceSize, len(value))]
			entries = append(entries, entry{bucket: bucket, key: pieceKey(key, version, head.Pieces), value: piece})
			head.Pieces++
		}
		if err := b.put(ctx, entries...); err != nil {
			return err
		}
		b.notePieces(bucket, key, true)
		var err error
		if value, err = json.Marshal(head); err != nil {
			return err
		}
	}
	if err := b.put(ctx, entry{bucket: bucket, key: key, value: value}); err != nil {
		return err
	}
	return b.dropPieces(ctx, bucket, key, version)
}

func pieceKey(key, version string, n int) string { return key + "." + version + "." + strconv.Itoa(n) }

// cut remembers which keys may have pieces, so that the many small values need
// no look-up.
type cut struct {
	mu   sync.Mutex
	keys map[string]map[string]bool // bucket -> keys; nil until read from the bus
}

func (b *Bus) mayHavePieces(ctx context.Context, bucket, key string) (bool, error) {
	b.cut.mu.Lock()
	defer b.cut.mu.Unlock()
	if b.cut.keys[bucket] == nil {
		found := map[string]bool{}
		lister, err := b.bucket(bucket).ListKeysFiltered(ctx, "*.*.*")
		if err != nil {
			return false, fmt.Errorf("list the pieces in %s: %w", bucket, err)
		}
		for k := range lister.Keys() {
			head, _, _ := strings.Cut(k, ".")
			found[head] = true
		}
		if b.cut.keys == nil {
			b.cut.keys = map[string]map[string]bool{}
		}
		b.cut.keys[bucket] = found
	}
	return b.cut.keys[bucket][key], nil
}

func (b *Bus) notePieces(bucket, key string, has bool) {
	b.cut.mu.Lock()
	defer b.cut.mu.Unlock()
	switch keys := b.cut.keys[bucket]; {
	case keys == nil: // the first look-up will find them
	case has:
		keys[key] = true
	default:
		delete(keys, key)
	}
}

// dropPieces removes the pieces under key, except those of the version kept.
func (b *Bus) dropPieces(ctx context.Context, bucket, key, keep string) error {
	if may, err := b.mayHavePieces(ctx, bucket, key); err != nil || !may {
		return err
	}
	kv := b.bucket(bucket)
	lister, err := kv.ListKeysFiltered(ctx, key+".*.*")
	if err != nil {
		return fmt.Errorf("list the pieces of %s: %w", key, err)
	}
	var old []string
	left := false
	for k := range lister.Keys() {
		if keep != "" && strings.HasPrefix(k, key+"."+keep+".") {
			left = true
		} else {
			old = append(old, k)
		}
	}
	for _, k := range old {
		if err := kv.Purge(ctx, k); err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			return fmt.Errorf("drop a piece of %s: %w", key, err)
		}
	}
	b.notePieces(bucket, key, left)
	return nil
}

// gather puts pieces together again. It is told every change of a bucket.
type gather struct {
	have map[string][]byte // piece key -> piece
}

// whole returns the full value where the change completes one. A change that
// is itself a piece, or whose pieces are gone because a newer version follows,
// yields nothing.
func (g *gather) whole(c change) ([]byte, bool) {
	if strings.Count(c.key, ".") == 2 {
		if g.have == nil {
			g.have = map[string][]byte{}
		}
		if c.gone {
			delete(g.have, c.key)
		} else {
			g.have[c.key] = c.value
		}
		return nil, false
	}
	if c.gone || strings.Contains(c.key, ".") {
		return nil, false
	}
	var head pieces
	if !bytes.HasPrefix(c.value, []byte(`{"pieces":`)) || json.Unmarshal(c.value, &head) != nil || head.Pieces < 1 {
		return c.value, true
	}
	var value []byte
	for n := range head.Pieces {
		piece, ok := g.have[pieceKey(c.key, head.Version, n)]
		if !ok {
			return nil, false
		}
		value = append(value, piece...)
	}
	for n := range head.Pieces {
		delete(g.have, pieceKey(c.key, head.Version, n))
	}
	if len(value) != head.Bytes {
		return nil, false
	}
	return value, true
}
