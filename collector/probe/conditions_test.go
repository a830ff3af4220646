package probe

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/collector/symptom"
)

var update = flag.Bool("update", false, "rewrite the traces in testdata")

// Each testdata/*.txt is a script, a line of dashes, and the trace of what is
// published. A script line is SECONDS WORD …:
//
//	10 bad|well|keep SUBJECT KIND [VALUE]     a polled sample; "good@N" says when it was last well
//	10 trap bad|well SUBJECT KIND             a hint
//	10 swept DEVICE FROM KIND,KIND            the device was looked at whole since FROM
//	10 adopt SUBJECT KIND SINCE               found on the bus
//	10 withdraw adopted|all                   what is not ours any more
//	10 tick
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, want, _ := strings.Cut(string(text), "\n----\n")
			got := run(t, script)
			if *update {
				if err := os.WriteFile(file, []byte(script+"\n----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("published\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func run(t *testing.T, script string) string {
	cs := NewConditions("collector/main", DefaultRules())
	var trace strings.Builder
	lines := bufio.NewScanner(strings.NewReader(script))
	for lines.Scan() {
		words := strings.Fields(strings.SplitN(lines.Text(), "#", 2)[0])
		if len(words) == 0 {
			continue
		}
		for _, s := range act(t, cs, words) {
			if err := s.Validate(); err != nil {
				t.Errorf("%s: not fit to publish: %v", lines.Text(), err)
			}
			fmt.Fprintln(&trace, tell(s))
		}
	}
	return trace.String()
}

func seconds(t *testing.T, word string) time.Time {
	n, err := strconv.ParseFloat(word, 64)
	if err != nil {
		t.Fatalf("%q is no time", word)
	}
	return t0.Add(time.Duration(n * float64(time.Second)))
}

func act(t *testing.T, cs *Conditions, words []string) []symptom.Symptom {
	at := seconds(t, words[0])
	hint := words[1] == "trap"
	if hint {
		words = words[1:]
	}
	switch words[1] {
	case "bad", "well", "keep":
		s := Sample{Subject: symptom.Subject(words[2]), Kind: symptom.Kind(words[3]), At: at, Hint: hint,
			Judgement: map[string]Judgement{"bad": Abnormal, "well": Normal, "keep": Keep}[words[1]]}
		var good time.Time
		for _, w := range words[4:] {
			if g, ok := strings.CutPrefix(w, "good@"); ok {
				good = seconds(t, g)
			} else if v, err := strconv.ParseFloat(w, 64); err == nil {
				s.Value = v
			}
		}
		return cs.Step(s, good)
	case "swept":
		return cs.Swept(words[2], seconds(t, words[3]), at, func(k symptom.Kind) bool {
			return strings.Contains(","+words[4]+",", ","+string(k)+",")
		})
	case "adopt":
		cs.Adopt(symptom.Symptom{Subject: symptom.Subject(words[2]), Kind: symptom.Kind(words[3]), State: symptom.Raised,
			Since: seconds(t, words[4]), At: seconds(t, words[4])})
		return nil
	case "withdraw":
		return cs.Withdraw(at, func(_ symptom.Place, _ symptom.Kind, adopted bool) bool {
			return adopted || words[2] == "all"
		})
	case "tick":
		return cs.Tick(at)
	}
	t.Fatalf("unknown word %q", words[1])
	return nil
}

func tell(s symptom.Symptom) string {
	sec := func(at time.Time) string { return strconv.FormatFloat(at.Sub(t0).Seconds(), 'f', -1, 64) }
	out := fmt.Sprintf("%s %s %s %s since %s", sec(s.At), s.State, s.Subject, s.Kind, sec(s.Since))
	if !s.SinceAfter.IsZero() {
		out += " after " + sec(s.SinceAfter)
	}
	if s.Value != 0 {
		out += fmt.Sprintf(" value %g", s.Value)
	}
	if s.Hint {
		out += " hint"
	}
	if !s.ClearedAt.IsZero() {
		out += " well " + sec(s.ClearedAt)
	}
	return out
}

// Whatever samples come: raised and cleared alternate for each key, each
// symptom is valid, a clear keeps the times of its raise, and what is present
// is what was raised last and not cleared.
func TestConditionsProperties(t *testing.T) {
	subjects := []symptom.Subject{"device/R1", "port/R1/GE0/0/1", "line/LN-1"}
	kinds := []symptom.Kind{symptom.Unreachable, symptom.LOS, symptom.RxPowerLow, symptom.PowerFail}
	rapid.Check(t, func(t *rapid.T) {
		cs := NewConditions("collector/main", DefaultRules())
		now := t0
		raised := map[symptom.Key]symptom.Symptom{}
		check := func(all []symptom.Symptom) {
			for _, s := range all {
				if err := s.Validate(); err != nil {
					t.Fatalf("%s: %v", tell(s), err)
				}
				before, was := raised[s.Key()]
				if was && !before.Since.Equal(s.Since) {
					t.Fatalf("%s: its start moved from %s", tell(s), before.Since)
				}
				if s.State == symptom.Cleared {
					if !was || s.ClearedAt.Before(s.Since) {
						t.Fatalf("%s: cleared what was not raised, or before it began", tell(s))
					}
					delete(raised, s.Key())
					continue
				}
				raised[s.Key()] = s
			}
		}
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "gap")) * time.Second)
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				check(cs.Tick(now))
			case 1:
				others := func(k symptom.Kind) bool { return k != symptom.Unreachable }
				check(cs.Swept("R1", now.Add(-30*time.Second), now, others))
			default:
				late := time.Duration(rapid.IntRange(0, 5).Draw(t, "late")) * time.Second
				check(cs.Step(Sample{
					Subject: rapid.SampledFrom(subjects).Draw(t, "subject"), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
					Judgement: Judgement(rapid.IntRange(0, 2).Draw(t, "judgement")), Hint: rapid.IntRange(0, 4).Draw(t, "hint") == 0,
					Value: rapid.Float64Range(-40, 40).Draw(t, "value"), At: now.Add(-late),
				}, now.Add(-time.Minute)))
			}
		}
		present := cs.Present(now)
		count := 0
		for _, n := range cs.Count() {
			count += n
		}
		if count != len(present) {
			t.Fatalf("%d present, but %d counted", len(present), count)
		}
		if len(present) != len(raised) {
			t.Fatalf("%d present, %d raised", len(present), len(raised))
		}
		for _, s := range present {
			if _, ok := raised[s.Key()]; !ok || !cs.Raised(s.Place(), s.Kind) {
				t.Fatalf("%s is present, but was never said", tell(s))
			}
		}
		check(cs.Withdraw(now, func(symptom.Place, symptom.Kind, bool) bool { return true }))
		if len(raised) != 0 || len(cs.conditions) != 0 || len(cs.onDevice) != 0 {
			t.Fatalf("withdrawn, but %d are left", len(raised))
		}
	})
}
