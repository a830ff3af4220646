package lab

import (
	"time"

	"github.com/linewarden/linewarden/deploy/lab/wire"
)

// outbox keeps answers until the time that the network needs for them. It is a
// heap by time, whose buffers are used again.
type outbox struct {
	heap []letter
	free [][]byte
	sent [][]byte
}

type letter struct {
	at    time.Time
	frame []byte
}

func (o *outbox) take() []byte {
	if n := len(o.free); n > 0 {
		b := o.free[n-1]
		o.free = o.free[:n-1]
		return b
	}
	return make([]byte, wire.MaxFrame)
}

func (o *outbox) give(b []byte) { o.free = append(o.free, b[:wire.MaxFrame]) }

func (o *outbox) push(at time.Time, frame []byte) {
	o.heap = append(o.heap, letter{at, frame})
	h, i := o.heap, len(o.heap)-1
	for i > 0 {
		up := (i - 1) / 2
		if !h[i].at.Before(h[up].at) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

func (o *outbox) pop() letter {
	h := o.heap
	first, last := h[0], len(h)-1
	h[0], h[last] = h[last], letter{}
	h = h[:last]
	o.heap = h
	for i := 0; ; {
		kid := 2*i + 1
		if kid >= last {
			break
		}
		if kid+1 < last && h[kid+1].at.Before(h[kid].at) {
			kid++
		}
		if !h[kid].at.Before(h[i].at) {
			break
		}
		h[i], h[kid] = h[kid], h[i]
		i = kid
	}
	return first
}

// due are the frames whose time has come. They are the caller's until recycle.
func (o *outbox) due(now time.Time) [][]byte {
	limit := now
	if len(o.heap) >= busy {
		limit = now.Add(turn / 2)
	}
	for len(o.heap) > 0 && !o.heap[0].at.After(limit) {
		o.sent = append(o.sent, o.pop().frame)
	}
	return o.sent
}

func (o *outbox) recycle() {
	for i, b := range o.sent {
		o.give(b)
		o.sent[i] = nil
	}
	o.sent = o.sent[:0]
}

// wait is how long there is nothing to do unless a packet comes; negative for
// ever. event tells whether the world has something planned at due.
func (o *outbox) wait(now, due time.Time, event bool) time.Duration {
	if len(o.heap) > 0 && (!event || o.heap[0].at.Before(due)) {
		due, event = o.heap[0].at, true
	}
	if !event {
		return -1
	}
	return max(0, due.Sub(now))
}
