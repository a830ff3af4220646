package configs

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/linewarden/linewarden/configs/problem"
)

// document is a YAML file that has been read, with the position of every key,
// so that what is found wrong later can still name its place.
type document struct {
	file     string
	at       map[string]position
	problems []Problem
	unlike   bool // a value is of another kind than the struct wants
	anchors  map[string]ast.Node
}

// position is where something begins, from 1. The zero value is the file as a
// whole.
type position struct{ line, column int }

func newDocument(file string) *document {
	return &document{file: file, at: make(map[string]position), anchors: make(map[string]ast.Node)}
}

// decode reads raw into the struct that into points to. Keys that the struct
// does not know, and values of another kind than it wants, are problems; all
// of them are found, not just the first. Keys that are absent leave their
// field as it was.
func decode(file string, raw []byte, into any) *document {
	d := newDocument(file)
	raw, ok := d.text(raw)
	if !ok {
		return d
	}
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
			d.add(start(doc.Body), "", "a second document begins here; the file must hold one")
			return d
		}
		body = doc.Body
	}
	if body == nil {
		return d // empty: defaults throughout
	}
	if !d.unfold(body) {
		return d
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

// text takes off the mark that Windows' editors put first, and refuses what is
// no UTF-8: a parser would complain of a key that looks right.
func (d *document) text(raw []byte) ([]byte, bool) {
	refuse := func(line int, reason string) {
		d.unlike = true
		d.add(position{line: line}, "", "%s", reason)
	}
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		refuse(0, "the file is UTF-16; save it as UTF-8")
		return nil, false
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	line := 0
	for text := range bytes.Lines(raw) {
		line++
		if !utf8.Valid(text) {
			refuse(line, "is not UTF-8 text; save the file as UTF-8")
			return nil, false
		}
		if bytes.IndexByte(text, 0) >= 0 {
			refuse(line, "holds bytes that are no text")
			return nil, false
		}
	}
	return raw, true
}

// maxNodes is how much a file may hold once its aliases are written out: far
// more than anybody writes, and far less than a few lines of aliases to aliases
// can grow to.
const maxNodes = 100_000

// unfold notes the anchors and counts what the file holds with each alias
// written out. An alias stands for an anchor above it, so that one pass does.
func (d *document) unfold(body ast.Node) bool {
	sizes := make(map[string]int)
	var size func(ast.Node) int
	size = func(n ast.Node) int {
		total := 1
		switch node := n.(type) {
		case *ast.MappingNode:
			for _, pair := range node.Values {
				total += size(pair)
			}
		case *ast.MappingValueNode:
			total += size(node.Key) + size(node.Value)
		case *ast.MappingKeyNode:
			total += size(node.Value)
		case *ast.SequenceNode:
			for _, item := range node.Values {
				total += size(item)
			}
		case *ast.TagNode:
			total += size(node.Value)
		case *ast.AnchorNode:
			total += size(node.Value)
			name := node.Name.GetToken().Value
			d.anchors[name], sizes[name] = node.Value, total
		case *ast.AliasNode:
			total += sizes[node.Value.GetToken().Value]
		}
		return min(total, maxNodes+1)
	}
	if size(body) <= maxNodes {
		return true
	}
	d.unlike = true
	d.add(position{}, "", "its aliases (*name) stand for more than %d values; write out what is meant", maxNodes)
	return false
}

func (d *document) add(at position, path, format string, args ...any) {
	reason := fmt.Sprintf(format, args...)
	d.problems = append(d.problems, Problem{File: d.file, Line: at.line, Column: at.column, Path: path, Reason: reason})
}

// wrong reports the value at a path. One that the file does not hold is
// reported where its nearest parent stands.
func (d *document) wrong(path, format string, args ...any) {
	d.add(d.find(path), path, format, args...)
}

// report takes over what a component found wrong with its part of the file.
func (d *document) report(found []problem.Problem) {
	for _, p := range found {
		d.wrong(p.Path, "%s", p.Reason)
	}
}

// find gives the position of a path, or of the nearest one above it.
func (d *document) find(path string) position {
	for path != "" {
		if at, ok := d.at[path]; ok {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return position{}
}

func (d *document) syntax(err error) {
	d.unlike = true
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		d.add(positionOf(at.GetToken()), "", "%s", plainly(at.GetMessage()))
		return
	}
	d.add(position{}, "", "%v", err)
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
	return d.sorted()
}

// sorted is everything found so far, in the order of the lines.
func (d *document) sorted() Problems {
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return d.problems
}
