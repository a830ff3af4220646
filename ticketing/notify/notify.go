// Package notify carries messages to people and programs: by e-mail and by
// webhook. Who is told what, and when, is decided elsewhere; delivery is at
// least once, each message with an idempotency key.
package notify

import (
	"context"
	"errors"
	"time"

	"github.com/sethvargo/go-retry"
)

// Message is one message on one channel.
type Message struct {
	ID      string    // idempotency key: the effect's id
	Event   string    // dispatched, restored, clock_warn ...
	Ticket  string    // ticket id
	At      time.Time // when the ticket said so
	To      []string  // addresses, where the channel needs any
	Subject string
	Text    string
	Body    any // what a program gets, as JSON
}

// Channel is one way out. An error wrapped by Permanent will not get better by
// trying again.
type Channel interface {
	Send(ctx context.Context, m Message) error
}

// ErrPermanent marks what no retry will mend.
var ErrPermanent = errors.New("permanent")

type permanent struct{ error }

func (p permanent) Is(target error) bool { return target == ErrPermanent }
func (p permanent) Unwrap() error        { return p.error }

// Permanent marks an error as final.
func Permanent(err error) error { return permanent{err} }

// Backoff is how long to wait after so many attempts: 5 s, doubling to 10 min.
func Backoff(attempts int) (wait time.Duration) {
	waits := retry.WithCappedDuration(10*time.Minute, retry.NewExponential(5*time.Second))
	for range max(attempts, 1) {
		wait, _ = waits.Next()
	}
	return wait
}
