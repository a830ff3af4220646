package storetest

import (
	"fmt"
	"reflect"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/ticketing/ticket"
)

// anyTicket is a ticket with arbitrary contents and an id, key and version of
// its own.
func anyTicket(r *rapid.T, n int) ticket.Ticket {
	t := arbitrary[ticket.Ticket](r)
	t.ID, t.Key, t.Version = fmt.Sprintf("NT-%d", n), fmt.Sprintf("key/%d", n), rapid.Int64Range(1, 1<<50).Draw(r, "version")
	return t
}

// anyStep changes everything but the id and what is in the record already.
func anyStep(r *rapid.T, t ticket.Ticket) ticket.Ticket {
	next := arbitrary[ticket.Ticket](r)
	next.ID, next.Version = t.ID, t.Version+1
	next.Key = t.Key
	next.Timeline = append(t.Timeline[:len(t.Timeline):len(t.Timeline)], next.Timeline...)
	next.Ledger = append(t.Ledger[:len(t.Ledger):len(t.Ledger)], next.Ledger...)
	return next
}

// arbitrary fills a value of any of our types. Lists and maps are nil rather
// than empty, which JSON with omitempty cannot tell apart.
func arbitrary[T any](r *rapid.T) T {
	var v T
	fill(r, reflect.ValueOf(&v).Elem())
	return v
}

func fill(r *rapid.T, v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		// From 1970 to 2262, in nanoseconds; sometimes not at all.
		if ns := rapid.Int64Min(0).Draw(r, "ns"); ns > 0 {
			*x = time.Unix(0, ns).In(time.FixedZone("", 3600*rapid.IntRange(-12, 12).Draw(r, "zone")))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(r, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 2).Draw(r, "len"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(r, v.Index(i))
			}
		}
	case reflect.Map:
		if rapid.Bool().Draw(r, "there") {
			v.Set(reflect.ValueOf(rapid.MapOfN(rapid.String(), rapid.String(), 1, 2).Draw(r, "map")))
		}
	case reflect.String:
		v.SetString(rapid.String().Draw(r, "string"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(r, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(r, "int"))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(r, "uint"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(r, "float"))
	default:
		panic("a " + v.Type().String() + " is new in a ticket: generate it")
	}
}

// cut is v as a store returns it: every time in UTC and microseconds.
func cut[T any](v T) T {
	cutTimes(reflect.ValueOf(&v).Elem())
	return v
}

func cutTimes(v reflect.Value) {
	if x, ok := v.Addr().Interface().(*time.Time); ok {
		*x = x.UTC().Truncate(time.Microsecond)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			cutTimes(v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			cutTimes(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			cutTimes(v.Index(i))
		}
	}
}
