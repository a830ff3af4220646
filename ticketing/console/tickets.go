package console

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
	"github.com/linewarden/linewarden/ticketing/web"
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
	return web.Scope(by, f)
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
}

type ticketRow struct {
	ticket.Ticket
	StateTitle people.Title
	GroupTitle people.Title
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
	rows := make([]ticketRow, len(list))
	for i, t := range list {
		if rows[i], err = c.row(r, t); err != nil {
			c.failed(w, r, err)
			return
		}
	}
	if export {
		c.exportTickets(w, r, name, rows)
		return
	}
	view := ticketsView{frame: c.frame(r, "tickets", "ticket"), Queue: name, Rows: rows, Total: total, Query: q,
		From: min(q.Offset+1, total), To: q.Offset + len(list), Groups: c.Desk.Policy().Groups,
		Kinds: []ticket.Kind{ticket.Network, ticket.Service, ticket.Declaration}, SortURL: map[string]string{}}
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
		if q.Sort == column {
			view.SortURL[column] = with("sort", "-"+column)
		} else {
			view.SortURL[column] = with("sort", column)
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

func (c *Console) row(r *http.Request, t ticket.Ticket) (ticketRow, error) {
	p, err := c.Desk.PolicyOf(r.Context(), t)
	if err != nil {
		return ticketRow{}, err
	}
	row := ticketRow{Ticket: t, GroupTitle: groupTitle(p, t.Group)}
	if wf, ok := p.Workflow(t.Workflow); ok {
		def, _ := wf.State(t.State)
		row.StateTitle = def.Title
	}
	return row, nil
}

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
		out.Write([]string{t.ID, plain(t.Title), word("kind." + string(t.Kind)), word("severity." + t.Severity), word("domain." + string(t.Fault.Domain)),
			t.StateTitle.In(lang), t.GroupTitle.In(lang), t.Assignee, strconv.Itoa(len(t.Lines)), clockTime(t.Opened), clockTime(t.Due), clockTime(t.Closed)})
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

type declareView struct {
	frame
	Line        string
	Title       string
	Description string
	Contact     string
	Severity    string
	Known       []ticket.Ticket // open and recent tickets of the line and its customer
	Fault       string          // the open fault that already explains it
}

func (c *Console) declarePage(w http.ResponseWriter, r *http.Request, by people.Person) {
	view, err := c.declaration(r, by, r.URL.Query())
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.render(w, r, http.StatusOK, "declare", view)
}

// declaration gathers what is known of the line before a ticket is saved.
func (c *Console) declaration(r *http.Request, by people.Person, form url.Values) (declareView, error) {
	view := declareView{frame: c.frame(r, "tickets", ""), Line: strings.TrimSpace(form.Get("line")), Title: form.Get("title"),
		Description: form.Get("description"), Contact: form.Get("contact"), Severity: form.Get("severity")}
	line, ok := c.Desk.Inventory().Line(view.Line)
	if !ok {
		return view, nil
	}
	if health := c.Board.Health(line.ID); len(health.Faults) > 0 {
		view.Fault = health.Faults[0]
	}
	yes := true
	list, _, err := c.Desk.List(r.Context(), web.Scope(by, store.Filter{Lines: []string{line.ID}, Visible: &yes, UpdatedFrom: c.Now().Add(-7 * 24 * time.Hour)}), store.Page{Limit: 10, Sort: "-updated"})
	view.Known = list
	return view, err
}

func (c *Console) declare(w http.ResponseWriter, r *http.Request, by people.Person) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<18)
	if err := r.ParseForm(); err != nil {
		c.failed(w, r, err)
		return
	}
	view, err := c.declaration(r, by, r.PostForm)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	word := func(key string) string { return c.pages.word(c.lang(r), key) }
	if _, ok := c.Desk.Inventory().Line(view.Line); !ok {
		view.Error = word("declare.no_line")
	} else if strings.TrimSpace(view.Description) == "" {
		view.Error = word("declare.no_description")
	}
	if view.Error != "" {
		c.render(w, r, http.StatusUnprocessableEntity, "declare", view)
		return
	}
	title := strings.TrimSpace(view.Title)
	if title == "" {
		title = word("declare.title_prefix") + " " + view.Line
	}
	t, err := c.Desk.Open(r.Context(), by, ticket.Opening{Kind: ticket.Declaration, Source: "person", By: by, Title: title,
		Description: view.Description, Contact: view.Contact, Severity: view.Severity,
		Lines: []ticket.Line{{ID: view.Line, State: ticket.LineDown}}})
	if err != nil {
		c.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/tickets/"+url.PathEscape(t.ID)+"?done=opened", http.StatusSeeOther)
}
