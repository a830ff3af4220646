// Package replay is the command `linewarden replay`: the correlator's own engine
// fed from a file instead of the bus, for users who want to see a recorded
// outage decided again, and for tests. It has no clock but the file's, so that
// the same file gives the same verdicts. It writes nothing but its output.
package replay

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// Cmd is the command's flags.
type Cmd struct {
	Inventory   string `required:"" type:"existingdir" help:"directory of the inventory's CSV files"`
	Symptoms    string `required:"" help:"symptoms and sweeps, a JSON object a line; - is standard input"`
	Maintenance string `help:"planned work: a JSON array, or an object a line, of {id, subjects, from, to}"`
}

// Notes is where a word goes that is no verdict and no error.
type Notes struct{ io.Writer }

// Run replays and prints each published verdict version as a JSON line.
func (c *Cmd) Run(stdin io.Reader, stdout io.Writer, notes Notes) error {
	inv, err := inventory.Load(os.DirFS(c.Inventory))
	if err != nil {
		return fmt.Errorf("inventory %s:\n%w", c.Inventory, err)
	}
	var windows []infer.Window
	if c.Maintenance != "" {
		if windows, err = readWindows(c.Maintenance); err != nil {
			return err
		}
	}
	in, name := stdin, "stdin"
	if c.Symptoms != "-" {
		f, err := os.Open(c.Symptoms)
		if err != nil {
			return fmt.Errorf("symptoms: %w", err)
		}
		defer func() { _ = f.Close() }()
		in, name = f, c.Symptoms
	}
	events, err := Read(in, name, inv)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(stdout)
	enc := json.NewEncoder(out)
	unknown, err := Play(inv, windows, events, func(v verdict.Verdict) error { return enc.Encode(v) })
	if len(unknown) > 0 {
		fmt.Fprintf(notes, "linewarden: the inventory does not know %s; what is said of them is passed over\n", some(unknown))
	}
	return errors.Join(err, out.Flush())
}

// some names a few subjects, and how many more there are.
func some(all []symptom.Subject) string {
	const few = 5
	var b strings.Builder
	for i, s := range all[:min(len(all), few)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(s))
	}
	if more := len(all) - few; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

// Play feeds events to an engine in the order of their times and gives each
// verdict version it publishes. After the last event, time goes on until
// nothing is pending. It returns the subjects of symptoms and windows that the
// inventory does not know, in order.
func Play(inv *inventory.Inventory, windows []infer.Window, events []Event, say func(verdict.Verdict) error) ([]symptom.Subject, error) {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	e := infer.New(inv, infer.Defaults())
	if len(windows) > 0 && len(events) > 0 {
		e.SetWindows(events[0].At, windows)
	}
	strange := map[symptom.Subject]bool{}
	note := func(s symptom.Subject) {
		if !e.Knows(s) {
			strange[s] = true
		}
	}
	for _, w := range windows {
		for _, s := range w.Subjects {
			note(s)
		}
	}
	for _, ev := range events {
		if err := pass(e, ev.At, say); err != nil {
			return nil, err
		}
		for _, r := range ev.Reports {
			if r.Symptom != nil {
				note(r.Symptom.Subject)
			}
			e.Apply(ev.At, r)
		}
	}
	return slices.Sorted(maps.Keys(strange)), pass(e, time.Time{}, say)
}

// pass lets time go on up to, not into, the given moment; zero: without end.
func pass(e *infer.Engine, until time.Time, say func(verdict.Verdict) error) error {
	for {
		at, pending := e.Deadline()
		if !pending || !until.IsZero() && !at.Before(until) {
			return nil
		}
		for _, v := range e.Advance(at) {
			if err := say(v); err != nil {
				return err
			}
		}
	}
}

func readWindows(path string) ([]infer.Window, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("maintenance: %w", err)
	}
	return Windows(b, path)
}
