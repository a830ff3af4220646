package main

import (
	"errors"
	"slices"
	"testing"
)

func TestWhatWasOpenedLastIsClosedFirstAndNamedInTheError(t *testing.T) {
	var b base
	var closed []string
	for _, what := range []string{"the bus", "the database"} {
		b.closeLater(what, func() error {
			closed = append(closed, what)
			return errors.New("no answer")
		})
	}
	err := b.close()
	if !slices.Equal(closed, []string{"the database", "the bus"}) {
		t.Errorf("closed %q", closed)
	}
	if want := "close the database: no answer\nclose the bus: no answer"; err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}
