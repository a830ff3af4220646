package icmp

// tick is the engine's grain of time in nanoseconds: how far a ping may leave
// from its due time, and a time-out be noticed after it. Round-trip times do
// not depend on it; the kernel stamps them. Waking up costs a Go process 50 to
// 100 µs, so a finer grain is paid for: a hundred times a second is 1 % of a core.
const tick = int64(10e6)

// wheelSize buckets of one tick make 164 s; what is due later goes round again.
const wheelSize = 1 << 14

// wheel is a timing wheel: it holds small integers (indices into a slab) until
// they are due. Adding and removing cost the same however many it holds.
type wheel struct {
	heads  []int32 // bucket -> first item, -1 none
	items  []wheelItem
	cursor int64 // the first bucket number not yet collected
	n      int
}

type wheelItem struct {
	at         int64
	next, prev int32 // -1 none; prev of a first item is -2-bucket
	in         bool
}

func newWheel(now int64) *wheel {
	w := &wheel{heads: make([]int32, wheelSize), cursor: now / tick}
	for i := range w.heads {
		w.heads[i] = -1
	}
	return w
}

// grow makes room for items below n in one step.
func (w *wheel) grow(n int) {
	if n > len(w.items) {
		w.items = append(w.items, make([]wheelItem, n-len(w.items))...)
	}
}

// add files item i, which must not be filed already, under the time at.
func (w *wheel) add(i int32, at int64) {
	for int(i) >= len(w.items) {
		w.items = append(w.items, wheelItem{})
	}
	b := int32(max(at/tick, w.cursor) % wheelSize)
	it := &w.items[i]
	*it = wheelItem{at: at, next: w.heads[b], prev: -2 - b, in: true}
	if it.next >= 0 {
		w.items[it.next].prev = i
	}
	w.heads[b] = i
	w.n++
}

// remove takes item i out, if it is filed.
func (w *wheel) remove(i int32) {
	if int(i) >= len(w.items) || !w.items[i].in {
		return
	}
	it := &w.items[i]
	it.in = false
	w.n--
	if it.prev >= 0 {
		w.items[it.prev].next = it.next
	} else {
		w.heads[-2-it.prev] = it.next
	}
	if it.next >= 0 {
		w.items[it.next].prev = it.prev
	}
}

// collect takes out what is due and appends it to due. An item comes at most
// one tick after its time, never before it.
func (w *wheel) collect(now int64, due []int32) []int32 {
	last := now/tick - 1 // the current bucket may hold what is not due yet
	if w.n == 0 {
		w.cursor = max(w.cursor, last+1)
		return due
	}
	if last-w.cursor >= wheelSize {
		w.cursor = last - wheelSize + 1 // once round visits every bucket
	}
	for ; w.cursor <= last; w.cursor++ {
		for i := w.heads[w.cursor%wheelSize]; i >= 0; {
			next := w.items[i].next
			if w.items[i].at <= now {
				w.remove(i)
				due = append(due, i)
			}
			i = next
		}
	}
	return due
}

// wake is the earliest time at which collect may find something, looking at
// most ahead ticks into the future.
func (w *wheel) wake(now int64, ahead int64) int64 {
	limit := now/tick + ahead
	if w.n > 0 {
		for b := w.cursor; b < limit && b < w.cursor+wheelSize; b++ {
			if w.heads[b%wheelSize] >= 0 {
				return (b + 1) * tick
			}
		}
	}
	return limit * tick
}
