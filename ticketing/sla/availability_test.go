package sla_test

import (
	"testing"
	"time"

	"github.com/linewarden/linewarden/ticketing/sla"
)

func TestAvailability(t *testing.T) {
	from, to := minutes(0), minutes(1000)
	out := func(a, b int) sla.Outage {
		o := sla.Outage{Kind: sla.Down, Started: minutes(a)}
		if b >= 0 {
			o.Ended = minutes(b)
		}
		return o
	}
	with := func(o sla.Outage, change func(*sla.Outage)) sla.Outage { change(&o); return o }
	for _, c := range []struct {
		name                     string
		outages                  []sla.Outage
		now                      int
		down, degraded, excluded int
		count                    int
	}{
		{"nothing happened", nil, 2000, 0, 0, 0, 0},
		{"one outage", []sla.Outage{out(10, 20)}, 2000, 10, 0, 0, 1},
		{"what reaches over the edges is cut there", []sla.Outage{out(-50, 20), out(990, 1500)}, 2000, 30, 0, 0, 2},
		{"what lies outside does not count", []sla.Outage{out(-50, 0), out(1000, 1500)}, 2000, 0, 0, 0, 0},
		{"overlaps count once", []sla.Outage{out(10, 50), out(40, 60), out(20, 30)}, 2000, 50, 0, 0, 3},
		{"an open one counts until now", []sla.Outage{out(900, -1)}, 950, 50, 0, 0, 1},
		{"an open one counts until the end of the period", []sla.Outage{out(900, -1)}, 5000, 100, 0, 0, 1},
		{"what is excluded is shown beside it", []sla.Outage{with(out(10, 20), func(o *sla.Outage) { o.Excluded = "maintenance" })}, 2000, 0, 0, 10, 0},
		{"what is degraded is shown beside it", []sla.Outage{with(out(10, 30), func(o *sla.Outage) { o.Kind = sla.Degraded }), out(20, 40)}, 2000, 20, 10, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := sla.Available(c.outages, from, to, minutes(c.now))
			m := func(n int) time.Duration { return time.Duration(n) * time.Minute }
			if a.Down != m(c.down) || a.Degraded != m(c.degraded) || a.Excluded != m(c.excluded) || a.Outages != c.count {
				t.Errorf("got %+v", a)
			}
			if want := 1 - float64(c.down)/1000; a.Ratio != want {
				t.Errorf("ratio %v, want %v", a.Ratio, want)
			}
		})
	}
}

// took is an outage whose ledger refused nothing.
func took(t *testing.T) func(sla.Outage, []sla.Refused) sla.Outage {
	return func(o sla.Outage, refused []sla.Refused) sla.Outage {
		t.Helper()
		if len(refused) > 0 {
			t.Fatal(refused)
		}
		return o
	}
}

func TestAnOutageCarriesItsClock(t *testing.T) {
	o := took(t)(sla.Begin(policy, minutes(1), sla.Outage{ID: "V1/LN-1", Line: "LN-1", Started: minutes(0)}, 2*time.Hour))
	if !o.Wake.Equal(minutes(60)) {
		t.Errorf("it wakes at half its budget, got %s", o.Wake)
	}
	o, fired, refused, ok := o.Tick(policy, minutes(60))
	if !ok || len(fired) != 1 || len(refused) != 0 || o.Version != 2 {
		t.Errorf("the tick at its wake made no progress: %v", fired)
	}
	o = took(t)(o.Earlier(policy, minutes(61), minutes(-60)))
	if o.Clocks[0].Step != 100 {
		t.Errorf("an earlier start breached it: %v", o.Clocks[0])
	}
	if same := took(t)(o.Earlier(policy, minutes(62), minutes(30))); same.Version != o.Version {
		t.Error("a later start changed it")
	}
	o = took(t)(o.End(policy, minutes(70), minutes(65), false))
	if o.For(minutes(500)) != 125*time.Minute || !o.Wake.IsZero() {
		t.Errorf("it ended after %s, wakes %s", o.For(minutes(500)), o.Wake)
	}
	if again := took(t)(o.End(policy, minutes(90), minutes(90), true)); again.Version != o.Version {
		t.Error("it ended twice")
	}
	o = took(t)(o.Reopen(policy, minutes(80)))
	if !o.Ended.IsZero() || o.Clocks[0].Elapsed(none, minutes(80)) != 140*time.Minute {
		t.Errorf("the end did not hold: %v", o.Clocks[0])
	}
	o = took(t)(o.HandOver(policy, minutes(81), "ST-1"))
	if o.Clocks[0].Running() || o.Service != "ST-1" {
		t.Errorf("the service ticket carries the clock now: %v", o.Clocks[0])
	}
}

func TestAnOutageWithoutAClockHasNone(t *testing.T) {
	o := took(t)(sla.Begin(policy, minutes(1), sla.Outage{ID: "V1/LN-1", Started: minutes(0)}, 0))
	o = took(t)(o.End(policy, minutes(9), minutes(8), true))
	if len(o.Clocks) != 0 || len(o.Ledger) != 0 || o.Version != 2 || !o.SelfHealed {
		t.Errorf("got %+v", o)
	}
}

// TestAnOutageGoesOnWhateverItsLedgerRefuses spoils the stored clock of an
// outage. What is refused is said, the outage changes as it should all the same,
// and it is not due for ever.
func TestAnOutageGoesOnWhateverItsLedgerRefuses(t *testing.T) {
	begun := func() sla.Outage {
		return took(t)(sla.Begin(policy, minutes(0), sla.Outage{ID: "V1/LN-1", Line: "LN-1", Started: minutes(0)}, 2*time.Hour))
	}
	t.Run("a step of a clock that is there twice", func(t *testing.T) {
		o := begun()
		o.Clocks = append(o.Clocks, o.Clocks[0])
		next, passed, refused, ok := o.Tick(policy, minutes(61))
		if !ok || len(passed) != 1 || len(refused) != 1 || refused[0].Entry.Step != 50 {
			t.Errorf("passed %v, refused %v", passed, refused)
		}
		if !next.Wake.Equal(minutes(90)) {
			t.Errorf("it wakes at %s, want at its next step", next.Wake)
		}
		if _, _, refused, ok := next.Tick(policy, minutes(62)); ok || len(refused) != 1 {
			t.Errorf("another tick changed something: %v, refused %v", ok, refused)
		}
	})
	t.Run("an earlier start of a clock that began before it", func(t *testing.T) {
		o := begun()
		o.Clocks[0].Started = minutes(-60)
		next, refused := o.Earlier(policy, minutes(1), minutes(-30))
		if len(refused) != 1 || refused[0].Entry.Kind != sla.Rebase || refused[0].Error() == "" {
			t.Errorf("refused %v", refused)
		}
		if !next.Started.Equal(minutes(-30)) || next.Version != o.Version+1 {
			t.Errorf("the outage itself has not moved: %s", next.Started)
		}
	})
}
