package console

import (
	"cmp"
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// queue is one way of looking at the tickets.
type queue struct {
	Name  string
	Count int
	Lit   bool
	URL   string
}

// queueNames in the order of the tabs: my group, mine, all in transit, due
// soon, overdue, urged, supervised, watched, done by me, history.
var queueNames = []string{"group", "mine", "transit", "warned", "overdue", "urged", "supervised", "watched", "done", "history"}

func queueFilter(name string, by people.Person) store.Filter {
	yes, no := true, false
	f := store.Filter{Visible: &yes, Open: &yes}
	switch name {
	case "group":
		f.Groups = by.Groups
		if len(by.Groups) == 0 {
			f.Groups = []string{"\x00"} // belongs to no group: nothing, rather than everything
		}
		return f
	case "mine":
		f.Assignees = []string{by.ID}
		return f
	case "warned":
		f.Warned = true
	case "overdue":
		f.Breached = true
	case "urged":
		f.Urged = true
	case "supervised":
		f.Supervised = true
	case "watched":
		f.Watchers, f.Open = []string{by.ID}, nil
	case "done":
		f.Actors, f.Open = []string{by.ID}, nil
		return f
	case "history":
		f.Open = &no
	}
	return f.SeenBy(by)
}

type ticketsView struct {
	frame
	Queues  []queue
	Queue   string
	Rows    []ticketRow
	Total   int
	From    int
	To      int
	Prev    string
	Next    string
	Query   ticketQuery
	Kinds   []ticket.Kind
	Groups  []people.Group
	CSV     string
	SortURL map[string]string
	Sorted  map[string]string // column -> ascending, descending
	Declare bool              // the person may open a declaration
}

type ticketRow struct {
	ticket.Ticket
	StateTitle people.Title
	GroupTitle people.Title
	Handler    string // the assignee's name
	Clock      string // whose due time is the soonest
	ClockFrom  time.Time
	Paused     bool // a customer's clock stands still
}

type ticketQuery struct {
	Text, Kind, Severity, Domain, Group, Sort string
	Offset                                    int
}

const pageSize = 50

// sorts are the columns that a list can be sorted by.
var sorts = map[string]bool{"opened": true, "updated": true, "due": true, "since": true, "severity": true, "id": true}

func (c *Console) tickets(w http.ResponseWriter, r *http.Request, by people.Person) {
	params := r.URL.Query()
	name := params.Get("queue")
	if name == "" {
		name = "transit"
		if len(by.Groups) > 0 && !by.Has(people.Admin, people.Monitor, people.Supervisor) {
			name = "group"
		}
	}
	q := ticketQuery{Text: strings.TrimSpace(params.Get("q")), Kind: params.Get("kind"), Severity: params.Get("severity"),
		Domain: params.Get("domain"), Group: params.Get("group"), Sort: params.Get("sort")}
	q.Offset, _ = strconv.Atoi(params.Get("offset"))
	q.Offset = max(q.Offset, 0)
	if !sorts[strings.TrimPrefix(q.Sort, "-")] {
		q.Sort = ""
	}
	filter := queueFilter(name, by)
	q.onto(&filter)

	page := store.Page{Offset: q.Offset, Limit: pageSize, Sort: q.Sort}
	export := params.Get("format") == "csv"
	if export {
		page.Offset, page.Limit = 0, 1000
	}
	list, total, err := c.Desk.List(r.Context(), filter, page)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	rows, err := c.rows(r, list)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	if export {
		c.exportTickets(w, r, name, rows)
		return
	}
	view := ticketsView{frame: c.frame(r, "tickets", "ticket"), Queue: name, Rows: rows, Total: total, Query: q,
		From: min(q.Offset+1, total), To: q.Offset + len(list), Groups: c.Desk.Policy().Groups,
		Kinds: []ticket.Kind{ticket.Network, ticket.Service, ticket.Declaration}, SortURL: map[string]string{}, Sorted: map[string]string{},
		Declare: c.Desk.Policy().MayOpen(by, ticket.Declaration)}
	with := func(key, value string) string {
		p := url.Values{}
		for k, v := range params {
			p[k] = v
		}
		p.Set("queue", name)
		p.Del("offset")
		p.Del("done")
		p.Set(key, value)
		return "/tickets?" + p.Encode()
	}
	if view.Queues, err = c.queues(r, by, name); err != nil {
		c.failed(w, r, err)
		return
	}
	if q.Offset > 0 {
		view.Prev = with("offset", strconv.Itoa(max(q.Offset-pageSize, 0)))
	}
	if view.To < total {
		view.Next = with("offset", strconv.Itoa(q.Offset+pageSize))
	}
	for column := range sorts {
		view.SortURL[column] = with("sort", column)
		switch cmp.Or(q.Sort, "-opened") {
		case column:
			view.SortURL[column], view.Sorted[column] = with("sort", "-"+column), "ascending"
		case "-" + column:
			view.Sorted[column] = "descending"
		}
	}
	view.CSV = with("format", "csv")
	c.render(w, r, http.StatusOK, "tickets", view)
}

func (q ticketQuery) onto(f *store.Filter) {
	f.Text = q.Text
	if q.Kind != "" {
		f.Kinds = []ticket.Kind{ticket.Kind(q.Kind)}
	}
	if q.Severity != "" {
		f.Severities = []string{q.Severity}
	}
	if q.Domain != "" {
		f.Domains = []string{q.Domain}
	}
	if q.Group != "" && len(f.Groups) == 0 {
		f.Groups = []string{q.Group}
	}
}

func (c *Console) queues(r *http.Request, by people.Person, lit string) ([]queue, error) {
	filters := make([]store.Filter, len(queueNames))
	for i, name := range queueNames {
		filters[i] = queueFilter(name, by)
	}
	counts, err := c.Desk.Counts(r.Context(), filters)
	if err != nil {
		return nil, err
	}
	all := make([]queue, len(queueNames))
	for i, name := range queueNames {
		all[i] = queue{Name: name, Count: counts[i], Lit: name == lit, URL: "/tickets?queue=" + name}
	}
	return all, nil
}

// rows say of tickets what a list shows of them.
func (c *Console) rows(r *http.Request, list []ticket.Ticket) ([]ticketRow, error) {
	if len(list) == 0 {
		return nil, nil
	}
	names, err := c.names(r)
	if err != nil {
		return nil, err
	}
	rows := make([]ticketRow, len(list))
	for i, t := range list {
		p, err := c.Desk.PolicyOf(r.Context(), t)
		if err != nil {
			return nil, err
		}
		row := ticketRow{Ticket: t, GroupTitle: groupTitle(p, t.Group), Handler: names.of(t.Assignee)}
		if wf, ok := p.Workflow(t.Workflow); ok {
			def, _ := wf.State(t.State)
			row.StateTitle = def.Title
		}
		for _, clock := range t.Clocks {
			if _, paused := clock.Paused(); paused {
				row.Paused = true
			} else if clock.Running() && clock.Due.Equal(t.Due) {
				row.Clock, row.ClockFrom = string(clock.Name), clock.Started
			}
		}
		rows[i] = row
	}
	return rows, nil
}

func (c *Console) row(r *http.Request, t ticket.Ticket) (ticketRow, error) {
	rows, err := c.rows(r, []ticket.Ticket{t})
	if err != nil {
		return ticketRow{}, err
	}
	return rows[0], nil
}

// names are what people are called, by id.
type names map[string]string

func (c *Console) names(r *http.Request) (names, error) {
	all, err := c.Desk.People(r.Context())
	if err != nil {
		return nil, err
	}
	n := names{}
	for _, p := range all {
		n[p.ID] = p.Name
	}
	return n, nil
}

func (n names) of(id string) string { return cmp.Or(n[id], id) }

func groupTitle(p ticket.Policy, id string) people.Title {
	if g, ok := p.Group(id); ok {
		return g.Title
	}
	return people.Title{ZH: id, EN: id}
}

// exportTickets writes what the queue shows as CSV with a BOM, which
// spreadsheets need to see that it is UTF-8.
func (c *Console) exportTickets(w http.ResponseWriter, r *http.Request, name string, rows []ticketRow) {
	lang := c.lang(r)
	word := func(key string) string { return c.pages.word(lang, key) }
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="tickets-`+url.PathEscape(name)+`.csv"`)
	w.Write([]byte("\ufeff"))
	out := csv.NewWriter(w)
	out.Write([]string{word("col.ticket"), word("col.title"), word("col.kind"), word("col.severity"), word("col.domain"),
		word("col.state"), word("col.owner"), word("col.assignee"), word("col.lines"), word("col.opened"), word("col.due"), word("col.closed")})
	for _, t := range rows {
		out.Write([]string{t.ID, plain(speaker{c.pages, lang}.ticket(t.Ticket)), word("kind." + string(t.Kind)), word("severity." + string(t.Severity)), word("domain." + string(t.Fault.Domain)),
			t.StateTitle.In(lang), t.GroupTitle.In(lang), plain(t.Handler), strconv.Itoa(len(t.Lines)), c.pages.clockTime(t.Opened),
			c.pages.clockTime(t.Due), c.pages.clockTime(t.Closed)})
	}
	out.Flush()
}

// plain keeps a spreadsheet from taking text for a formula.
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
