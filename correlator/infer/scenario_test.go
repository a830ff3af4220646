package infer_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/infer/infertest"
	"github.com/linewarden/linewarden/correlator/verdict"
)

var update = flag.Bool("update", false, "write the traces anew")

// TestScenarios plays the scripts in testdata: a script, a line of dashes, and
// the trace that it must give. Run with -update to write the traces, then read
// the diff. testdata/README lists the words that a script may use.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, want, _ := strings.Cut(string(raw), "\n----\n")
			got, err := run(script)
			if err != nil {
				t.Fatalf("%s:%v", file, err)
			}
			if *update {
				if err := os.WriteFile(file, []byte(script+"\n----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("trace differs; run with -update and read the diff\n--- got\n%s--- want\n%s", got, want)
			}
		})
	}
}

// run plays a script and gives its trace. An error begins with the line's number.
func run(script string) (string, error) {
	w := &stage{now: noon, open: map[string]verdict.Verdict{}, names: map[string]string{},
		live: map[symptom.Key]symptom.Symptom{}, options: infer.Defaults()}
	lines := strings.Split(script, "\n")
	for n := 0; n < len(lines); n++ {
		line := lines[n]
		if i := strings.Index(line+" ", "# "); i >= 0 {
			line = line[:i]
		}
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "repeat":
			w.again, w.from = words[1], n
		case words[0] == "end" && w.repeats():
			n = w.from
		case words[0] == "end":
		default:
			if err := w.play(words); err != nil {
				return "", fmt.Errorf("%d: %w", n+1, err)
			}
		}
	}
	return w.trace.String(), nil
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// stage is an engine with a clock, and what its collectors hold to be so.
type stage struct {
	network infertest.Network
	options infer.Options
	engine  *infer.Engine
	now     time.Time
	live    map[symptom.Key]symptom.Symptom // in force, as the collectors know it
	told    []symptom.Key                   // the same, in the order in which it was raised
	windows []infer.Window
	open    map[string]verdict.Verdict // the last version of each
	order   []string
	names   map[string]string // of verdicts, in the order in which they were first said
	trace   strings.Builder

	again string // how often the lines since from are still to be played
	from  int
}

// repeats tells whether the lines of a "repeat N" are to be played once more.
func (w *stage) repeats() bool {
	left, err := strconv.Atoi(w.again)
	w.again = strconv.Itoa(left - 1)
	return err == nil && left > 1
}

// play does what one line of a script says.
func (w *stage) play(words []string) error {
	if ok, err := w.network.Add(words); ok || err != nil {
		return err
	}
	if w.engine == nil {
		inv, err := w.network.Load()
		if err != nil {
			return err
		}
		w.engine = infer.New(inv, w.options)
	}
	args := map[string]string{}
	var rest []string
	for _, word := range words[1:] {
		if k, v, ok := strings.Cut(word, "="); ok {
			args[k] = v
		} else {
			rest = append(rest, word)
		}
	}
	verb, known := verbs[words[0]]
	if !known {
		return fmt.Errorf("no such word: %s", words[0])
	}
	if err := verb(w, rest, args); err != nil {
		return fmt.Errorf("%s: %w", words[0], err)
	}
	return nil
}

// until lets the engine have its turn now, as it has after whatever it is told, and
// at each of its deadlines.
func (w *stage) until(to time.Time) error {
	if err := w.turn(); err != nil {
		return err
	}
	for range 100000 {
		at, ok := w.engine.Deadline()
		if !ok || at.After(to) {
			w.now = to
			return nil
		}
		if at.After(w.now) {
			w.now = at
		}
		if err := w.turn(); err != nil {
			return err
		}
	}
	return fmt.Errorf("time stands still at %s", w.clock(w.now))
}

func (w *stage) turn() error {
	for _, v := range w.engine.Advance(w.now) {
		if err := w.say(v); err != nil {
			return err
		}
	}
	return nil
}

// say keeps a version and writes it down, once what must hold of any does.
func (w *stage) say(v verdict.Verdict) error {
	old, known := w.open[v.ID]
	if !known {
		w.names[v.ID] = fmt.Sprintf("V%d", len(w.names)+1)
		w.order = append(w.order, v.ID)
	}
	if v.Version <= old.Version {
		return fmt.Errorf("%s: version %d after %d", v.ID, v.Version, old.Version)
	}
	w.open[v.ID] = v
	w.write(v)
	return nil
}
