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

// head is what the key holds when its value was cut.
type head struct {
	Pieces  int    `json:"pieces"`
	Version string `json:"pieces_version"`
	Bytes   int    `json:"bytes"`
}

func isHead(value []byte) bool { return bytes.HasPrefix(value, []byte(`{"pieces":`)) }

// parseHead reads a head. ok is false where the value was not cut.
func parseHead(value []byte) (h head, ok bool) {
	if !isHead(value) || json.Unmarshal(value, &h) != nil || h.Pieces < 1 {
		return head{}, false
	}
	return h, true
}

// join puts pieces together. The pieces are there under their numbers.
func (h head) join(piece func(n int) ([]byte, error)) ([]byte, error) {
	var value []byte
	for n := range h.Pieces {
		p, err := piece(n)
		if err != nil {
			return nil, err
		}
		value = append(value, p...)
	}
	if len(value) != h.Bytes {
		return nil, fmt.Errorf("its %d pieces have %d bytes, want %d", h.Pieces, len(value), h.Bytes)
	}
	return value, nil
}

func pieceKey(key, version string, n int) string { return key + "." + version + "." + strconv.Itoa(n) }

// putPieces stores the pieces of value, and returns what its key is to hold.
func (k *Bucket[T]) putPieces(ctx context.Context, key, version string, value []byte) ([]byte, error) {
	h := head{Version: version, Bytes: len(value)}
	var entries []entry
	for start := 0; start < len(value); start += pieceSize {
		piece := value[start:min(start+pieceSize, len(value))]
		entries = append(entries, entry{bucket: k.spec.Name, key: pieceKey(key, version, h.Pieces), value: piece})
		h.Pieces++
	}
	if err := k.bus.put(ctx, entries...); err != nil {
		return nil, err
	}
	k.pieces.note(key, true)
	return json.Marshal(h)
}

// fetchPieces is the whole value of what a key holds.
func (k *Bucket[T]) fetchPieces(ctx context.Context, key string, value []byte) ([]byte, error) {
	h, cut := parseHead(value)
	if !cut {
		return value, nil
	}
	return h.join(func(n int) ([]byte, error) {
		e, err := k.bus.bucket(k.spec.Name).Get(ctx, pieceKey(key, h.Version, n))
		if err != nil {
			return nil, fmt.Errorf("piece %d: %w", n, err)
		}
		return e.Value(), nil
	})
}

// dropPieces removes the pieces under key, except those of the version kept.
func (k *Bucket[T]) dropPieces(ctx context.Context, key, keep string) error {
	bucket := k.bus.bucket(k.spec.Name)
	if may, err := k.pieces.may(ctx, bucket, key); err != nil || !may {
		return err
	}
	all, err := keysOf(ctx, bucket, key+".*.*")
	if err != nil {
		return fmt.Errorf("list the pieces of %s: %w", key, err)
	}
	left := false
	for _, piece := range all {
		if keep != "" && strings.HasPrefix(piece, key+"."+keep+".") {
			left = true
			continue
		}
		if err := bucket.Purge(ctx, piece); err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			return fmt.Errorf("drop a piece of %s: %w", key, err)
		}
	}
	k.pieces.note(key, left)
	return nil
}

func keysOf(ctx context.Context, bucket jetstream.KeyValue, filter string) ([]string, error) {
	lister, err := bucket.ListKeysFiltered(ctx, filter)
	if err != nil {
		return nil, err
	}
	var all []string
	for key := range lister.Keys() {
		all = append(all, key)
	}
	return all, nil
}

// withPieces remembers which keys may have pieces, so that the many small
// values need no look-up.
type withPieces struct {
	mu   sync.Mutex
	keys map[string]bool // nil until read from the bus
}

func (w *withPieces) may(ctx context.Context, bucket jetstream.KeyValue, key string) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keys == nil {
		all, err := keysOf(ctx, bucket, "*.*.*")
		if err != nil {
			return false, fmt.Errorf("list the pieces in %s: %w", bucket.Bucket(), err)
		}
		w.keys = map[string]bool{}
		for _, piece := range all {
			of, _, _ := strings.Cut(piece, ".")
			w.keys[of] = true
		}
	}
	return w.keys[key], nil
}

func (w *withPieces) note(key string, has bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.keys == nil: // the first look-up will find them
	case has:
		w.keys[key] = true
	default:
		delete(w.keys, key)
	}
}

// gather puts pieces together again. It is told every change of a bucket.
type gather struct {
	have map[string][]byte // piece key -> piece
}

// errPieceMissing: a newer version has taken the place of this one, and is told next.
var errPieceMissing = errors.New("a piece is missing")

// whole returns the full value where the change completes one. A change that
// is itself a piece, or whose pieces are gone because a newer version follows,
// yields nothing.
func (g *gather) whole(c change) ([]byte, bool, error) {
	if strings.Count(c.key, ".") == 2 {
		if g.have == nil {
			g.have = map[string][]byte{}
		}
		if c.gone {
			delete(g.have, c.key)
		} else {
			g.have[c.key] = c.value
		}
		return nil, false, nil
	}
	if c.gone || strings.Contains(c.key, ".") {
		return nil, false, nil
	}
	h, cut := parseHead(c.value)
	if !cut {
		return c.value, true, nil
	}
	value, err := h.join(func(n int) ([]byte, error) {
		piece, ok := g.have[pieceKey(c.key, h.Version, n)]
		if !ok {
			return nil, errPieceMissing
		}
		return piece, nil
	})
	if errors.Is(err, errPieceMissing) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	for n := range h.Pieces {
		delete(g.have, pieceKey(c.key, h.Version, n))
	}
	return value, true, nil
}
