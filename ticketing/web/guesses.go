package web

import (
	"context"
	"sync"
	"time"
)

// guesses slows down who guesses: after five wrong passwords a name from an
// address waits a minute. It also bounds how many hashes are computed at once,
// since each takes 19 MiB.
type guesses struct {
	now   func() time.Time
	turns chan struct{}
	mu    sync.Mutex
	tries map[string]*tries
}

type tries struct {
	count int
	last  time.Time
}

const (
	maxTries    = 5
	triesWait   = time.Minute
	maxGuessers = 10_000
)

func newGuesses(now func() time.Time) *guesses {
	return &guesses{now: now, turns: make(chan struct{}, 4), tries: map[string]*tries{}}
}

// allow reports whether a password may be tried now, and counts the try.
func (g *guesses) allow(name, from string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, key := g.now(), name+"\n"+from
	t := g.tries[key]
	if t == nil || now.Sub(t.last) > triesWait {
		if t == nil && len(g.tries) >= maxGuessers {
			g.makeRoom(now)
		}
		t = &tries{}
		g.tries[key] = t
	}
	if t.count >= maxTries {
		return false
	}
	t.count++
	t.last = now
	return true
}

// makeRoom forgets who need not wait any more, and at any rate the longest
// past: who tries ten thousand names keeps nobody else out.
func (g *guesses) makeRoom(now time.Time) {
	oldest := ""
	for k, t := range g.tries {
		if now.Sub(t.last) > triesWait {
			delete(g.tries, k)
		} else if oldest == "" || t.last.Before(g.tries[oldest].last) {
			oldest = k
		}
	}
	if len(g.tries) >= maxGuessers {
		delete(g.tries, oldest)
	}
}

// right forgets the tries of one who knew the password.
func (g *guesses) right(name, from string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.tries, name+"\n"+from)
}

// turn waits until a hash may be computed, as long as the caller does.
func (g *guesses) turn(ctx context.Context) (release func(), err error) {
	select {
	case g.turns <- struct{}{}:
		return func() { <-g.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
