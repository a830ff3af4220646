// Package bus carries what the rooms say to each other over NATS JetStream: a
// server embedded in this process, with no listening port, or an external one
// by its URL, through the same code. It alone knows NATS. What travels is
// present state under a key, so that nothing on it is precious: a reader that
// comes late or comes back is told the whole present state first. The package
// refuses to interpret what it carries.
package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/configs/problem"
)

const requestTimeout = 10 * time.Second

// Bus is an open connection. Its methods may be called from any goroutine.
type Bus struct {
	cfg     Config
	log     *zap.Logger
	metrics *metrics

	keeper *keeper      // of the embedded server; nil: external
	lock   *flock.Flock // of the embedded server's directory; nil: external
	nc     *nats.Conn
	js     jetstream.JetStream

	renewed signal // fires when followers should start over
	remade  signal // fires when the symptoms have been lost

	mu       sync.Mutex
	declared map[string]jetstream.KeyValueConfig // buckets to be made, by name
	buckets  map[string]jetstream.KeyValue
	objects  jetstream.ObjectStore
	created  time.Time // of the symptom bucket
}

// Open starts the embedded server or reaches the external one, and makes the
// buckets of the bus itself. Embedded files that cannot be used are moved aside
// with a warning.
func Open(ctx context.Context, cfg Config, reg prometheus.Registerer, log *zap.Logger) (*Bus, error) {
	if err := problem.Error(cfg.Validate()); err != nil {
		return nil, fmt.Errorf("settings of the bus: %w", err)
	}
	if cfg.URL == "" && cfg.Dir == "" {
		return nil, errors.New("bus: neither an external url nor a directory for the embedded server")
	}
	b := &Bus{cfg: cfg, log: log.Named("bus"), metrics: newMetrics(reg),
		declared: map[string]jetstream.KeyValueConfig{}, buckets: map[string]jetstream.KeyValue{}}
	b.declare(jetstream.KeyValueConfig{
		Bucket: symptomBucket, Description: "symptoms, coverage and heartbeats", LimitMarkerTTL: markerTTL,
	})
	b.declare(jetstream.KeyValueConfig{Bucket: inventoryBucket, Description: "which inventory revision is current"})
	if cfg.URL == "" {
		if err := b.openEmbedded(ctx); err != nil {
			return nil, err
		}
		return b, nil
	}
	if err := b.connect(ctx, cfg.URL); err != nil {
		return nil, fmt.Errorf("reach the bus at %s: %w", redact(cfg.URL), err)
	}
	return b, nil
}

// connect dials, and makes the buckets. Afterwards the connection is kept up
// for ever, and each time it returns the buckets are made sure of again.
func (b *Bus) connect(ctx context.Context, url string, more ...nats.Option) error {
	opts := append([]nats.Option{
		nats.Name("linewarden"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(500 * time.Millisecond),
		nats.Timeout(5 * time.Second),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.log.Warn("bus lost", zap.Error(err))
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { go b.restored() }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			b.log.Warn("bus error", zap.Error(err))
		}),
	}, more...)
	if b.cfg.Credentials != "" {
		opts = append(opts, nats.UserCredentials(b.cfg.Credentials))
	}
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		return err
	}
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(8192), jetstream.WithDefaultTimeout(requestTimeout))
	if err != nil {
		nc.Close()
		return err
	}
	b.nc, b.js = nc, js
	if err := b.ensure(ctx); err != nil {
		nc.Close()
		return err
	}
	return nil
}

// restored runs after a reconnection: whatever the server lost is made again,
// and followers compare what they know with what is there.
func (b *Bus) restored() {
	b.log.Info("bus is back")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := b.ensure(ctx); err != nil {
		b.log.Warn("buckets could not be made sure of", zap.Error(err))
	}
	b.renewed.fire()
}

// Health is nil while the bus answers, and otherwise says what does not.
func (b *Bus) Health(ctx context.Context) error {
	if !b.nc.IsConnected() {
		return fmt.Errorf("bus: %s", b.nc.Status())
	}
	if b.keeper != nil {
		if why := b.keeper.stuck.Load(); why != nil {
			return fmt.Errorf("bus: nothing can be written: %s", *why)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if _, err := b.bucket(symptomBucket).Status(ctx); err != nil {
		return fmt.Errorf("bus: bucket %s: %w", symptomBucket, err)
	}
	return nil
}

// Close flushes what was sent, disconnects, and stops the embedded server.
func (b *Bus) Close() error {
	if b.keeper != nil && b.keeper.stop != nil {
		b.keeper.stop()
		b.keeper.ended.Wait()
	}
	var err error
	if b.nc != nil {
		if b.nc.IsConnected() {
			err = b.nc.FlushTimeout(5 * time.Second)
		}
		b.nc.Close()
	}
	if b.keeper != nil {
		if s := b.keeper.present.Load(); s != nil {
			s.Shutdown()
			s.WaitForShutdown()
		}
	}
	if b.lock != nil {
		err = errors.Join(err, b.lock.Close())
	}
	if err != nil {
		return fmt.Errorf("close the bus: %w", err)
	}
	return nil
}
