package state

import (
	"slices"
)

// Changes are what has changed since the last search.
type Changes struct {
	points []int32
	in     []bool
	swept  []Span
	whole  bool
	first  int64 // of the changes; 0
	last   int64
}

// NewChanges has none, of so many points.
func NewChanges(points int) *Changes { return &Changes{in: make([]bool, points)} }

// Mark notes that a point has changed.
func (c *Changes) Mark(p int32) {
	if !c.in[p] {
		c.in[p] = true
		c.points = append(c.points, p)
	}
}

// Swept notes that silence became health over some stretches of time.
func (c *Changes) Swept(spans []Span) { c.swept = append(c.swept, spans...) }

// Whole asks for everything to be searched again.
func (c *Changes) Whole() { c.whole = true }

// Stir asks for a search soon after t.
func (c *Changes) Stir(t int64) {
	if c.first == 0 {
		c.first = t
	}
	c.last = max(c.last, t)
}

// Due is when to search: when nothing has changed for the first of the times, or
// at the latest after the second; 0 if nothing has changed.
func (c *Changes) Due(quiet, longest int64) int64 {
	if c.first == 0 {
		return 0
	}
	return min(c.last+quiet, c.first+longest)
}

// Points are those that have changed.
func (c *Changes) Points() []int32 { return c.points }

// Touch tells whether what is known of a point, raised since then, has changed.
func (c *Changes) Touch(p int32, since int64) bool {
	return c.whole || c.in[p] || slices.ContainsFunc(c.swept, func(w Span) bool { return w.Covers(since) })
}

// Reset forgets the changes: they have been searched.
func (c *Changes) Reset() {
	for _, p := range c.points {
		c.in[p] = false
	}
	c.points, c.swept, c.whole, c.first, c.last = c.points[:0], nil, false, 0, 0
}
