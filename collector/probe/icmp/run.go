package icmp

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/linewarden/linewarden/configs/problem"
)

// Run opens the sockets and pings until ctx ends. It may be called once. A
// missing IPv6 makes IPv6 targets Unknown; a missing IPv4 is an error.
func (e *Engine) Run(ctx context.Context) error {
	e.mu.Lock()
	again := e.running
	e.running = true
	e.mu.Unlock()
	if again {
		return fmt.Errorf("ping engine: Run called twice")
	}
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		close(e.stopped)
	}()
	if err := problem.Error(e.cfg.Validate()); err != nil {
		return fmt.Errorf("ping engine: %w", err)
	}
	if err := e.open(); err != nil {
		return err
	}
	defer e.close()

	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := e.now()
		e.runCommands(now)
		e.queue = e.due.collect(now, e.queue)
		for i := range e.queue {
			e.entries[e.queue[i]].queued = true
		}
		if err := e.sendQueue(now); err != nil {
			return err
		}
		// What has arrived by now is read before anything is called lost, so
		// that a process that was held up does not invent losses.
		now = e.now()
		if err := e.receiveAll(); err != nil {
			return err
		}
		e.expire(now)
		e.flush()
		e.metrics.airborne.Set(float64(e.airborne))

		timer.Reset(time.Duration(e.nextWake() - e.now()))
		select {
		case <-ctx.Done():
			return nil
		case <-e.wake:
		case <-timer.C:
		}
	}
}

// now is the engine's clock, in nanoseconds since Run began. It never jumps.
func (e *Engine) now() int64 { return int64(time.Since(e.start)) }

func (e *Engine) open() error {
	e.start = time.Now()
	e.due, e.timeouts = newWheel(0), newWheel(0)
	var err error
	if e.v4, err = e.openPort(ipv4); err != nil {
		return fmt.Errorf("ping engine: %w", err)
	}
	e.v6, e.v6err = e.openPort(ipv6)
	return nil
}

func (e *Engine) openPort(f family) (*port, error) {
	s, err := openSocket(f, uint16(e.nonces.Uint64()), e.instance, e.cfg)
	if err != nil {
		return nil, err
	}
	const receiveBatch = 64
	return &port{
		socket: s, tx: newSender(s, e.cfg.Batch, e.cfg.Size), rx: newReceiver(s, receiveBatch, e.cfg.Size),
		drops: s.drops(),
	}, nil
}

func (e *Engine) close() {
	e.v4.close()
	if e.v6 != nil {
		e.v6.close()
	}
}

// runCommands carries out the commands that have come in.
func (e *Engine) runCommands(now int64) {
	e.mu.Lock()
	commands := e.commands
	e.commands = nil
	e.mu.Unlock()
	for _, command := range commands {
		command(now)
	}
}

// nextWake is when there is something to do: at the next tick while replies
// are awaited, otherwise when the next ping is due.
func (e *Engine) nextWake() int64 {
	now := e.now()
	if e.airborne > 0 || len(e.queue) > 0 {
		return (now/tick + 1) * tick
	}
	return e.due.wake(now, int64(time.Second)/tick)
}

// budget is how many pings one tick may send. It bounds the burst after the
// process was held up: at most twice the usual pace, and a few.
func (e *Engine) budget() int {
	return 64 + int(math.Ceil(2*(e.load+e.bucket.rate*float64(tick)/1e9)))
}

// expire gives up the requests whose time is over.
func (e *Engine) expire(now int64) {
	e.expired = e.timeouts.collect(now, e.expired[:0])
	if len(e.expired) == 0 {
		return
	}
	for _, p := range []*port{e.v4, e.v6} {
		if p == nil {
			continue
		}
		if drops := p.socket.drops(); drops != p.drops {
			e.metrics.drops.Add(float64(drops - p.drops))
			p.drops, e.overrun = drops, now
		}
	}
	for _, f := range e.expired {
		if e.flights[f].mono <= e.overrun {
			e.finish(f, Unknown, 0, ErrOverrun)
		} else {
			e.finish(f, Lost, 0, nil)
		}
	}
}

// flush delivers the results gathered so far.
func (e *Engine) flush() {
	if len(e.results) > 0 {
		e.deliver(e.results)
		clear(e.results) // errors in it should not be kept alive
		e.results = e.results[:0]
	}
}
