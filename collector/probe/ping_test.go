package probe

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/collector/symptom"
)

var t0 = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// player pings a target every 10 s from a script: a digit is an answer with
// that many times 10 ms of round trip, x a lost ping; ! and ? are an answered
// and a lost extra one, 300 ms after the ping before.
type player struct {
	Ping
	rules PingRules
	slot  int
	extra int
}

func (p *player) play(script string) string {
	var said []string
	for _, c := range script {
		a := Answer{Received: c != 'x' && c != '?', RTT: 10 * time.Millisecond}
		if c == '!' || c == '?' {
			p.extra++
			a.Extra = true
		} else {
			p.slot, p.extra = p.slot+1, 0
			a.RTT = time.Duration(c-'0') * 10 * time.Millisecond
		}
		a.Sent = t0.Add(time.Duration(p.slot)*10*time.Second + time.Duration(p.extra)*300*time.Millisecond)
		for _, f := range p.Step(&p.rules, a, nil) {
			word := map[Judgement]string{Keep: "keep", Normal: "well", Abnormal: "BAD"}[f.Judgement]
			said = append(said, fmt.Sprintf("%s %s@%.1f", f.Kind, word, f.At.Sub(t0).Seconds()))
		}
	}
	return strings.Join(said, ", ")
}

func TestPing(t *testing.T) {
	for _, c := range []struct{ name, before, script, want string }{
		{"what has never answered is no fault", "", "xxxxxx", ""},
		{"one miss is nothing", "1111111111", "x", ""},
		{"the fault began with the first missed ping", "1111111111", "x??", "unreachable BAD@110.0"},
		{"without confirmations the schedule counts on", "1111111111", "xxx", "unreachable BAD@110.0"},
		{"an answered confirmation ends the run", "1111111111", "x?!x?", "unreachable well@110.6"},
		{"each further miss says so again, at its own time", "1111111111", "x??x", "unreachable BAD@110.0, unreachable BAD@120.0"},
		{"recovery is said by each answer for a while", "1111111111", "x??1!", "unreachable BAD@110.0, unreachable well@120.0, unreachable well@120.3"},
		{"loss counts scheduled pings, not the ones sent for a reason", "1111111111", "x?!1x?!",
			"unreachable well@110.6, unreachable well@120.0, unreachable well@130.6"},
		{"a share lost is told by what comes back", "1111111111", "x?!x?!1",
			"unreachable well@110.6, unreachable well@120.6, unreachable well@130.0, loss BAD@130.0"},
		{"after an outage loss is counted afresh", "1111111111", "xxx1111111111",
			"unreachable BAD@110.0, unreachable well@140.0, unreachable well@150.0, unreachable well@160.0, unreachable well@170.0, unreachable well@180.0, unreachable well@190.0, unreachable well@200.0, unreachable well@210.0"},
		{"latency is judged against the target's own baseline", "1111111111", "99999", "latency BAD@150.0"},
		{"some late answers are a busy machine, and nothing is said", "1111111111", "99119911991", ""},
		{"and is well only below the hysteresis", "111111111199999", "2221", "latency BAD@160.0, latency BAD@170.0, latency BAD@180.0, latency well@190.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := player{rules: DefaultPingRules()}
			// Latency: three times 10 ms raises, 0.7 of that clears.
			p.rules.Latency.Margin = 0
			p.rules.Jitter.Raise = time.Second
			p.play(c.before)
			if got := p.play(c.script); got != c.want {
				t.Errorf("said %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestTheFirstJudgementIsSaidEvenIfWell(t *testing.T) {
	p := player{rules: DefaultPingRules()}
	said := p.play("1111111111")
	for _, kind := range []symptom.Kind{symptom.Unreachable, symptom.Loss, symptom.Latency, symptom.Jitter} {
		if !strings.Contains(said, string(kind)+" well") {
			t.Errorf("%s: an earlier life may have raised it, but nothing was said in %q", kind, said)
		}
	}
	if said := p.play("1111111111"); said != "" {
		t.Errorf("a healthy target is silent, but it said %q", said)
	}
}

func TestJitterRisesAndEases(t *testing.T) {
	p := player{rules: DefaultPingRules()}
	p.rules.Latency.Factor = 1000
	p.play("1111111111")
	if said := p.play(strings.Repeat("1", 10) + "9" + strings.Repeat("1", 10)); said != "" {
		t.Errorf("one late answer is no jitter, but it said %q", said)
	}
	if said := p.play(strings.Repeat("19", 20)); !strings.HasPrefix(said, "jitter BAD") {
		t.Errorf("want jitter raised, said %q", said)
	}
	if said := p.play(strings.Repeat("1", 40)); strings.Count(said, "jitter well") != 1 || strings.LastIndex(said, "jitter BAD") > strings.Index(said, "jitter well") {
		t.Errorf("want jitter well once, said %q", said)
	}
}

func TestForgottenMissesWereOurs(t *testing.T) {
	p := player{rules: DefaultPingRules()}
	p.play("1111111111xx")
	p.Forget()
	if said := p.play("xx"); said != "" {
		t.Errorf("two misses after our own: said %q", said)
	}
	if said := p.play("x"); said != "unreachable BAD@130.0" {
		t.Errorf("the third is a fault that began after ours: said %q", said)
	}
}

func TestALateAnswerDoesNotEndTheOutage(t *testing.T) {
	r := DefaultPingRules()
	var p Ping
	p.Step(&r, Answer{Sent: t0, Received: true}, nil)
	p.Step(&r, Answer{Sent: t0.Add(20 * time.Second)}, nil)
	p.Step(&r, Answer{Sent: t0.Add(10 * time.Second), Received: true}, nil)
	if p.Missing() != 1 || !p.LastGood().Equal(t0.Add(10*time.Second)) {
		t.Errorf("missing %d, last good %s", p.Missing(), p.LastGood())
	}
}

// Whatever a target does: no unreachable before it has answered, none without
// as many misses in a row as the rule asks, and its start is the first of them.
func TestPingProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := DefaultPingRules()
		r.Misses = rapid.IntRange(1, 5).Draw(t, "misses")
		var p Ping
		at := t0
		var run []time.Time
		ever := false
		for i := range rapid.IntRange(1, 200).Draw(t, "n") {
			at = at.Add(time.Duration(rapid.IntRange(1, 10_000).Draw(t, "gap")) * time.Millisecond)
			a := Answer{Sent: at, Received: rapid.Bool().Draw(t, "received"), Extra: rapid.Bool().Draw(t, "extra"),
				RTT: time.Duration(rapid.IntRange(0, 1000).Draw(t, "rtt")) * time.Millisecond}
			found := p.Step(&r, a, nil)
			if a.Received {
				ever, run = true, nil
			} else if ever {
				run = append(run, at)
			}
			down := slices.IndexFunc(found, func(f Finding) bool { return f.Kind == symptom.Unreachable && f.Judgement == Abnormal })
			if want := len(run) >= r.Misses; want != (down >= 0) {
				t.Fatalf("step %d: %d misses in a row, said unreachable: %v", i, len(run), down >= 0)
			}
			if len(run) == r.Misses && !found[down].At.Equal(run[0]) {
				t.Fatalf("step %d: began %s, want the first miss %s", i, found[down].At, run[0])
			}
			if loss, _ := p.Loss(); loss < 0 || loss > 1 {
				t.Fatalf("step %d: loss %v", i, loss)
			}
		}
	})
}
