package bus

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/sethvargo/go-retry"
	"go.uber.org/zap"
)

const (
	currentKey      = "current"
	revisionsKept   = 8
	maxInventory    = 1 << 30 // bytes, unpacked
	objectExtension = ".tar.gz"
)

// current points at the revision in force.
type current struct {
	Revision string    `json:"revision"`
	At       time.Time `json:"at"`
}

// PublishInventory stores the files of a revision and makes it current.
// Publishing what is current already changes nothing.
func (b *Bus) PublishInventory(ctx context.Context, revision string, files map[string][]byte) error {
	if now, err := b.CurrentInventory(ctx); err == nil && now == revision {
		if _, err := b.store().GetInfo(ctx, revision+objectExtension); err == nil {
			return nil
		}
	}
	packed, err := pack(files)
	if err != nil {
		return fmt.Errorf("pack inventory %s: %w", revision, err)
	}
	if _, err := b.store().PutBytes(ctx, revision+objectExtension, packed); err != nil {
		return fmt.Errorf("store inventory %s: %w", revision, err)
	}
	value, err := json.Marshal(current{Revision: revision, At: time.Now().UTC()})
	if err != nil {
		return err
	}
	if err := b.put(ctx, entry{bucket: inventoryBucket, key: currentKey, value: value}); err != nil {
		return fmt.Errorf("make inventory %s current: %w", revision, err)
	}
	b.dropOldRevisions(ctx, revision)
	return nil
}

// CurrentInventory is the revision in force, and "" before the first.
func (b *Bus) CurrentInventory(ctx context.Context) (string, error) {
	e, err := b.bucket(inventoryBucket).Get(ctx, currentKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("which inventory is current: %w", err)
	}
	var now current
	if err := json.Unmarshal(e.Value(), &now); err != nil {
		return "", fmt.Errorf("which inventory is current: %w", err)
	}
	return now.Revision, nil
}

// FollowInventory tells f the current revision, if there is one, and then each
// that becomes current, until ctx ends; then it returns nil. An error of f ends it.
func (b *Bus) FollowInventory(ctx context.Context, f func(revision string, files map[string][]byte) error) error {
	told := ""
	return b.follow(ctx, reader{
		bucket:  inventoryBucket,
		filters: []string{currentKey},
		change: func(c change) error {
			if c.gone {
				return nil
			}
			var now current
			if err := json.Unmarshal(c.value, &now); err != nil {
				b.unreadable(inventoryBucket, c.key, err)
				return nil
			}
			if now.Revision == told {
				return nil
			}
			files, err := b.fetchInventory(ctx, now.Revision)
			if err != nil {
				if ctx.Err() == nil {
					b.log.Warn("inventory revision cannot be read, the old one stays",
						zap.String("revision", now.Revision), zap.Error(err))
				}
				return nil
			}
			told = now.Revision
			return f(now.Revision, files)
		},
		synced: func() error { return nil },
	})
}

// Inventory fetches the files of a revision.
func (b *Bus) Inventory(ctx context.Context, revision string) (map[string][]byte, error) {
	packed, err := b.store().GetBytes(ctx, revision+objectExtension)
	if err != nil {
		return nil, fmt.Errorf("fetch inventory %s: %w", revision, err)
	}
	files, err := unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("unpack inventory %s: %w", revision, err)
	}
	return files, nil
}

// fetchInventory tries seven times within seven seconds: the pointer may be
// here before the object.
func (b *Bus) fetchInventory(ctx context.Context, revision string) (map[string][]byte, error) {
	waits := retry.WithMaxRetries(6, retry.NewExponential(firstWait))
	return retry.DoValue(ctx, waits, func(ctx context.Context) (map[string][]byte, error) {
		files, err := b.Inventory(ctx, revision)
		return files, retry.RetryableError(err)
	})
}

func (b *Bus) dropOldRevisions(ctx context.Context, keep string) {
	all, err := b.store().List(ctx)
	if err != nil {
		return // nothing depends on it, and the next revision tries again
	}
	slices.SortFunc(all, func(x, y *jetstream.ObjectInfo) int { return y.ModTime.Compare(x.ModTime) })
	for i, o := range all {
		if i >= revisionsKept && o.Name != keep+objectExtension {
			if err := b.store().Delete(ctx, o.Name); err != nil {
				b.log.Warn("old inventory revision stays", zap.String("object", o.Name), zap.Error(err))
			}
		}
	}
}

// pack is deterministic: equal files, equal bytes.
func pack(files map[string][]byte) ([]byte, error) {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	t := tar.NewWriter(z)
	for _, name := range names {
		header := tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name])), Typeflag: tar.TypeReg}
		if err := t.WriteHeader(&header); err != nil {
			return nil, err
		}
		if _, err := t.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func unpack(packed []byte) (map[string][]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: z, N: maxInventory}
	t := tar.NewReader(limited)
	files := map[string][]byte{}
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg || h.Name != path.Base(h.Name) {
			return nil, fmt.Errorf("%q is not a plain file", h.Name)
		}
		data, err := io.ReadAll(t)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
		files[h.Name] = data
	}
}
