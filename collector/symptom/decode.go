package symptom

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// MaxEncoded bounds one symptom in JSON. The longest honest one is well under
// a kilobyte, so that more than this is not a symptom.
const MaxEncoded = 16 << 10

// Known tells whether k is a kind of symptom.
func (k Kind) Known() bool { return slices.Contains(Kinds(), k) }

// Validate names everything that is wrong with the symptom, joined.
func (s Symptom) Validate() error {
	var wrong []error
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }

	if err := validObserver(s.Observer); err != nil {
		add("observer: %w", err)
	}
	if err := s.Place().Validate(); err != nil {
		wrong = append(wrong, err)
	}
	if !s.Kind.Known() {
		add("kind %q is not a kind of symptom", s.Kind)
	}
	if s.State != Raised && s.State != Cleared {
		add("state %q: want raised or cleared", s.State)
	}
	if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
		add("value %v is not a number", s.Value)
	}
	if s.Since.IsZero() {
		add("since is missing")
	}
	if !s.SinceAfter.IsZero() && s.SinceAfter.After(s.Since) {
		add("since_after %s is later than since %s", s.SinceAfter, s.Since)
	}
	if s.At.IsZero() {
		add("at is missing")
	}
	if s.State == Raised && !s.ClearedAt.IsZero() {
		add("cleared_at is set on a raised symptom")
	}
	return errors.Join(wrong...)
}

func validObserver(o Subject) error {
	if _, err := ParseSubject(string(o)); err != nil {
		return err
	}
	switch o.Kind() {
	case CollectorSubject, StationSubject, EMSSubject:
		return nil
	}
	return fmt.Errorf("%q does not observe: want collector/ID, station/ID or ems/NAME", string(o))
}

// Decode reads one symptom from JSON and refuses unknown fields, trailing
// bytes, and whatever Validate refuses.
func Decode(b []byte) (Symptom, error) {
	if len(b) > MaxEncoded {
		return Symptom{}, fmt.Errorf("symptom of %d bytes: at most %d", len(b), MaxEncoded)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var s Symptom
	if err := d.Decode(&s); err != nil {
		return Symptom{}, fmt.Errorf("symptom: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Symptom{}, errors.New("symptom: more follows the object")
	}
	if err := s.Validate(); err != nil {
		return Symptom{}, fmt.Errorf("symptom: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return s, nil
}
