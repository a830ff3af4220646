package watch

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// Whatever happens to the network, to our way into it and to the bus: what is
// said is fit to publish and said now, a clear follows a raise and keeps its
// start, nobody is called unreachable while we are cut off, and an hour after
// all is well again nothing is in force or held. The world checks beside that
// no tick leaves the deadline where it was.
func TestWhateverHappensAllIsWellInTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, carrier(t, rapid.IntRange(1, 6).Draw(t, "lines")))
		watchWords(t, w)
		w.begin()
		w.step(Adopted{})
		w.alive = true
		w.until(noon.Add(2 * time.Minute))
		names := []string{"R1", "A1", "CPE1", "LN-1"}
		for range rapid.IntRange(1, 25).Draw(t, "events") {
			switch rapid.IntRange(0, 8).Draw(t, "what") {
			case 0, 1, 2:
				addr := w.address(rapid.SampledFrom(names).Draw(t, "who"))
				w.dead[addr] = !w.dead[addr]
			case 3:
				w.cutOff = !w.cutOff
			case 4:
				w.noRoute = !w.noRoute
			case 5:
				w.putOff = !w.putOff
			case 6:
				w.step(Trapped{"A1", []probe.Sample{sampleOf(symptom.LinkDown, probe.Abnormal, w.now)}})
			case 7:
				judgement := rapid.SampledFrom([]probe.Judgement{probe.Normal, probe.Abnormal}).Draw(t, "judgement")
				w.step(polledWith(sampleOf(symptom.LinkDown, judgement, w.now)))
			case 8:
				w.reload()
			}
			w.until(w.now.Add(time.Duration(rapid.IntRange(1, 90_000).Draw(t, "ms")) * time.Millisecond))
		}
		clear(w.dead)
		w.cutOff, w.noRoute, w.putOff = false, false, false
		w.until(w.now.Add(5 * time.Minute))
		w.step(polledWith(sampleOf(symptom.LinkDown, probe.Normal, w.now)))
		w.until(w.now.Add(time.Hour))
		if n := w.state.Symptoms(); len(n) > 0 {
			t.Fatalf("all is well, but in force are %v", n)
		}
		if w.state.Isolated() || len(w.state.undecided.held.all)+len(w.state.undecided.doubted.all) > 0 {
			t.Fatalf("all is well, but isolated %t, held %d, doubted %d",
				w.state.Isolated(), len(w.state.undecided.held.all), len(w.state.undecided.doubted.all))
		}
	})
}

func sampleOf(kind symptom.Kind, judgement probe.Judgement, at time.Time) probe.Sample {
	return probe.Sample{Subject: symptom.Port("A1", "up"), Kind: kind, Judgement: judgement, At: at}
}

func polledWith(s probe.Sample) Polled {
	return Polled{Device: "A1", Sent: s.At, Answered: true, Whole: true, Samples: []probe.Sample{s},
		Covers: map[string][]symptom.Kind{"A1": {s.Kind}}}
}

// watchWords checks everything that is said.
func watchWords(t *rapid.T, w *world) {
	raised := map[symptom.Key]symptom.Symptom{}
	isolated := false
	w.took = func(at time.Time, _ Event, done []Do) {
		for _, d := range done {
			if change, ok := d.(Isolated); ok {
				isolated = change.Yes
			}
			say, ok := d.(Say)
			if !ok {
				continue
			}
			s := say.Symptom
			before, was := raised[s.Key()]
			switch {
			case s.Validate() != nil:
				t.Fatalf("%s: not fit to publish: %v", tellSymptom(s), s.Validate())
			case !s.At.Equal(at):
				t.Fatalf("%s: said at %s, but it is %s", tellSymptom(s), s.At, at)
			case was && !before.Since.Equal(s.Since):
				t.Fatalf("%s: its start moved from %s", tellSymptom(s), before.Since)
			case s.State == symptom.Cleared && !was:
				t.Fatalf("%s: cleared, but it was not raised", tellSymptom(s))
			case !was && isolated && s.Kind == symptom.Unreachable && s.Subject != "station/ST":
				t.Fatalf("%s: raised while we are cut off", tellSymptom(s))
			}
			if raised[s.Key()] = s; s.State == symptom.Cleared {
				delete(raised, s.Key())
			}
		}
	}
}
