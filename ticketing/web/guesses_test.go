package web

import (
	"fmt"
	"testing"
	"time"
)

// Who tries ten thousand names neither keeps others out nor is let in himself.
func TestManyNamesKeepNobodyOut(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	d := newGuesses(func() time.Time { return now })
	for i := range maxGuessers {
		if !d.allow(fmt.Sprint("guess", i), "192.0.2.1") {
			t.Fatalf("the %d-th name is refused", i)
		}
		now = now.Add(time.Millisecond)
	}
	if !d.allow("wu", "192.0.2.2") {
		t.Error("the last of ten thousand names keeps another person out")
	}
	last := fmt.Sprint("guess", maxGuessers-1)
	for range maxTries - 1 {
		d.allow(last, "192.0.2.1")
	}
	if d.allow(last, "192.0.2.1") {
		t.Error("making room forgot who had just tried")
	}
	if len(d.tries) > maxGuessers {
		t.Errorf("%d names are remembered, at most %d are to be", len(d.tries), maxGuessers)
	}
}
