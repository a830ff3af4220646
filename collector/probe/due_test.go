package probe

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Whoever ticks at the deadline alone learns the same as one who ticks all the
// time, at most a moment later, and never has to tick twice for one deadline.
func TestTicksAtTheDeadlineAreEnough(t *testing.T) {
	subjects := []symptom.Subject{"device/R1", "port/R1/GE1", "port/R1/GE2"}
	kinds := []symptom.Kind{symptom.LOS, symptom.LinkDown, symptom.PowerFail}
	rapid.Check(t, func(t *rapid.T) {
		often := NewConditions("collector/main", DefaultRules())
		seldom := NewConditions("collector/main", DefaultRules())
		now := t0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			s := Sample{
				Subject: rapid.SampledFrom(subjects).Draw(t, "subject"), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), At: now,
				Judgement: rapid.SampledFrom([]Judgement{Normal, Abnormal}).Draw(t, "judgement"),
				Hint:      rapid.Bool().Draw(t, "hint"),
			}
			often.Step(s, time.Time{})
			seldom.Step(s, time.Time{})
			until := now.Add(time.Duration(rapid.IntRange(1, 900).Draw(t, "seconds")) * time.Second)
			// Both let all of the time pass before the next sample, its last moment
			// included: a hint may end in the very second in which somebody answers.
			for now.Before(until) {
				now = now.Add(time.Second)
				often.Tick(now)
			}
			for at, ok := seldom.Deadline(); ok && !at.After(until); at, ok = seldom.Deadline() {
				seldom.Tick(at)
				if next, again := seldom.Deadline(); again && !next.After(at) {
					t.Fatalf("after a tick at %s the deadline is %s", at, next)
				}
			}
			// They may differ while a deadline is being reached.
			if at, ok := often.Deadline(); ok && at.Before(until.Add(2*time.Second)) {
				continue
			}
			if a, b := fmt.Sprint(often.Count()), fmt.Sprint(seldom.Count()); a != b {
				t.Fatalf("at %s: %s by ticking each second, %s by the deadline", until, a, b)
			}
		}
	})
}

func TestRulesOfZeroDoNotSpin(t *testing.T) {
	rules := DefaultRules()
	rules.Hint.Hold, rules.Flap.Clear = 0, 0
	cs := NewConditions("collector/main", rules)
	cs.Step(Sample{Subject: "device/R1", Kind: symptom.LOS, Judgement: Abnormal, At: t0}, time.Time{})
	cs.Step(Sample{Subject: "device/R1", Kind: symptom.PowerFail, Judgement: Abnormal, At: t0, Hint: true}, time.Time{})
	for range 10 {
		at, ok := cs.Deadline()
		if !ok {
			t.Fatal("the hint is waiting for its end")
		}
		cs.Tick(at)
		if next, _ := cs.Deadline(); !next.After(at) {
			t.Fatalf("after a tick at %s the deadline is %s", at, next)
		}
	}
}

// BenchmarkTick is a tick each 100 ms for the twenty-five minutes in which
// 100,000 subjects that were down are watched for flapping, all work for what
// falls due included, and a look at each of them instead, in one run.
func BenchmarkTick(b *testing.B) {
	const every, ticks = 100 * time.Millisecond, 15_000
	var tick, sweep time.Duration
	b.Run("deadline", func(b *testing.B) {
		var spent time.Duration
		for b.Loop() {
			cs, now := allDown()
			began := time.Now()
			for range ticks {
				cs.Tick(now)
				now = now.Add(every)
			}
			spent += time.Since(began)
			if len(cs.flaps) != 0 {
				b.Fatalf("%d scores are left", len(cs.flaps))
			}
		}
		tick = spent / time.Duration(b.N) / ticks
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(tick), "ns/tick")
	})
	b.Run("sweep", func(b *testing.B) {
		cs, now := allDown()
		b.ResetTimer()
		for b.Loop() {
			if due := cs.sweep(now); due != 0 {
				b.Fatalf("%d are due already", due)
			}
		}
		sweep = b.Elapsed() / time.Duration(b.N)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(sweep), "ns/tick")
		b.ReportMetric(float64(sweep)/float64(max(1, tick)), "times-deadline")
	})
}

// allDown has 100,000 subjects down, one after the other in 100 s.
func allDown() (cs *Conditions, now time.Time) {
	const n = 100_000
	cs = NewConditions("collector/main", DefaultRules())
	for i := range n {
		now = t0.Add(time.Duration(i) * time.Millisecond)
		s := Sample{Subject: symptom.Line(fmt.Sprintf("LN-%d", i)), Kind: symptom.Unreachable, Judgement: Abnormal, At: now}
		cs.Step(s, time.Time{})
	}
	return cs, now
}

// sweep looks at everything, as a tick without deadlines has to.
func (cs *Conditions) sweep(now time.Time) (due int) {
	for k, c := range cs.conditions {
		if c.raised && c.hint && !now.Before(c.until) && !cs.otherwiseWrong(k) {
			due++
		}
	}
	for _, f := range cs.flaps {
		if left := cs.rules.decayed(f, now); left < cs.rules.Flap.Clear && (f.raised || left < cs.rules.Flap.Clear/4) {
			due++
		}
	}
	return due
}
