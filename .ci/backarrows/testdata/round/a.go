// Package round has two files that use each other, and one that only uses.
package round

type tree struct{ height int }

// Plant makes a tree, which b.go makes grow.
func Plant() int {
	t := tree{}
	t.grow()
	return t.height
}
