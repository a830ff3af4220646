package tables

import (
	"fmt"
	"reflect"
	"time"
)

// Never is a time argument whose zero is later than every time, so that what
// has no due time sorts last in both databases.
type Never struct{ time.Time }

// orNull is a time as an argument, NULL where it is zero.
func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// Micros is the time in UTC, truncated to what both databases can hold.
func Micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// stamp scans a column into a time: microseconds since 1970 or a time of the
// driver's; NULL is the zero time.
type stamp struct{ to *time.Time }

// into makes a time a destination of Scan.
func into(t *time.Time) *stamp { return &stamp{t} }

// Scan implements sql.Scanner.
func (s *stamp) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s.to = time.Time{}
	case int64:
		*s.to = time.UnixMicro(v).UTC()
	case time.Time:
		*s.to = v.UTC()
	default:
		return fmt.Errorf("a %T is no time", src)
	}
	return nil
}

var timeType = reflect.TypeFor[time.Time]()

// truncated is a copy of v with every time in it truncated. What it points to
// is copied too where it holds times, so the caller's value stays as it is.
func truncated[T any](v T) T {
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	out.Set(reflect.ValueOf(&v).Elem())
	truncate(out)
	return out.Interface().(T)
}

func truncate(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == timeType {
			v.Set(reflect.ValueOf(Micros(v.Interface().(time.Time))))
			return
		}
		for i := range v.NumField() {
			truncate(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() || !holdsTime(v.Type().Elem()) {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		v.Set(own)
		for i := range own.Len() {
			truncate(own.Index(i))
		}
	case reflect.Pointer:
		if v.IsNil() || !holdsTime(v.Type().Elem()) {
			return
		}
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		v.Set(own)
		truncate(own.Elem())
	}
}

// holdsTime says whether a type of ours has a time in it; none is recursive.
func holdsTime(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		if t == timeType {
			return true
		}
		for i := range t.NumField() {
			if holdsTime(t.Field(i).Type) {
				return true
			}
		}
	case reflect.Slice, reflect.Pointer:
		return holdsTime(t.Elem())
	}
	return false
}
