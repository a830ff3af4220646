package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/board"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/sla"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

type linesView struct {
	frame
	Rows   []lineRow
	Total  int
	From   int
	To     int
	Prev   string
	Next   string
	Text   string
	State  string
	Grade  string
	States map[board.State]int
	Order  []board.State
}

type lineRow struct {
	*inventory.Line
	CustomerName string
	Health       board.Health
	Faults       []verdict.Verdict
}

func (c *Console) lines(w http.ResponseWriter, r *http.Request, by people.Person) {
	params := r.URL.Query()
	view := linesView{
		frame: c.frame(
			r, "lines", "line fault",
		), Text: strings.TrimSpace(params.Get("q")), State: params.Get("state"),
		Grade: params.Get("grade"), Order: board.States(),
	}
	rows := c.chosenLines(&view, by)
	view.Total = len(rows)
	offset := min(offsetOf(params), view.Total)
	view.Rows = rows[offset:min(offset+pageSize, len(rows))]
	view.From, view.To = min(offset+1, view.Total), offset+len(view.Rows)
	view.Prev, view.Next = neighbours("/lines", params, offset, view.To, view.Total)
	if err := c.describe(r, view.Rows); err != nil {
		c.failed(w, r, err)
		return
	}
	c.render(w, r, http.StatusOK, "lines", view)
}

// chosenLines are the lines that the person looks for, the worst first; the
// view counts them by state, also those of other states than the one chosen.
func (c *Console) chosenLines(view *linesView, by people.Person) []lineRow {
	inv, see := c.Desk.Inventory(), c.scope(by)
	states := c.states(inv)
	view.States = map[board.State]int{}
	var rows []lineRow
	for i := range inv.Lines {
		row := lineRow{Line: &inv.Lines[i]}
		if customer, ok := inv.Customer(row.Customer); ok {
			row.CustomerName = customer.Name
		}
		if !see.Line(row.ID) || !row.has(view.Text) || (view.Grade != "" && string(row.Grade) != view.Grade) {
			continue
		}
		row.Health.State = states[i]
		view.States[row.Health.State]++
		if view.State == "" || view.State == string(row.Health.State) {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(x, y lineRow) int {
		return cmp.Or(
			slices.Index(view.Order, x.Health.State)-slices.Index(view.Order, y.Health.State),
			cmp.Compare(x.ID, y.ID),
		)
	})
	return rows
}

// describe fills in the health and the faults of the lines that are shown.
func (c *Console) describe(r *http.Request, rows []lineRow) error {
	faults, err := c.Desk.Faults(r.Context())
	if err != nil {
		return err
	}
	byID := map[string]verdict.Verdict{}
	for _, v := range faults {
		byID[v.ID] = v
	}
	for i := range rows {
		row := &rows[i]
		row.Health = c.Board.Line(row.ID)
		for _, id := range row.Health.Faults {
			if v, ok := byID[id]; ok {
				row.Faults = append(row.Faults, v)
			}
		}
	}
	return nil
}

func (l lineRow) has(text string) bool {
	if text == "" {
		return true
	}
	text = strings.ToLower(text)
	for _, s := range []string{l.ID, l.Name, l.CircuitCode, l.ServiceNo, l.Line.Customer, l.CustomerName} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

type lineView struct {
	frame
	Row      lineRow
	Customer *inventory.Customer
	Path     []hop
	Watches  []inventory.Watch
	Faults   []verdict.Verdict
	Tickets  []ticketRow
	Outages  []sla.Outage
	Test     *symptom.TestResult
	Last30   float64 // availability, 0 to 1
	Declare  bool    // the person may open a declaration
}

func (c *Console) line(w http.ResponseWriter, r *http.Request, by people.Person) {
	view, err := c.lineView(r, by)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.render(w, r, http.StatusOK, "line", view)
}

func (c *Console) lineView(r *http.Request, by people.Person) (lineView, error) {
	inv, id := c.Desk.Inventory(), r.PathValue("id")
	line, ok := inv.Line(id)
	if !ok {
		return lineView{}, store.ErrNotFound
	}
	view := lineView{
		frame: c.frame(r, "lines", "line:"+id+" fault ticket"), Row: lineRow{Line: line, Health: c.Board.Line(id)},
		Watches: inv.WatchesOf(line), Declare: c.Desk.Policy().MayOpen(by, ticket.Declaration),
	}
	view.Customer, _ = inv.Customer(line.Customer)
	if !c.scope(by).Line(id) {
		return lineView{}, store.ErrNotFound
	}
	for _, id := range view.Row.Health.Faults {
		v, err := c.Desk.Fault(r.Context(), id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return view, err
		}
		if v, seen := c.scope(by).Fault(v); err == nil && seen {
			view.Faults = append(view.Faults, v)
		}
	}
	view.Path = c.drawPath(line, view.Faults)
	yes := true
	list, _, err := c.Desk.List(
		r.Context(), store.Filter{Lines: []string{id}, Visible: &yes}.SeenBy(by), store.Page{Limit: 20},
	)
	if err != nil {
		return view, err
	}
	if view.Tickets, err = c.rows(r, list); err != nil {
		return view, err
	}
	now := c.Now()
	from := now.Add(-30 * 24 * time.Hour)
	view.Outages, err = c.Desk.Outages(r.Context(), store.OutageFilter{Lines: []string{id}, From: from, To: now}, 100)
	if err != nil {
		return view, err
	}
	view.Last30 = sla.Available(view.Outages, from, now, now).Ratio
	slices.Reverse(view.Outages)
	return view, nil
}

// testLine tests the line now, through its own watches.
func (c *Console) testLine(w http.ResponseWriter, r *http.Request, by people.Person) {
	view, err := c.lineView(r, by)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	result, err := c.Desk.TestLine(r.Context(), by, view.Row.ID)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	view.Test, view.URL = &result, "/lines/"+url.PathEscape(view.Row.ID)
	c.render(w, r, http.StatusOK, "line", view)
}
