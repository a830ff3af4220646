package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/bus"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/store"
)

// base is what the roles stand on. It is closed after all that runs has ended.
type base struct {
	registry *prometheus.Registry
	socket   net.Listener
	wire     *bus.Bus
	verdicts *bus.Bucket[verdict.Verdict]
	database store.Store // nil: no role of this process needs it
	closers  []closer
}

// closer is one thing to close, in words for the error.
type closer struct {
	what  string
	close func() error
}

// openBase opens everything, or nothing.
func openBase(ctx context.Context, cfg *configs.Config, log *zap.Logger) (*base, error) {
	b := &base{registry: prometheus.NewRegistry()}
	b.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := b.open(ctx, cfg, log); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *base) open(ctx context.Context, cfg *configs.Config, log *zap.Logger) (err error) {
	if b.socket, err = listener(cfg.Listen); err != nil {
		return err
	}
	b.closeLater("the console's socket", b.closeSocket)
	b.wire, err = bus.Open(ctx, cfg.Bus, b.registry, log)
	if err != nil {
		return err
	}
	b.closeLater("the bus", b.wire.Close)
	if b.verdicts, err = openVerdicts(ctx, b.wire); err != nil {
		return err
	}
	if has(cfg, configs.RoleTicketing) || has(cfg, configs.RoleCorrelator) {
		if b.database, err = storeOf(ctx, cfg, log); err != nil {
			return err
		}
		b.closeLater("the database", b.database.Close)
	}
	return nil
}

// closeSocket closes the socket where the server has not done so already.
func (b *base) closeSocket() error {
	if err := b.socket.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

func (b *base) closeLater(what string, close func() error) {
	b.closers = append(b.closers, closer{what, close})
}

// close closes what was opened, the last first.
func (b *base) close() error {
	var all []error
	for _, c := range slices.Backward(b.closers) {
		if err := c.close(); err != nil {
			all = append(all, fmt.Errorf("close %s: %w", c.what, err))
		}
	}
	return errors.Join(all...)
}
