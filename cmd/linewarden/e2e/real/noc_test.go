package real

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/linewarden/linewarden/ticketing/store"
	life "github.com/linewarden/linewarden/ticketing/ticket"
)

// ticket is a TMF621 trouble ticket, as far as a story looks.
type ticket struct {
	ID          string
	Name        string
	TicketType  string
	Status      string
	State       string
	FaultDomain string
	Verdict     string
	Clock       []struct {
		Name    string
		Started time.Time
		Stopped time.Time
	}
	RelatedEntity, RelatedParty []struct{ ID, Role string }
	StatusChange                []struct{ Status, ChangeReason string }
	Relation                    []struct{ ID, RelationshipType string } `json:"troubleTicketRelationship"`
}

func (k ticket) entities(role string) []string {
	var all []string
	for _, e := range k.RelatedEntity {
		if e.Role == role {
			all = append(all, e.ID)
		}
	}
	slices.Sort(all)
	return all
}

func (k ticket) roots() []string { return k.entities("rootCause") }
func (k ticket) lines() []string { return k.entities("affectedLine") }

func (k ticket) owner() string {
	for _, p := range k.RelatedParty {
		if p.Role == "owner" {
			return p.ID
		}
	}
	return ""
}

func (k ticket) String() string {
	return fmt.Sprintf("%s %s %s/%s domain %s roots %v lines %v owner %s verdict %s",
		k.TicketType, k.ID, k.State, k.Status, k.FaultDomain, k.roots(), k.lines(), k.owner(), k.Verdict)
}

// alarm is a TMF642 alarm: a verdict (isRootCause) or a symptom.
type alarm struct {
	ID                string
	State             string
	SpecificProblem   string
	PerceivedSeverity string
	IsRootCause       bool
	ServiceAffecting  bool
	AlarmedObject     struct{ ID string }
	AffectedService   []struct{ ID string }
}

func (a alarm) cleared() bool { return a.State == "cleared" }

func (n *noc) get(path string, into any) error {
	req, err := http.NewRequest(http.MethodGet, n.base+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+n.token)
	resp, err := n.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

func (n *noc) tickets() ([]ticket, error) {
	var all []ticket
	err := n.get("/tmf-api/troubleTicket/v4/troubleTicket?limit=1000", &all)
	return all, err
}

// faults and symptoms are the open ones.
func (n *noc) alarms() (faults, symptoms []alarm, err error) {
	var all []alarm
	if err := n.get("/tmf-api/alarm/v4/alarm?limit=1000", &all); err != nil {
		return nil, nil, err
	}
	for _, a := range all {
		switch {
		case a.cleared():
		case a.IsRootCause:
			faults = append(faults, a)
		default:
			symptoms = append(symptoms, a)
		}
	}
	return faults, symptoms, nil
}

// metrics gives the samples of a family by the value of one label.
func (n *noc) metrics(family, label string) (map[string]float64, error) {
	resp, err := n.client.Get(n.base + "/metrics")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	all := map[string]float64{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, rest, ok := strings.Cut(lines.Text(), "{")
		if !ok || name != family {
			continue
		}
		labels, value, _ := strings.Cut(rest, "} ")
		_, after, _ := strings.Cut(labels, label+`="`)
		id, _, _ := strings.Cut(after, `"`)
		if all[id], err = strconv.ParseFloat(value, 64); err != nil {
			return nil, fmt.Errorf("/metrics: %s: %w", lines.Text(), err)
		}
	}
	return all, lines.Err()
}

// ExpectAllWell waits until every line and device is up, every agent answers,
// and nothing is abnormal.
func (n *noc) ExpectAllWell() {
	n.t.Helper()
	eventually(n.t, 60*time.Second, func() error {
		for _, want := range []struct {
			family, label string
			n             int
		}{{"linewarden_line_up", "line", 3}, {"linewarden_device_up", "device", len(nodes)}, {"linewarden_device_agent_up", "device", len(nodes)}} {
			got, err := n.metrics(want.family, want.label)
			if err != nil {
				return err
			}
			up := 0
			for _, v := range got {
				up += int(v)
			}
			if up != want.n {
				return fmt.Errorf("%s: %d of %d are up: %v", want.family, up, want.n, got)
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
func (n *noc) ExpectNetworkTicket(suits func(ticket, alarm) error) ticket {
	n.t.Helper()
	var found ticket
	eventually(n.t, 30*time.Second, func() error {
		all, err := n.tickets()
		if err != nil {
			return err
		}
		var network []ticket
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
func (n *noc) ExpectServiceTickets(lines ...string) []ticket {
	n.t.Helper()
	var service []ticket
	eventually(n.t, 20*time.Second, func() error {
		all, err := n.tickets()
		if err != nil {
			return err
		}
		service = nil
		var got []string
		for _, k := range all {
			if k.TicketType == "serviceFault" {
				service = append(service, k)
				got = append(got, k.lines()...)
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

// ExpectState waits until a ticket stands in one of the states.
func (n *noc) ExpectState(id string, states ...string) ticket {
	n.t.Helper()
	var k ticket
	eventually(n.t, 60*time.Second, func() error {
		if err := n.get("/tmf-api/troubleTicket/v4/troubleTicket/"+id, &k); err != nil {
			return err
		}
		if !slices.Contains(states, k.State) {
			return fmt.Errorf("%v, want state %v", k, states)
		}
		return nil
	})
	return k
}

// ExpectSymptom waits until the daemon has noticed.
func (n *noc) ExpectSymptom(kind, subject string) {
	n.t.Helper()
	eventually(n.t, 30*time.Second, func() error {
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
	always(n.t, during, func() error {
		all, err := n.tickets()
		if err != nil {
			return err
		}
		if len(all) > 0 {
			faults, symptoms, _ := n.alarms()
			return fmt.Errorf("tickets %v; faults %+v; symptoms %+v", all, faults, symptoms)
		}
		up, err := n.metrics("linewarden_line_up", "line")
		if err != nil {
			return err
		}
		for line, v := range up {
			if v != 1 {
				return fmt.Errorf("line %s is down", line)
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
func (n *noc) ExpectRetested(tickets ...ticket) {
	n.t.Helper()
	db := n.ledger()
	for _, k := range tickets {
		kept, err := db.Ticket(n.t.Context(), k.ID)
		if err != nil || kept.Retest == nil || kept.Retest.Result != life.RetestPassed {
			n.t.Errorf("%s: re-test %+v (%v), want one that passed", k.ID, kept.Retest, err)
		}
	}
}
