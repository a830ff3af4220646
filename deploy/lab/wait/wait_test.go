package wait

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// failing records how a test would have ended.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// ending runs a wait in a bubble and returns the message it failed with, and
// the time that passed.
func ending(t *testing.T, run func(testing.TB)) (said string, took time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		f := &failing{TB: t}
		began, done := time.Now(), make(chan struct{})
		go func() {
			defer close(done)
			run(f)
		}()
		<-done
		said, took = f.said, time.Since(began)
	})
	return said, took
}

func TestWaits(t *testing.T) {
	never := errors.New("nobody is there")
	later := func(after time.Duration) func() error {
		began := time.Time{}
		return func() error {
			if began.IsZero() {
				began = time.Now()
			}
			if time.Since(began) < after {
				return never
			}
			return nil
		}
	}
	for _, c := range []struct {
		name string
		run  func(testing.TB)
		said string
		took time.Duration
	}{
		{"what holds already costs no time", func(t testing.TB) { Until(t, "it is there", later(0)) }, "", 0},
		{"what comes later is waited for", func(t testing.TB) { Until(t, "it is there", later(time.Minute)) }, "",
			time.Minute},
		{"what never comes ends the test with what was seen last",
			func(t testing.TB) { Until(t, "it is there", later(time.Hour)) }, "nobody is there", Long + between},
		{"a condition has no reason of its own",
			func(t testing.TB) { For(t, "it is there", func() bool { return false }) }, "it is there", Long + between},
		{"a value comes through a channel", func(t testing.TB) {
			values := make(chan int, 1)
			time.AfterFunc(time.Minute, func() { values <- 7 })
			if v := Receive(t, values, "a value"); v != 7 {
				t.Fatalf("got %d", v)
			}
		}, "", time.Minute},
		{"a channel stays empty", func(t testing.TB) { Receive(t, make(chan int), "a value") }, "a value", Long},
		{"what stays so is watched to the end",
			func(t testing.TB) { Stays(t, time.Minute, "all is well", later(0)) }, "", time.Minute},
		{"what does not stay so ends the test at once",
			func(t testing.TB) { Stays(t, time.Minute, "all is well", later(time.Hour)) }, "nobody is there", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			said, took := ending(t, c.run)
			if !strings.Contains(said, c.said) || (said == "") != (c.said == "") {
				t.Errorf("said %q, want %q", said, c.said)
			}
			if took != c.took {
				t.Errorf("took %v, want %v", took, c.took)
			}
		})
	}
}
