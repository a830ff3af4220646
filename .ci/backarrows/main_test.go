package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestFilesThatUseEachOther(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, true, []string{"./testdata/round"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"testdata/round  3      1", "a.go uses of b.go: grow", "b.go uses of a.go: height tree", "in all"} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("not said: %q; said:\n%s", want, out.String())
		}
	}
}
