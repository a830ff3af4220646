package configs

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/configs/secret"
)

var (
	secretType   = reflect.TypeFor[secret.Text]()
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
	bytesType    = reflect.TypeFor[yaml.BytesUnmarshaler]()
	anyType      = reflect.TypeFor[yaml.InterfaceUnmarshaler]()
)

// walk compares a node with the type that it will be decoded into.
func (d *document) walk(n ast.Node, t reflect.Type, key string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch node := n.(type) {
	case nil, *ast.NullNode:
		return
	case *ast.AliasNode:
		d.alias(node, t, key)
		return
	case *ast.AnchorNode:
		d.anchors[node.Name.GetToken().Value] = node.Value
		d.walk(node.Value, t, key)
		return
	case *ast.TagNode:
		d.unlike = true
		d.wrong(key, "tags such as %s mean nothing here", node.Start.Value)
		return
	}
	if p := reflect.PointerTo(t); p.Implements(textType) || p.Implements(bytesType) || p.Implements(anyType) {
		return // the type reads itself
	}
	switch {
	case t.Kind() == reflect.Interface:
	case t == durationType:
		d.duration(n, key)
	case t.Kind() == reflect.Struct:
		d.mapping(n, t, key)
	case t.Kind() == reflect.Map:
		if pairs, ok := pairsOf(n); !ok {
			d.expected(n, key, "names with values, one a line")
		} else {
			for _, pair := range pairs {
				d.walk(pair.Value, t.Elem(), d.enter(pair, key))
			}
		}
	case t.Kind() == reflect.Slice:
		list, ok := n.(*ast.SequenceNode)
		if !ok {
			d.expected(n, key, "a list")
			return
		}
		for i, item := range list.Values {
			at := problem.At(key, i)
			d.at[at] = start(item)
			d.walk(item, t.Elem(), at)
		}
	default:
		d.scalar(n, t, key)
	}
}

// alias looks at what an alias stands for as if it were written here. While
// it does, the anchor is unknown, so that one within itself comes to an end.
func (d *document) alias(node *ast.AliasNode, t reflect.Type, key string) {
	name := node.Value.GetToken().Value
	meant, ok := d.anchors[name]
	if !ok {
		d.unlike = true
		d.add(start(node), key, "*%s stands for nothing here: no &%s is above it", name, name)
		return
	}
	delete(d.anchors, name)
	d.walk(meant, t, key)
	d.anchors[name] = meant
}

// mapping looks at a block of keys.
func (d *document) mapping(n ast.Node, t reflect.Type, key string) {
	pairs, ok := pairsOf(n)
	if !ok {
		d.expected(n, key, "a block of keys")
		return
	}
	fields := fieldsOf(t)
	for _, pair := range pairs {
		if _, merge := pair.Key.(*ast.MergeKeyNode); merge {
			d.merge(pair.Value, t, key)
			continue
		}
		name := nameOf(pair)
		field, known := fields[name]
		at := d.enter(pair, key)
		if !known {
			d.wrong(at, "unknown key; %s", whichKeys(name, fields))
			continue
		}
		d.walk(pair.Value, field, at)
	}
}

// merge looks at what "<<" takes in: one block of keys, or a list of them.
func (d *document) merge(n ast.Node, t reflect.Type, key string) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		d.walk(n, t, key)
		return
	}
	for _, item := range list.Values {
		d.walk(item, t, key)
	}
}

// enter notes the position of a key and gives its full name.
func (d *document) enter(pair *ast.MappingValueNode, parent string) string {
	at := problem.Join(parent, nameOf(pair))
	d.at[at] = positionOf(pair.Key.GetToken())
	return at
}

func (d *document) duration(n ast.Node, key string) {
	s, ok := n.(*ast.StringNode)
	if !ok {
		d.expected(n, key, "a duration with its unit, such as 500ms, 10s or 15m")
		return
	}
	if _, err := time.ParseDuration(s.Value); err != nil {
		d.expected(n, key, "a duration such as 500ms, 10s, 15m or 2h")
	}
}

func (d *document) scalar(n ast.Node, t reflect.Type, key string) {
	switch n.(type) {
	case *ast.SequenceNode, *ast.MappingNode, *ast.MappingValueNode:
		d.expected(n, key, "one value")
		return
	}
	switch t.Kind() {
	case reflect.String:
		switch n.(type) {
		case *ast.StringNode, *ast.LiteralNode:
		default:
			d.unlike = true
			if t == secretType { // which must not be shown
				d.wrong(key, "want text; put it in quotes")
				return
			}
			d.wrong(key, "want text; put it in quotes: %q", short(n.GetToken().Value))
		}
	case reflect.Bool:
		if _, ok := n.(*ast.BoolNode); !ok {
			d.expected(n, key, "true or false")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.whole(n, t, key)
	case reflect.Float32, reflect.Float64:
		if !isNumber(n) {
			d.expected(n, key, "a number")
		}
	}
}

// isNumber takes 1e6 for a number as well, which the parser takes for text.
func isNumber(n ast.Node) bool {
	switch node := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return true
	case *ast.StringNode:
		_, err := strconv.ParseFloat(node.Value, 64)
		return err == nil && node.GetToken().Type == token.StringType
	}
	return false
}

// whole looks at a whole number, and at whether it fits its type.
func (d *document) whole(n ast.Node, t reflect.Type, key string) {
	node, ok := n.(*ast.IntegerNode)
	if !ok {
		d.expected(n, key, "a whole number")
		return
	}
	v, bits := reflect.ValueOf(node.Value), t.Bits()
	signed := t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64
	switch {
	case signed && (v.CanInt() && !t.OverflowInt(v.Int()) || v.CanUint() && v.Uint() < 1<<(bits-1)):
	case !signed && (v.CanInt() && v.Int() >= 0 && !t.OverflowUint(uint64(v.Int())) || v.CanUint() && !t.OverflowUint(v.Uint())):
	case signed:
		d.expected(n, key, fmt.Sprintf("a whole number of at most %d", int64(1<<(bits-1)-1)))
	default:
		d.expected(n, key, fmt.Sprintf("a whole number, 0 to %d", ^uint64(0)>>(64-bits)))
	}
}

func (d *document) expected(n ast.Node, key, what string) {
	d.unlike = true
	got := ""
	switch n.(type) {
	case *ast.SequenceNode:
		got = "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		got = "a block of keys"
	default:
		got = fmt.Sprintf("%q", short(n.GetToken().Value))
	}
	if key == "" {
		d.add(start(n), "", "want %s, got %s", what, got)
		return
	}
	d.wrong(key, "want %s, got %s", what, got)
}

// short is enough of a value to know it by.
func short(value string) string {
	if runes := []rune(value); len(runes) > 40 {
		return string(runes[:40]) + "..."
	}
	return value
}

// start is where a node begins. The token of a mapping is one of its colons.
func start(n ast.Node) position {
	switch node := n.(type) {
	case *ast.MappingValueNode:
		return start(node.Key)
	case *ast.MappingNode:
		if !node.IsFlowStyle && len(node.Values) > 0 {
			return start(node.Values[0])
		}
	}
	return positionOf(n.GetToken())
}

func positionOf(t *token.Token) position { return position{t.Position.Line, t.Position.Column} }

func pairsOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch node := n.(type) {
	case *ast.MappingNode:
		return node.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{node}, true
	}
	return nil, false
}

func nameOf(pair *ast.MappingValueNode) string {
	if s, ok := pair.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return pair.Key.GetToken().Value
}

// fieldsOf lists a struct's keys as the decoder names them.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type)
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case !f.IsExported() || tag == "-":
		case strings.Contains(options, "inline"):
			maps.Copy(fields, fieldsOf(f.Type))
		case tag != "":
			fields[tag] = f.Type
		default:
			fields[strings.ToLower(f.Name)] = f.Type
		}
	}
	return fields
}
