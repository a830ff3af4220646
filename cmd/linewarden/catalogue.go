package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing/fstest"

	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/inventory"
)

// catalogue is the inventory in force in this process: the daemon with the
// ticketing role reads it from files and publishes it; every role, that one
// too, takes it from the bus.
type catalogue struct {
	own       bool // this process publishes
	bus       catalogueBus
	log       *zap.Logger
	present   atomic.Pointer[inventory.Inventory]
	published atomic.Pointer[edition] // by this process
	refused   atomic.Pointer[string]  // why the newest revision is not the one in force
	first     chan struct{}           // closed when there is one in force
	once      sync.Once
}

// edition is an inventory as it was read, before it is anybody's.
type edition struct {
	inventory *inventory.Inventory
	files     map[string][]byte
}

type catalogueBus interface {
	PublishInventory(ctx context.Context, revision string, files map[string][]byte) error
	FollowInventory(ctx context.Context, f func(revision string, files map[string][]byte) error) error
}

func newCatalogue(own bool, bus catalogueBus, log *zap.Logger) *catalogue {
	return &catalogue{own: own, bus: bus, log: log.Named("inventory"), first: make(chan struct{})}
}

func (c *catalogue) inventory() *inventory.Inventory { return c.present.Load() }

// readEdition reads the files of a directory, or says everything that is wrong
// with them. fits tells what those who will use them could not work with.
func readEdition(dir string, fits func(*inventory.Inventory) error) (edition, error) {
	files, err := csvFiles(dir)
	if err != nil {
		return edition{}, fmt.Errorf("inventory %s: %w", dir, err)
	}
	inv, err := inventory.Load(asFS(files))
	if err == nil {
		err = fits(inv)
	}
	if err != nil {
		return edition{}, fmt.Errorf("inventory %s:\n%w", dir, err)
	}
	return edition{inv, files}, nil
}

// publish makes what was read the current revision.
func (c *catalogue) publish(ctx context.Context, e edition) error {
	if err := c.bus.PublishInventory(ctx, e.inventory.Revision, e.files); err != nil {
		return err
	}
	c.published.Store(&e)
	return nil
}

// publishAgain says once more what was published last.
func (c *catalogue) publishAgain(ctx context.Context) error {
	if e := c.published.Load(); e != nil {
		return c.bus.PublishInventory(ctx, e.inventory.Revision, e.files)
	}
	return nil
}

// health is an error as long as there is no inventory to work with.
func (c *catalogue) health() error {
	switch why := c.refused.Load(); {
	case c.inventory() != nil:
		return nil
	case why != nil:
		return errors.New(*why)
	}
	return errors.New("no inventory has been published yet")
}

// warning is why the newest revision is not in force.
func (c *catalogue) warning() string {
	if why := c.refused.Load(); why != nil {
		return *why
	}
	return ""
}

// follow gives each revision that becomes current to those who use it, and puts
// it in force. A revision that one of them refuses is logged and the old one
// stays; where there is no old one and this process itself published it, that
// is the end. Those who take a revision keep it: it is told once, and it is in
// force only after all have taken it.
func (c *catalogue) follow(ctx context.Context, users ...func(*inventory.Inventory) error) error {
	return c.bus.FollowInventory(ctx, func(revision string, files map[string][]byte) error {
		inv, err := inventory.Load(asFS(files))
		if err != nil {
			return c.refuse("published inventory cannot be read; the old one stays", revision, err)
		}
		for _, use := range users {
			if err := use(inv); err != nil {
				return c.refuse("inventory refused; the old one stays", revision, err)
			}
		}
		c.present.Store(inv)
		c.refused.Store(nil)
		c.once.Do(func() { close(c.first) })
		c.log.Info("inventory", zap.String("revision", inv.Revision),
			zap.Int("lines", len(inv.Lines)), zap.Int("devices", len(inv.Devices)))
		return nil
	})
}

func (c *catalogue) refuse(what, revision string, err error) error {
	if c.own && c.inventory() == nil {
		return fmt.Errorf("inventory %s: %w", revision, err)
	}
	why := fmt.Sprintf("%s: %v", what, err)
	c.refused.Store(&why)
	c.log.Error(what, zap.String("revision", revision), zap.Error(err))
	return nil
}

// wait is true once there is an inventory in force, and false if ctx ends before.
func (c *catalogue) wait(ctx context.Context) bool {
	select {
	case <-c.first:
		return true
	case <-ctx.Done():
		return false
	}
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
func asFS(files map[string][]byte) fs.FS {
	all := fstest.MapFS{}
	for name, raw := range files {
		all[name] = &fstest.MapFile{Data: raw, Mode: 0o444}
	}
	return all
}
