package bus

import (
	"encoding/json"
	"errors"
	"strconv"
	"testing"

	"github.com/linewarden/linewarden/collector/symptom"
)

// fault is what the buckets of these tests hold.
type fault struct {
	ID      string   `json:"id"`
	Version uint64   `json:"version"`
	Open    bool     `json:"open,omitempty"`
	Lines   []string `json:"lines,omitempty"`
}

func (f fault) open() bool { return f.Open }

func decodeFault(key string, value []byte) (fault, error) {
	var f fault
	if err := json.Unmarshal(value, &f); err != nil {
		return fault{}, err
	}
	if symptom.Word(f.ID) != key {
		return fault{}, errors.New("another's key")
	}
	return f, nil
}

func faultsOn(t *testing.T, b *Bus) *Bucket[fault] {
	t.Helper()
	bucket, err := NewBucket(t.Context(), b, Spec[fault]{
		Name: "faults", Description: "faults of the tests", Expires: true,
		Key:     func(f fault) string { return symptom.Word(f.ID) },
		Version: func(f fault) string { return strconv.FormatUint(f.Version, 10) },
		Encode:  func(f fault) ([]byte, error) { return json.Marshal(f) },
		Decode:  decodeFault,
	})
	if err != nil {
		t.Fatal(err)
	}
	return bucket
}

func (k *Bucket[T]) must(t *testing.T, v T) {
	t.Helper()
	if err := k.Put(t.Context(), v); err != nil {
		t.Fatal(err)
	}
}

func drop(t *testing.T, k *Bucket[fault], f fault) {
	t.Helper()
	if err := k.Drop(t.Context(), f, fault.open); err != nil {
		t.Fatal(err)
	}
}
