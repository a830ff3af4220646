package icmp

import (
	"fmt"
	"time"
)

// receiveAll reads both sockets empty.
func (e *Engine) receiveAll() error {
	if err := e.receive(e.v4); err != nil || e.v6 == nil {
		return err
	}
	return e.receive(e.v6)
}

func (e *Engine) receive(p *port) error {
	for {
		n, err := p.rx.receive()
		if err != nil {
			return fmt.Errorf("ping engine: receive %s: %w", p.family.name, err)
		}
		now := e.now()
		for i := range n {
			e.reply(p, i, now)
		}
		if n < len(p.rx.msgs) {
			return nil
		}
	}
}

// reply matches the i-th packet received with the request that it answers.
func (e *Engine) reply(p *port, i int, now int64) {
	got, ok := p.rx.message(i)
	if !ok || got.instance != e.instance || got.id != p.id || got.flight >= uint32(len(e.flights)) {
		e.metrics.stray.Inc()
		return
	}
	f := int32(got.flight)
	fl := &e.flights[f]
	if fl.entry < 0 || fl.nonce != got.nonce || fl.seq != got.seq ||
		!sameAddr(&p.rx.addrs[i], e.entries[fl.entry].target.Addr) {
		e.metrics.stray.Inc() // late, doubled, or not from whom we asked
		return
	}
	rtt := fl.roundTrip(p.rx.stamp(i), now)
	if rtt > e.entries[fl.entry].timeout() {
		e.metrics.stray.Inc()
		return // expire will call it lost
	}
	e.finish(f, Answered, rtt, nil)
}

// roundTrip is the time from the send stamp to the kernel's receive stamp. Both
// are wall clock; if it was set meanwhile they disagree with the monotonic
// clock, which then decides, though it includes our delay in reading.
func (fl *flight) roundTrip(received, now int64) time.Duration {
	const slack = int64(time.Millisecond)
	rtt, elapsed := received-fl.wall, now-fl.mono
	if received == 0 || rtt <= 0 || rtt > elapsed+slack {
		rtt = elapsed
	}
	return time.Duration(rtt)
}

// finish ends a flight with its outcome.
func (e *Engine) finish(f int32, o Outcome, rtt time.Duration, err error) {
	fl := &e.flights[f]
	index, sent := fl.entry, time.Unix(0, fl.wall)
	e.timeouts.remove(f)
	e.freeFlight(f)
	e.airborne--
	ent := &e.entries[index]
	ent.flying--
	if ent.gone {
		e.release(index)
		return
	}
	e.settle(index, o, sent, rtt, err)
}

// settle reports one ping of an entry.
func (e *Engine) settle(index int32, o Outcome, sent time.Time, rtt time.Duration, err error) {
	e.metrics.outcomes[o].Inc()
	ent := &e.entries[index]
	if ent.series != nil {
		e.count(index, o, sent, rtt, err)
		return
	}
	e.results = append(e.results, Result{
		Key: ent.target.Key, Outcome: o, Addr: ent.target.Addr, Sent: sent, RTT: rtt, Err: err,
	})
	if len(e.results) == cap(e.results) {
		e.flush()
	}
}
