package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/world"
)

var (
	cuts  = flag.Int("cuts", 8, "how many cables TestDrill cuts")
	limit = flag.Duration("limit", 0,
		"the time in which 95 of 100 cuts must have their ticket, routed; 0: it is only told")
)

type thing = world.Thing

// TestDrill cuts cables, one after another, at the intervals that the daemon
// is shipped with, and takes the time from each cut to its routed ticket. How
// long that may take is asserted by `make drill`, on a machine that does nothing
// else.
func TestDrill(t *testing.T) {
	n := newScene(t, opts{lines: 200, rules: map[string]string{
		"timer: {after: 5m, to: confirm, reason: stable}": "timer: {after: 1s, to: confirm, reason: stable}",
	}})
	n.quiet()
	var cables []thing
	for _, th := range n.lab.Things() {
		if th.Kind == "cable" && th.Layer == "tail" && len(th.Lines) >= 2 {
			cables = append(cables, th)
		}
	}
	if len(cables) < 2 {
		t.Fatalf("the lab has %d cables with several lines", len(cables))
	}
	shuffle := rand.New(rand.NewPCG(1, 2))
	var took []time.Duration
	var wrong []string
	for i := range *cuts {
		cable := cables[shuffle.IntN(len(cables))]
		began := n.lab.Cut(cable.Subject)
		ticket := n.AwaitOne(began, "networkFault")
		took = append(took, time.Since(began))
		switch {
		case !slices.Contains(ticket.Roots(), cable.Subject):
			wrong = append(wrong, fmt.Sprintf("cut %d: roots %v, want %s", i, ticket.Roots(), cable.Subject))
		case ticket.FaultDomain != "tail" && ticket.FaultDomain != "trunk", ticket.Owner() == "":
			wrong = append(wrong, fmt.Sprintf("cut %d: domain %s, owner %s", i, ticket.FaultDomain, ticket.Owner()))
		}
		n.lab.Heal()
		n.quiet()
		n.same(began, ticket)
		n.AwaitState(ticket.ID, "confirm") // through its re-test: the next cut is another episode
		n.Act(ticket.ID, "confirm", "a drill", map[string]string{"cause": "cable", "responsibility": "third_party"})
		n.Act(ticket.ID, "quality_pass", "", nil)
		n.Act(ticket.ID, "archive", "", nil)
	}
	slices.Sort(took)
	at := func(q float64) time.Duration { return took[min(int(q*float64(len(took))), len(took)-1)] }
	t.Logf("%d cuts, from the cut to the routed ticket: median %v, p95 %v, longest %v", len(took),
		at(0.5).Round(time.Millisecond), at(0.95).Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
	if *limit > 0 && at(0.95) > *limit {
		t.Errorf("p95 is %v, want at most %v", at(0.95), *limit)
	}
	if len(wrong) > 0 {
		t.Errorf("%d of %d are not right:\n%s", len(wrong), *cuts, strings.Join(wrong, "\n"))
	}
}
