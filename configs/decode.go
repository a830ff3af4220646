package configs

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// document is a YAML file that has been read, with the line of every key, so
// that what is found wrong later can still name its place.
type document struct {
	file     string
	lines    map[string]int
	problems []Problem
	unlike   bool // a value is of another kind than the struct wants
}

// decode reads raw into the struct that into points to. Keys that the struct
// does not know, and values of another kind than it wants, are problems; all
// of them are found, not just the first. Keys that are absent leave their
// field as it was.
func decode(file string, raw []byte, into any) *document {
	d := &document{file: file, lines: make(map[string]int)}
	tree, err := parser.ParseBytes(raw, 0)
	if err != nil {
		d.syntax(err)
		return d
	}
	var body ast.Node
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			d.unlike = true
			d.add(doc.Body.GetToken().Position.Line, "", "a second document begins here; the file must hold one")
			return d
		}
		body = doc.Body
	}
	if body == nil {
		return d // empty: defaults throughout
	}
	d.walk(body, reflect.TypeOf(into).Elem(), "")
	if d.unlike {
		return d
	}
	// Unknown keys have been reported; what is known can still be looked at.
	if err := yaml.Unmarshal(raw, into); err != nil {
		d.syntax(err)
	}
	return d
}

func (d *document) add(line int, key, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Key: key, Reason: fmt.Sprintf(format, args...)})
}

// wrong reports on a key by its name, wherever it stands; a key that the file
// does not hold is reported on its nearest parent's line.
func (d *document) wrong(key, format string, args ...any) {
	d.add(d.lineOf(key), key, format, args...)
}

func (d *document) lineOf(key string) int {
	for key != "" {
		if line, ok := d.lines[key]; ok {
			return line
		}
		i := strings.LastIndexAny(key, ".[")
		if i < 0 {
			break
		}
		key = key[:i]
	}
	return 0
}

func (d *document) syntax(err error) {
	d.unlike = true
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		d.add(at.GetToken().Position.Line, "", "%s", plainly(at.GetMessage()))
		return
	}
	d.add(0, "", "%v", err)
}

// plainly turns the commonest complaints of the parser into advice.
func plainly(message string) string {
	switch {
	case strings.Contains(message, "'\t'"):
		return "a tab; YAML indents with spaces only"
	case strings.Contains(message, "value is not allowed in this context"):
		return "this does not belong here; look at the indentation of this line and the one above"
	}
	return message
}

// err is everything found so far, or nil.
func (d *document) err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return Problems(d.problems)
}
