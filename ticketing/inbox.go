package ticketing

import (
	"slices"
	"sync"

	"github.com/linewarden/linewarden/correlator/verdict"
)

// inbox is the newest version of each verdict that waits to be applied.
type inbox struct {
	mu       sync.Mutex
	verdicts map[string]verdict.Verdict
	arrived  chan struct{} // something waits
	synced   chan struct{} // closed once all is here that the bus held at the start
	once     sync.Once
}

func newInbox() *inbox {
	return &inbox{
		verdicts: map[string]verdict.Verdict{}, arrived: make(chan struct{}, 1), synced: make(chan struct{}),
	}
}

func (b *inbox) put(v verdict.Verdict) {
	b.mu.Lock()
	b.verdicts[v.ID] = v
	b.mu.Unlock()
	kick(b.arrived)
}

// complete notes that all has arrived which the bus held at the start.
func (b *inbox) complete() { b.once.Do(func() { close(b.synced) }) }

// list is what waits, by its start: a parent before what merges into it.
func (b *inbox) list() []verdict.Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]verdict.Verdict, 0, len(b.verdicts))
	for _, v := range b.verdicts {
		all = append(all, v)
	}
	slices.SortFunc(all, func(x, y verdict.Verdict) int { return x.Started.Compare(y.Started) })
	return all
}

func (b *inbox) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.verdicts)
}

// done forgets a verdict unless another version has arrived meanwhile.
func (b *inbox) done(v verdict.Verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := b.verdicts[v.ID]; now.Epoch == v.Epoch && now.Version == v.Version {
		delete(b.verdicts, v.ID)
	} else {
		kick(b.arrived)
	}
}

// overtaken reports whether a newer version of the verdict has arrived: it is
// what the bus holds now, and nobody has recorded it.
func (b *inbox) overtaken(v verdict.Verdict) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	newest, waits := b.verdicts[v.ID]
	return waits && (newest.Epoch > v.Epoch || newest.Epoch == v.Epoch && newest.Version > v.Version)
}
