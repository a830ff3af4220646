package ticketing

import (
	"sync"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/board"
)

// SharedBoard is the board behind a lock, for pages and programs to look at
// while the bus writes on it.
type SharedBoard struct {
	inventory func() *inventory.Inventory
	now       func() time.Time
	changed   func(board.Change)

	mu    sync.RWMutex
	board *board.Board

	quietMu sync.Mutex
	quietOf *inventory.Inventory
	quiet   []board.State
}

// newSharedBoard tells changed of every line that may look different, without
// its lock held.
func newSharedBoard(inv func() *inventory.Inventory, now func() time.Time, changed func(board.Change)) *SharedBoard {
	return &SharedBoard{inventory: inv, now: now, changed: changed, board: board.New()}
}

// Report takes one report from the bus.
func (s *SharedBoard) Report(r symptom.Report) {
	s.mu.Lock()
	subject, touched := s.board.Report(r)
	s.mu.Unlock()
	if !touched {
		return
	}
	change := board.Change{Topic: board.LineChanged}
	if subject.Kind() == symptom.LineSubject {
		change.ID = subject.ID()
	} // what is said of a device may change the look of any line's path
	s.changed(change)
}

// fault takes a version of a verdict.
func (s *SharedBoard) fault(v verdict.Verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.board.Fault(v)
}

// Line is the health of one line.
func (s *SharedBoard) Line(id string) board.Health {
	inv, now := s.inventory(), s.now()
	return read(s, func(b *board.Board) board.Health { return b.Line(inv, now, id) })
}

// Lines is the state of each line of the inventory, in its order.
func (s *SharedBoard) Lines(inv *inventory.Inventory) []board.State {
	now, rest := s.now(), s.atRest(inv)
	return read(s, func(b *board.Board) []board.State { return b.Lines(inv, now, rest) })
}

// atRest is board.Quiet, looked up once for each revision of the inventory.
func (s *SharedBoard) atRest(inv *inventory.Inventory) []board.State {
	s.quietMu.Lock()
	defer s.quietMu.Unlock()
	if s.quietOf != inv {
		s.quietOf, s.quiet = inv, board.Quiet(inv)
	}
	return s.quiet
}

// Symptoms lists what is raised, and what was cleared within the hour, newest first.
func (s *SharedBoard) Symptoms() []symptom.Symptom { return read(s, (*board.Board).Symptoms) }

// Symptom is one of them.
func (s *SharedBoard) Symptom(key symptom.Key) (symptom.Symptom, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.board.Symptom(key)
}

// Of lists the symptoms on one subject, newest first.
func (s *SharedBoard) Of(subject symptom.Subject) []symptom.Symptom {
	return read(s, func(b *board.Board) []symptom.Symptom { return b.Of(subject) })
}

// Collectors lists the newest heartbeat of each collector, method and class.
func (s *SharedBoard) Collectors() []symptom.Heartbeat { return read(s, (*board.Board).Collectors) }

func read[T any](s *SharedBoard, f func(*board.Board) T) T {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return f(s.board)
}
