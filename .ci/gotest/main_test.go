package main

import (
	"slices"
	"strings"
	"testing"
)

func TestUnmatched(t *testing.T) {
	ran := map[string]int{"example.org/m/a": 2, "example.org/m/b": 0}
	for _, c := range []struct {
		name, args, complaint string
		ran                   map[string]int
	}{
		{"what is named and ran is well", "-run X ./a", "", ran},
		{"a package that is named by itself must have a match", "-run X ./a ./b", "./b", ran},
		{"packages named by a pattern must have one together", "-bench . -run ^$ ./...", "", ran},
		{"nothing at all is never well", "-count=1 ./...", "nothing ran", nil},
		{"without a pattern a package may have no test", "-count=1 ./a ./b", "", ran},
		{"what follows -args is the test's own", "-run X ./a -args ./b", "", ran},
	} {
		got := strings.Join(unmatched(parse(strings.Fields(c.args)), c.ran), "; ")
		if (got == "") != (c.complaint == "") || !strings.Contains(got, c.complaint) {
			t.Errorf("%s: complaint %q, want %q", c.name, got, c.complaint)
		}
	}
}

func TestItsOwnFlagsAreNotPassedOn(t *testing.T) {
	o := parse(strings.Fields("-stories -slowest 3 -race -timeout 5m ./a"))
	if want := []string{"-race", "-timeout", "5m", "./a"}; !slices.Equal(o.args, want) || !o.stories || o.slowest != 3 {
		t.Errorf("passed on %q, want %q; %+v", o.args, want, o)
	}
}
