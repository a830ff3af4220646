package ticketing

import (
	"context"
	"sync"
	"time"
)

// Topic is what a change is about.
type Topic string

// The topics.
const (
	TicketChanged Topic = "ticket"
	FaultChanged  Topic = "fault"
	LineChanged   Topic = "line"
)

// Change says that something looks different now. It carries no content: who
// wants to know reads it anew, and so always sees the present state.
type Change struct {
	Topic Topic
	ID    string
	At    time.Time
}

// live tells subscribers of changes. A slow reader loses intermediate changes
// of the same thing, never the last one.
type live struct {
	mu   sync.Mutex
	subs map[*subscriber]bool
}

type subscriber struct {
	mu      sync.Mutex
	pending map[Change]time.Time // keyed with At zero
	order   []Change
	wake    chan struct{}
}

func newLive() *live { return &live{subs: map[*subscriber]bool{}} }

// subscribe returns changes until ctx ends; then the channel is closed.
func (l *live) subscribe(ctx context.Context) <-chan Change {
	s := &subscriber{pending: map[Change]time.Time{}, wake: make(chan struct{}, 1)}
	l.mu.Lock()
	l.subs[s] = true
	l.mu.Unlock()
	out := make(chan Change)
	go func() {
		defer close(out)
		defer func() {
			l.mu.Lock()
			delete(l.subs, s)
			l.mu.Unlock()
		}()
		for {
			change, ok := s.next()
			if !ok {
				select {
				case <-s.wake:
					continue
				case <-ctx.Done():
					return
				}
			}
			select {
			case out <- change:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (l *live) tell(topic Topic, id string, at time.Time) {
	key := Change{Topic: topic, ID: id}
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.subs {
		s.put(key, at)
	}
}

func (s *subscriber) put(key Change, at time.Time) {
	s.mu.Lock()
	if _, waiting := s.pending[key]; !waiting {
		s.order = append(s.order, key)
	}
	s.pending[key] = at
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *subscriber) next() (Change, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.order) == 0 {
		return Change{}, false
	}
	change := s.order[0]
	s.order = s.order[1:]
	change.At = s.pending[change]
	delete(s.pending, Change{Topic: change.Topic, ID: change.ID})
	return change, true
}
