package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var (
	kills = flag.Int("kills", 2, "how many rounds TestKillAnytime goes")
	seed  = flag.Uint64("seed", 1, "other moments, another order of cables")
)

// TestKillAnytime kills the daemon at a moment drawn by lot while a fault
// begins, and again while it ends. Each fault has one ticket whose clock runs
// from the cut, each line one service ticket at most, and all come to an end.
func TestKillAnytime(t *testing.T) {
	n := newScene(t, opts{lines: 40, rules: hurried, config: hurriedPace})
	n.quiet()
	var cables []thing
	for _, th := range n.lab.Things() {
		if th.Kind == "cable" && th.Layer == "tail" && len(th.Lines) >= 2 {
			cables = append(cables, th)
		}
	}
	if len(cables) == 0 {
		t.Fatal("the lab has no cable with several lines")
	}
	lot := rand.New(rand.NewPCG(*seed, 0))
	for round := range *kills {
		cable := cables[lot.IntN(len(cables))]
		moments := [2]time.Duration{time.Duration(lot.Int64N(int64(6 * time.Second))),
			time.Duration(lot.Int64N(int64(8 * time.Second)))}
		t.Run(fmt.Sprintf("%d: %s, killed %v after the cut and %v after it was mended", round, cable.Subject,
			moments[0].Round(time.Millisecond), moments[1].Round(time.Millisecond)), func(t *testing.T) {
			n.tell(t)
			killAnytime(n, cable, moments)
		})
		n.tell(t)
		if t.Failed() {
			return
		}
	}
}

func killAnytime(n *scene, cable thing, moments [2]time.Duration) {
	began := n.lab.Cut(cable.Subject)
	n.at(began.Add(moments[0]))
	before, err := n.Since(began, "networkFault")
	if err != nil {
		n.T.Fatal(err)
	}
	n.Kill()
	n.Start()
	back := time.Now()
	ticket := n.AwaitOne(began, "networkFault")
	n.settled(&ticket)
	if !slices.Contains(ticket.Roots(), cable.Subject) {
		n.T.Errorf("roots %v, want %s", ticket.Roots(), cable.Subject)
	}
	restore := ticket.ClockNamed("restore")
	latest := back.Add(5 * time.Second) // killed before it saw anything, it saw it when it was back
	for _, b := range before {
		if was := b.ClockNamed("restore"); b.ID == ticket.ID {
			latest = was.Started // evidence may move it, but only back
		}
	}
	if restore.Started.Before(began.Add(-4*time.Second)) || restore.Started.After(latest) || !restore.Stopped.IsZero() {
		n.T.Errorf("the restore clock is %+v; the cut was at %v", restore, began)
	}
	n.same(began, ticket)
	n.oneEach(began)

	n.lab.Heal()
	mended := time.Now()
	n.at(mended.Add(moments[1]))
	n.Kill()
	n.Start()
	n.AwaitState(ticket.ID, "confirm") // re-tested, it waits for the customer
	n.same(began, ticket)
	n.oneEach(began)
	now, err := n.Ticket(ticket.ID)
	if err != nil {
		n.T.Fatal(err)
	}
	if is := now.ClockNamed("restore"); !is.Started.Equal(restore.Started) ||
		is.Stopped.Before(mended.Add(-time.Second)) || is.Stopped.After(time.Now()) {
		n.T.Errorf("the restore clock was %+v and is %+v; mended at %v", restore, is, mended)
	}
	n.Act(ticket.ID, "confirm", "killed twice", map[string]string{"cause": "cable", "responsibility": "third_party"})
	n.Act(ticket.ID, "quality_pass", "", nil)
	n.Act(ticket.ID, "archive", "", nil)
	n.quiet()
}

// at waits for a moment.
func (n *scene) at(moment time.Time) {
	n.T.Helper()
	later := time.NewTimer(time.Until(moment))
	defer later.Stop()
	<-later.C
}

// oneEach makes sure that no line has two service tickets of one fault.
func (n *scene) oneEach(began time.Time) {
	n.T.Helper()
	all, err := n.Since(began, "serviceFault")
	if err != nil {
		n.T.Fatal(err)
	}
	of := map[string]string{}
	for _, s := range all {
		for _, line := range s.Lines() {
			if other, twice := of[line]; twice {
				n.T.Errorf("line %s has two service tickets, %s and %s", line, other, s.ID)
			}
			of[line] = s.ID
		}
	}
}
