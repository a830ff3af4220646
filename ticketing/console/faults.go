package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/board"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

type faultsView struct {
	frame
	Open    []faultRow
	Cleared []faultRow
	Numbers shiftNumbers
	Watch   []symptom.Heartbeat
}

// shiftNumbers count the lines and tickets that the person may see.
type shiftNumbers struct {
	Lines, Up, Down, Degraded, AtRisk, Unknown, Unwatched int
	OpenTickets, Overdue, DueSoon                         int
}

type faultRow struct {
	verdict.Verdict
	Ticket ticketRow // the network ticket, if there is one
}

func (c *Console) faults(w http.ResponseWriter, r *http.Request, by people.Person) {
	view := faultsView{frame: c.frame(r, "faults", "fault ticket line"), Watch: c.Board.Collectors()}
	all, err := c.Desk.Faults(r.Context())
	if err != nil {
		c.failed(w, r, err)
		return
	}
	all = c.scope(by).Faults(all)
	tickets, err := c.ticketsOf(r, by, all)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	for _, v := range all {
		row := faultRow{Verdict: v, Ticket: tickets[v.ID]}
		if v.State == verdict.Open {
			view.Open = append(view.Open, row)
		} else {
			view.Cleared = append(view.Cleared, row)
		}
	}
	slices.SortStableFunc(view.Open, func(x, y faultRow) int {
		return cmp.Or(cmp.Compare(rank(x.Severity), rank(y.Severity)), y.Started.Compare(x.Started))
	})
	slices.SortStableFunc(view.Cleared, func(x, y faultRow) int { return y.Cleared.Compare(x.Cleared) })
	if view.Numbers, err = c.shiftNumbers(r, by); err != nil {
		c.failed(w, r, err)
		return
	}
	c.render(w, r, http.StatusOK, "faults", view)
}

func rank(s verdict.Severity) int {
	return slices.Index([]verdict.Severity{verdict.Critical, verdict.Major, verdict.Minor, verdict.Warning}, s)
}

// ticketsOf finds the network tickets of the faults; where there are several,
// the one that is open.
func (c *Console) ticketsOf(r *http.Request, by people.Person, all []verdict.Verdict) (map[string]ticketRow, error) {
	found := map[string]ticketRow{}
	if len(all) == 0 {
		return found, nil
	}
	ids := make([]string, len(all))
	for i, v := range all {
		ids[i] = v.ID
	}
	visible := true
	list, _, err := c.Desk.List(
		r.Context(), store.Filter{Verdicts: ids, Kinds: []ticket.Kind{ticket.Network}, Visible: &visible}.SeenBy(by),
		store.Page{Limit: 1000},
	)
	if err != nil {
		return nil, err
	}
	rows, err := c.rows(r, list)
	for _, t := range rows {
		if have, ok := found[t.Fault.Verdict]; !ok || t.Open && !have.Open {
			found[t.Fault.Verdict] = t
		}
	}
	return found, err
}

func (c *Console) shiftNumbers(r *http.Request, by people.Person) (shiftNumbers, error) {
	var t shiftNumbers
	see, inv := c.scope(by), c.Desk.Inventory()
	everything := see.Everything()
	for i, state := range c.states(inv) {
		line := &inv.Lines[i]
		if line.State != "" && line.State != inventory.Active || !everything && !see.Line(line.ID) {
			continue
		}
		t.Lines++
		switch state {
		case board.Up:
			t.Up++
		case board.Down:
			t.Down++
		case board.Degraded:
			t.Degraded++
		case board.AtRisk:
			t.AtRisk++
		case board.Unwatched:
			t.Unwatched++
		default:
			t.Unknown++
		}
	}
	yes := true
	counts, err := c.Desk.Counts(r.Context(), []store.Filter{
		store.Filter{Open: &yes, Visible: &yes}.SeenBy(by),
		store.Filter{Open: &yes, Visible: &yes, Breached: true}.SeenBy(by),
		store.Filter{Open: &yes, Visible: &yes, Warned: true}.SeenBy(by),
	})
	if err == nil {
		t.OpenTickets, t.Overdue, t.DueSoon = counts[0], counts[1], counts[2]
	}
	return t, err
}

type faultView struct {
	frame
	Verdict  verdict.Verdict
	Versions []verdict.Verdict
	Tickets  []ticketRow
	Lines    []faultLine
	More     int // lines beyond those shown
	Missing  []missingFact
	Path     []hop
	Drawn    string // the line whose path is drawn
}

// missingFact is what was unknown when the verdict was given, and when it came
// in after all; zero if it has not. A verdict is not given anew for facts that
// change nothing.
type missingFact struct {
	verdict.Fact
	Later time.Time
}

func (c *Console) missing(v verdict.Verdict) []missingFact {
	out := make([]missingFact, len(v.Evidence.Missing))
	for i, fact := range v.Evidence.Missing {
		out[i].Fact = fact
		for _, s := range raised(c.Board.Of(fact.Subject)) {
			if s.Kind == fact.Kind && s.Place() == fact.Place() {
				out[i].Later = s.Since
			}
		}
	}
	return out
}

type faultLine struct {
	ID, Name, Customer, Grade, State string
	Health                           board.Health
}

const shownLines = 200

func (c *Console) fault(w http.ResponseWriter, r *http.Request, by people.Person) {
	id := r.PathValue("id")
	v, err := c.Desk.Fault(r.Context(), id)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	see := c.scope(by)
	v, seen := see.Fault(v)
	if !seen {
		c.notFound(w, r)
		return
	}
	view := faultView{frame: c.frame(r, "faults", "fault:"+id+" ticket line"), Verdict: v}
	if view.Versions, err = c.Desk.FaultVersions(r.Context(), id); err != nil {
		c.failed(w, r, err)
		return
	}
	for i, v := range view.Versions {
		view.Versions[i], _ = see.Fault(v)
	}
	visible := true
	list, _, err := c.Desk.List(
		r.Context(), store.Filter{Verdicts: []string{id}, Visible: &visible}.SeenBy(by),
		store.Page{Limit: 100, Sort: "id"},
	)
	if err == nil {
		view.Tickets, err = c.rows(r, list)
	}
	if err != nil {
		c.failed(w, r, err)
		return
	}
	view.Lines, view.More = c.faultLines(v)
	view.Missing = c.missing(v)
	drawn := r.URL.Query().Get("line")
	if drawn == "" && len(view.Lines) > 0 {
		drawn = view.Lines[0].ID
	}
	if line, ok := c.Desk.Inventory().Line(drawn); ok && see.Line(drawn) {
		view.Path, view.Drawn = c.drawPath(line, []verdict.Verdict{v}), drawn
	}
	c.render(w, r, http.StatusOK, "fault", view)
}

func (c *Console) faultLines(v verdict.Verdict) (rows []faultLine, more int) {
	inv := c.Desk.Inventory()
	for _, part := range []struct {
		state string
		ids   []string
	}{{"down", v.Lines.Down}, {"degraded", v.Lines.Degraded}, {"at_risk", v.Lines.AtRisk}} {
		for _, id := range part.ids {
			if len(rows) == shownLines {
				more++
				continue
			}
			row := faultLine{ID: id, State: part.state, Health: c.Board.Line(id)}
			if line, ok := inv.Line(id); ok {
				row.Name, row.Grade = cmp.Or(line.Name, line.CircuitCode), string(line.Grade)
				if customer, ok := inv.Customer(line.Customer); ok {
					row.Customer = customer.Name
				}
			}
			rows = append(rows, row)
		}
	}
	return rows, more
}
