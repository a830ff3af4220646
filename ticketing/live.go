package ticketing

import (
	"sync"

	"github.com/linewarden/linewarden/ticketing/board"
)

// live tells subscribers of changes. Of several changes of the same thing, a
// slow reader finds one, which stands for the last.
type live struct {
	mu   sync.Mutex
	subs map[*Subscription]bool
}

func newLive() *live { return &live{subs: map[*Subscription]bool{}} }

// Subscription is what one reader has not seen yet.
type Subscription struct {
	live *live
	wake chan struct{}

	mu      sync.Mutex
	waiting map[board.Change]bool
	order   []board.Change
}

func (l *live) subscribe() *Subscription {
	s := &Subscription{live: l, wake: make(chan struct{}, 1), waiting: map[board.Change]bool{}}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.subs[s] = true
	return s
}

func (l *live) tell(c board.Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.subs {
		s.put(c)
	}
}

func (s *Subscription) put(c board.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.waiting[c] {
		s.waiting[c] = true
		s.order = append(s.order, c)
	}
	kick(s.wake)
}

// Wake has something to read when Next may have.
func (s *Subscription) Wake() <-chan struct{} { return s.wake }

// Next is the oldest change that was not read yet; false if there is none.
func (s *Subscription) Next() (board.Change, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.order) == 0 {
		return board.Change{}, false
	}
	c := s.order[0]
	s.order = s.order[1:]
	delete(s.waiting, c)
	return c, true
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	delete(s.live.subs, s)
}
