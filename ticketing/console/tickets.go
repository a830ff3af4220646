package console

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"strings"

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
var queueNames = []string{
	"group", "mine", "transit", "warned", "overdue", "urged", "supervised", "watched", "done", "history",
}

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

type ticketQuery struct {
	Text, Kind, Severity, Domain, Group, Sort string
	Offset                                    int
}

// sorts are the columns that a list can be sorted by.
var sorts = map[string]bool{"opened": true, "updated": true, "due": true, "since": true, "severity": true, "id": true}

func (c *Console) tickets(w http.ResponseWriter, r *http.Request, by people.Person) {
	params := r.URL.Query()
	name := params.Get("queue")
	if name == "" {
		name = firstQueue(by)
	}
	q := ticketQueryOf(params)
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
	view := ticketsView{
		frame: c.frame(r, "tickets", "ticket"), Queue: name, Rows: rows, Total: total, Query: q,
		From: min(q.Offset+1, total), To: q.Offset + len(list), Groups: c.Desk.Policy().Groups,
		Kinds:   []ticket.Kind{ticket.Network, ticket.Service, ticket.Declaration},
		Declare: c.Desk.Policy().MayOpen(by, ticket.Declaration),
	}
	if view.Queues, err = c.queues(r, by, name); err != nil {
		c.failed(w, r, err)
		return
	}
	view.address(params)
	c.render(w, r, http.StatusOK, "tickets", view)
}

// firstQueue is what a person sees first: who belongs to a group and watches over
// no others, his group's tickets.
func firstQueue(by people.Person) string {
	if len(by.Groups) > 0 && !by.Has(people.Admin, people.Monitor, people.Supervisor) {
		return "group"
	}
	return "transit"
}

func ticketQueryOf(params url.Values) ticketQuery {
	q := ticketQuery{
		Text: strings.TrimSpace(params.Get("q")), Kind: params.Get("kind"), Severity: params.Get("severity"),
		Domain: params.Get("domain"), Group: params.Get("group"), Sort: params.Get("sort"), Offset: offsetOf(params),
	}
	if !sorts[strings.TrimPrefix(q.Sort, "-")] {
		q.Sort = ""
	}
	return q
}

// address fills in where the list's links lead: to the pages beside it, to other
// orders, to the export.
func (v *ticketsView) address(params url.Values) {
	params = maps.Clone(params)
	params.Set("queue", v.Queue)
	params.Del("offset")
	params.Del("done")
	v.Prev, v.Next = neighbours("/tickets", params, v.Query.Offset, v.To, v.Total)
	v.SortURL, v.Sorted = map[string]string{}, map[string]string{}
	for column := range sorts {
		v.SortURL[column] = with("/tickets", params, "sort", column)
		switch cmp.Or(v.Query.Sort, "-opened") {
		case column:
			v.SortURL[column], v.Sorted[column] = with("/tickets", params, "sort", "-"+column), "ascending"
		case "-" + column:
			v.Sorted[column] = "descending"
		}
	}
	v.CSV = with("/tickets", params, "format", "csv")
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
