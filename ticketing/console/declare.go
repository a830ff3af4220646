package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/linewarden/linewarden/correlator/verdict"
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

type declareView struct {
	frame
	Line        string
	Name        string // of the line and its customer
	Title       string
	Description string
	Contact     string
	Severity    string
	Known       []ticketRow      // open and recent tickets of the line
	Fault       *verdict.Verdict // the open fault that already explains it
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
	view := declareView{
		frame: c.frame(r, "tickets", ""), Line: strings.TrimSpace(form.Get("line")), Title: form.Get("title"),
		Description: form.Get("description"), Contact: form.Get("contact"), Severity: form.Get("severity"),
	}
	line, ok := c.Desk.Inventory().Line(view.Line)
	if !ok || !c.scope(by).Line(line.ID) {
		return view, nil
	}
	view.Name = line.Name
	if customer, ok := c.Desk.Inventory().Customer(line.Customer); ok {
		view.Name = strings.TrimSpace(customer.Name + " " + line.Name)
	}
	if health := c.Board.Line(line.ID); len(health.Faults) > 0 {
		v, err := c.Desk.Fault(r.Context(), health.Faults[0])
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return view, err
		}
		if v, seen := c.scope(by).Fault(v); err == nil && seen {
			view.Fault = &v
		}
	}
	yes := true
	list, _, err := c.Desk.List(
		r.Context(),
		store.Filter{Lines: []string{line.ID}, Visible: &yes, UpdatedFrom: c.Now().Add(-7 * 24 * time.Hour)}.SeenBy(
			by,
		),
		store.Page{Limit: 10, Sort: "-updated"},
	)
	if err != nil {
		return view, err
	}
	view.Known, err = c.rows(r, list)
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
	if _, ok := c.Desk.Inventory().Line(view.Line); !ok || !c.scope(by).Line(view.Line) {
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
		Description: view.Description, Contact: view.Contact, Severity: verdict.Severity(view.Severity),
		Lines: []ticket.Line{{ID: view.Line, State: ticket.LineDown}}})
	var refusal *ticket.Refusal
	if errors.As(err, &refusal) {
		view.Error = word("refused." + refusal.Reason)
		c.render(w, r, http.StatusForbidden, "declare", view)
		return
	}
	if err != nil {
		c.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/tickets/"+url.PathEscape(t.ID)+"?done=opened", http.StatusSeeOther)
}
