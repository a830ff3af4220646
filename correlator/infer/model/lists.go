package model

import (
	"slices"
)

// span is a stretch of a flat array.
type span struct{ from, to int32 }

// lists is a compressed list of lists.
type lists struct {
	start []int32
	items []int32
}

func (l lists) of(i int32) []int32 { return l.items[l.start[i]:l.start[i+1]] }

// listsOf groups items by key; walk is called twice.
func listsOf(keys int, walk func(put func(key, item int32))) lists {
	l := lists{start: make([]int32, keys+1)}
	walk(func(key, _ int32) { l.start[key+1]++ })
	for i := range keys {
		l.start[i+1] += l.start[i]
	}
	l.items = make([]int32, l.start[keys])
	next := slices.Clone(l.start[:keys])
	walk(func(key, item int32) {
		l.items[next[key]] = item
		next[key]++
	})
	return l
}
