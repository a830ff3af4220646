package real

import (
	"fmt"
	"slices"
	"time"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
	"github.com/linewarden/linewarden/ticketing/store"
	life "github.com/linewarden/linewarden/ticketing/ticket"
)

// alarms are the open faults and the open symptoms.
func (n *noc) alarms() (faults, symptoms []kit.Alarm, err error) {
	all, err := n.Alarms()
	for _, a := range all {
		switch {
		case !a.Open():
		case a.IsRootCause:
			faults = append(faults, a)
		default:
			symptoms = append(symptoms, a)
		}
	}
	return faults, symptoms, err
}

// ExpectAllWell waits until every line and device is up, every agent answers,
// and nothing is abnormal.
func (n *noc) ExpectAllWell() {
	n.t.Helper()
	n.Await("every line and device is up, and nothing is abnormal", func() error {
		for _, want := range []struct {
			metric string
			up     int
		}{{"linewarden_line_up", 3}, {"linewarden_device_up", len(nodes)}, {"linewarden_device_agent_up", len(nodes)}} {
			up, err := n.Metric(want.metric)
			if err != nil {
				return err
			}
			if int(up) != want.up {
				return fmt.Errorf("%s: %v of %d are up", want.metric, up, want.up)
			}
		}
		return n.quiet()
	})
}

// quiet tells whether nothing is abnormal.
func (n *noc) quiet() error {
	faults, symptoms, err := n.alarms()
	if err != nil {
		return err
	}
	if len(faults)+len(symptoms) > 0 {
		return fmt.Errorf("abnormal: %+v %+v", faults, symptoms)
	}
	return nil
}

// ExpectNetworkTicket waits for the ticket of a fault with that outcome (any of
// them), once the verdict has come to rest on it.
func (n *noc) ExpectNetworkTicket(suits func(kit.Ticket, kit.Alarm) error) kit.Ticket {
	n.t.Helper()
	var found kit.Ticket
	n.Await("there is a network ticket as it should be", func() error {
		all, err := n.Tickets()
		if err != nil {
			return err
		}
		var network []kit.Ticket
		for _, k := range all {
			if k.TicketType == "networkFault" && k.Status != "cancelled" {
				network = append(network, k)
			}
		}
		if len(network) != 1 {
			return fmt.Errorf("network tickets: %v, want one", network)
		}
		faults, symptoms, err := n.alarms()
		if err != nil {
			return err
		}
		for _, f := range faults {
			if f.ID == network[0].Verdict {
				found = network[0]
				if err := suits(found, f); err != nil {
					return fmt.Errorf("%v; fault %+v; symptoms %+v: %w", found, f, symptoms, err)
				}
				return nil
			}
		}
		return fmt.Errorf("%v has no open fault among %+v", network[0], faults)
	})
	return found
}

// ExpectServiceTickets waits until just these lines have a service ticket, all
// of them children of the network ticket, if there is one.
func (n *noc) ExpectServiceTickets(lines ...string) []kit.Ticket {
	n.t.Helper()
	var service []kit.Ticket
	n.Await(fmt.Sprintf("just the lines %v have service tickets", lines), func() error {
		all, err := n.Tickets()
		if err != nil {
			return err
		}
		service = nil
		var got []string
		for _, k := range all {
			if k.TicketType == "serviceFault" {
				service = append(service, k)
				got = append(got, k.Lines()...)
			}
		}
		slices.Sort(got)
		slices.Sort(lines)
		if !slices.Equal(got, lines) {
			return fmt.Errorf("service tickets for %v, want %v", got, lines)
		}
		return nil
	})
	return service
}

// ExpectSymptom waits until the daemon has noticed.
func (n *noc) ExpectSymptom(kind, subject string) {
	n.t.Helper()
	n.Await(kind+" of "+subject+" is raised", func() error {
		_, symptoms, err := n.alarms()
		if err != nil {
			return err
		}
		for _, s := range symptoms {
			if s.SpecificProblem == kind && s.AlarmedObject.ID == subject {
				return nil
			}
		}
		return fmt.Errorf("no %s of %s among %+v", kind, subject, symptoms)
	})
}

// twoRounds of polls, and many of pings.
const twoRounds = 11 * time.Second

// ExpectNoTicket waits out a time in which nobody may be called, and fails at
// once when somebody is.
func (n *noc) ExpectNoTicket(during time.Duration) {
	n.t.Helper()
	n.Stays(during, "nobody is called", func() error {
		all, err := n.Tickets()
		if err != nil {
			return err
		}
		if len(all) > 0 {
			faults, symptoms, _ := n.alarms()
			return fmt.Errorf("tickets %v; faults %+v; symptoms %+v", all, faults, symptoms)
		}
		lines, err := n.Metrics("linewarden_line_up")
		if err != nil {
			return err
		}
		for _, l := range lines {
			if l.Value != 1 {
				return fmt.Errorf("line %s is down", l.Label("line"))
			}
		}
		return nil
	})
}

// What follows reads the ledger when all else has been asked: the daemon is
// stopped for it.

// ExpectNoOutage: no line was ever out of service.
func (n *noc) ExpectNoOutage() {
	n.t.Helper()
	all, err := n.ledger().OutagesWhere(n.t.Context(), store.OutageFilter{}, 100)
	if err != nil || len(all) > 0 {
		n.t.Errorf("outages in the ledger: %+v (%v)", all, err)
	}
}

// ExpectOutage: just this line was out of service, from one moment to another.
func (n *noc) ExpectOutage(line string, from, to time.Time) {
	n.t.Helper()
	all, err := n.ledger().OutagesWhere(n.t.Context(), store.OutageFilter{}, 100)
	if err != nil || len(all) != 1 || all[0].Line != line {
		n.t.Fatalf("outages in the ledger: %+v (%v), want one of %s", all, err, line)
	}
	o := all[0]
	if !around(o.Started, from) {
		n.t.Errorf("the outage began at %s, want about %s", o.Started, from)
	}
	if o.Ended.Before(to) || o.Ended.After(to.Add(20*time.Second)) {
		n.t.Errorf("the outage ended at %s, want soon after %s", o.Ended, to)
	}
}

// ExpectRetested: these tickets came where they are through a re-test of their
// lines that passed.
func (n *noc) ExpectRetested(tickets ...kit.Ticket) {
	n.t.Helper()
	db := n.ledger()
	for _, k := range tickets {
		kept, err := db.Ticket(n.t.Context(), k.ID)
		if err != nil || kept.Retest == nil || kept.Retest.Result != life.RetestPassed {
			n.t.Errorf("%s: re-test %+v (%v), want one that passed", k.ID, kept.Retest, err)
		}
	}
}
