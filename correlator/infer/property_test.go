package infer_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// step is one thing that happens in a random history.
type step struct {
	after   time.Duration
	reports []symptom.Report
}

var (
	things = []string{"device/CR1", "device/N1", "device/N3", "device/CH2", "device/CPE-2-1", "device/CPE-2-2", "device/CPE-5-4",
		"line/LN-2-1", "line/LN-2-2", "line/LN-2-3", "line/LN-5-4", "port/CH2/1/1", "port/CH2/1/2", "port/N1/e", "port/N2/w", "port/N4/e", "port/CR3/c1",
		"device/FE-2-1", "device/FE-5-4", "cable/CBL-T-2", "power/S-2-1"}
	kindsOf = map[symptom.SubjectKind][]symptom.Kind{
		symptom.DeviceSubject: {symptom.Unreachable, symptom.AgentSilent, symptom.Rebooted, symptom.FarEndMissing, symptom.PowerFail, symptom.CustomerPortDown, symptom.Latency},
		symptom.LineSubject:   {symptom.Unreachable, symptom.Loss},
		symptom.PortSubject:   {symptom.LOS, symptom.LinkDown, symptom.AIS, symptom.RxPowerLow, symptom.Flapping},
		symptom.CableSubject:  {symptom.LOS},
		symptom.PowerSubject:  {symptom.PowerFail},
	}
)

// history draws what collectors might say, with nothing said twice in one tick.
func history(t *rapid.T) []step {
	var out []step
	now := noon
	raised := map[symptom.Key]time.Time{}
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		s := step{after: time.Duration(rapid.IntRange(1, 20000).Draw(t, "after")) * time.Millisecond}
		now = now.Add(s.after)
		said := map[symptom.Key]bool{}
		for range rapid.IntRange(0, 8).Draw(t, "reports") {
			subject := symptom.Subject(rapid.SampledFrom(things).Draw(t, "subject"))
			sym := symptom.Symptom{Observer: "collector/c1", Subject: subject, Kind: rapid.SampledFrom(kindsOf[subject.Kind()]).Draw(t, "kind"),
				State: symptom.Raised, At: now, Since: now.Add(-time.Duration(rapid.IntRange(0, 900).Draw(t, "before")) * time.Millisecond)}
			if said[sym.Key()] {
				continue
			}
			said[sym.Key()] = true
			if since, ok := raised[sym.Key()]; ok {
				sym.State, sym.Since, sym.ClearedAt = symptom.Cleared, since, now
				delete(raised, sym.Key())
			} else {
				raised[sym.Key()] = sym.Since
			}
			s.reports = append(s.reports, symptom.Report{Symptom: &sym})
		}
		if rapid.IntRange(0, 3).Draw(t, "sweep") == 0 {
			for _, method := range []string{"icmp", "snmp"} {
				s.reports = append(s.reports, symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: "c1", Station: "st1", Method: method,
					SweepStarted: now.Add(-time.Second), SweepEnded: now, At: now}})
			}
		}
		out = append(out, s)
	}
	return out
}

// tell plays a history, and all time after it.
func tell(e *infer.Engine, steps []step) []verdict.Verdict {
	var said []verdict.Verdict
	now := noon
	pass := func(until time.Time) {
		for {
			at, ok := e.Deadline()
			if !ok || !until.IsZero() && !at.Before(until) {
				return
			}
			said = append(said, e.Advance(at)...)
		}
	}
	for _, s := range steps {
		now = now.Add(s.after)
		pass(now)
		for _, r := range s.reports {
			e.Apply(now, r)
		}
	}
	pass(time.Time{})
	return said
}

func TestTheSameHistoryGivesTheSameVerdictsInAnyOrderWithinATick(t *testing.T) {
	inv := town(t)
	rapid.Check(t, func(t *rapid.T) {
		steps := history(t)
		first, _ := json.Marshal(tell(infer.New(inv, infer.Defaults()), steps))
		for i := range steps {
			slices.Reverse(steps[i].reports)
		}
		second, _ := json.Marshal(tell(infer.New(inv, infer.Defaults()), steps))
		if string(first) != string(second) {
			t.Fatalf("differs:\n%s\n%s", first, second)
		}
	})
}

func TestVerdictsAreWhole(t *testing.T) {
	inv := town(t)
	rapid.Check(t, func(t *rapid.T) {
		last := map[string]verdict.Verdict{}
		for _, v := range tell(infer.New(inv, infer.Defaults()), history(t)) {
			old, known := last[v.ID]
			last[v.ID] = v
			sum := 0.0
			for _, d := range v.Domains {
				sum += d.P
			}
			switch {
			case !known && v.Version != 1, known && v.Version != old.Version+1:
				t.Fatalf("version %d after %d", v.Version, old.Version)
			case known && old.State == verdict.Cleared && v.State != verdict.Open:
				t.Fatalf("%s speaks after it was cleared, and has not begun again", v.ID)
			case known && old.State == verdict.Cleared && v.Decided.Sub(old.Cleared) > 10*time.Minute:
				t.Fatalf("%s begins again %v after it was cleared", v.ID, v.Decided.Sub(old.Cleared))
			case known && v.Started.After(old.Started):
				t.Fatalf("%s: the start moved later, from %v to %v", v.ID, old.Started, v.Started)
			case v.Started.After(v.Decided), v.StartedAfter.After(v.Started):
				t.Fatalf("times: %v after %v, decided %v", v.Started, v.StartedAfter, v.Decided)
			case v.Roots == nil || v.Lines.Down == nil || v.Lines.Degraded == nil || v.Lines.AtRisk == nil || v.Rivals == nil || v.Domains == nil ||
				v.Evidence.For == nil || v.Evidence.Against == nil || v.Evidence.Missing == nil:
				t.Fatalf("a list is nil: %+v", v)
			case v.Outcome == verdict.LostProtection && len(v.Lines.Down) > 0:
				t.Fatalf("protection is not all that is lost: %+v", v)
			case v.Outcome == verdict.MonitoringFault && len(v.Lines.All()) > 0:
				t.Fatalf("a fault of our eyes has customers: %+v", v)
			case len(v.Domains) > 0 && (sum < 0.99 || sum > 1.01):
				t.Fatalf("domains sum to %v: %+v", sum, v.Domains)
			case len(v.ID) != 27:
				t.Fatalf("id %q", v.ID)
			}
		}
	})
}

func TestWhatIsAllWellAgainIsClearedInTheEnd(t *testing.T) {
	inv := town(t)
	rapid.Check(t, func(t *rapid.T) {
		steps := history(t)
		at := noon
		live := map[symptom.Key]symptom.Symptom{}
		for _, s := range steps {
			at = at.Add(s.after)
			for _, r := range s.reports {
				if r.Symptom == nil {
					continue
				}
				if delete(live, r.Symptom.Key()); r.Symptom.State == symptom.Raised {
					live[r.Symptom.Key()] = *r.Symptom
				}
			}
		}
		end := step{after: time.Second}
		for _, s := range live {
			s.State, s.At, s.ClearedAt = symptom.Cleared, at.Add(time.Second), at.Add(time.Second)
			end.reports = append(end.reports, symptom.Report{Symptom: &s})
		}
		open := map[string]bool{}
		for _, v := range tell(infer.New(inv, infer.Defaults()), append(steps, end)) {
			if open[v.ID] = true; v.State == verdict.Cleared {
				delete(open, v.ID)
			}
		}
		if len(open) > 0 {
			t.Fatalf("still open: %v", open)
		}
	})
}
