package inventory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing wrong with the inventory, said so that whoever keeps
// the file can mend it.
type Problem struct {
	File   string // "links.csv"
	Line   int    // in the file, from 1; 0 where the row was made in code
	Row    string // id of the row, where it has one
	Column string // empty where the whole row or file is meant
	Reason string
}

func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line))
	}
	if p.Column != "" {
		b.WriteString(": column " + p.Column)
	}
	b.WriteString(": " + p.Reason)
	if p.Row != "" {
		b.WriteString(" (in " + p.Row + ")")
	}
	return b.String()
}

// Problems is everything that is wrong, in the order of the files and their
// lines. Error prints the first hundred; the slice holds all.
type Problems []Problem

const printed = 100

func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i == printed {
			fmt.Fprintf(&b, "\n... and %d more", len(ps)-printed)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.Error())
	}
	return b.String()
}

// Unwrap gives the single problems to errors.As.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// report collects problems while files are read and checked.
type report struct {
	problems []Problem
	seen     map[place]bool
	broken   map[string]bool    // files that could not be read at all
	lines    map[string][]int32 // line of each row of a file, where it was loaded
}

// place is where a problem was found: a second one there is only its echo.
type place struct {
	file   string
	row    int
	column string
}

func newReport() *report {
	return &report{
		seen:   make(map[place]bool),
		broken: make(map[string]bool),
		lines:  make(map[string][]int32),
	}
}

// file reports on a file as a whole, whose rows are then not to be relied on.
func (r *report) file(file string, line int, column, format string, args ...any) {
	r.broken[file] = true
	r.problems = append(r.problems, Problem{File: file, Line: line, Column: column, Reason: fmt.Sprintf(format, args...)})
}

// lost reports on a line of a file that became no row, and may have swallowed
// others, so that what is missing from the file proves nothing.
func (r *report) lost(file string, line int, format string, args ...any) {
	r.broken[file] = true
	r.problems = append(r.problems, Problem{File: file, Line: line, Reason: fmt.Sprintf(format, args...)})
}

// row reports on row i of a table.
func (r *report) row(file string, i int, id, column, format string, args ...any) {
	where := place{file, i, column}
	if r.seen[where] {
		return
	}
	r.seen[where] = true
	r.problems = append(r.problems, Problem{
		File: file, Line: r.lineOf(file, i), Row: id, Column: column, Reason: fmt.Sprintf(format, args...),
	})
}

func (r *report) lineOf(file string, i int) int {
	if lines := r.lines[file]; i < len(lines) {
		return int(lines[i])
	}
	return 0
}

// where names another row, for "already used there".
func (r *report) where(file string, i int) string {
	if line := r.lineOf(file, i); line > 0 {
		return fmt.Sprintf("%s:%d", file, line)
	}
	return fmt.Sprintf("row %d of %s", i+1, file)
}

func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return Problems(r.sorted())
}

func (r *report) sorted() []Problem {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		if d := fileOrder(a.File) - fileOrder(b.File); d != 0 {
			return d
		}
		return a.Line - b.Line
	})
	return r.problems
}

// fileOrder is the order in which the files build on one another.
func fileOrder(file string) int { return slices.Index(Files(), file) }
