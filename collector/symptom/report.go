package symptom

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// The first word of a key on the bus says what is stored there.
const (
	symptomWord   = "s" // s.OBSERVER.KIND.PLACE
	coverageWord  = "c" // c.COLLECTOR.DEVICE, or c.COLLECTOR.PLACE for the end of a line
	heartbeatWord = "h" // h.COLLECTOR.METHOD.CLASS
)

// Report is what a follower of the bus is told: exactly one field is set.
// Synced comes once, when all that was present at the start has been told.
type Report struct {
	Symptom   *Symptom
	Heartbeat *Heartbeat
	Coverage  *Coverage
	Gone      *Key // the symptom's entry expired or was removed
	Synced    bool
}

// Key is where the report is stored on the bus.
func (r Report) Key() string {
	switch {
	case r.Symptom != nil:
		return symptomWord + "." + r.Symptom.Key().Token()
	case r.Gone != nil:
		return symptomWord + "." + r.Gone.Token()
	case r.Coverage != nil:
		about := r.Coverage.Device
		if r.Coverage.Line != "" {
			about = r.Coverage.Place().String()
		}
		return coverageWord + "." + Word(r.Coverage.Collector) + "." + Word(about)
	case r.Heartbeat != nil:
		h := r.Heartbeat
		return heartbeatWord + "." + Word(h.Collector) + "." + Word(h.Method) + "." + Word(cmp.Or(h.Class, "all"))
	}
	return ""
}

// KeysOf are the patterns of the keys under which an observer's symptoms, and
// what it says it can observe, are stored; ">" stands for any further words.
func KeysOf(observer Subject) []string {
	return []string{
		symptomWord + "." + Word(string(observer)) + ".>",
		coverageWord + "." + Word(observer.ID()) + ".>",
	}
}

// Encode writes what the report tells as JSON. A symptom that says what cannot
// be is refused.
func (r Report) Encode() ([]byte, error) {
	switch {
	case r.Symptom != nil:
		if err := r.Symptom.Validate(); err != nil {
			return nil, fmt.Errorf("symptom %s %s: %w", r.Symptom.Kind, r.Symptom.Subject, err)
		}
		return json.Marshal(r.Symptom)
	case r.Coverage != nil:
		return json.Marshal(r.Coverage)
	case r.Heartbeat != nil:
		return json.Marshal(r.Heartbeat)
	}
	return nil, errors.New("a report of nothing")
}

// DecodeReport reads what is stored under a key. Unknown fields are let pass,
// so that a newer collector may speak to an older correlator; what contradicts
// itself or its key is not.
func DecodeReport(key string, value []byte) (Report, error) {
	var r Report
	var into any
	switch kind, _, _ := strings.Cut(key, "."); kind {
	case symptomWord:
		r.Symptom = &Symptom{}
		into = r.Symptom
	case coverageWord:
		r.Coverage = &Coverage{}
		into = r.Coverage
	case heartbeatWord:
		r.Heartbeat = &Heartbeat{}
		into = r.Heartbeat
	default:
		return Report{}, fmt.Errorf("%q holds nothing that is known here", kind)
	}
	if err := json.Unmarshal(value, into); err != nil {
		return Report{}, err
	}
	if r.Symptom != nil {
		if err := r.Symptom.Validate(); err != nil {
			return Report{}, err
		}
		if r.Key() != key {
			return Report{}, fmt.Errorf("it speaks of %s %s by %s", r.Symptom.Kind, r.Symptom.Subject, r.Symptom.Observer)
		}
	}
	return r, nil
}

// GoneReport tells that nothing is stored under a key any more. ok is false for
// what nobody needs to be told of: coverage and heartbeats are replaced.
func GoneReport(key string) (r Report, ok bool, err error) {
	kind, token, _ := strings.Cut(key, ".")
	if kind != symptomWord {
		return Report{}, false, nil
	}
	gone, err := ParseToken(token)
	if err != nil {
		return Report{}, false, err
	}
	return Report{Gone: &gone}, true, nil
}
