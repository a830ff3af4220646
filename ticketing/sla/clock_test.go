package sla_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/ticketing/sla"
)

var t0 = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) // Monday 09:00 in China

// none is a policy without any rule: every second counts.
var none sla.Policy

var policy = compiled(sla.Rules{Clocks: []sla.ClockDef{
	{Name: sla.Restore, Steps: []int{50, 75, 100}, Further: 50, Budgets: []sla.Budget{{For: 2 * time.Hour}}},
	{Name: sla.Respond, Steps: []int{50, 100}, Further: 50, Last: 200, Budgets: []sla.Budget{{For: time.Hour}}},
}})

func compiled(r sla.Rules, calendars ...sla.Calendar) sla.Policy {
	p, wrong := sla.Compile(r, calendars, time.LoadLocation)
	if len(wrong) > 0 {
		panic(problem.Error(wrong))
	}
	return p
}

func started(t *testing.T, at, now time.Time) *sla.Ledger {
	t.Helper()
	var c sla.Ledger
	if err := c.Write(none, now, sla.Entry{Clock: sla.Restore, Kind: sla.Start, At: at, Budget: 2 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	return &c
}

func write(t *testing.T, c *sla.Ledger, now time.Time, e sla.Entry) {
	t.Helper()
	e.Clock = sla.Restore
	if err := c.Write(none, now, e); err != nil {
		t.Fatal(err)
	}
}

func advance(t *testing.T, c *sla.Ledger, now time.Time) []sla.Entry {
	t.Helper()
	passed, refused := c.Advance(policy, now)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	return passed
}

func minutes(n int) time.Time { return t0.Add(time.Duration(n) * time.Minute) }

func steps(entries []sla.Entry) []int {
	var s []int
	for _, e := range entries {
		s = append(s, e.Step)
	}
	return s
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		name    string
		play    func(*sla.Ledger)
		at      int // minutes
		elapsed time.Duration
		due     int // minutes; -1: unknown
	}{
		{"runs from the start of the fault", func(*sla.Ledger) {}, 30, 30 * time.Minute, 120},
		{"a pause moves the due time by its length", func(c *sla.Ledger) {
			write(t, c, minutes(10), sla.Entry{Kind: sla.Pause})
			write(t, c, minutes(25), sla.Entry{Kind: sla.Resume})
		}, 30, 15 * time.Minute, 135},
		{"in a pause without an end the due time is unknown", func(c *sla.Ledger) {
			write(t, c, minutes(10), sla.Entry{Kind: sla.Pause})
		}, 30, 10 * time.Minute, -1},
		{"in a pause with an end the due time supposes that it ends then", func(c *sla.Ledger) {
			write(t, c, minutes(10), sla.Entry{Kind: sla.Pause, Until: minutes(70)})
		}, 30, 10 * time.Minute, 180},
		{"a pause that was refused never counted", func(c *sla.Ledger) {
			write(t, c, minutes(10), sla.Entry{Kind: sla.Pause, Provisional: true})
			write(t, c, minutes(25), sla.Entry{Kind: sla.Resume})
			write(t, c, minutes(28), sla.Entry{Kind: sla.Refuse})
		}, 30, 30 * time.Minute, 120},
		{"a pause that was approved counts", func(c *sla.Ledger) {
			write(t, c, minutes(10), sla.Entry{Kind: sla.Pause, Provisional: true})
			write(t, c, minutes(25), sla.Entry{Kind: sla.Resume})
			write(t, c, minutes(28), sla.Entry{Kind: sla.Approve})
		}, 30, 15 * time.Minute, 135},
		{"an earlier start keeps the pauses", func(c *sla.Ledger) {
			write(t, c, minutes(10), sla.Entry{Kind: sla.Pause})
			write(t, c, minutes(25), sla.Entry{Kind: sla.Resume})
			write(t, c, minutes(28), sla.Entry{Kind: sla.Rebase, At: minutes(-60)})
		}, 30, 75 * time.Minute, 75},
		{"another budget keeps the time that has run", func(c *sla.Ledger) {
			write(t, c, minutes(28), sla.Entry{Kind: sla.Rebase, Budget: time.Hour})
		}, 30, 30 * time.Minute, 60},
		{"an extension adds to the budget", func(c *sla.Ledger) {
			write(t, c, minutes(28), sla.Entry{Kind: sla.Extend, Budget: time.Hour})
		}, 30, 30 * time.Minute, 180},
		{"a stopped clock stands", func(c *sla.Ledger) {
			write(t, c, minutes(20), sla.Entry{Kind: sla.Stop})
		}, 30, 20 * time.Minute, 120},
		{"a stop that did not hold counts as if it had never been", func(c *sla.Ledger) {
			write(t, c, minutes(20), sla.Entry{Kind: sla.Stop})
			write(t, c, minutes(28), sla.Entry{Kind: sla.Resume, At: minutes(20)})
		}, 30, 30 * time.Minute, 120},
		{"between a stop and a relapse it stood", func(c *sla.Ledger) {
			write(t, c, minutes(20), sla.Entry{Kind: sla.Stop})
			write(t, c, minutes(28), sla.Entry{Kind: sla.Resume, At: minutes(28)})
		}, 30, 22 * time.Minute, 128},
		{"a stop as of an earlier time does not lose the pause if it does not hold", func(c *sla.Ledger) {
			write(t, c, minutes(10), sla.Entry{Kind: sla.Pause})
			write(t, c, minutes(20), sla.Entry{Kind: sla.Stop, At: minutes(5)})
			write(t, c, minutes(28), sla.Entry{Kind: sla.Resume, At: minutes(5)})
		}, 30, 20 * time.Minute, 130},
	} {
		t.Run(c.name, func(t *testing.T) {
			ledger := started(t, t0, t0)
			c.play(ledger)
			clock, _ := ledger.Clock(sla.Restore)
			if got := clock.Elapsed(none, minutes(c.at)); got != c.elapsed {
				t.Errorf("elapsed %s, want %s", got, c.elapsed)
			}
			want := time.Time{}
			if c.due >= 0 {
				want = minutes(c.due)
			}
			if !clock.Due.Equal(want) {
				t.Errorf("due %s, want %s", clock.Due, want)
			}
			back, err := sla.Recompute(none, ledger.Entries)
			if err != nil || !reflect.DeepEqual(back, ledger.Clocks) {
				t.Errorf("recomputed %v, %v; ran %v", back, err, ledger.Clocks)
			}
		})
	}
}

func TestRefusedEntriesLeaveNoTrace(t *testing.T) {
	for _, c := range []struct {
		name string
		e    sla.Entry
	}{
		{"a start moves only earlier", sla.Entry{Kind: sla.Rebase, At: minutes(1)}},
		{"a running clock does not start", sla.Entry{Kind: sla.Start, Budget: time.Hour}},
		{"a running clock does not resume", sla.Entry{Kind: sla.Resume}},
		{"nothing waits for approval", sla.Entry{Kind: sla.Approve}},
		{"an extension adds time", sla.Entry{Kind: sla.Extend}},
		{"a kind that is none", sla.Entry{Kind: "dance"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ledger := started(t, t0, t0)
			before := fmt.Sprint(ledger)
			c.e.Clock = sla.Restore
			if err := ledger.Write(none, minutes(2), c.e); err == nil {
				t.Error("it was taken")
			}
			if after := fmt.Sprint(ledger); after != before {
				t.Errorf("it left a trace: %s, before %s", after, before)
			}
		})
	}
}

func TestStepsFireOnceAndInOrder(t *testing.T) {
	ledger := started(t, t0, t0)
	if got := steps(advance(t, ledger, minutes(89))); fmt.Sprint(got) != "[50]" {
		t.Errorf("after 89 minutes %v", got)
	}
	write(t, ledger, minutes(89), sla.Entry{Kind: sla.Rebase, At: minutes(-150)})
	if got := steps(advance(t, ledger, minutes(89))); fmt.Sprint(got) != "[75 100 150]" {
		t.Errorf("an earlier start fires what it passed, once: %v", got)
	}
	if got := advance(t, ledger, minutes(89)); len(got) != 0 {
		t.Errorf("they fired again: %v", got)
	}
	if at, ok := ledger.Wake(policy); !ok || !at.Equal(minutes(90)) {
		t.Errorf("the next step is 200 %% at 90 minutes, got %v", at)
	}
}

func TestStepsEndWhereTheFileSaysSo(t *testing.T) {
	var c sla.Ledger
	if err := c.Write(none, t0, sla.Entry{Clock: sla.Respond, Kind: sla.Start, Budget: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if got := steps(advance(t, &c, minutes(60000))); fmt.Sprint(got) != "[50 100 150 200]" {
		t.Errorf("got %v", got)
	}
	if _, ok := c.Wake(policy); ok {
		t.Error("it still waits for something")
	}
}

func TestPausesEndByThemselves(t *testing.T) {
	ledger := started(t, t0, t0)
	write(t, ledger, minutes(10), sla.Entry{Kind: sla.Pause, Until: minutes(70), Provisional: true, ApproveBy: minutes(40)})
	fired := advance(t, ledger, minutes(41))
	if len(fired) != 1 || fired[0].Kind != sla.Refuse {
		t.Fatalf("nobody approved it, got %v", fired)
	}
	c, _ := ledger.Clock(sla.Restore)
	if got := c.Elapsed(none, minutes(41)); got != 41*time.Minute {
		t.Errorf("it never counted, but elapsed is %s", got)
	}
	write(t, ledger, minutes(42), sla.Entry{Kind: sla.Pause, Until: minutes(50)})
	fired = advance(t, ledger, minutes(55))
	if len(fired) != 1 || fired[0].Kind != sla.Resume || !fired[0].At.Equal(minutes(50)) {
		t.Fatalf("it ends when expected, got %v", fired)
	}
}

// TestClockAgainstAStopwatch compares the clock with a stopwatch that knows
// nothing of ledgers: one that looks every minute whether time counts.
func TestClockAgainstAStopwatch(t *testing.T) {
	cal := compiled(sla.Rules{}, china(t))
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"", "cn"}).Draw(rt, "calendar")
		hours := cal.Hours(name)
		start := rapid.IntRange(0, 3000).Draw(rt, "start")
		var c sla.Ledger
		now := start
		must := func(e sla.Entry) {
			e.Clock = sla.Restore
			if err := c.Write(cal, minutes(now), e); err != nil {
				rt.Fatal(err)
			}
		}
		must(sla.Entry{Kind: sla.Start, At: minutes(start), Budget: 2 * time.Hour, Calendar: name})
		type span struct {
			from, to int
			void     bool
		}
		still := []span{}
		paused, stopped := -1, false
		for range rapid.IntRange(0, 12).Draw(rt, "events") {
			now += rapid.IntRange(0, 2000).Draw(rt, "pass")
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				if paused < 0 && !stopped {
					must(sla.Entry{Kind: sla.Pause, Provisional: true})
					paused = now
				}
			case 1:
				if paused >= 0 {
					must(sla.Entry{Kind: sla.Resume})
					still = append(still, span{paused, now, false})
					paused = -1
					if rapid.Bool().Draw(rt, "refuse") {
						must(sla.Entry{Kind: sla.Refuse})
						still[len(still)-1].void = true
					} else {
						must(sla.Entry{Kind: sla.Approve})
					}
				}
			case 2:
				earlier := rapid.IntRange(0, 500).Draw(rt, "earlier")
				start -= earlier
				must(sla.Entry{Kind: sla.Rebase, At: minutes(start)})
			case 3:
				if !stopped && paused < 0 {
					must(sla.Entry{Kind: sla.Stop})
					at := now
					now += rapid.IntRange(0, 500).Draw(rt, "stood")
					if rapid.Bool().Draw(rt, "withdrawn") {
						must(sla.Entry{Kind: sla.Resume, At: minutes(at)})
					} else {
						must(sla.Entry{Kind: sla.Resume, At: minutes(now)})
						still = append(still, span{at, now, false})
					}
				}
			}
		}
		watch := 0
		for m := start; m < now; m++ {
			counts := hours.Between(minutes(m), minutes(m+1)) > 0 && (paused < 0 || m < paused)
			for _, s := range still {
				counts = counts && (s.void || m < s.from || m >= s.to)
			}
			if counts {
				watch++
			}
		}
		clock, _ := c.Clock(sla.Restore)
		if got := clock.Elapsed(cal, minutes(now)); got != time.Duration(watch)*time.Minute {
			rt.Fatalf("the clock says %s, the stopwatch %d minutes\n%+v", got, watch, c.Entries)
		}
		back, err := sla.Recompute(cal, c.Entries)
		if err != nil || !reflect.DeepEqual(back, c.Clocks) {
			rt.Fatalf("recomputed %v, %v; ran %v", back, err, c.Clocks)
		}
		if due, ok := clock.Reach(cal, clock.Budget); ok && paused < 0 {
			if used := (sla.Clock{Name: clock.Name, Budget: clock.Budget, Calendar: clock.Calendar, Started: clock.Started, Pauses: clock.Pauses}).Elapsed(cal, due); used != clock.Budget {
				rt.Fatalf("at its due time %s is used, of %s", used, clock.Budget)
			}
		}
	})
}

func TestATickUnderAnotherPolicyIsNotDueForEver(t *testing.T) {
	rules := sla.Rules{Clocks: []sla.ClockDef{{Name: sla.Restore, Steps: []int{50, 100}}}}
	p := compiled(rules)
	began := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	o := took(t)(sla.Begin(p, began, sla.Outage{ID: "V1/LN-1", Line: "LN-1", Started: began}, 2*time.Hour))
	if want := began.Add(time.Hour); !o.Wake.Equal(want) {
		t.Fatalf("it wakes at %v, want %v", o.Wake, want)
	}
	rules.Clocks[0].Steps = []int{100} // somebody edited the file meanwhile
	p = compiled(rules)
	next, fired, _, ok := o.Tick(p, o.Wake)
	if !ok || len(fired) != 0 || !next.Wake.Equal(began.Add(2*time.Hour)) || next.Version != o.Version+1 {
		t.Errorf("tick gives %v, %d steps, wakes at %v", ok, len(fired), next.Wake)
	}
	if _, _, _, ok := next.Tick(p, o.Wake); ok {
		t.Error("a second tick changed something")
	}
}

func restoreClock(c *sla.Ledger) sla.Clock {
	clock, _ := c.Clock(sla.Restore)
	return clock
}

func TestStepsThatLateNewsOvertookWereNeverPassed(t *testing.T) {
	ledger := started(t, t0, t0)
	if got := steps(advance(t, ledger, minutes(190))); fmt.Sprint(got) != "[50 75 100 150]" {
		t.Fatalf("after 190 minutes %v", got)
	}
	write(t, ledger, minutes(190), sla.Entry{Kind: sla.Stop, At: minutes(70)}) // it was well all the time
	if c := restoreClock(ledger); c.Breached || c.Step >= 75 {
		t.Errorf("70 of 120 minutes were used, but the clock says %s, breached %v", c, c.Breached)
	}
	write(t, ledger, minutes(200), sla.Entry{Kind: sla.Resume, At: minutes(200)})
	if got := steps(advance(t, ledger, minutes(251))); fmt.Sprint(got) != "[75 100]" {
		t.Errorf("what had not been passed is still to come: %v", got)
	}
	if c := restoreClock(ledger); !c.Breached || !c.BreachedAt.Equal(minutes(250)) {
		t.Errorf("breached %v at %v", c.Breached, c.BreachedAt)
	}
	back, err := sla.Recompute(none, ledger.Entries)
	if err != nil || !reflect.DeepEqual(back, ledger.Clocks) {
		t.Errorf("recomputed %v, %v; ran %v", back, err, ledger.Clocks)
	}
}

func TestAPauseThatNobodyApprovedDoesNotSaveAClockThatHasStopped(t *testing.T) {
	ledger := started(t, t0, t0)
	advance(t, ledger, minutes(115))
	write(t, ledger, minutes(115), sla.Entry{Kind: sla.Pause, Provisional: true, ApproveBy: minutes(145)})
	write(t, ledger, minutes(130), sla.Entry{Kind: sla.Stop})
	if c := restoreClock(ledger); c.Breached {
		t.Fatal("while it may still be approved, the pause counts")
	}
	if at, ok := ledger.Wake(policy); !ok || !at.Equal(minutes(145)) {
		t.Fatalf("it wakes at %v, %v; want when the pause lapses", at, ok)
	}
	advance(t, ledger, minutes(145))
	if c := restoreClock(ledger); !c.Breached || c.Elapsed(none, minutes(200)) != 130*time.Minute {
		t.Errorf("breached %v, used %s", c.Breached, c.Elapsed(none, minutes(200)))
	}
	if _, ok := ledger.Wake(policy); ok {
		t.Error("it still waits for something")
	}
}

func TestEarlierEvidenceFiresWhatAStoppedClockPassed(t *testing.T) {
	ledger := started(t, t0, t0)
	advance(t, ledger, minutes(110))
	write(t, ledger, minutes(110), sla.Entry{Kind: sla.Stop})
	write(t, ledger, minutes(112), sla.Entry{Kind: sla.Rebase, At: minutes(-15)})
	if got := steps(advance(t, ledger, minutes(112))); fmt.Sprint(got) != "[100]" {
		t.Errorf("125 of 120 minutes were used, fired %v", got)
	}
}

func TestOnlyThePauseWhoseTimeIsOverLapses(t *testing.T) {
	ledger := started(t, t0, t0)
	write(t, ledger, minutes(10), sla.Entry{Kind: sla.Pause, Provisional: true, ApproveBy: minutes(40)})
	write(t, ledger, minutes(20), sla.Entry{Kind: sla.Resume})
	write(t, ledger, minutes(30), sla.Entry{Kind: sla.Pause, Provisional: true, ApproveBy: minutes(60)})
	advance(t, ledger, minutes(41))
	if c := restoreClock(ledger); !c.Pauses[0].Refused || c.Pauses[1].Refused {
		t.Fatalf("refused: the first %v, the second %v", c.Pauses[0].Refused, c.Pauses[1].Refused)
	}
	write(t, ledger, minutes(45), sla.Entry{Kind: sla.Approve})
	if got := restoreClock(ledger).Elapsed(none, minutes(50)); got != 30*time.Minute {
		t.Errorf("used %s, want 30 minutes", got)
	}
}
