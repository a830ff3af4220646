package bus

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// ErrInUse: another process holds the embedded server's files.
var ErrInUse = errors.New("in use by another process")

const maxPayload = 8 << 20

// openEmbedded starts the server on its files. Files that it cannot use are
// moved aside, because all that they hold is said again by those who know it.
func (b *Bus) openEmbedded(ctx context.Context) error {
	dir := b.cfg.Dir
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o700); err != nil {
		return fmt.Errorf("bus directory: %w", err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	b.lock = lock
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		b.log.Info("bus starts empty", zap.String("dir", dir))
	}
	b.keeper = &keeper{}
	first := b.startEmbedded(ctx)
	if first == nil {
		b.watchServer()
		return nil
	}
	if ctx.Err() != nil || errors.Is(first, os.ErrPermission) {
		_ = lock.Close()
		return fmt.Errorf("start the embedded bus in %s: %w", dir, first)
	}
	aside := fmt.Sprintf("%s.unusable-%s", filepath.Clean(dir), time.Now().UTC().Format("20060102T150405.000"))
	if err := os.Rename(dir, aside); err != nil {
		_ = lock.Close()
		return fmt.Errorf("start the embedded bus in %s: %w (and it could not be moved aside: %w)", dir, first, err)
	}
	b.log.Warn("bus files cannot be used, starting empty",
		zap.String("dir", dir), zap.String("moved_to", aside), zap.Error(first))
	if err := b.startEmbedded(ctx); err != nil {
		_ = lock.Close()
		return fmt.Errorf("start the embedded bus in %s: %w", dir, err)
	}
	b.watchServer()
	return nil
}

// watchServer replaces a server that is stuck, until the bus is closed.
func (b *Bus) watchServer() {
	ctx, stop := context.WithCancel(context.Background())
	b.keeper.stop = stop
	b.keeper.ended.Go(func() { b.reviveStuck(ctx) })
}

// startEmbedded starts a server and connects to it.
func (b *Bus) startEmbedded(ctx context.Context) error {
	s, err := b.newServer()
	if err != nil {
		return err
	}
	stop := func() {
		b.keeper.present.Store(nil)
		s.Shutdown()
		s.WaitForShutdown()
	}
	b.keeper.present.Store(s)
	if err := b.connect(ctx, "", nats.InProcessServer(b.keeper)); err != nil {
		stop()
		return err
	}
	if err := b.readable(ctx); err != nil {
		b.nc.Close()
		stop()
		return err
	}
	return nil
}

// newServer starts a server on the files and waits until it serves.
func (b *Bus) newServer() (*server.Server, error) {
	if err := os.MkdirAll(b.cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	s, err := server.NewServer(&server.Options{
		ServerName:             "linewarden",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		StoreDir:               b.cfg.Dir,
		SyncInterval:           b.cfg.Sync,
		MaxPayload:             maxPayload,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, err
	}
	serverLog := &serverLog{log: b.log.Named("nats").Sugar(), fatal: make(chan string, 1), heard: b.keeper.heard}
	s.SetLoggerV2(serverLog, false, false, false)
	s.Start()
	stop := func() { s.Shutdown(); s.WaitForShutdown() }
	if err := started(s, serverLog.fatal); err != nil {
		stop()
		return nil, err
	}
	if !s.JetStreamEnabled() {
		stop()
		return nil, errors.New("the server could not open its store")
	}
	return s, nil
}

// started waits until the server is ready, or has given up: it only logs that.
func started(s *server.Server, fatal <-chan string) error {
	for range 600 {
		select {
		case why := <-fatal:
			return errors.New(why)
		default:
		}
		if s.ReadyForConnections(100 * time.Millisecond) {
			return nil
		}
	}
	return errors.New("the server did not become ready within a minute")
}

// readable reads the newest message of all that is stored: a store
// that has its index and lost its data says so here and not in the night.
func (b *Bus) readable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	names := b.js.StreamNames(ctx)
	for name := range names.Name() {
		stream, err := b.js.Stream(ctx, name)
		if err != nil {
			return fmt.Errorf("open %s: %w", name, err)
		}
		state := stream.CachedInfo().State
		if state.Msgs == 0 {
			continue
		}
		_, err = stream.GetMsg(ctx, state.LastSeq)
		if errors.Is(err, jetstream.ErrMsgNotFound) { // it has expired; the oldest one is there
			_, err = stream.GetMsg(ctx, state.FirstSeq)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	if err := names.Err(); err != nil {
		return fmt.Errorf("list what is stored: %w", err)
	}
	return nil
}

// lockDir keeps two processes from writing the same files. The lock lies beside
// the directory, which may be moved aside.
func lockDir(dir string) (*flock.Flock, error) {
	lock := flock.New(filepath.Clean(dir) + ".lock")
	locked, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock the bus directory %s: %w", dir, err)
	case !locked:
		return nil, fmt.Errorf("bus directory %s: %w", dir, ErrInUse)
	}
	return lock, nil
}

// serverLog passes the server's own words on; its notices are our debug.
type serverLog struct {
	log   *zap.SugaredLogger
	fatal chan string
	heard func(words string) // of every error
}

func (l *serverLog) Noticef(f string, v ...any) { l.log.Debugf(f, v...) }
func (l *serverLog) Warnf(f string, v ...any)   { l.log.Warnf(f, v...) }
func (l *serverLog) Debugf(f string, v ...any)  { l.log.Debugf(f, v...) }
func (l *serverLog) Tracef(f string, v ...any)  { l.log.Debugf(f, v...) }
func (l *serverLog) Errorf(f string, v ...any) {
	l.log.Errorf(f, v...)
	l.heard(fmt.Sprintf(f, v...))
}
func (l *serverLog) Fatalf(f string, v ...any) {
	select {
	case l.fatal <- fmt.Sprintf(f, v...):
	default:
	}
}

// redact takes user names and passwords out of server URLs.
func redact(urls string) string {
	parts := strings.Split(urls, ",")
	for i, p := range parts {
		u, err := url.Parse(strings.TrimSpace(p))
		if err != nil {
			parts[i] = "(unreadable url)"
			continue
		}
		u.User = nil
		parts[i] = u.String()
	}
	return strings.Join(parts, ",")
}
