package inventory

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// column is one column of a file: how a cell becomes a field, and back.
type column[T any] struct {
	name     string
	required bool
	set      func(*T, string) error // never called with an empty cell
	get      func(*T) string
}

// table is one file of the inventory.
type table[T any] struct {
	file     string
	required bool
	blank    T // what the optional columns hold where nothing is said
	id       func(*T) string
	columns  []column[T]
}

// read decodes the file's rows. A row with a bad cell is kept, without that
// cell, so that references to it are not reported as dangling as well.
func (t table[T]) read(fsys fs.FS, r *report) []T {
	raw, err := fs.ReadFile(fsys, t.file)
	if errors.Is(err, fs.ErrNotExist) {
		if t.required {
			r.file(t.file, 0, "", "the file is missing; it must exist, with at least the columns %s", t.names(true))
		}
		return nil
	}
	if err != nil {
		r.file(t.file, 0, "", "cannot be read: %v", err)
		return nil
	}
	text, err := decode(raw)
	if err != nil {
		r.file(t.file, 0, "", "%v", err)
		return nil
	}

	in := csv.NewReader(bytes.NewReader(text))
	in.FieldsPerRecord = -1
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			r.file(t.file, 0, "", "the file is empty; its first row must name the columns, at least %s", t.names(true))
		} else {
			r.file(t.file, 1, "", "%s", csvReason(err))
		}
		return nil
	}
	line, _ := in.FieldPos(0)
	at, ok := t.header(header, line, r)
	if !ok {
		return nil
	}
	return t.rows(in, at, bytes.Count(text, []byte("\n")), r)
}

// rows reads all that follows the header; at[i] is the column in cell i.
func (t table[T]) rows(in *csv.Reader, at []int, guess int, r *report) []T {
	rows := make([]T, 0, guess)
	lines := make([]int32, 0, guess)
	given := make([]bool, len(t.columns))
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			r.lost(t.file, bad.StartLine, "%s", csvReason(err))
			continue
		}
		if err != nil {
			r.file(t.file, 0, "", "cannot be read: %v", err)
			break
		}
		if blankRow(cells) {
			continue
		}
		line, _ := in.FieldPos(0)
		r.lines[t.file] = append(lines, int32(line))
		lines = r.lines[t.file]
		rows = append(rows, t.blank)
		t.row(&rows[len(rows)-1], len(rows)-1, cells, at, given, r)
	}
	return rows
}

// row fills one row from its cells.
func (t table[T]) row(row *T, i int, cells []string, at []int, given []bool, r *report) {
	clear(given)
	type complaint struct{ column, reason string }
	var complaints []complaint
	for c, cell := range cells {
		cell = strings.TrimSpace(cell)
		if c >= len(at) {
			if cell != "" {
				complaints = append(complaints,
					complaint{"",
						fmt.Sprintf("the row has %d cells, the header %d; a cell that holds a comma must stand in double quotes",
							len(cells), len(at))})
				break
			}
			continue
		}
		if cell == "" || at[c] < 0 {
			continue
		}
		col := &t.columns[at[c]]
		given[at[c]] = true
		if err := col.set(row, cell); err != nil {
			complaints = append(complaints, complaint{col.name, err.Error()})
		}
	}
	for c := range t.columns {
		if t.columns[c].required && !given[c] {
			complaints = append(complaints, complaint{t.columns[c].name, "is empty, and must not be"})
		}
	}
	for _, c := range complaints {
		r.row(t.file, i, t.id(row), c.column, "%s", c.reason)
	}
}

// header finds which column stands in which cell.
func (t table[T]) header(cells []string, line int, r *report) (at []int, ok bool) {
	ok = true
	found := make([]bool, len(t.columns))
	if len(cells) == 1 && strings.ContainsAny(cells[0], ";\t") {
		r.file(t.file, line, "", "the columns must be separated by commas, not by semicolons or tabs")
		return nil, false
	}
	for i, cell := range cells {
		name := strings.TrimSpace(cell)
		at = append(at, -1)
		if name == "" {
			continue // a spreadsheet's trailing empty columns
		}
		c := slices.IndexFunc(t.columns, func(c column[T]) bool { return c.name == name })
		switch {
		case c < 0:
			r.file(t.file, line, name, "no such column%s; the columns are %s", t.hint(name), t.names(false))
			ok = false
		case found[c]:
			r.file(t.file, line, name, "the column stands twice in the header")
			ok = false
		default:
			found[c] = true
			at[i] = c
		}
	}
	for c, col := range t.columns {
		if col.required && !found[c] {
			r.file(t.file, line, col.name, "the column is missing from the header")
			ok = false
		}
	}
	return at, ok
}

// hint proposes the column that a misspelt name most likely means.
func (t table[T]) hint(name string) string {
	plain := func(s string) string {
		return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s))
	}
	for _, c := range t.columns {
		if plain(c.name) == plain(name) {
			return fmt.Sprintf(" (is %q meant?)", c.name)
		}
	}
	return ""
}

func (t table[T]) names(required bool) string {
	var names []string
	for _, c := range t.columns {
		if c.required || !required {
			names = append(names, c.name)
		}
	}
	return strings.Join(names, ", ")
}

// write encodes the rows, all columns, without BOM.
func (t table[T]) write(w io.Writer, rows []T) error {
	out := csv.NewWriter(w)
	cells := make([]string, len(t.columns))
	for c, col := range t.columns {
		cells[c] = col.name
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	for i := range rows {
		for c := range t.columns {
			cells[c] = t.columns[c].get(&rows[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func blankRow(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// csvReason says what encoding/csv found in words for people.
func csvReason(err error) string {
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return `a double quote stands inside a cell that does not begin with one; quote the whole cell and write the inner quote twice`
	case errors.Is(err, csv.ErrQuote):
		return `a cell that begins with a double quote does not end with one`
	default:
		return err.Error()
	}
}
