package kit

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// Ticket is a TMF621 trouble ticket, as far as the stories look.
type Ticket struct {
	ID, Name, Status, State, TicketType, FaultDomain, Verdict string
	Confidence                                                float64
	RelatedEntity, RelatedParty                               []Related
	Clock                                                     []Clock
	CreationDate                                              time.Time
}

// Related is a person or a thing that a ticket names, and as what.
type Related struct{ ID, Role string }

// Clock is a budget of time.
type Clock struct {
	Name                  string
	Started, Due, Stopped time.Time
}

// Roots, Lines and Owner are what a ticket names in these roles, sorted.
func (t Ticket) Roots() []string { return named(t.RelatedEntity, "rootCause") }

// Lines are the lines it affects.
func (t Ticket) Lines() []string { return named(t.RelatedEntity, "affectedLine") }

// Owner is the one department that has it; empty if there is none, or several.
func (t Ticket) Owner() string {
	if all := named(t.RelatedParty, "owner"); len(all) == 1 {
		return all[0]
	}
	return ""
}

// ClockNamed is one of its clocks; the zero one if it has none of that name.
func (t Ticket) ClockNamed(name string) Clock {
	for _, c := range t.Clock {
		if c.Name == name {
			return c
		}
	}
	return Clock{}
}

func (t Ticket) String() string {
	return fmt.Sprintf("%s %s %s/%s domain %s roots %v lines %v owner %s verdict %s",
		t.TicketType, t.ID, t.State, t.Status, t.FaultDomain, t.Roots(), t.Lines(), t.Owner(), t.Verdict)
}

func named(all []Related, role string) (ids []string) {
	for _, r := range all {
		if r.Role == role {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Alarm is a TMF642 alarm: a fault (IsRootCause) or a symptom.
type Alarm struct {
	ID, State, SpecificProblem, FaultDomain string
	IsRootCause, ServiceAffecting           bool
	AlarmedObject                           struct{ ID string }
}

// Open tells whether it stands.
func (a Alarm) Open() bool { return a.State != "cleared" }

const (
	ticketPath = "/tmf-api/troubleTicket/v4/troubleTicket"
	alarmPath  = "/tmf-api/alarm/v4/alarm"
)

// query makes a query of names and values.
func query(defaults url.Values, filter []string) string {
	for i := 0; i+1 < len(filter); i += 2 {
		defaults.Add(filter[i], filter[i+1])
	}
	return defaults.Encode()
}

// Tickets lists what matches, the oldest first.
func (n *NOC) Tickets(filter ...string) (all []Ticket, err error) {
	q := query(url.Values{"limit": {"1000"}, "sort": {"creationDate"}}, filter)
	return all, n.API(http.MethodGet, ticketPath+"?"+q, nil, &all)
}

// Since are the tickets of a type opened after a moment.
func (n *NOC) Since(began time.Time, kind string) ([]Ticket, error) {
	return n.Tickets("ticketType", kind, "creationDate.gte", began.UTC().Format(time.RFC3339Nano))
}

// Ticket is one of them.
func (n *NOC) Ticket(id string) (t Ticket, err error) {
	return t, n.API(http.MethodGet, ticketPath+"/"+url.PathEscape(id), nil, &t)
}

// Alarms lists faults and symptoms.
func (n *NOC) Alarms(filter ...string) (all []Alarm, err error) {
	return all, n.API(http.MethodGet, alarmPath+"?"+query(url.Values{"limit": {"1000"}}, filter), nil, &all)
}

// Act takes a step of the workflow.
func (n *NOC) Act(id, action, text string, fields map[string]string) {
	n.T.Helper()
	body := map[string]any{"action": map[string]any{"name": action, "text": text, "fields": fields}}
	if err := n.API(http.MethodPatch, ticketPath+"/"+url.PathEscape(id), body, nil); err != nil {
		n.T.Fatalf("%s on %s: %v", action, id, err)
	}
}

// AwaitState waits until a ticket stands in one of the states.
func (n *NOC) AwaitState(id string, states ...string) (t Ticket) {
	n.T.Helper()
	n.Await(fmt.Sprintf("ticket %s is in state %v", id, states), func() (err error) {
		if t, err = n.Ticket(id); err == nil && !slices.Contains(states, t.State) {
			err = fmt.Errorf("%v", t)
		}
		return err
	})
	return t
}

// AwaitOne waits for exactly one ticket of a type since a moment.
func (n *NOC) AwaitOne(began time.Time, kind string) (t Ticket) {
	n.T.Helper()
	n.Await("there is one "+kind, func() error {
		all, err := n.Since(began, kind)
		if err != nil {
			return err
		}
		if len(all) != 1 {
			return fmt.Errorf("there are %d: %v", len(all), all)
		}
		t = all[0]
		return nil
	})
	return t
}

// None tells of tickets that nobody should have opened.
func (n *NOC) None(began time.Time, kind string) error {
	all, err := n.Since(began, kind)
	if err == nil && len(all) > 0 {
		err = fmt.Errorf("%d %s tickets: %v", len(all), kind, all)
	}
	return err
}

// Stays watches that a condition holds for a span of time.
func (n *NOC) Stays(span time.Duration, what string, check func() error) {
	n.T.Helper()
	wait.Stays(n.T, span, what, check)
}
