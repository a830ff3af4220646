// Package problem is how a component says what is wrong with its
// configuration: a path to the value, and a reason. It reads no file and knows
// no format. Whoever owns the file turns the path into a line and a column.
//
// A path names keys and places in lists: "timeout", "webhooks[2].url". It is
// relative to the component that reports it; List.Under puts the owner's own
// key before it.
package problem

import (
	"errors"
	"fmt"
	"strings"
)

// Problem is one thing that is wrong.
type Problem struct {
	Path   string // to the value; empty: the whole
	Reason string // what was found and what was expected
}

// Error gives path and reason in one line.
func (p Problem) Error() string {
	if p.Path == "" {
		return p.Reason
	}
	return p.Path + ": " + p.Reason
}

// List collects problems. Its zero value is empty and ready.
type List []Problem

// Add reports the value at path. The reason is formatted as by fmt.Sprintf.
func (l *List) Add(path, format string, args ...any) {
	*l = append(*l, Problem{Path: path, Reason: fmt.Sprintf(format, args...)})
}

// Check reports the value at path unless ok.
func (l *List) Check(ok bool, path, format string, args ...any) {
	if !ok {
		l.Add(path, format, args...)
	}
}

// Under takes over what a part found wrong with itself. The part stands at
// path.
func (l *List) Under(path string, found []Problem) {
	for _, p := range found {
		p.Path = Join(path, p.Path)
		*l = append(*l, p)
	}
}

// Join puts a path after that of the value which holds it.
func Join(path, below string) string {
	if path == "" || below == "" || strings.HasPrefix(below, "[") {
		return path + below
	}
	return path + "." + below
}

// At is the path of the item at place i, from 0, of the list at path.
func At(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// Error makes one error of all that was found, one line each; nil if nothing
// was.
func Error(found []Problem) error {
	all := make([]error, len(found))
	for i, p := range found {
		all[i] = p
	}
	return errors.Join(all...)
}
