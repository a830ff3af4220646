package bus

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/deploy/lab/wait"
)

var errEnough = errors.New("enough")

// present follows until everything that is there has been told, and returns it.
func present(t *testing.T, k *Bucket[fault]) []fault {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait.Long)
	defer cancel()
	var told []fault
	err := k.Follow(ctx, func(f *fault, synced bool) error {
		if f == nil {
			return errEnough
		}
		told = append(told, *f)
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("Follow ended with %v after %d faults", err, len(told))
	}
	return told
}

func manyLines(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("LN-%06d", i)
	}
	return all
}

func TestTheNewestOfEachKeyIsTold(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		k := faultsOn(t, b)
		for v := uint64(1); v <= 3; v++ {
			k.must(t, fault{ID: "V01", Version: v, Open: true})
		}
		k.must(t, fault{ID: "V02", Version: 1})
		drop(t, k, fault{ID: "V02"})
		drop(t, k, fault{ID: "V99"}) // is not there
		if told := present(t, k); len(told) != 1 || told[0].ID != "V01" || told[0].Version != 3 {
			t.Fatalf("want V01 in version 3 alone, got %+v", told)
		}
	})
}

func TestChangesAreToldAfterWhatIsThere(t *testing.T) {
	k := faultsOn(t, open(t, embeddedConfig(filepath.Join(t.TempDir(), "bus"))))
	k.must(t, fault{ID: "V01", Version: 1})
	var heard []string
	err := k.Follow(t.Context(), func(f *fault, synced bool) error {
		switch {
		case f == nil:
			heard = append(heard, "whole")
			return k.Put(t.Context(), fault{ID: "V02", Version: 7})
		default:
			heard = append(heard, fmt.Sprintf("%s %v", f.ID, synced))
		}
		if f.ID == "V02" {
			return errEnough
		}
		return nil
	})
	if want := []string{"V01 false", "whole", "V02 true"}; !errors.Is(err, errEnough) || !slices.Equal(heard, want) {
		t.Errorf("heard %q (%v), want %q", heard, err, want)
	}
}

func TestWhatHasBegunAgainIsNotDropped(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		k := faultsOn(t, b)
		for _, c := range []struct {
			name  string
			lines []string
		}{{"small", nil}, {"in pieces", manyLines(100_000)}} {
			again := fault{ID: c.name, Version: 3, Open: true, Lines: c.lines}
			k.must(t, fault{ID: c.name, Version: 2})
			k.must(t, again)
			drop(t, k, fault{ID: c.name, Version: 2}) // the second version has been recorded
			if told := present(t, k); len(told) != 1 || !reflect.DeepEqual(told[0], again) {
				t.Errorf("%s: want version 3 whole, got %d faults", c.name, len(told))
			}
			k.must(t, fault{ID: c.name, Version: 4})
			drop(t, k, fault{ID: c.name})
		}
	})
}

func TestAHundredThousandLinesArriveWhole(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		k := faultsOn(t, b)
		big := fault{ID: "V01", Version: 1, Lines: manyLines(100_000)}
		k.must(t, big)
		big.Version = 2
		k.must(t, big)
		if told := present(t, k); len(told) != 1 || !reflect.DeepEqual(told[0], big) {
			t.Fatalf("want version 2 whole, got %d faults", len(told))
		}
		k.must(t, fault{ID: "V01", Version: 3})
		if left := keys(t, b, "faults"); len(left) != 1 {
			t.Errorf("want no pieces of old versions left, got %v", left)
		}
		k.must(t, big)
		drop(t, k, big)
		if left := keys(t, b, "faults"); len(left) != 0 {
			t.Errorf("want nothing left of what was dropped, got %v", left)
		}
	})
}

// Another process wrote the pieces, after this one had looked for pieces.
func TestPiecesOfAnotherWriterAreDropped(t *testing.T) {
	b := open(t, embeddedConfig(filepath.Join(t.TempDir(), "bus")))
	correlator, ticketing := faultsOn(t, b), faultsOn(t, b)
	correlator.must(t, fault{ID: "V00"})
	drop(t, ticketing, fault{ID: "V00"})
	big := fault{ID: "V01", Version: 1, Lines: manyLines(100_000)}
	correlator.must(t, big)
	drop(t, ticketing, big)
	if left := keys(t, b, "faults"); len(left) != 0 {
		t.Errorf("want nothing left of what was dropped, got %v", left)
	}
}

func TestWhatIsPutBackNeverTakesTheNewersPlace(t *testing.T) {
	both(t, func(t *testing.T, b *Bus) {
		k := faultsOn(t, b)
		for _, c := range []struct {
			name       string
			old, newer []string
		}{
			{"both small", nil, nil}, {"the newer in pieces", nil, manyLines(100_000)},
			{"the old in pieces", manyLines(100_000), nil}, {"both in pieces", manyLines(80_000), manyLines(100_000)},
		} {
			old := fault{ID: c.name, Version: 1, Open: true, Lines: c.old}
			newer := fault{ID: c.name, Version: 2, Lines: c.newer}
			for _, want := range []bool{true, false} {
				if created, err := k.Create(t.Context(), old); err != nil || created != want {
					t.Errorf("%s: created %v (%v), want %v", c.name, created, err, want)
				}
				k.must(t, newer)
			}
			if told := present(t, k); len(told) != 1 || !reflect.DeepEqual(told[0], newer) {
				t.Errorf("%s: want the newer whole, got %d faults", c.name, len(told))
			}
			drop(t, k, newer)
			if created, err := k.Create(t.Context(), old); err != nil || !created {
				t.Errorf("%s: cannot be put back after it was dropped: %v", c.name, err)
			}
			drop(t, k, fault{ID: c.name})
			k.must(t, fault{ID: c.name, Version: 3})
			drop(t, k, fault{ID: c.name})
		}
	})
}

func TestWhatCannotBeReadIsCountedAndPassedOver(t *testing.T) {
	reg := prometheus.NewRegistry()
	b, err := Open(t.Context(), embeddedConfig(filepath.Join(t.TempDir(), "bus")), reg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	k := faultsOn(t, b)
	for _, e := range []entry{
		{key: "no-JSON", value: []byte("fault")},
		{key: symptom.Word("V01"), value: []byte(`{"id":"V02"}`)},
		{key: symptom.Word("V03") + ".1.0", value: []byte("more than is said")},
		{key: symptom.Word("V03"), value: []byte(`{"pieces":1,"pieces_version":"1","bytes":7}`)},
	} {
		e.bucket = "faults"
		if err := b.put(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	k.must(t, fault{ID: "V04"})
	if told := present(t, k); len(told) != 1 || told[0].ID != "V04" {
		t.Errorf("want V04 alone, got %+v", told)
	}
	all, err := reg.Gather()
	if err != nil || len(all) != 1 || all[0].GetName() != "linewarden_bus_unreadable_total" {
		t.Fatalf("gathered %v (%v)", all, err)
	}
	if n := all[0].GetMetric()[0].GetCounter().GetValue(); n != 3 {
		t.Errorf("%v counted as unreadable, want 3", n)
	}
}

func keys(t *testing.T, b *Bus, bucket string) []string {
	t.Helper()
	all, err := keysOf(t.Context(), b.bucket(bucket), ">")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// FuzzFollow gives a follower of a bucket any two entries one after another.
func FuzzFollow(f *testing.F) {
	f.Add("VjAx", []byte(`{"id":"V01","version":1}`), "VjAx.1.0", []byte("piece"))
	f.Add("VjAx.1.0", []byte(`{"id":"V01"}`), "VjAx", []byte(`{"pieces":1,"pieces_version":"1","bytes":12}`))
	f.Add("VjAx.1.0", []byte("short"), "VjAx", []byte(`{"pieces":9999999999,"pieces_version":"1","bytes":-1}`))
	k := &Bucket[fault]{spec: Spec[fault]{Version: func(fault) string { return "" }, Decode: decodeFault}}
	f.Fuzz(func(t *testing.T, key1 string, value1 []byte, key2 string, value2 []byte) {
		var pieces gather
		for _, c := range []change{{key: key1, value: value1}, {key: key2, value: value2}, {key: key1, gone: true}} {
			v, err := k.heard(&pieces, c)
			if v != nil && (err != nil || c.gone || symptom.Word(v.ID) != c.key) {
				t.Errorf("%q holds %+v (%v)", c.key, v, err)
			}
		}
	})
}
