package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/world"
)

// TestStory tells what happens to a network in a day, one thing after another.
func TestStory(t *testing.T) {
	n := newNOC(t, opts{lines: 60, rules: hurried, config: hurriedPace})
	n.quiet()
	for _, story := range []struct {
		name string
		tell func(*noc)
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
			n.t = t
			defer func() {
				if t.Failed() {
					n.report()
				}
			}()
			story.tell(n)
		})
		n.t = t
		n.healAll()
		n.quiet()
	}
}

// feeder is a cable that carries several tails.
func feeder(n *noc) world.Thing {
	return n.pick("cable with several tails", func(th world.Thing) bool {
		return th.Kind == "cable" && th.Layer == "tail" && len(th.Lines) >= 3
	})
}

func storyCable(n *noc) {
	cable := feeder(n)
	began := n.cut(cable.Subject)
	ticket := n.oneNetworkTicket(began, 15*time.Second)
	if !slices.Contains(ticket.roots(), cable.Subject) {
		n.t.Errorf("roots %v do not name %s", ticket.roots(), cable.Subject)
	}
	if ticket.FaultDomain != "tail" && ticket.FaultDomain != "trunk" {
		n.t.Errorf("domain %s", ticket.FaultDomain)
	}
	if ticket.owner() != "support" {
		n.t.Errorf("owner %s: tails are support's", ticket.owner())
	}
	if got := ticket.lines(); len(got) != len(cable.Lines) {
		n.t.Errorf("lines %v, want those of the cable: %v", got, cable.Lines)
	}
	restore, ok := ticket.clock("restore")
	if !ok || restore.Started.Before(began.Add(-10*time.Second)) || restore.Started.After(began.Add(5*time.Second)) {
		n.t.Errorf("restore clock %+v does not run from the cut at %v", restore, began)
	}

	// One ticket, however often it is looked at, until long after.
	n.stays(5*time.Second, "there is one network ticket", func() error {
		all, err := n.since(began, "networkFault")
		if err == nil && len(all) != 1 {
			err = fmt.Errorf("there are %d", len(all))
		}
		return err
	})

	n.healAll()
	n.within(time.Minute, "the ticket was re-tested and waits for the customer", func() error {
		t, err := n.ticket(ticket.ID)
		if err == nil && t.State != "confirm" {
			err = fmt.Errorf("it is %s", t.State)
		}
		return err
	})
	n.act(ticket.ID, "confirm", "customers say that it works", map[string]string{"cause": "cable", "responsibility": "third_party"})
	n.act(ticket.ID, "quality_pass", "", nil)
	n.act(ticket.ID, "archive", "", nil)
	t, err := n.ticket(ticket.ID)
	if err != nil || t.Status != "closed" || t.State != "archived" {
		n.t.Errorf("at the end it is %s, %s (%v)", t.State, t.Status, err)
	}
	if restore, _ := t.clock("restore"); restore.Stopped.IsZero() {
		n.t.Errorf("the restore clock still runs: %+v", restore)
	}
}

// lone is the nth customer's site whose power feeds one line's end behind a
// transceiver pair. What happened to a site a minute ago is evidence, so that
// each story takes another.
func lone(n *noc, nth int) world.Thing {
	return n.pick("customer's power behind a transceiver", func(th world.Thing) bool {
		fits := th.Kind == "power" && th.Layer == "premises" && len(th.Lines) == 1 && behindTransceiver(n, th)
		if fits {
			nth--
		}
		return fits && nth == 0
	})
}

func behindTransceiver(n *noc, power world.Thing) bool {
	return slices.ContainsFunc(n.things(), func(th world.Thing) bool {
		return th.Kind == "transceiver" && slices.Equal(th.Lines, power.Lines)
	})
}

func storyGasp(n *noc) {
	power := lone(n, 1)
	began := n.inject(world.Poweroff, power.Subject, nil)
	n.fault("premises", began, 20*time.Second)
	n.stays(6*time.Second, "nobody has a network ticket for it", func() error { return n.none(began, "networkFault") })
}

func storySilence(n *noc) {
	power := lone(n, 2)
	began := n.inject(world.Poweroff, power.Subject, func(f *world.Fault) { f.NoGasp = true })
	ticket := n.oneNetworkTicket(began, 30*time.Second)
	if ticket.FaultDomain != "premises" && ticket.FaultDomain != "tail" {
		n.t.Errorf("domain %s: the core, trunk and all else is well", ticket.FaultDomain)
	}
	if ticket.owner() != "support" {
		n.t.Errorf("owner %s", ticket.owner())
	}
	if got := ticket.lines(); !slices.Equal(got, power.Lines) {
		n.t.Errorf("lines %v, want %v", got, power.Lines)
	}
}

func storyNode(n *noc) {
	node := n.pick("access node with many lines", func(th world.Thing) bool {
		return strings.HasPrefix(th.Subject, "device/AN-") && th.Layer == "trunk" && len(th.Lines) >= 4
	})
	began := n.inject(world.Poweroff, node.Subject, nil)
	ticket := n.oneNetworkTicket(began, 20*time.Second)
	n.settled(&ticket)
	if ticket.FaultDomain != "trunk" {
		n.t.Errorf("domain %s", ticket.FaultDomain)
	}
	if !slices.ContainsFunc(ticket.roots(), func(r string) bool { return r == node.Subject || strings.HasPrefix(r, "power/") }) {
		n.t.Errorf("roots %v do not name %s", ticket.roots(), node.Subject)
	}
	if ticket.owner() == "support" || ticket.owner() == "" {
		n.t.Errorf("owner %q: trunk is the specialists'", ticket.owner())
	}
	n.same(began, ticket)
}

func storyCore(n *noc) {
	router := n.pick("core router", func(th world.Thing) bool {
		return th.Kind == "router" && th.Layer == "core" && strings.HasPrefix(th.Subject, "device/")
	})
	began := n.inject(world.Poweroff, router.Subject, nil)
	ticket := n.oneNetworkTicket(began, 20*time.Second)
	n.settled(&ticket)
	if ticket.FaultDomain != "core" {
		n.t.Errorf("domain %s", ticket.FaultDomain)
	}
	if !slices.ContainsFunc(ticket.roots(), func(r string) bool { return r == router.Subject || strings.HasPrefix(r, "power/") }) {
		n.t.Errorf("roots %v do not name %s", ticket.roots(), router.Subject)
	}
	if !strings.Contains(ticket.owner(), "data") {
		n.t.Errorf("owner %s: core routers are data", ticket.owner())
	}
	n.same(began, ticket)
}

// ringLinks are the links of a ring between its own nodes.
func ringLinks(n *noc, ring string) []world.Thing {
	var all []world.Thing
	for _, th := range n.things() {
		if th.Kind == "link" && th.Layer == "trunk" && strings.HasPrefix(th.ID, "L-"+ring+"-") {
			all = append(all, th)
		}
	}
	if len(all) < 3 {
		n.t.Fatalf("the lab has no ring %s with links of its own: %v", ring, all)
	}
	return all
}

func storyRing(n *noc) {
	link := ringLinks(n, "R01")[0]
	began := n.cut(link.Subject)
	ticket := n.oneNetworkTicket(began, 20*time.Second)
	alarms, err := n.alarms("id", ticket.Verdict)
	if err != nil || len(alarms) != 1 || alarms[0].SpecificProblem != "lost_protection" {
		n.t.Errorf("the fault is %+v (%v), want lost_protection", alarms, err)
	}
	n.stays(5*time.Second, "no customer has a ticket", func() error { return n.none(began, "serviceFault") })
	truth, _, err := n.lab.Truth()
	if err != nil || len(truth.Down) != 0 {
		n.t.Errorf("the lab itself says that %v are down (%v)", truth.Down, err)
	}
	n.same(began, ticket)
}

func storyTwoCuts(n *noc) {
	links := ringLinks(n, "R02")
	first, second := links[0], links[2]
	began := n.cut(first.Subject)
	n.cut(second.Subject)
	n.within(30*time.Second, "both cuts are named", func() error {
		all, err := n.since(began, "networkFault")
		if err != nil {
			return err
		}
		var roots []string
		for _, t := range all {
			roots = append(roots, t.roots()...)
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
func (n *noc) names(roots []string, link world.Thing) bool {
	return slices.ContainsFunc(roots, func(r string) bool {
		return r == link.Subject || strings.HasPrefix(r, "cable/") && strings.HasSuffix(r, strings.TrimPrefix(link.ID, "L-"))
	})
}

func storyIsolated(n *noc) {
	station := n.pick("station", func(th world.Thing) bool { return strings.HasPrefix(th.Subject, "station/") })
	began := n.inject(world.Isolate, station.Subject, nil)
	n.fault("monitoring", began, 40*time.Second)
	n.stays(10*time.Second, "no customer's ticket is opened", func() error { return n.none(began, "serviceFault") })
	all, err := n.since(began, "networkFault")
	if err != nil || len(all) != 1 || all[0].FaultDomain != "monitoring" || all[0].owner() != "monitor" {
		n.t.Errorf("tickets %+v (%v), want one to monitor", all, err)
	}
	for _, t := range all {
		if len(t.lines()) > 0 {
			n.t.Errorf("%s blames lines %v", t.ID, t.lines())
		}
	}
}

func storyMuted(n *noc) {
	cpe := n.pick("customer's router", func(th world.Thing) bool {
		return th.Kind == "cpe" && strings.HasPrefix(th.Subject, "device/") && len(th.Lines) > 0
	})
	began := n.inject(world.Mute, cpe.Subject, nil)
	n.within(40*time.Second, "the management address is seen to be dead", func() error {
		all, err := n.alarms("alarmedObject.id", cpe.Subject, "state", "raised")
		if err == nil && len(all) == 0 {
			err = fmt.Errorf("no alarm on %s", cpe.Subject)
		}
		return err
	})
	n.stays(8*time.Second, "no ticket is opened", func() error {
		if err := n.none(began, "networkFault"); err != nil {
			return err
		}
		return n.none(began, "serviceFault")
	})
}

func storyShut(n *noc) {
	link := ringLinks(n, "R01")[2]
	port := portOf(n, link.ID)
	began := n.inject(world.Shut, port, nil)
	n.stays(20*time.Second, "nothing is a fault", func() error {
		for _, kind := range []string{"networkFault", "serviceFault"} {
			if err := n.none(began, kind); err != nil {
				return err
			}
		}
		return nil
	})
}

// fault waits for an open fault of a domain.
func (n *noc) fault(domain string, began time.Time, patience time.Duration) tmfAlarm {
	n.t.Helper()
	var found tmfAlarm
	n.within(patience, "there is a fault of "+domain, func() error {
		all, err := n.alarms("isRootCause", "true", "state", "raised,updated", "alarmReportingTime.gte", began.UTC().Format(time.RFC3339Nano))
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

func (n *noc) none(began time.Time, kind string) error {
	all, err := n.since(began, kind)
	if err == nil && len(all) > 0 {
		err = fmt.Errorf("%d %s tickets, the first is %s: %s", len(all), kind, all[0].ID, all[0].Name)
	}
	return err
}

// settled reads a ticket again once its verdict has heard all evidence.
func (n *noc) settled(t *tmfTicket) {
	n.t.Helper()
	last, since := *t, time.Now()
	n.within(30*time.Second, "the ticket no longer changes", func() error {
		now, err := n.ticket(t.ID)
		if err != nil {
			return err
		}
		if fmt.Sprint(now.roots(), now.lines(), now.owner()) != fmt.Sprint(last.roots(), last.lines(), last.owner()) || sameClocks(last, now) != nil {
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
func (n *noc) same(began time.Time, t tmfTicket) {
	n.t.Helper()
	all, err := n.since(began, "networkFault")
	if err != nil || len(all) != 1 || all[0].ID != t.ID {
		n.t.Errorf("there are %d network tickets (%v), want %s alone", len(all), err, t.ID)
		for _, other := range all {
			n.t.Logf("%s %s %s %v", other.ID, other.FaultDomain, other.State, other.roots())
		}
	}
}
