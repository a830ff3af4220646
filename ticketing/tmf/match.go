package tmf

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind is what an attribute's values are, and so how they compare.
type kind int

const (
	word   kind = iota // equal or not, whatever the case
	number             // in order
	date               // in order
)

// attributes are those that a list can be filtered by; parts of an object or of
// a list's elements are named with a dot.
type attributes map[string]kind

// test is a condition that was understood.
type test struct {
	condition
	path []string
	ok   func(value any) bool
}

// compile understands the conditions, or says what is wrong with them.
func (as attributes) compile(conditions []condition) ([]test, error) {
	tests := make([]test, 0, len(conditions))
	for _, c := range conditions {
		kind, known := as[c.attribute]
		if !known {
			return nil, badRequest(
				"unknown filter", c.attribute+": want "+strings.Join(slices.Sorted(maps.Keys(as)), ", "),
			)
		}
		if c.op != "eq" && kind == word {
			return nil, badRequest("invalid filter", c.attribute+"."+c.op+": only times and numbers can be compared")
		}
		if c.op != "eq" && len(c.values) > 1 {
			return nil, badRequest("invalid filter", c.attribute+"."+c.op+": want one value")
		}
		ok, err := c.compare(kind)
		if err != nil {
			return nil, err
		}
		tests = append(tests, test{c, strings.Split(c.attribute, "."), ok})
	}
	return tests, nil
}

func (c condition) compare(kind kind) (func(any) bool, error) {
	switch kind {
	case date:
		wanted := make([]time.Time, len(c.values))
		for i, v := range c.values {
			at, err := moment(v)
			if err != nil {
				return nil, err
			}
			wanted[i] = at
		}
		return func(v any) bool {
			at, err := time.Parse(time.RFC3339Nano, text(v))
			return err == nil && slices.ContainsFunc(wanted, func(w time.Time) bool { return c.holds(at.Compare(w)) })
		}, nil
	case number:
		wanted := make([]float64, len(c.values))
		for i, v := range c.values {
			n, err := strconv.ParseFloat(v, 64)
			if err != nil || n != n {
				return nil, badRequest("invalid filter", fmt.Sprintf("%s=%s: want a number", c.attribute, v))
			}
			wanted[i] = n
		}
		return func(v any) bool {
			n, ok := v.(float64)
			return ok && slices.ContainsFunc(wanted, func(w float64) bool { return c.holds(cmp.Compare(n, w)) })
		}, nil
	}
	return func(v any) bool {
		return slices.ContainsFunc(c.values, func(w string) bool { return strings.EqualFold(w, text(v)) })
	}, nil
}

// holds tells whether the order of a value and the wanted one is what is asked.
func (c condition) holds(order int) bool {
	switch c.op {
	case "gt":
		return order > 0
	case "gte":
		return order >= 0
	case "lt":
		return order < 0
	case "lte":
		return order <= 0
	}
	return order == 0
}

// matches holds a resource against the tests. Those of one group have to hold
// for one element of a list.
func matches(o object, tests []test) bool {
	groups := map[string][]test{}
	for _, t := range tests {
		groups[t.group] = append(groups[t.group], t)
	}
	for _, group := range groups {
		list, ok := o[group[0].path[0]].([]object)
		if !ok {
			if !all(group, func(t test) bool { return t.ok(at(o, t.path)) }) {
				return false
			}
			continue
		}
		if !slices.ContainsFunc(list, func(e object) bool {
			return all(group, func(t test) bool { return t.ok(at(e, t.path[1:])) })
		}) {
			return false
		}
	}
	return true
}

func all[T any](list []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !holds(v) })
}

// at is the value under a path; nil if there is none.
func at(o object, path []string) any {
	for i, name := range path {
		v, ok := o[name]
		if !ok || i == len(path)-1 {
			return v
		}
		if o, ok = v.(object); !ok {
			return nil
		}
	}
	return nil
}

// text is a scalar as it stands in JSON, without quotes.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return r.String()
	}
	return ""
}

// order sorts resources by one of their own attributes; those without it come
// last. Equal ones stay as they are.
func (as attributes) order(list []object, attribute string, descending bool) error {
	kind, known := as[attribute]
	if !known || strings.Contains(attribute, ".") {
		return badRequest("invalid sort", attribute+": no such attribute to sort by")
	}
	slices.SortStableFunc(list, func(x, y object) int {
		a, b := x[attribute], y[attribute]
		if a == nil || b == nil {
			return cmp.Compare(missing(a), missing(b))
		}
		order := 0
		switch kind {
		case date:
			s, _ := time.Parse(time.RFC3339Nano, text(a))
			t, _ := time.Parse(time.RFC3339Nano, text(b))
			order = s.Compare(t)
		case number:
			s, _ := a.(float64)
			t, _ := b.(float64)
			order = cmp.Compare(s, t)
		default:
			order = cmp.Compare(text(a), text(b))
		}
		if descending {
			return -order
		}
		return order
	})
	return nil
}

func missing(v any) int {
	if v == nil {
		return 1
	}
	return 0
}
