package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/deploy/lab/world"
)

// TestStory tells what happens to a network in a day, one thing after another.
func TestStory(t *testing.T) {
	n := newScene(t, opts{lines: 60, rules: hurried, config: hurriedPace})
	n.quiet()
	for _, story := range []struct {
		name string
		tell func(*scene)
	}{
		{"a cut cable is located, its ticket routed and timed, and closed when the lines are good again", storyCable},
		{"a customer's power fails with a last gasp: premises, told to the manager and no ticket", storyGasp},
		{"a customer's power fails without a word: premises or tail, the core is proven good", storySilence},
		{"an access node goes off: trunk, one ticket for its many lines", storyNode},
		{"a core router goes off: core, the specialists of its technology", storyCore},
		{"one cut in a ring: no line is down, protection is lost", storyRing},
		{"two cuts in a ring: both are named", storyTwoCuts},
		{"the station is cut off: no customer's ticket at all, one monitoring fault", storyIsolated},
		{"a customer router's management address dies: no outage", storyMuted},
		{"a port shut by an administrator: no fault", storyShut},
	} {
		t.Run(story.name, func(t *testing.T) {
			n.tell(t)
			defer func() {
				if t.Failed() {
					n.report()
				}
			}()
			story.tell(n)
		})
		n.tell(t)
		n.lab.Heal()
		n.quiet()
	}
}

// feeder is a cable that carries several tails.
func feeder(n *scene) world.Thing {
	return n.lab.Pick("cable with several tails", func(th world.Thing) bool {
		return th.Kind == "cable" && th.Layer == "tail" && len(th.Lines) >= 3
	})
}

func storyCable(n *scene) {
	cable := feeder(n)
	began := n.lab.Cut(cable.Subject)
	ticket := n.AwaitOne(began, "networkFault")
	if !slices.Contains(ticket.Roots(), cable.Subject) {
		n.T.Errorf("roots %v do not name %s", ticket.Roots(), cable.Subject)
	}
	if ticket.FaultDomain != "tail" && ticket.FaultDomain != "trunk" {
		n.T.Errorf("domain %s", ticket.FaultDomain)
	}
	if ticket.Owner() != "support" {
		n.T.Errorf("owner %s: tails are support's", ticket.Owner())
	}
	if got := ticket.Lines(); len(got) != len(cable.Lines) {
		n.T.Errorf("lines %v, want those of the cable: %v", got, cable.Lines)
	}
	restore := ticket.ClockNamed("restore")
	if restore.Started.Before(began.Add(-10*time.Second)) || restore.Started.After(began.Add(5*time.Second)) {
		n.T.Errorf("restore clock %+v does not run from the cut at %v", restore, began)
	}

	// One ticket, however often it is looked at, until long after.
	n.Stays(5*time.Second, "there is one network ticket", func() error {
		all, err := n.Since(began, "networkFault")
		if err == nil && len(all) != 1 {
			err = fmt.Errorf("there are %d", len(all))
		}
		return err
	})

	n.lab.Heal()
	n.AwaitState(ticket.ID, "confirm") // re-tested, it waits for the customer
	n.Act(ticket.ID, "confirm", "customers say that it works",
		map[string]string{"cause": "cable", "responsibility": "third_party"})
	n.Act(ticket.ID, "quality_pass", "", nil)
	n.Act(ticket.ID, "archive", "", nil)
	t, err := n.Ticket(ticket.ID)
	if err != nil || t.Status != "closed" || t.State != "archived" {
		n.T.Errorf("at the end it is %s, %s (%v)", t.State, t.Status, err)
	}
	if restore := t.ClockNamed("restore"); restore.Stopped.IsZero() {
		n.T.Errorf("the restore clock still runs: %+v", restore)
	}
}

// lone is the nth customer's site whose power feeds one line's end behind a
// transceiver pair. What happened to a site a minute ago is evidence, so that
// each story takes another.
func lone(n *scene, nth int) world.Thing {
	return n.lab.Pick("customer's power behind a transceiver", func(th world.Thing) bool {
		fits := th.Kind == "power" && th.Layer == "premises" && len(th.Lines) == 1 && behindTransceiver(n, th)
		if fits {
			nth--
		}
		return fits && nth == 0
	})
}

func behindTransceiver(n *scene, power world.Thing) bool {
	return slices.ContainsFunc(n.lab.Things(), func(th world.Thing) bool {
		return th.Kind == "transceiver" && slices.Equal(th.Lines, power.Lines)
	})
}

func storyGasp(n *scene) {
	power := lone(n, 1)
	began := n.lab.Hurt(world.Fault{Action: world.Poweroff, Subject: power.Subject})
	n.fault("premises", began)
	n.Stays(6*time.Second, "nobody has a network ticket for it", func() error { return n.None(began, "networkFault") })
}

func storySilence(n *scene) {
	power := lone(n, 2)
	began := n.lab.Hurt(world.Fault{Action: world.Poweroff, Subject: power.Subject, NoGasp: true})
	ticket := n.AwaitOne(began, "networkFault")
	if ticket.FaultDomain != "premises" && ticket.FaultDomain != "tail" {
		n.T.Errorf("domain %s: the core, trunk and all else is well", ticket.FaultDomain)
	}
	if ticket.Owner() != "support" {
		n.T.Errorf("owner %s", ticket.Owner())
	}
	if got := ticket.Lines(); !slices.Equal(got, power.Lines) {
		n.T.Errorf("lines %v, want %v", got, power.Lines)
	}
}

func storyNode(n *scene) {
	node := n.lab.Pick("access node with many lines", func(th world.Thing) bool {
		return strings.HasPrefix(th.Subject, "device/AN-") && th.Layer == "trunk" && len(th.Lines) >= 4
	})
	began := n.lab.Hurt(world.Fault{Action: world.Poweroff, Subject: node.Subject})
	ticket := n.AwaitOne(began, "networkFault")
	n.settled(&ticket)
	if ticket.FaultDomain != "trunk" {
		n.T.Errorf("domain %s", ticket.FaultDomain)
	}
	if !slices.ContainsFunc(ticket.Roots(), func(r string) bool {
		return r == node.Subject ||
			strings.HasPrefix(r, "power/")
	}) {
		n.T.Errorf("roots %v do not name %s", ticket.Roots(), node.Subject)
	}
	if ticket.Owner() == "support" || ticket.Owner() == "" {
		n.T.Errorf("owner %q: trunk is the specialists'", ticket.Owner())
	}
	n.same(began, ticket)
}

func storyCore(n *scene) {
	router := n.lab.Pick("core router", func(th world.Thing) bool {
		return th.Kind == "router" && th.Layer == "core" && strings.HasPrefix(th.Subject, "device/")
	})
	began := n.lab.Hurt(world.Fault{Action: world.Poweroff, Subject: router.Subject})
	ticket := n.AwaitOne(began, "networkFault")
	n.settled(&ticket)
	if ticket.FaultDomain != "core" {
		n.T.Errorf("domain %s", ticket.FaultDomain)
	}
	if !slices.ContainsFunc(ticket.Roots(), func(r string) bool {
		return r == router.Subject ||
			strings.HasPrefix(r, "power/")
	}) {
		n.T.Errorf("roots %v do not name %s", ticket.Roots(), router.Subject)
	}
	if !strings.Contains(ticket.Owner(), "data") {
		n.T.Errorf("owner %s: core routers are data", ticket.Owner())
	}
	n.same(began, ticket)
}

// ringLinks are the links of a ring between its own nodes.
func ringLinks(n *scene, ring string) []world.Thing {
	var all []world.Thing
	for _, th := range n.lab.Things() {
		if th.Kind == "link" && th.Layer == "trunk" && strings.HasPrefix(th.ID, "L-"+ring+"-") {
			all = append(all, th)
		}
	}
	if len(all) < 3 {
		n.T.Fatalf("the lab has no ring %s with links of its own: %v", ring, all)
	}
	return all
}

func storyRing(n *scene) {
	link := ringLinks(n, "R01")[0]
	began := n.lab.Cut(link.Subject)
	ticket := n.AwaitOne(began, "networkFault")
	alarms, err := n.Alarms("id", ticket.Verdict)
	if err != nil || len(alarms) != 1 || alarms[0].SpecificProblem != "lost_protection" {
		n.T.Errorf("the fault is %+v (%v), want lost_protection", alarms, err)
	}
	n.Stays(5*time.Second, "no customer has a ticket", func() error { return n.None(began, "serviceFault") })
	truth, _, err := n.lab.Truth()
	if err != nil || len(truth.Down) != 0 {
		n.T.Errorf("the lab itself says that %v are down (%v)", truth.Down, err)
	}
	n.same(began, ticket)
}

func storyTwoCuts(n *scene) {
	links := ringLinks(n, "R02")
	first, second := links[0], links[2]
	began := n.lab.Cut(first.Subject)
	n.lab.Cut(second.Subject)
	n.Await("both cuts are named", func() error {
		all, err := n.Since(began, "networkFault")
		if err != nil {
			return err
		}
		var roots []string
		for _, t := range all {
			roots = append(roots, t.Roots()...)
		}
		for _, link := range []world.Thing{first, second} {
			if !n.names(roots, link) {
				return fmt.Errorf("%v do not name %s", roots, link.Subject)
			}
		}
		return nil
	})
}

// names tells whether roots name a link, or the cable that it alone uses.
func (n *scene) names(roots []string, link world.Thing) bool {
	return slices.ContainsFunc(roots, func(r string) bool {
		return r == link.Subject || strings.HasPrefix(r, "cable/") && strings.HasSuffix(r, strings.TrimPrefix(link.ID, "L-"))
	})
}

func storyIsolated(n *scene) {
	station := n.lab.Pick("station", func(th world.Thing) bool { return strings.HasPrefix(th.Subject, "station/") })
	began := n.lab.Hurt(world.Fault{Action: world.Isolate, Subject: station.Subject})
	n.fault("monitoring", began)
	n.Stays(10*time.Second, "no customer's ticket is opened", func() error { return n.None(began, "serviceFault") })
	all, err := n.Since(began, "networkFault")
	if err != nil || len(all) != 1 || all[0].FaultDomain != "monitoring" || all[0].Owner() != "monitor" {
		n.T.Errorf("tickets %+v (%v), want one to monitor", all, err)
	}
	for _, t := range all {
		if len(t.Lines()) > 0 {
			n.T.Errorf("%s blames lines %v", t.ID, t.Lines())
		}
	}
}

func storyMuted(n *scene) {
	cpe := n.lab.Pick("customer's router", func(th world.Thing) bool {
		return th.Kind == "cpe" && strings.HasPrefix(th.Subject, "device/") && len(th.Lines) > 0
	})
	began := n.lab.Hurt(world.Fault{Action: world.Mute, Subject: cpe.Subject})
	n.Await("the management address is seen to be dead", func() error {
		all, err := n.Alarms("alarmedObject.id", cpe.Subject, "state", "raised")
		if err == nil && len(all) == 0 {
			err = fmt.Errorf("no alarm on %s", cpe.Subject)
		}
		return err
	})
	n.Stays(8*time.Second, "no ticket is opened", func() error {
		if err := n.None(began, "networkFault"); err != nil {
			return err
		}
		return n.None(began, "serviceFault")
	})
}

func storyShut(n *scene) {
	link := ringLinks(n, "R01")[2]
	port := portOf(n, link.ID)
	began := n.lab.Hurt(world.Fault{Action: world.Shut, Subject: port})
	n.Stays(20*time.Second, "nothing is a fault", func() error {
		for _, kind := range []string{"networkFault", "serviceFault"} {
			if err := n.None(began, kind); err != nil {
				return err
			}
		}
		return nil
	})
}

// fault waits for an open fault of a domain.
func (n *scene) fault(domain string, began time.Time) kit.Alarm {
	n.T.Helper()
	var found kit.Alarm
	n.Await("there is a fault of "+domain, func() error {
		all, err := n.Alarms("isRootCause", "true", "state", "raised,updated", "alarmReportingTime.gte",
			began.UTC().Format(time.RFC3339Nano))
		if err != nil {
			return err
		}
		if len(all) != 1 || all[0].FaultDomain != domain {
			return fmt.Errorf("faults are %+v", all)
		}
		found = all[0]
		return nil
	})
	return found
}

// settled reads a ticket again once its verdict has heard all evidence.
func (n *scene) settled(t *kit.Ticket) {
	n.T.Helper()
	last, since := *t, time.Now()
	n.Await("the ticket no longer changes", func() error {
		now, err := n.Ticket(t.ID)
		if err != nil {
			return err
		}
		if fmt.Sprint(now.Roots(), now.Lines(), now.Owner()) != fmt.Sprint(last.Roots(), last.Lines(), last.Owner()) ||
			sameClocks(last, now) != nil {
			last, since = now, time.Now()
		}
		if time.Since(since) < 4*time.Second {
			return fmt.Errorf("it changed %v ago", time.Since(since))
		}
		return nil
	})
	*t = last
}

// same makes sure that one fault has one ticket.
func (n *scene) same(began time.Time, t kit.Ticket) {
	n.T.Helper()
	all, err := n.Since(began, "networkFault")
	if err != nil || len(all) != 1 || all[0].ID != t.ID {
		n.T.Errorf("there are %d network tickets (%v), want %s alone", len(all), err, t.ID)
		for _, other := range all {
			n.T.Logf("%s %s %s %v", other.ID, other.FaultDomain, other.State, other.Roots())
		}
	}
}
