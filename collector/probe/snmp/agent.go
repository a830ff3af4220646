package snmp

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
)

// agent is the engine's memory of one device.
type agent struct {
	target atomic.Pointer[Target]
	ports  atomic.Pointer[portMap]         // read by traps while a poll is running
	quiet  atomic.Pointer[map[string]bool] // ports where somebody is working, as of the last poll
	silent atomic.Int32                    // unanswered polls in a row
	gone   atomic.Bool                     // no target any more

	flights sync.Mutex
	busy    bool
	next    *flight

	// Only the one poll that is running touches what follows.
	session     *session
	profile     *Profile
	objectID    string
	changedAt   int64 // Ports.Changed as last read; -1: not known
	triedMap    time.Time
	stale       bool // the map has to be read again
	plan        *plan
	planOf      *Target
	list        []string // of objects that a poll asks for, made of the next two
	listPlan    *plan
	listProfile *Profile
	base        grid
	uptime      uptime
	rebooted    time.Time // when a restart was seen
	expect      int       // samples of the last poll
	covered     []covered
	covers      map[string][]symptom.Kind
}

// flight is one poll that somebody waits for.
type flight struct {
	done   chan struct{}
	result Result
}

func newAgent(t Target) *agent {
	a := &agent{changedAt: -1}
	a.target.Store(&t)
	return a
}

// keep takes over what the inventory now says, if it is still the same agent.
func (a *agent) keep(t *Target) bool {
	old := a.target.Load()
	if old.Address != t.Address || old.Credential != t.Credential {
		return false
	}
	same := old.Profile == t.Profile && old.Interval == t.Interval && old.All == t.All && maps.Equal(old.Ports, t.Ports)
	if !same {
		a.target.Store(t)
	}
	return true
}

// start has the device polled: by a poll of its own if none is running, else,
// if insist, by the one after. It returns nil where a running poll is enough.
func (e *Engine) start(a *agent, insist bool) *flight {
	a.flights.Lock()
	defer a.flights.Unlock()
	if a.next != nil {
		return a.next
	}
	if a.busy && !insist {
		return nil
	}
	a.next = &flight{done: make(chan struct{})}
	f := a.next
	if !a.busy {
		a.busy = true
		e.launch(a)
	}
	return f
}

// fly polls until nobody waits for another.
func (e *Engine) fly(a *agent) {
	for {
		a.flights.Lock()
		f := a.next
		a.next = nil
		if f == nil {
			a.busy = false
			a.flights.Unlock()
			return
		}
		a.flights.Unlock()
		f.result = e.poll(e.running, a)
		stopped := e.running.Err() != nil
		if !stopped && !a.gone.Load() {
			e.handle(f.result)
			e.finished(a, f.result)
		}
		close(f.done)
		if stopped {
			return
		}
	}
}
