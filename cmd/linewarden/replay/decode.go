package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
)

// Event is what one line of the file says, at its time.
type Event struct {
	At      time.Time
	Reports []symptom.Report
}

// line is the grammar of a line: a symptom, or a sweep.
type line struct {
	symptom.Symptom
	SweepStarted time.Time `json:"sweep_started"`
}

// Swept is the kind of a line that reports a finished sweep.
const Swept = "swept"

// maxBad bounds how many bad lines are reported before reading stops.
const maxBad = 20

// maxLine bounds a line, in bytes.
const maxLine = 1 << 20

// The times that the engine can count with, in nanoseconds since 1970.
var (
	earliest = time.Date(1970, 1, 2, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Read reads a file of symptoms and sweeps; all bad lines, up to twenty, are in
// one error, each with the file, the line and what was expected.
func Read(r io.Reader, name string, inv *inventory.Inventory) ([]Event, error) {
	var events []Event
	var bad []error
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for scan.Scan() {
		n++
		text := scan.Bytes()
		if n == 1 {
			text = bytes.TrimPrefix(text, []byte("\uFEFF"))
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		ev, err := Decode(text, inv)
		if err != nil {
			bad = append(bad, fmt.Errorf("%s:%d: %w", name, n, err))
			if len(bad) == maxBad {
				bad = append(bad, fmt.Errorf("%s: more lines may be wrong; reading stopped", name))
				break
			}
			continue
		}
		events = append(events, ev)
	}
	if err := scan.Err(); errors.Is(err, bufio.ErrTooLong) {
		bad = append(bad, fmt.Errorf("%s:%d: more than %d bytes without a line break; want one object a line", name, n+1, maxLine))
	} else if err != nil {
		bad = append(bad, fmt.Errorf("%s:%d: %w", name, n+1, err))
	}
	return events, errors.Join(bad...)
}

const shape = "want {at, observer, subject, kind, state: raised|cleared, value?, since?} or {at, kind: \"swept\", subject: \"station/ID\", sweep_started}"

// Decode reads one line.
func Decode(text []byte, inv *inventory.Inventory) (Event, error) {
	var l line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return Event{}, fmt.Errorf("%w; %s", err, shape)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Event{}, fmt.Errorf("more follows the object; want one object a line")
	}
	if l.At.IsZero() {
		return Event{}, fmt.Errorf("at is missing; want a time such as 2026-11-22T08:00:00Z")
	}
	for _, x := range []struct {
		name string
		at   time.Time
	}{{"at", l.At}, {"since", l.Since}, {"since_after", l.SinceAfter}, {"cleared_at", l.ClearedAt}, {"sweep_started", l.SweepStarted}} {
		if !x.at.IsZero() && (x.at.Before(earliest) || x.at.After(latest)) {
			return Event{}, fmt.Errorf("%s %s is out of range; want a time from 1970 to 2200", x.name, x.at.Format(time.RFC3339))
		}
	}
	if l.Subject == "" {
		return Event{}, fmt.Errorf("subject is missing; %s", shape)
	}
	if l.Kind == Swept {
		return sweep(l, inv)
	}
	if !l.SweepStarted.IsZero() {
		return Event{}, fmt.Errorf("sweep_started belongs to kind %q, not %q", Swept, l.Kind)
	}
	if l.Observer == "" {
		return Event{}, fmt.Errorf("observer is missing; want collector/ID, station/ID or ems/NAME")
	}
	s := l.Symptom
	if s.Since.IsZero() {
		s.Since = s.At
		if s.State == symptom.Cleared && s.ClearedAt.IsZero() {
			s.ClearedAt = s.At
		}
	}
	if err := s.Validate(); err != nil {
		return Event{}, fmt.Errorf("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if s.Since.After(s.At.Add(time.Minute)) {
		return Event{}, fmt.Errorf("since %s is after at %s", s.Since.Format(time.RFC3339), s.At.Format(time.RFC3339))
	}
	return Event{At: s.At, Reports: []symptom.Report{{Symptom: &s}}}, nil
}

// sweep makes the heartbeats of a station's sweep, which covers its whole
// inventory by every method.
func sweep(l line, inv *inventory.Inventory) (Event, error) {
	if l.Subject.Kind() != symptom.StationSubject {
		return Event{}, fmt.Errorf("subject %q of a sweep: want station/ID", l.Subject)
	}
	if _, ok := inv.Station(l.Subject.ID()); !ok {
		return Event{}, fmt.Errorf("subject %q: the inventory has no such station", l.Subject)
	}
	if l.SweepStarted.IsZero() {
		return Event{}, fmt.Errorf("sweep_started is missing; want the time at which the sweep began")
	}
	if l.SweepStarted.After(l.At) {
		return Event{}, fmt.Errorf("sweep_started %s is after at %s", l.SweepStarted.Format(time.RFC3339), l.At.Format(time.RFC3339))
	}
	ev := Event{At: l.At}
	for _, method := range []string{"icmp", "snmp"} {
		ev.Reports = append(ev.Reports, symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: "replay." + l.Subject.ID(), Station: l.Subject.ID(),
			Method: method, SweepStarted: l.SweepStarted, SweepEnded: l.At, At: l.At}})
	}
	return ev, nil
}

// Windows reads planned work: a JSON array, or one object a line.
func Windows(b []byte, name string) ([]infer.Window, error) {
	b = bytes.TrimPrefix(b, []byte("\uFEFF"))
	var all []infer.Window
	if text := bytes.TrimSpace(b); len(text) > 0 && text[0] == '[' {
		var raw []json.RawMessage
		if err := json.Unmarshal(text, &raw); err != nil {
			return nil, fmt.Errorf("%s: %w; want an array of {id, subjects, from, to}", name, err)
		}
		for i, r := range raw {
			w, err := infer.ParseWindow(r)
			if err != nil {
				return nil, fmt.Errorf("%s: entry %d: %w", name, i+1, err)
			}
			all = append(all, w)
		}
		return all, nil
	}
	for i, text := range bytes.Split(b, []byte("\n")) {
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		w, err := infer.ParseWindow(text)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w; want {id, subjects, from, to}", name, i+1, err)
		}
		all = append(all, w)
	}
	return all, nil
}
