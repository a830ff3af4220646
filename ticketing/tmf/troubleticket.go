package tmf

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// sorts maps TMF's attribute names to the store's.
var sorts = map[string]string{
	"creationDate": "opened", "lastUpdate": "updated", "statusChangeDate": "since", "severity": "severity", "id": "id",
}

func (a *API) listTickets(r *http.Request, by people.Person) (answer, error) {
	q, err := queryOf(r)
	if err != nil {
		return answer{}, err
	}
	s, err := a.searchOf(q, by)
	if err != nil {
		return answer{}, err
	}
	var found []ticket.Ticket
	var total int
	if len(s.rest) == 0 && s.order == "" {
		s.page.Offset, s.page.Limit = q.offset, max(q.limit, 1)
		if found, total, err = a.desk.List(r.Context(), s.filter, s.page); q.limit == 0 {
			found = nil
		}
	} else {
		found, err = a.look(r.Context(), s)
		total, found = len(found), window(q, found)
	}
	if err != nil {
		return answer{}, err
	}
	out := make([]object, 0, len(found))
	for _, t := range found {
		if slices.ContainsFunc(
			q.fields,
			func(f string) bool { return f == "note" || strings.HasPrefix(f, "statusChange") },
		) {
			// The record is not in a list.
			if t, err = a.desk.Ticket(r.Context(), t.ID); err != nil {
				return answer{}, err
			}
		}
		o, err := a.render(r.Context(), s.see, t)
		if err != nil {
			return answer{}, err
		}
		out = append(out, choose(o, q.fields))
	}
	return answer{body: out, list: true, total: total, returned: len(out)}, nil
}

func (a *API) render(ctx context.Context, see people.Scope, t ticket.Ticket) (object, error) {
	policy, err := a.desk.PolicyOf(ctx, t)
	if err != nil {
		return nil, err
	}
	return renderTicket(t.Within(see), policy, a.now()), nil
}

func statusNamed(word string) (ticket.Status, bool) {
	for _, s := range []ticket.Status{ticket.StatusAcknowledged, ticket.StatusInProgress, ticket.StatusPending, ticket.StatusHeld,
		ticket.StatusResolved, ticket.StatusClosed, ticket.StatusRejected, ticket.StatusCancelled} {
		if strings.EqualFold(string(s), word) {
			return s, true
		}
	}
	return "", false
}

func kindNamed(word string) (ticket.Kind, bool) {
	for kind, name := range ticketTypes {
		if strings.EqualFold(name, word) {
			return kind, true
		}
	}
	return "", false
}

// visible loads a ticket that the person may see; another one is not there.
func (a *API) visible(r *http.Request, by people.Person) (ticket.Ticket, error) {
	t, err := a.desk.Ticket(r.Context(), r.PathValue("id"))
	if err != nil {
		return t, err
	}
	if !t.ShownTo(by) {
		return t, store.ErrNotFound
	}
	return t, nil
}

func (a *API) getTicket(r *http.Request, by people.Person) (answer, error) {
	fields, err := fieldsOf(r)
	if err != nil {
		return answer{}, err
	}
	t, err := a.visible(r, by)
	if err != nil {
		return answer{}, err
	}
	o, err := a.render(r.Context(), a.scope(by), t)
	return answer{body: choose(o, fields)}, err
}

// fieldsOf reads the query of a single resource.
func fieldsOf(r *http.Request) ([]string, error) {
	q, err := queryOf(r)
	if err != nil {
		return nil, err
	}
	for name := range r.URL.Query() {
		if name != "fields" {
			return nil, badRequest("unknown parameter", name+": only fields is understood here")
		}
	}
	return q.fields, nil
}
