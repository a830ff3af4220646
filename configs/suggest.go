package configs

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// whichKeys tells which keys there are, and which was probably meant.
func whichKeys(name string, fields map[string]reflect.Type) string {
	names := slices.Sorted(maps.Keys(fields))
	best, least := "", 3
	for _, n := range names {
		if far := distance(name, n); far < least {
			best, least = n, far
		}
	}
	for _, n := range names {
		if best == "" && len(name) > 2 && strings.HasPrefix(n, name) {
			best = n
		}
	}
	if best != "" {
		return fmt.Sprintf("is %q meant?", best)
	}
	return "known here: " + strings.Join(names, ", ")
}

// distance is how many letters must be changed, added or dropped to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
