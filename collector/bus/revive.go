package bus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"
)

// A store that could not write once, because the disk was full, refuses every
// write from then on, also when there is room again: only a new server on the
// same files writes again.

const reviveEvery = 2 * time.Second

// keeper is the embedded server, one after another.
type keeper struct {
	present atomic.Pointer[server.Server]
	stuck   atomic.Pointer[string] // what the store said when it gave up
	stop    context.CancelFunc
	ended   sync.WaitGroup
}

// InProcessConn connects to the server that there is now.
func (k *keeper) InProcessConn() (net.Conn, error) {
	if s := k.present.Load(); s != nil {
		return s.InProcessConn()
	}
	return nil, errors.New("the embedded bus is being started again")
}

// heard notes what of the server's own words means that it writes no more.
func (k *keeper) heard(words string) {
	if strings.Contains(strings.ToLower(words), "critical write error") {
		k.stuck.CompareAndSwap(nil, &words)
	}
}

// reviveStuck starts a new server for one that is stuck, as soon as the disk
// takes what is written to it.
func (b *Bus) reviveStuck(ctx context.Context) {
	tick := time.NewTicker(reviveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if b.keeper.stuck.Load() == nil || writable(b.cfg.Dir) != nil {
			continue
		}
		if err := b.revive(ctx); err != nil && ctx.Err() == nil {
			why := err.Error()
			b.keeper.stuck.CompareAndSwap(nil, &why)
			b.log.Warn("the embedded bus could not be started again; trying once more", zap.Error(err))
		}
	}
}

// revive replaces the server. The connection comes back by itself; what the
// old one had not written is said again by those who know it.
func (b *Bus) revive(ctx context.Context) error {
	if old := b.keeper.present.Swap(nil); old != nil {
		b.log.Warn("the disk has room again; starting the embedded bus anew")
		old.Shutdown()
		old.WaitForShutdown()
	}
	s, err := b.newServer()
	if err != nil {
		return err
	}
	b.keeper.present.Store(s)
	b.keeper.stuck.Store(nil)
	back, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for !b.nc.IsConnected() {
		select {
		case <-back.Done():
			return fmt.Errorf("connect to the embedded bus: %w", back.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := b.ensure(ctx); err != nil {
		return err
	}
	b.renewed.fire()
	b.remade.fire()
	return nil
}

// writable tells whether the disk takes a little more than a block.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".room-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, 256<<10))
	return errors.Join(err, f.Close())
}
