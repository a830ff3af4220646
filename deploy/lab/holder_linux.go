package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/deploy/lab/plan"
	"github.com/linewarden/linewarden/deploy/lab/wire"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

// Options say which lab to bring up.
type Options struct {
	Dir   string
	Lines int
	Seed  uint64
}

// holder keeps a lab: it lives in the lab's namespaces.
type holder struct {
	Options
	info   Info
	engine *engine
	socket *wire.Socket
	spawn  *spawner
	stop   context.CancelFunc
	active sync.WaitGroup // control connections
}

// Hold is the holder's life, in a process that already lives in namespaces of
// its own; outside names the network namespace that it must not be in. ready
// is called once the lab answers.
func Hold(ctx context.Context, o Options, outside string, ready func(Info) error) error {
	if own := namespace("self"); own == "" || own == outside {
		return errors.New("hold: not in a network namespace of its own")
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	net, err := plan.Generate(o.Lines, o.Seed)
	if err != nil {
		return err
	}
	if err := writeFiles(o.Dir, net); err != nil {
		return err
	}
	link, err := furnish(net.Stations)
	if err != nil {
		return refused(err)
	}
	socket, err := wire.Open(labSide)
	if err != nil {
		return refused(err)
	}
	defer socket.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &holder{
		Options: o, socket: socket, stop: cancel, spawn: newSpawner(ctx),
		engine: newEngine(world.New(net, time.Now()), link),
		info: Info{
			PID: os.Getpid(), Lines: o.Lines, Seed: o.Seed, Devices: len(net.Devices),
			Namespace: namespace("self"), User: inUserNamespace(),
		},
	}
	for _, s := range net.Stations {
		h.info.Stations = append(h.info.Stations, s.Address.String())
	}
	return h.run(ctx, ready)
}

func (h *holder) run(ctx context.Context, ready func(Info) error) error {
	control, err := listen(h.Dir)
	if err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(h.Dir, infoFile), h.info); err != nil {
		return err
	}
	defer os.Remove(filepath.Join(h.Dir, infoFile))
	defer os.Remove(filepath.Join(h.Dir, socketFile))

	// The packet loop outlives everything that may still want to ping.
	loop, endLoop := context.WithCancel(context.WithoutCancel(ctx))
	defer endLoop()
	var g errgroup.Group
	g.Go(func() error {
		defer h.stop()
		return h.engine.run(loop, h.socket)
	})
	g.Go(func() error {
		defer h.stop()
		return h.accept(ctx, control)
	})
	g.Go(func() error {
		<-ctx.Done()
		control.Close()
		h.spawn.end()
		h.active.Wait()
		endLoop()
		h.socket.Wake()
		return nil
	})
	if err := ready(h.info); err != nil {
		h.stop()
	}
	return g.Wait()
}

func (h *holder) accept(ctx context.Context, l *net.UnixListener) error {
	for {
		c, err := l.AcceptUnix()
		if ctx.Err() != nil {
			return nil //nolint:nilerr // closed because it was told to end
		}
		if err != nil {
			return fmt.Errorf("control socket: %w", err)
		}
		h.active.Add(1)
		go func() {
			defer h.active.Done()
			defer c.Close()
			h.serve(c)
		}()
	}
}

// patience is how long a client may take over its request.
const patience = 10 * time.Second

// serve handles one control connection.
func (h *holder) serve(c *net.UnixConn) {
	if c.SetReadDeadline(time.Now().Add(patience)) != nil {
		return
	}
	files, err := receiveFiles(c)
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	if err != nil {
		return
	}
	in := json.NewDecoder(c)
	var q request
	if err := in.Decode(&q); err != nil {
		return
	}
	if c.SetReadDeadline(time.Time{}) != nil {
		return
	}
	r := reply{}
	if q.Op == "exec" {
		r = h.spawn.run(q.Command, files, in)
	} else if err := h.carryOut(&q, &r); err != nil {
		r = reply{Error: err.Error()}
	}
	_ = json.NewEncoder(c).Encode(r) // a client that has gone needs no answer
}

// carryOut does what needs no more than the world.
func (h *holder) carryOut(q *request, r *reply) error {
	var failed error
	err := h.engine.do(h.socket.Wake, func(w *world.World, now time.Time) {
		switch q.Op {
		case "info":
			r.Info = &h.info
		case "down":
			h.stop()
		case "list":
			r.Things = w.Things()
		case "truth":
			t := w.Truth(now)
			h.engine.stats.Overrun += h.socket.Dropped()
			r.Truth, r.Stats = &t, new(h.engine.stats)
		case "heal":
			r.Faults, failed = w.Heal(now, q.Subject)
		case "heal-all":
			r.Faults = w.HealAll(now)
		case "inject":
			var f world.Fault
			f, failed = w.Inject(now, *q.Fault)
			r.Faults = []world.Fault{f}
		default:
			failed = fmt.Errorf("no operation %q", q.Op)
		}
	})
	return errors.Join(err, failed)
}

// lockDir makes sure that one lab at most is up in a directory.
func lockDir(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, lockFile))
	locked, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock the lab's directory %s: %w", dir, err)
	case !locked:
		return nil, fmt.Errorf("a lab is up in %s already: linelab down --dir %s ends it", dir, dir)
	}
	return lock, nil
}

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// inUserNamespace reports whether the process's ids are mapped.
func inUserNamespace() bool {
	b, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && !slices.Contains(fields(b), strconv.FormatUint(1<<32-1, 10))
}
