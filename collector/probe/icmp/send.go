package icmp

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// drainEvery bounds what piles up in the receive buffer while a burst is sent.
const drainEvery = 64

// sendQueue sends what is due, batch by batch, within the budget of a tick.
func (e *Engine) sendQueue(now int64) error {
	budget, undrained, i := e.budget(), 0, 0
	for i < len(e.queue) && budget > 0 {
		p, n := e.fill(&i, min(budget, e.cfg.Batch), now)
		if n == 0 {
			continue
		}
		sent := e.launch(p, n)
		budget -= n
		if sent < n { // the send buffer is full: the rest waits for the next tick
			e.unfill(e.batch[sent:n], &i)
			e.giveUpOverdue(&i, now)
			break
		}
		if undrained += n; undrained >= drainEvery {
			undrained = 0
			if err := e.receive(p); err != nil {
				return err
			}
		}
	}
	e.queue = e.queue[:copy(e.queue, e.queue[i:])]
	if len(e.queue) == 0 {
		e.metrics.lag.Set(0)
	} else {
		e.metrics.lag.Set(float64(now-e.entries[e.queue[0]].next) / 1e9)
	}
	return nil
}

// fill takes entries of one address family off the queue, from *i on, and
// builds their requests. It returns the port they leave by, and how many.
func (e *Engine) fill(i *int, limit int, now int64) (*port, int) {
	var p *port
	e.batch = e.batch[:0]
	for ; *i < len(e.queue) && len(e.batch) < limit; *i++ {
		index := e.queue[*i]
		ent := &e.entries[index]
		if ent.gone {
			ent.queued = false
			e.release(index)
			continue
		}
		if ent.series != nil && !ent.granted && !e.takeToken(index, now) {
			continue
		}
		own := e.v4
		if !ent.target.Addr.Is4() {
			own = e.v6
		}
		if own == nil {
			ent.queued = false
			e.unsent(index, now, e.v6err)
			continue
		}
		if p == nil {
			p = own
			p.tx.n = 0
		} else if p != own {
			break
		}
		ent.queued = false
		f := e.newFlight(index)
		p.tx.add(ent.target.Addr, ent.zone, echo{
			id: p.id, seq: e.flights[f].seq, instance: e.instance, flight: uint32(f), nonce: e.flights[f].nonce,
		})
		e.batch = append(e.batch, f)
	}
	return p, len(e.batch)
}

// launch stamps and sends the batch. It returns how many are done with; fewer
// than n only if the send buffer is full.
func (e *Engine) launch(p *port, n int) int {
	for done := 0; done < n; {
		t := time.Now()
		wall, mono := t.UnixNano(), int64(t.Sub(e.start))
		sent, err := p.tx.send(done)
		for _, f := range e.batch[done : done+sent] {
			fl := &e.flights[f]
			fl.wall, fl.mono = wall, mono
			ent := &e.entries[fl.entry]
			e.timeouts.add(f, mono+int64(ent.timeout()))
			ent.flying++
			e.sent(fl.entry, mono)
		}
		e.airborne += sent
		e.metrics.sent.Add(float64(sent))
		done += sent
		switch {
		case err == nil:
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOBUFS):
			return done
		default: // of the first message not sent
			f := e.batch[done]
			index := e.flights[f].entry
			e.freeFlight(f)
			e.unsent(index, mono, err)
			done++
		}
	}
	return n
}

// unfill puts the entries of flights that could not be sent back in front of
// the rest of the queue.
func (e *Engine) unfill(flights []int32, i *int) {
	for k := len(flights) - 1; k >= 0; k-- {
		index := e.flights[flights[k]].entry
		e.freeFlight(flights[k])
		e.entries[index].queued = true
		*i--
		e.queue[*i] = index
	}
}

// giveUpOverdue reports what has waited a whole interval for room in the send
// buffer as unknown.
func (e *Engine) giveUpOverdue(i *int, now int64) {
	for ; *i < len(e.queue); *i++ {
		index := e.queue[*i]
		ent := &e.entries[index]
		if now-ent.next < int64(ent.interval()) {
			return
		}
		ent.queued = false
		if ent.gone {
			e.release(index)
		} else {
			e.unsent(index, now, ErrCongested)
		}
	}
}

// sent plans an entry's next ping after one has left, or failed to.
func (e *Engine) sent(index int32, now int64) {
	ent := &e.entries[index]
	if ent.series == nil {
		interval := int64(ent.target.Interval)
		ent.next += interval
		if behind := now - ent.next; behind >= 0 { // held up: skip rounds, keep the phase
			ent.next += (behind/interval + 1) * interval
		}
		e.due.add(index, ent.next)
		return
	}
	ent.granted = false
	if ent.left--; ent.left > 0 {
		ent.next = now + int64(ent.series.plan.Gap)
		e.due.add(index, ent.next)
	}
}

// unsent settles a ping that could not leave.
func (e *Engine) unsent(index int32, now int64, err error) {
	e.sent(index, now)
	e.settle(index, Unknown, time.Now(), 0, err)
}

func (e *Engine) newFlight(index int32) int32 {
	e.seq++
	fl := flight{entry: index, seq: e.seq, nonce: e.nonces.Uint64()}
	if n := len(e.freeFlights); n > 0 {
		f := e.freeFlights[n-1]
		e.freeFlights = e.freeFlights[:n-1]
		e.flights[f] = fl
		return f
	}
	e.flights = append(e.flights, fl)
	return int32(len(e.flights) - 1)
}

func (e *Engine) freeFlight(f int32) {
	e.flights[f].entry = -1
	e.freeFlights = append(e.freeFlights, f)
}
