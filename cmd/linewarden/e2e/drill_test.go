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

var cuts = flag.Int("cuts", 8, "how many cables TestDrill cuts")

// limit is the time within which 95 of 100 cuts have their ticket, routed.
const limit = 15 * time.Second

type thing = world.Thing

// TestDrill cuts cables, one after another, at the intervals that the daemon
// is shipped with, and takes the time from each cut to its routed ticket.
func TestDrill(t *testing.T) {
	n := newNOC(t, opts{lines: 200, rules: map[string]string{
		"timer: {after: 5m, to: confirm, reason: stable}": "timer: {after: 1s, to: confirm, reason: stable}",
	}})
	n.quiet()
	var cables []thing
	for _, th := range n.things() {
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
		began := n.cut(cable.Subject)
		ticket := n.oneNetworkTicket(began, 2*time.Minute)
		took = append(took, time.Since(began))
		switch {
		case !slices.Contains(ticket.roots(), cable.Subject):
			wrong = append(wrong, fmt.Sprintf("cut %d: roots %v, want %s", i, ticket.roots(), cable.Subject))
		case ticket.FaultDomain != "tail" && ticket.FaultDomain != "trunk", ticket.owner() == "":
			wrong = append(wrong, fmt.Sprintf("cut %d: domain %s, owner %s", i, ticket.FaultDomain, ticket.owner()))
		}
		n.healAll()
		n.quiet()
		n.same(began, ticket)
		n.within(time.Minute, "the ticket is through its re-test, so that the next cut is another episode", func() error {
			now, err := n.ticket(ticket.ID)
			if err == nil && now.State != "confirm" {
				err = fmt.Errorf("it is %s", now.State)
			}
			return err
		})
		n.act(ticket.ID, "confirm", "a drill", map[string]string{"cause": "cable", "responsibility": "third_party"})
		n.act(ticket.ID, "quality_pass", "", nil)
		n.act(ticket.ID, "archive", "", nil)
	}
	slices.Sort(took)
	at := func(q float64) time.Duration { return took[min(int(q*float64(len(took))), len(took)-1)] }
	t.Logf("%d cuts, from the cut to the routed ticket: median %v, p95 %v, longest %v", len(took), at(0.5).Round(time.Millisecond), at(0.95).Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
	if at(0.95) > limit {
		t.Errorf("p95 is %v, want at most %v", at(0.95), limit)
	}
	if len(wrong) > 0 {
		t.Errorf("%d of %d are not right:\n%s", len(wrong), *cuts, strings.Join(wrong, "\n"))
	}
}
