package tables

import (
	"reflect"
	"testing"
	"time"
)

type timed struct {
	At     time.Time
	List   []timed2
	Points *timed2
	Map    map[string]string
	Names  []string
}

type timed2 struct{ At time.Time }

func TestTruncatedCopiesWhatHoldsTimes(t *testing.T) {
	exact := time.Date(2026, 11, 22, 9, 0, 0, 123456789, time.FixedZone("", 8*3600))
	cut := time.Date(2026, 11, 22, 1, 0, 0, 123456000, time.UTC)
	in := timed{exact, []timed2{{exact}}, &timed2{exact}, map[string]string{"a": "b"}, []string{"x"}}
	got := truncated(in)
	want := timed{cut, []timed2{{cut}}, &timed2{cut}, map[string]string{"a": "b"}, []string{"x"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !in.List[0].At.Equal(exact) || !in.Points.At.Equal(exact) {
		t.Error("the caller's value was changed")
	}
	if got := truncated(timed{}); !reflect.DeepEqual(got, timed{}) {
		t.Errorf("the zero value became %+v", got)
	}
}

func TestStampReadsWhatDriversGive(t *testing.T) {
	cut := time.Date(2026, 11, 22, 1, 0, 0, 123456000, time.UTC)
	for _, src := range []any{cut, cut.In(time.FixedZone("", 3600)), cut.UnixMicro()} {
		got := time.Unix(1, 0)
		if err := into(&got).Scan(src); err != nil || got != cut {
			t.Errorf("%T gives %v, %v; want %v", src, got, err, cut)
		}
	}
	got := cut
	if err := into(&got).Scan(nil); err != nil || !got.IsZero() {
		t.Errorf("NULL gives %v, %v; want the zero time", got, err)
	}
	if err := into(&got).Scan("yesterday"); err == nil {
		t.Error("a string is taken for a time")
	}
}
