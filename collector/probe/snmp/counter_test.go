package snmp

import (
	"math"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

// counters judges two polls a minute apart.
func counters(t *testing.T, before, after map[string]int64) *verdicts {
	t.Helper()
	target := Target{ID: "R1", Ports: map[string]Port{"GE1": {Link: true}}}
	p := newPlan(&portMap{profile: shipped(t).For("generic", ""), ifIndex: map[string]string{"GE1": "1"}}, target)
	fill := func(values map[string]int64, at time.Time) grid {
		g := p.grid()
		for _, c := range p.portMap.profile.columns {
			if v, ok := values[c.Name]; ok {
				g[1][c.id] = cell{raw: v, sent: at}
			}
		}
		return g
	}
	v := &verdicts{target: &target}
	v.judge(p, fill(after, epoch.Add(time.Minute)), fill(before, epoch))
	return v
}

func TestCounters(t *testing.T) {
	const busy = 60 * 1e9 / 8 // octets in a minute at 1 Gbit/s
	top := uint64(math.MaxUint64 - 1000)
	for _, c := range []struct {
		what          string
		before, after map[string]int64
		kind          symptom.Kind
		want          probe.Judgement
	}{
		{"no errors", map[string]int64{"if_in_errors": 5}, map[string]int64{"if_in_errors": 5}, symptom.Errors, probe.Normal},
		{"two errors a second", map[string]int64{"if_in_errors": 5}, map[string]int64{"if_in_errors": 125}, symptom.Errors,
			probe.Abnormal},
		{"an error every other second", map[string]int64{"if_in_errors": 5}, map[string]int64{"if_in_errors": 35},
			symptom.Errors, probe.Keep},
		{"errors one way only", map[string]int64{"if_in_errors": 5, "if_out_errors": 0},
			map[string]int64{"if_in_errors": 5, "if_out_errors": 600}, symptom.Errors, probe.Abnormal},
		{"undecided one way, none the other", map[string]int64{"if_in_errors": 5, "if_out_errors": 0},
			map[string]int64{"if_in_errors": 35, "if_out_errors": 0}, symptom.Errors, probe.Keep},
		{"gone back", map[string]int64{"if_in_errors": 500}, map[string]int64{"if_in_errors": 20}, symptom.Errors, silence},
		{"a break in the counters", map[string]int64{"if_in_errors": 5, "if_discontinuity": 0},
			map[string]int64{"if_in_errors": 900, "if_discontinuity": 77}, symptom.Errors, silence},
		{"full", map[string]int64{"if_in_octets": 7, "if_high_speed": 1000},
			map[string]int64{"if_in_octets": 7 + busy, "if_high_speed": 1000}, symptom.Saturated, probe.Abnormal},
		{"half full", map[string]int64{"if_in_octets": 7, "if_high_speed": 1000},
			map[string]int64{"if_in_octets": 7 + busy/2, "if_high_speed": 1000}, symptom.Saturated, probe.Normal},
		{"of unknown speed", map[string]int64{"if_in_octets": 7, "if_high_speed": 0},
			map[string]int64{"if_in_octets": 7 + busy, "if_high_speed": 0}, symptom.Saturated, silence},
		{"64 bits, beyond the sign", map[string]int64{"if_in_octets": int64(top), "if_high_speed": 1000},
			map[string]int64{"if_in_octets": int64(top + 600), "if_high_speed": 1000}, symptom.Saturated, probe.Normal},
	} {
		r := Result{Samples: counters(t, c.before, c.after).samples}
		t.Log(c.what)
		expect(t, r, "port/R1/GE1", c.kind, c.want)
	}
}

func TestFrequentPollsDoNotStarveRates(t *testing.T) {
	p := shipped(t).For("generic", "")
	at := 0
	for _, c := range p.columns {
		if c.Name == "if_in_errors" {
			at = c.id
		}
	}
	row := func(raw int64, after time.Duration) grid {
		g := grid{make([]cell, len(p.columns))}
		g[0][at] = cell{raw: raw, sent: epoch.Add(after)}
		return g
	}
	base := row(0, 0)
	for second := 1; second <= 4; second++ {
		carry(p, base, row(int64(second), time.Duration(second)*time.Second))
	}
	if got := base[0][at].raw; got != 0 {
		t.Errorf("the base moved to %d within four seconds", got)
	}
	carry(p, base, row(6, 6*time.Second))
	if got := base[0][at].raw; got != 6 {
		t.Errorf("the base is %d after six seconds, want 6", got)
	}
}
