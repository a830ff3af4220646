package infer_test

import (
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/infer"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// comeBack gives the story a new engine that finds the open verdicts, and is
// told the present state, if any.
func (n *noc) comeBack(away time.Duration, told ...symptom.Report) {
	n.t.Helper()
	n.now = n.now.Add(away)

	n.e = n.e.Fresh()
	for _, v := range n.open() {
		n.e.Adopt(n.now, v)
	}
	for _, r := range told {
		n.e.Apply(n.now, r)
	}
}

func raised(n *noc, subject string, kind symptom.Kind, since time.Time) symptom.Report {
	return symptom.Report{Symptom: &symptom.Symptom{Observer: "collector/c1", Subject: symptom.Subject(subject), Kind: kind, State: symptom.Raised, Since: since, At: n.now}}
}

// twoCuts is both cuts of the bow's ring, as the station sees them.
func twoCuts(n *noc) []symptom.Report {
	var all []symptom.Report
	for _, s := range []string{"port/N1/e", "port/H2/w"} {
		all = append(all, raised(n, s, symptom.LinkDown, n.now))
	}
	for _, i := range []string{"2", "3"} {
		for _, s := range []string{"device/N" + i, "device/C" + i, "line/L" + i} {
			all = append(all, raised(n, s, symptom.Unreachable, n.now))
		}
	}
	return all
}

const bowLines = `== lines
id,customer,product,grade,a,z,target
L1,C,internet,AA,C1/lan,H1,10.2.0.1
L2,C,internet,AA,C2/lan,H1,10.2.0.2
L3,C,internet,AA,C3/lan,H1,10.2.0.3
`

func TestTwoCutsAreTakenOverByTheNextEngine(t *testing.T) {
	n := newNOC(t, load(t, bow+bowLines))
	told := twoCuts(n)
	for _, r := range told {
		n.e.Apply(n.now, r)
	}
	n.wait(5 * time.Second)
	n.sweepFrom("default")
	n.wait(20 * time.Second)
	before := n.said1(t)
	n.comeBack(30*time.Second, told...)
	n.wait(10 * time.Second)
	n.sweepFrom("default")
	n.wait(3 * time.Minute)
	if v := n.said1(t); v.ID != before.ID || !same(roots(v), roots(before)) || !same(v.Lines.Down, before.Lines.Down) || !v.Started.Equal(before.Started) {
		t.Errorf("want the same verdict as before the restart:%s", show(before, v))
	}
}

func TestWithAnEmptyBusNothingClearsBeforeItIsSweptAfresh(t *testing.T) {
	n := newNOC(t, load(t, bow+bowLines))
	told := twoCuts(n)
	for _, r := range told {
		n.e.Apply(n.now, r)
	}
	n.wait(10 * time.Second)
	before := n.said1(t)
	n.comeBack(30 * time.Second) // the bus has lost its files: nothing is told
	n.wait(10 * time.Minute)
	if v := n.said1(t); v.State != verdict.Open || v.Version != before.Version {
		t.Errorf("silence alone has said something:%s", show(n.said...))
	}
	started := n.now.Add(-20 * time.Minute) // a sweep that began before the restart is no news
	n.e.Apply(n.now, symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: "c1", Station: "default", Method: "icmp", SweepStarted: started, SweepEnded: n.now, At: n.now}})
	n.wait(time.Minute)
	n.said1(t)
	n.e.Apply(n.now, symptom.Report{Heartbeat: &symptom.Heartbeat{Collector: "c1", Station: "default", Method: "icmp", SweepStarted: n.now.Add(-time.Second), SweepEnded: n.now, At: n.now}})
	n.wait(5 * time.Minute)
	if n.last[before.ID].State != verdict.Open {
		t.Errorf("the ports have not been swept:%s", show(n.said...))
	}
	n.sweepFrom("default")
	n.wait(5 * time.Minute)
	n.none()
}

// The loss of the bus, and a fault that goes on: the collectors tell it again.
func TestAFaultThatOutlivesTheBusKeepsItsVerdict(t *testing.T) {
	n := newNOC(t, load(t, street+internetLines))
	n.dark("4")
	n.wait(10 * time.Second)
	before := n.said1(t)
	n.comeBack(20 * time.Second)
	n.wait(2 * time.Second)
	n.dark("4") // told afresh, with the beginning that a restarted collector knows
	n.wait(time.Second)
	n.sweepFrom("default")
	n.wait(time.Minute)
	if v := n.said1(t); v.ID != before.ID || !v.Started.Equal(before.Started) || v.State != verdict.Open {
		t.Errorf("want the same verdict, from the same start:%s", show(n.said...))
	}
}

func TestANewEpochIsStampedOnWhatIsTakenOver(t *testing.T) {
	inv := load(t, street+internetLines)
	n := newNOC(t, inv)
	n.dark("4")
	n.wait(10 * time.Second)
	before := n.said1(t)
	opt := infer.Defaults()
	opt.Epoch = 7
	n.e = infer.New(inv, opt)
	n.e.Adopt(n.now, before)
	n.dark("4")
	n.raise("device/FE4", symptom.PowerFail)
	n.wait(10 * time.Second)
	if v := n.said1(t); v.Epoch != 7 || v.Version != before.Version+1 || v.FaultDomain != verdict.Premises || v.Outcome != verdict.Root {
		t.Errorf("want the next version, of the new epoch:%s", show(v))
	}
}
