// Package wait is how a test waits: for a condition, with a deadline that a
// busy machine does not reach, and with a message that says what was seen last.
//
// Only tests import it. A deadline ends a test that hangs; it is no statement
// about how fast something must be. A test that judges speed compares two times
// taken in the same run.
package wait

import (
	"errors"
	"testing"
	"time"
)

// Long is how long Until, For and Receive wait. What they wait for usually
// happens within milliseconds; the rest is for machines that are busy.
const Long = 2 * time.Minute

// between is the time from one look to the next.
const between = 10 * time.Millisecond

// errFalse is what a condition without a reason of its own says.
var errFalse = errors.New("it is still false")

// Until asks check until it returns nil, and ends the test with the last error
// if that takes too long. check runs on the test's own goroutine.
func Until(t testing.TB, what string, check func() error) {
	t.Helper()
	Within(t, Long, what, check)
}

// For waits until a condition holds.
func For(t testing.TB, what string, holds func() bool) {
	t.Helper()
	Within(t, Long, what, func() error {
		if holds() {
			return nil
		}
		return errFalse
	})
}

// Within is Until with a deadline that says something: that what is waited for
// does not take as long as some other way to it would.
func Within(t testing.TB, patience time.Duration, what string, check func() error) {
	t.Helper()
	tick := time.NewTicker(between)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for this: %s; last seen: %v", patience, what, err)
		}
	}
}

// Receive takes the next value of a channel, or ends the test. A closed channel
// gives the zero value, as always.
func Receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	late := time.NewTimer(Long)
	defer late.Stop()
	select {
	case v := <-from:
		return v
	case <-late.C:
		t.Fatalf("waited %v for this: %s", Long, what)
		panic("unreachable: Fatalf does not return")
	}
}

// Stays asks check again and again for a span of time, and ends the test as
// soon as it returns an error. It is for what must not happen, so the span is
// spent in full each time: keep it short.
func Stays(t testing.TB, span time.Duration, what string, check func() error) {
	t.Helper()
	tick := time.NewTicker(20 * between)
	defer tick.Stop()
	for end := time.Now().Add(span); ; <-tick.C {
		if err := check(); err != nil {
			t.Fatalf("it did not stay so: %s; seen: %v", what, err)
		}
		if !time.Now().Before(end) {
			return
		}
	}
}
