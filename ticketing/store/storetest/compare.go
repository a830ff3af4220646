package storetest

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// same compares whole values, and shows where they part.
func same[T any](t interface {
	Helper()
	Fatalf(string, ...any)
}, what string, got, want T) {
	t.Helper()
	if reflect.DeepEqual(got, want) {
		return
	}
	g, _ := json.MarshalIndent(got, "", " ")
	w, _ := json.MarshalIndent(want, "", " ")
	gl, wl := strings.Split(string(g), "\n"), strings.Split(string(w), "\n")
	for i := range min(len(gl), len(wl)) {
		if gl[i] != wl[i] {
			t.Fatalf("%s differs in line %d of its JSON: got %s, want %s", what, i+1, gl[i], wl[i])
		}
	}
	t.Fatalf("%s differs:\n got %#v\nwant %#v", what, got, want)
}

// sameList compares lists and says which elements are missing or too many.
func sameList(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}
