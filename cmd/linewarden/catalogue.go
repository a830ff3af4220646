package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/inventory"
)

// catalogue is the inventory in force in this process: the daemon with the
// ticketing role reads it from files and publishes it; every role, that one
// too, takes it from the bus.
type catalogue struct {
	dir     string
	bus     catalogueBus
	log     *zap.Logger
	present atomic.Pointer[inventory.Inventory]
	first   chan struct{}
	once    sync.Once
}

type catalogueBus interface {
	PublishInventory(ctx context.Context, revision string, files map[string][]byte) error
	FollowInventory(ctx context.Context, f func(revision string, files map[string][]byte) error) error
}

func newCatalogue(dir string, bus catalogueBus, log *zap.Logger) *catalogue {
	return &catalogue{dir: dir, bus: bus, log: log.Named("inventory"), first: make(chan struct{})}
}

func (c *catalogue) inventory() *inventory.Inventory { return c.present.Load() }

// publish reads the files and makes them the current revision, or says
// everything that is wrong with them and changes nothing.
func (c *catalogue) publish(ctx context.Context) error {
	files, err := csvFiles(c.dir)
	if err != nil {
		return fmt.Errorf("inventory %s: %w", c.dir, err)
	}
	inv, err := inventory.Load(asFS(files))
	if err != nil {
		return fmt.Errorf("inventory %s:\n%w", c.dir, err)
	}
	return c.bus.PublishInventory(ctx, inv.Revision, files)
}

// follow gives each revision that becomes current to those who use it. A
// revision that one of them refuses is logged and the old one stays.
func (c *catalogue) follow(ctx context.Context, users ...func(*inventory.Inventory) error) error {
	return c.bus.FollowInventory(ctx, func(revision string, files map[string][]byte) error {
		inv, err := inventory.Load(asFS(files))
		if err != nil {
			c.log.Error("published inventory cannot be read; the old one stays", zap.String("revision", revision), zap.Error(err))
			return nil
		}
		for _, use := range users {
			if err := use(inv); err != nil {
				c.log.Error("inventory refused; the old one stays", zap.String("revision", revision), zap.Error(err))
				return nil
			}
		}
		c.present.Store(inv)
		c.once.Do(func() { close(c.first) })
		c.log.Info("inventory", zap.String("revision", inv.Revision), zap.Int("lines", len(inv.Lines)), zap.Int("devices", len(inv.Devices)))
		return nil
	})
}

func csvFiles(dir string) (map[string][]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".csv") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files[e.Name()] = raw
	}
	return files, nil
}

// asFS shows files in memory as a file system.
func asFS(files map[string][]byte) fs.FS { return memory(files) }

type memory map[string][]byte

// Open opens one of the files; there are no directories.
func (m memory) Open(name string) (fs.File, error) {
	raw, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memoryFile{Reader: bytes.NewReader(raw), name: name}, nil
}

type memoryFile struct {
	*bytes.Reader
	name string
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *memoryFile) Close() error               { return nil }
func (f *memoryFile) Name() string               { return f.name }
func (f *memoryFile) Mode() fs.FileMode          { return 0o444 }
func (f *memoryFile) ModTime() time.Time         { return time.Time{} }
func (f *memoryFile) IsDir() bool                { return false }
func (f *memoryFile) Sys() any                   { return nil }
