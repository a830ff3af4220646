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
)

// document is a YAML file that has been read, with the line of every key, so
// that what is found wrong later can still name its place.
type document struct {
	file     string
	lines    map[string]int
	problems []Problem
	unlike   bool // a value is of another kind than the struct wants
	anchors  map[string]ast.Node
}

// decode reads raw into the struct that into points to. Keys that the struct
// does not know, and values of another kind than it wants, are problems; all
// of them are found, not just the first. Keys that are absent leave their
// field as it was.
func decode(file string, raw []byte, into any) *document {
	d := &document{file: file, lines: make(map[string]int), anchors: make(map[string]ast.Node)}
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
			d.add(doc.Body.GetToken().Position.Line, "", "a second document begins here; the file must hold one")
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
	refuse := func(line int, reason string) ([]byte, bool) {
		d.unlike = true
		d.add(line, "", "%s", reason)
		return nil, false
	}
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		return refuse(0, "the file is UTF-16; save it as UTF-8")
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	line := 0
	for text := range bytes.Lines(raw) {
		line++
		if !utf8.Valid(text) {
			return refuse(line, "is not UTF-8 text; save the file as UTF-8")
		}
		if bytes.IndexByte(text, 0) >= 0 {
			return refuse(line, "holds bytes that are no text")
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
	d.add(0, "", "its aliases (*name) stand for more than %d values; write out what is meant", maxNodes)
	return false
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
